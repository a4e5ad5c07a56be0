"""A page with nothing but the box canvas and the overlaps of its boxes, for tests/browser/test_box_canvas.py."""

from functools import partial

import cv2
import numpy as np
import streamlit as st

from pages._ui.box_canvas import box_canvas, is_moving
from pages._ui.live import layer

W, H = 200, 150
START = np.array([[20.0, 30.0, 80.0, 90.0, 0.0, 1.0], [110.0, 40.0, 170.0, 100.0, 1.0, 0.5]])


def keep(revision: int, boxes: np.ndarray) -> None:
    if revision != st.session_state.get("revision", 0):
        return
    st.session_state.drawn = boxes
    st.session_state.moves = st.session_state.get("moves", 0) + is_moving("pad")


def preset() -> None:
    st.session_state.drawn = np.array([[0.0, 0.0, 50.0, 50.0, 0.0, 1.0]])
    st.session_state.revision = st.session_state.get("revision", 0) + 1


def picture() -> bytes:
    """A grey gradient with a dark disc, as JPEG."""
    image = np.repeat(np.linspace(90, 210, W, dtype=np.uint8)[None], H, 0)
    return cv2.imencode(".jpg", cv2.circle(image, (50, 60), 22, 40, -1))[1].tobytes()


def overlap(boxes: np.ndarray) -> list[dict]:
    """Return the common part of the first two boxes as a layer."""
    if len(boxes) < 2:
        return []
    low, high = boxes[:2, :2].max(0), boxes[:2, 2:4].min(0)
    if (low >= high).any():
        return []
    corners = dict(zip(("x0", "y0", "x1", "y1"), np.append(low, high)[:, None], strict=True))
    return [layer("boxes", "outlier", name="intersection", legend=True, fill=0.5, **corners)]


def draw() -> None:
    revision = st.session_state.get("revision", 0)
    scores = "scores" in st.query_params
    drawn = st.session_state.setdefault("drawn", START)
    boxes = box_canvas(
        "pad",
        drawn if scores else drawn[:, :5],
        W,
        H,
        image=None if "axes" in st.query_params else picture(),
        layers=overlap(drawn),
        max_boxes=4,
        title="Two boxes",
        revision=revision,
        on_change=partial(keep, revision),
        scores=scores,
    )
    st.code(repr(boxes.tolist()), language=None)


st.set_page_config(layout="wide")
st.button("Preset", on_click=preset)
draw()
