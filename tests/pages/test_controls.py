"""Controls made from a settings dataclass, and their link."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from engine.settings import Limits
from pages._ui.controls import link_text, log_stops, nearest_stop


def page():
    from dataclasses import dataclass

    import streamlit as st

    from engine.settings import check, choice, flag, integer, real
    from pages._ui import controls

    @dataclass(frozen=True)
    class Sample:
        rate: float = real(0.1, 1e-4, 10.0, label="rate", scale="log")
        level: float = real(0.5, 0.0, 1.0, label="level", step=0.1)
        count: int = integer(3, 1, 9, label="count")
        seed: int = integer(0, 0, 9999, label="seed")
        kind: str = choice("a", {"a": "first", "b": "second"}, label="kind")
        list: str = choice("one", {"one": "the first of them", "two": "the second of them"}, label="list")
        on: bool = flag(True, label="switch")

        def __post_init__(self):
            check(self)

    st.button("preset", on_click=lambda: controls.reset(Sample, {"rate": 0.7, "kind": "b"}))
    if not st.toggle("hide", key="hide"):
        for name in ("rate", "level", "count", "seed", "kind", "list", "on"):
            controls.control(Sample, name)
    controls.share(Sample)
    st.text(repr(controls.values(Sample)))


@pytest.fixture
def app():
    return AppTest.from_function(page, default_timeout=120)


def _said(app) -> str:
    assert not app.exception
    return app.text[-1].value.split("Sample")[-1]


def test_every_field_becomes_the_control_that_suits_it(app):
    app.run()
    assert {s.key for s in app.slider} == {"level", "count"} and app.select_slider(key="rate").value == 0.1
    assert app.number_input(key="seed").value == 0 and app.toggle(key="on").value is True
    assert app.selectbox(key="list").value == "one"
    assert (app.slider(key="count").min, app.slider(key="count").max) == (1, 9)
    assert _said(app) == "(rate=0.1, level=0.5, count=3, seed=0, kind='a', list='one', on=True)"
    assert not app.query_params


def test_what_is_not_at_its_default_stands_in_the_link(app):
    app.run()
    app.slider(key="count").set_value(7)
    app.select_slider(key="rate").set_value(0.002)
    app.run()
    assert app.query_params == {"count": "7", "rate": "0.002"}
    app.slider(key="count").set_value(3).run()
    assert app.query_params == {"rate": "0.002"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            {"rate": "0.002", "count": "7", "kind": "b", "on": "false"},
            "rate=0.002, level=0.5, count=7, seed=0, kind='b'",
        ),
        ({"rate": "99999", "count": "-4"}, "rate=10.0, level=0.5, count=1"),
        ({"rate": "0.0023"}, "rate=0.002,"),
        (
            {"rate": "nan", "count": "x", "kind": "<script>", "list": "two"},
            "rate=0.1, level=0.5, count=3, seed=0, kind='a', list='two'",
        ),
    ],
)
def test_a_link_is_taken_and_clamped(app, query, expected):
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert _said(app).startswith("(" + expected)


def test_a_preset_sets_its_fields_and_puts_the_others_back(app):
    app.run()
    app.slider(key="count").set_value(9).run()
    app.button[0].click().run()
    assert _said(app) == "(rate=0.5, level=0.5, count=3, seed=0, kind='b', list='one', on=True)"
    assert app.query_params == {"rate": "0.5", "kind": "b"}


def test_a_hidden_control_keeps_its_value(app):
    app.run()
    app.slider(key="count").set_value(8).run()
    app.toggle(key="hide").set_value(True).run()
    assert "count=8" in _said(app)
    app.toggle(key="hide").set_value(False).run()
    assert app.slider(key="count").value == 8


def test_log_stops_hold_the_ends_the_default_and_zero():
    limits = Limits("real", "λ", low=0.0, high=1000.0, scale="log")
    stops = log_stops(limits, 0.3)
    assert stops[0] == 0 and stops[-1] == 1000 and 0.3 in stops and stops == sorted(stops)
    whole = log_stops(Limits("integer", "n", low=1, high=2000, scale="log"), 200)
    assert whole[:4] == [1, 2, 5, 10] and whole[-1] == 2000 and all(isinstance(s, int) for s in whole)
    assert nearest_stop(limits, 40, 0.3) == 50 and nearest_stop(limits, 0, 0.3) == 0


def test_a_float_survives_its_link():
    assert link_text(5e-05) == "5e-05" and link_text(True) == "true" and link_text(0.1) == "0.1"
