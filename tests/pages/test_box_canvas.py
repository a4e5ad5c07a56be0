"""The Python side of the box canvas: what a browser may send, and what it is sent."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine.errors import InvalidInput, ShapeError
from tests.pages.scenes import answer, scene

START = [[1.0, 2.0, 30.0, 40.0, 0.0], [50.0, 60.0, 70.0, 75.0, 1.0]]


def page():
    import numpy as np
    import streamlit as st

    from pages._ui.box_canvas import box_canvas, is_moving

    state = st.session_state
    state.returned = box_canvas(
        "pad",
        np.array(state.get("boxes", [[1.0, 2.0, 30.0, 40.0, 0.0], [50.0, 60.0, 70.0, 75.0, 1.0]])),
        100,
        80,
        image=state.get("image"),
        classes=state.get("classes", (("truth", "truth"), "other")),
        max_boxes=3,
        revision=state.get("revision", 0),
        on_change=lambda boxes: state.setdefault("heard", []).append(boxes),
        scores=state.get("scores", False),
    )
    state.moving = is_moving("pad")


@pytest.fixture
def app():
    return AppTest.from_function(page, default_timeout=120).run()


@pytest.fixture(scope="module")
def shared_app():
    """One app for messages that do not depend on what came before: to start one takes half a second."""
    return AppTest.from_function(page, default_timeout=120).run()


def report(boxes, revision=0, sequence=1, **more) -> str:
    return json.dumps({"boxes": {"revision": revision, "sequence": sequence, "boxes": boxes, **more}})


def test_first_run_returns_and_sends_the_given_boxes(app):
    returned = app.session_state.returned
    assert returned.dtype == np.float64 and returned.tolist() == START
    sent = scene(app)
    assert sent["boxes"] == [1, 2, 30, 40, 0, 50, 60, 70, 75, 1] and sent["seen"] == 0 and sent["most"] == 3
    assert sent["names"] == ["truth", "other"] and sent["roles"] == ["truth", "class 1"]
    assert sent["x"]["range"] == [0, 100] and sent["y"]["range"] == [0, 80] and sent["y"]["down"] is True
    assert sent["layers"] == [] and sent["bare"] is False


def test_a_picture_is_the_lowest_layer(app):
    app.session_state["image"] = b"\xff\xd8jpeg"
    sent = scene(app.run())
    assert sent["bare"] is True and sent["layers"][0]["type"] == "image"
    assert bytes(sent["layers"][0]["jpeg"]) == b"\xff\xd8jpeg" and sent["layers"][0]["extent"] == [0, 100, 0, 80]
    app.session_state["image"] = np.full((2, 4, 3), 7, np.uint8)
    assert scene(app.run())["layers"][0]["rgb"].shape == (2, 4, 3)


def test_a_missing_class_is_0_and_a_missing_score_1(app):
    app.session_state["boxes"] = [[0.1, 0.2, 3.0, 4.0]]
    assert app.run().session_state.returned.tolist() == [[0.1, 0.2, 3, 4, 0]]
    app.session_state["scores"] = True
    assert app.run().session_state.returned.tolist() == [[0.1, 0.2, 3, 4, 0, 1]]
    app.session_state["boxes"] = [[0.1, 0.2, 3.0, 4.0, 1, 0.5], [0, 0, 1, 1, 0, 1.01], [0, 0, 1, 1, 0, -0.1]]
    assert app.run().session_state.returned.tolist() == [[0.1, 0.2, 3, 4, 1, 0.5]]


def test_a_report_is_returned_answered_and_delivered_once(app):
    assert answer(app, report([5, 5, 9, 9, 1], sequence=7, moving=True)).tolist() == [[5, 5, 9, 9, 1]]
    assert scene(app)["seen"] == 7 and app.session_state.moving is True
    assert [heard.tolist() for heard in app.session_state.heard] == [[[5, 5, 9, 9, 1]]]
    answer(app, report([5, 5, 9, 9, 1], sequence=8, moving="yes"))
    assert app.session_state.moving is False


def test_clearing_is_a_report_too(shared_app):
    assert answer(shared_app, report([])).shape == (0, 5)


def test_a_box_is_cut_to_the_picture(shared_app):
    found = answer(shared_app, report([-5, -1e300, 9, 9, 0, 90, 70, 1e308, 81, 1]))
    assert found.tolist() == [[0, 0, 9, 9, 0], [90, 70, 100, 80, 1]]


@pytest.mark.parametrize(
    "bad",
    [
        "NaN, 0, 1, 1, 0",
        "0, 0, Infinity, 1, 0",
        "0, 0, 0, 1, 0",  # empty
        "0, 5, 1, 4, 0",  # upside down
        "101, 0, 120, 9, 0",  # beside the picture
        "0, 0, 1, 1, 2",
        "0, 0, 1, 1, -1",
        "0, 0, 1, 1, 0.5",
        "0, 0, 1, 1, NaN",
        "false, 0, 1, 1, 0",
        '"0", 0, 1, 1, 0',
        "null, 0, 1, 1, 0",
        "[0], 0, 1, 1, 0",
        '{"a": 1}, 0, 1, 1, 0',
        "0, 0, 1" + "0" * 400 + ", 1, 0",
    ],
)
def test_a_bad_box_is_dropped_and_the_others_stay(shared_app, bad):
    raw = (
        f'{{"boxes": {{"revision": 0, "sequence": 1, "boxes": [1, 1, 2, 2, 0, {bad}, 3, 3, 4, 4, 1, 5, 5, 6, 6, 0]}}}}'
    )
    assert answer(shared_app, raw).tolist() == [[1, 1, 2, 2, 0], [3, 3, 4, 4, 1]]


def test_no_more_than_max_boxes_and_no_part_of_one(shared_app):
    assert answer(shared_app, report([1, 1, 2, 2, 0] * 50_000)).shape == (3, 5)
    assert answer(shared_app, report([1, 1, 2, 2, 0, 1, 1, 2])).tolist() == [[1, 1, 2, 2, 0]]


@pytest.mark.parametrize(
    "raw",
    ["null", "[]", "{}", '{"boxes": null}', '{"boxes": [1, 1, 2, 2, 0]}', '{"boxes": "x"}']
    + [json.dumps({"boxes": {"revision": 0, "boxes": wrong}}) for wrong in (None, "abc", 3, {"0": 1})]
    + [report([1, 1, 2, 2, 0], revision=[0]), report([1, 1, 2, 2, 0], revision=9)],
)
def test_what_is_no_report_leaves_the_given_boxes(shared_app, raw):
    shared_app.session_state["heard"] = []
    assert answer(shared_app, raw).tolist() == START
    assert shared_app.session_state.heard == [] and shared_app.session_state.moving is False


@pytest.mark.parametrize("sequence", [-1, 1.5, True, "7", None, [], 10**30])
def test_a_bad_sequence_is_not_sent_back(shared_app, sequence):
    answer(shared_app, report([1, 1, 2, 2, 0], sequence=sequence))
    assert scene(shared_app)["seen"] == 0


def test_only_a_new_revision_replaces_the_visitors_boxes(app):
    answer(app, report([5, 5, 9, 9, 1]))
    app.session_state["boxes"] = [[9.0, 1.0, 20.0, 20.0, 0.0]]
    assert answer(app, report([5, 5, 9, 9, 1])).tolist() == [[5, 5, 9, 9, 1]]
    app.session_state["revision"] = "preset"
    assert answer(app, report([5, 5, 9, 9, 1])).tolist() == [[9, 1, 20, 20, 0]]
    assert scene(app)["revision"] == 1
    assert answer(app, report([7, 7, 9, 9, 1], revision=1)).tolist() == [[7, 7, 9, 9, 1]]


def test_refusals():
    from pages._ui.box_canvas import box_canvas

    with pytest.raises(ShapeError, match=r"boxes must be an array \(m, 4\), \(m, 5\) or \(m, 6\); got \(3,\)"):
        box_canvas("pad", np.zeros(3), 10, 10)
    with pytest.raises(ShapeError, match=r"image must be an array \(H, W, 3\) of uint8"):
        box_canvas("pad", np.zeros((0, 4)), 10, 10, image=np.zeros((4, 4)))
    with pytest.raises(InvalidInput, match="the number of classes must be from 1 to 8; got 9"):
        box_canvas("pad", np.zeros((0, 4)), 10, 10, classes=["a"] * 9)
    with pytest.raises(InvalidInput, match="the size of the picture must be positive and finite"):
        box_canvas("pad", np.zeros((0, 4)), 0, 10)
