"""The Python side of the joint canvas: what a browser may send, and what it is sent."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine.errors import ShapeError
from tests.pages.scenes import answer, scene

START = [[10.0, 20.0], [30.5, 40.0]]


def page():
    import numpy as np
    import streamlit as st

    from pages._ui.joint_canvas import is_moving, joint_canvas

    state = st.session_state
    state.returned = joint_canvas(
        "pad",
        np.array(state.get("joints", [[10.0, 20.0], [30.5, 40.0]])),
        100,
        80,
        names=("hand", "foot"),
        bones=((0, 1),),
        revision=state.get("revision", 0),
        on_change=lambda joints, at: state.setdefault("heard", []).append((joints.tolist(), at)),
    )
    state.moving = is_moving("pad")


@pytest.fixture
def app():
    return AppTest.from_function(page, default_timeout=120).run()


@pytest.fixture(scope="module")
def shared_app():
    """One app for messages that do not depend on what came before."""
    return AppTest.from_function(page, default_timeout=120).run()


def report(joints, at=0, revision=0, sequence=1, **more) -> str:
    return json.dumps({"joints": {"revision": revision, "sequence": sequence, "joints": joints, "at": at, **more}})


def test_the_first_run_returns_and_sends_the_given_joints(app):
    assert app.session_state.returned.tolist() == START
    sent = scene(app)
    assert sent["joints"] == sent["start"] == [10, 20, 30.5, 40] and sent["bones"] == [[0, 1]]
    assert sent["seen"] == 0 and sent["chosen"] == -1 and sent["y"]["down"] and sent["bare"]


def test_a_report_is_returned_answered_and_delivered_once(app):
    assert answer(app, report([1, 2, 3, 4], at=1, sequence=7, moving=True)).tolist() == [[1, 2], [3, 4]]
    assert scene(app)["seen"] == 7 and app.session_state.moving is True
    assert app.session_state.heard == [([[1, 2], [3, 4]], 1)]


def test_joints_are_kept_on_the_picture(shared_app):
    assert answer(shared_app, report([-5, 900, 1e300, 3])).tolist() == [[0, 80], [100, 3]]


@pytest.mark.parametrize(
    "joints", [[], [1, 2], [1, 2, 3], [1, 2, 3, None], [1, 2, "3", 4], [1, 2, True, 4], None, "abc", {"0": 1}]
)
def test_what_are_not_all_the_joints_is_ignored(shared_app, joints):
    shared_app.session_state["heard"] = []
    assert answer(shared_app, report(joints)).tolist() == START
    assert shared_app.session_state.heard == []


@pytest.mark.parametrize("at", [-1, 2, 10**30, 0.5, True, "1", None, []])
def test_a_joint_that_there_is_not_is_none(app, at):
    answer(app, report([1, 2, 3, 4], at=at))
    assert app.session_state.heard[0][1] == -1


def test_only_a_new_revision_replaces_the_visitors_joints(app):
    answer(app, report([1, 2, 3, 4]))
    app.session_state["joints"] = [[5.0, 6.0], [7.0, 8.0]]
    assert answer(app, report([1, 2, 3, 4])).tolist() == [[1, 2], [3, 4]]
    app.session_state["revision"] = "next"
    assert answer(app, report([1, 2, 3, 4])).tolist() == [[5, 6], [7, 8]]


def test_refusals():
    from pages._ui.joint_canvas import joint_canvas

    with pytest.raises(ShapeError, match=r"joints must be an array \(1, 2\); got \(2, 2\)"):
        joint_canvas("pad", np.zeros((2, 2)), 10, 10, names=("a",), bones=())
