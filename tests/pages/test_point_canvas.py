"""The Python side of the point canvas: what a browser may send, and what it is sent."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine.errors import InvalidInput, ShapeError
from tests.pages.scenes import answer, scene

START = [[1.0, 2.0, 0.0], [3.0, 4.0, 1.0]]


def page():
    import numpy as np
    import streamlit as st

    from pages._ui.live import axis
    from pages._ui.point_canvas import point_canvas

    state = st.session_state
    state.returned = point_canvas(
        "pad",
        np.array(state.get("points", [[1.0, 2.0, 0.0], [3.0, 4.0, 1.0]])),
        axis("a", 0, 10),
        axis("b", -5, 5),
        n_classes=state.get("n_classes", 2),
        max_points=5,
        revision=state.get("revision", 0),
        on_change=lambda points: state.setdefault("heard", []).append(points),
    )


@pytest.fixture
def app():
    return AppTest.from_function(page, default_timeout=120).run()


@pytest.fixture(scope="module")
def shared_app():
    """One app for messages that do not depend on what came before: to start one takes half a second."""
    return AppTest.from_function(page, default_timeout=120).run()


def report(points, revision=0, sequence=1) -> str:
    return json.dumps({"points": {"revision": revision, "sequence": sequence, "points": points}})


def test_first_run_returns_and_sends_the_given_points(app):
    returned = app.session_state.returned
    assert returned.dtype == np.float64 and returned.tolist() == START
    sent = scene(app)
    assert sent["points"] == [1, 2, 0, 3, 4, 1] and sent["seen"] == 0 and sent["classes"] == 2 and sent["most"] == 5


def test_points_without_a_class_get_class_0(app):
    app.session_state["points"] = [[0.1, 0.2]]
    assert app.run().session_state.returned.tolist() == [[0.1, 0.2, 0.0]]
    assert scene(app)["points"] == [0.1, 0.2, 0.0]  # not rounded to float32


def test_a_report_is_returned_answered_and_delivered_once(app):
    assert answer(app, report([5, 0, 1, 0.25, -5, 0], sequence=7)).tolist() == [[5, 0, 1], [0.25, -5, 0]]
    assert scene(app)["seen"] == 7
    assert [heard.tolist() for heard in app.session_state.heard] == [[[5, 0, 1], [0.25, -5, 0]]]


def test_clearing_is_a_report_too(shared_app):
    assert answer(shared_app, report([])).shape == (0, 3)


@pytest.mark.parametrize(
    "bad",
    [
        "NaN, 0, 0",
        "Infinity, 0, 0",
        "0, -Infinity, 0",
        "10.0001, 0, 0",
        "-0.0001, 0, 0",
        "0, 5.5, 0",
        "0, 0, 2",
        "0, 0, -1",
        "0, 0, 0.5",
        "0, 0, NaN",
        "true, 0, 0",
        '"1", 0, 0',
        "null, 0, 0",
        "[1], 0, 0",
        '{"a": 1}, 0, 0',
        "1" + "0" * 400 + ", 0, 0",
        "1e999, 0, 0",
    ],
)
def test_a_bad_point_is_dropped_and_the_others_stay(shared_app, bad):
    raw = f'{{"points": {{"revision": 0, "sequence": 1, "points": [1, 1, 0, {bad}, 2, 2, 1]}}}}'
    assert answer(shared_app, raw).tolist() == [[1, 1, 0], [2, 2, 1]]


def test_an_incomplete_last_point_is_dropped(shared_app):
    assert answer(shared_app, report([1, 1, 0, 2, 2])).tolist() == [[1, 1, 0]]


def test_no_more_than_max_points(shared_app):
    assert answer(shared_app, report([1, 1, 0] * 100_000)).shape == (5, 3)


@pytest.mark.parametrize(
    "raw",
    ["null", "[]", "{}", '{"points": null}', '{"points": [1, 1, 0]}', '{"points": "x"}']
    + [json.dumps({"points": {"revision": 0, "points": wrong}}) for wrong in (None, "abc", 3, {"0": 1})]
    + [json.dumps({"points": {"points": [1, 1, 0]}}), report([1, 1, 0], revision=[0]), report([1, 1, 0], revision=9)],
)
def test_what_is_no_report_leaves_the_given_points(shared_app, raw):
    shared_app.session_state["heard"] = []
    assert answer(shared_app, raw).tolist() == START
    assert shared_app.session_state.heard == []


@pytest.mark.parametrize("sequence", [-1, 1.5, True, "7", None, [], 10**30])
def test_a_bad_sequence_is_not_sent_back(shared_app, sequence):
    answer(shared_app, report([1, 1, 0], sequence=sequence))
    assert scene(shared_app)["seen"] == 0


def test_only_a_new_revision_replaces_the_visitors_points(app):
    answer(app, report([5, 0, 1]))
    app.session_state["points"] = [[9.0, 1.0, 0.0]]
    app.session_state["revision"] = "preset"
    assert answer(app, report([5, 0, 1])).tolist() == [[9, 1, 0]]
    assert scene(app)["revision"] == 1 and scene(app)["points"] == [9, 1, 0]
    assert answer(app, report([6, 0, 1])).tolist() == [[9, 1, 0]]  # late, and of the earlier revision
    assert answer(app, report([7, 0, 1], revision=1)).tolist() == [[7, 0, 1]]
    app.session_state["revision"] = 0  # back to the first: new again, its old report does not count
    assert answer(app, report([6, 0, 1])).tolist() == [[9, 1, 0]]
    assert len(app.session_state.heard) == 2


def test_given_points_are_held_to_the_same_limits(app):
    app.session_state["points"] = [[np.nan, 0, 0], [11, 0, 0], [10, 5, 1], [1, 1, 3]] + [[0, 0, 0]] * 9
    assert app.run().session_state.returned.tolist() == [[10, 5, 1]] + [[0, 0, 0]] * 4


def test_refusals():
    from pages._ui.live import axis
    from pages._ui.point_canvas import point_canvas

    x = axis("a", 0, 1)
    with pytest.raises(ShapeError, match=r"points must be an array \(m, 2\) or \(m, 3\); got \(3,\)"):
        point_canvas("pad", np.zeros(3), x, x)
    with pytest.raises(InvalidInput, match="the number of classes must be from 1 to 8; got 9"):
        point_canvas("pad", np.zeros((1, 2)), x, x, n_classes=9)
