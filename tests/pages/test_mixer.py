"""The Python side of the mixer: what a browser may say of a mix, and what it is sent."""

import math

import pytest
from streamlit.testing.v1 import AppTest

from pages._ui.mixer import Fader, Mix, _read
from tests.pages.scenes import answer, scene

EVEN = Mix(None, (Fader(), Fader()))


def page():
    import streamlit as st

    from pages._ui.mixer import Piece, Track, mixer

    pieces = [Piece(0.0, 4.0, ("/sound/a", "/sound/b")), Piece(4.0, 6.5, ("/sound/c", "/sound/d"))]
    tracks = [Track("drums", "class 1"), Track("all", "data", whole=True)]
    st.session_state.returned = mixer("pad", [], tracks, pieces, 6.5, 44_100, token="t", note="Two pieces.")


def test_what_is_sent():
    app = AppTest.from_function(page, default_timeout=120).run()
    sent = scene(app)
    assert sent["duration"] == 6.5 and sent["rate"] == 44_100 and sent["token"] == "t" and sent["note"] == "Two pieces."
    assert sent["tracks"][1] == {"name": "all", "role": "data", "whole": True}
    assert sent["pieces"][1] == {"start": 4.0, "end": 6.5, "sounds": ["/sound/c", "/sound/d"]}
    assert app.session_state.returned == EVEN


def test_a_mix_comes_back():
    app = AppTest.from_function(page, default_timeout=120).run()
    tracks = '[{"gain": 0.5, "pan": -1, "mute": true}, {"solo": true}]'
    said = f'{{"mix": {{"token": "t", "region": [1, 2.5], "tracks": {tracks}}}}}'
    found = answer(app, said)
    assert found == Mix((1.0, 2.5), (Fader(0.5, -1.0, True, False), Fader(solo=True)))


@pytest.mark.parametrize(
    "said",
    [
        None,
        3,
        [],
        {},
        {"token": "another", "region": [0, 1]},
        {"token": "t", "tracks": [{}]},
        {"token": "t", "tracks": 7},
    ],
)
def test_what_is_no_mix_is_left_out(said):
    assert _read(said, "t", 2, 10.0) == EVEN


@pytest.mark.parametrize("region", [[2, 1], [1, 1], [1], "ab", [None, 2], [math.nan, 2], ["1", 2], [True, 2], [20, 30]])
def test_what_is_no_region_is_the_whole(region):
    assert _read({"token": "t", "region": region}, "t", 2, 10.0).region is None


def test_what_is_out_of_range_is_clamped():
    wild = {"gain": 1e300, "pan": -7, "mute": 1, "solo": "yes"}
    found = _read({"token": "t", "region": [-5, 99], "tracks": [wild, {"gain": -3, "pan": 12}]}, "t", 2, 10.0)
    assert found == Mix((0.0, 10.0), (Fader(1.0, -1.0), Fader(0.0, 1.0)))


@pytest.mark.parametrize(
    ("faders", "gains"),
    [
        ((Fader(0.5), Fader()), [0.5, 1.0]),
        ((Fader(mute=True), Fader()), [0.0, 1.0]),
        ((Fader(solo=True), Fader()), [1.0, 0.0]),
        ((Fader(solo=True, mute=True), Fader()), [0.0, 0.0]),
    ],
)
def test_who_is_heard(faders, gains):
    assert Mix(None, faders).gains() == gains
