"""What a visitor's session keeps, and what ends when a page is left."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from pages._ui.live import _command, _pick


def page():
    import streamlit as st

    from pages._ui.session import keep_in_link, link_number, remember

    built = st.session_state.setdefault("built", [])

    def build(identity):
        built.append(identity)
        return f"value of {identity}"

    wanted = st.text_input("identity", "a", key="identity")
    st.text(remember("one", wanted, lambda: build(wanted)))
    st.text(remember("other", 1, lambda: build(1)))
    st.text(str(link_number("step")))
    keep_in_link("shown", wanted if wanted != "a" else None)


def test_one_value_per_key_is_remembered_until_its_identity_changes():
    app = AppTest.from_function(page).run()
    app.run()
    assert app.session_state["built"] == ["a", 1]
    app.text_input(key="identity").set_value("b").run()
    assert app.text[0].value == "value of b" and app.query_params == {"shown": "b"}
    app.text_input(key="identity").set_value("a").run()
    assert app.session_state["built"] == ["a", 1, "b", "a"] and not app.query_params


@pytest.mark.parametrize(
    ("text", "number"), [("12", "12"), ("", "None"), ("-1", "None"), ("1e3", "None"), ("9" * 12, "None"), ("²", "None")]
)
def test_a_number_of_the_link_is_a_small_whole_one(text, number):
    app = AppTest.from_function(page)
    app.query_params["step"] = text
    assert app.run().text[2].value == number


def test_leaving_a_page_ends_its_runs(open_page):
    app = open_page("foundations/regression.py", alpha="1e-7", steps="2000", tolerance="0")
    job = app.session_state["_runs"]["regression"].job
    app.switch_page("home/home.py").run()
    assert job.wait(10) and job.status in ("cancelled", "done")
    assert job._cancelled


@pytest.mark.parametrize(
    "sent",
    [None, 3, [], {}, {"panel": "a", "x": "nan", "y": 1}, {"panel": "a", "x": [], "y": 1}, {"panel": "a", "x": 1}],
)
def test_a_place_that_the_browser_made_up_is_refused(sent):
    with pytest.raises((TypeError, ValueError, KeyError)):
        _pick(sent)


@pytest.mark.parametrize("sent", [None, 3, {}, {"name": "branch", "step": "many", "token": ""}, {"name": "branch"}])
def test_a_command_that_the_browser_made_up_is_refused(sent):
    with pytest.raises((TypeError, ValueError, KeyError)):
        _command(sent)
