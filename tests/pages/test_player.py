"""Runs that belong to a visitor: the same settings find the same run, newer ones end the older."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from pages._ui import player
from pages._ui.player import bar, thin


def page():
    from dataclasses import dataclass as make
    from itertools import count

    import streamlit as st

    from engine.errors import InvalidInput
    from pages._ui import player

    @make(frozen=True)
    class Snapshot:
        step: int
        total_steps: int

    def work(last):
        if last < 0:
            raise InvalidInput("last must be at least 0; got it below. Raise it.")
        for k in count() if last == 99 else range(last + 1):
            yield Snapshot(k, last)

    last = st.number_input("last", value=3, key="last")
    try:
        held = player.run("test", work, last, identity=("work", last))
    except InvalidInput as error:
        st.error(str(error))
        st.stop()
    jobs = st.session_state.setdefault("jobs", [])
    if held.job not in jobs:
        jobs.append(held.job)
    if st.button("stop"):
        player.stop("test")
    st.text(f"{held.job.latest.step} {player.ended(held)}")


@pytest.fixture
def app():
    return AppTest.from_function(page, default_timeout=120).run()


def test_a_short_run_is_there_at_once(app):
    assert app.text[0].value == "3 True"


def test_the_same_settings_find_the_same_run(app):
    app.run()
    assert len(app.session_state["jobs"]) == 1
    app.number_input(key="last").set_value(5).run()
    assert len(app.session_state["jobs"]) == 2 and app.text[0].value == "5 True"


def test_newer_settings_end_the_run_before(app):
    app.number_input(key="last").set_value(99).run()
    endless = app.session_state["jobs"][-1]
    assert not endless.wait(0)
    app.number_input(key="last").set_value(4).run()
    assert endless.wait(5) and endless.status == "cancelled"


def test_stop_ends_a_run_and_keeps_its_steps(app):
    app.number_input(key="last").set_value(99).run()
    app.button[0].click().run()
    endless = app.session_state["jobs"][-1]
    assert endless.wait(5) and endless.status == "cancelled" and endless.latest.step > 0
    app.run()
    assert app.session_state["jobs"] == [*app.session_state["jobs"][:1], endless] and app.text[0].value.endswith("True")


def test_a_refusal_reaches_the_page(app):
    app.number_input(key="last").set_value(-1).run()
    assert app.error[0].value.startswith("last must be at least 0") and not app.exception


@dataclass(frozen=True)
class Numbered:
    step: int


def test_thinning_is_even_and_keeps_both_ends():
    many = [Numbered(k) for k in range(2001)]
    kept = [s.step for s in thin(many, 100)]
    assert kept[0] == 0 and kept[-1] == 2000 and len(kept) == 100
    gaps = {b - a for a, b in pairwise(kept)}
    assert max(gaps) - min(gaps) <= 1
    assert thin(many[:5], 100) == many[:5]


def test_the_bar_says_what_it_offers():
    assert bar("a", offers=("branch",), at="start", growing=True) == {
        "token": "a", "offers": ["branch"], "at": "start", "growing": True,
    }  # fmt: skip


def test_a_place_is_told_again_for_the_run_that_it_was_meant_for(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(player, "st", SimpleNamespace(session_state={}))
    monkeypatch.setattr(player.time, "monotonic", lambda: now[0])
    assert player.place_of("a") == ""
    player.place("end")
    assert [player.place_of(token) for token in ("a", "a", "b", "a")] == ["end", "end", "", "end"]
    now[0] += player.PLACE_S + 1
    assert player.place_of("a") == ""
