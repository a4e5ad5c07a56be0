"""A page with nothing but the point canvas and a line through its points, for tests/browser/test_point_canvas.py."""

from functools import partial

import numpy as np
import streamlit as st

from pages._ui.live import axis, layer
from pages._ui.point_canvas import point_canvas

X, Y = axis("size", 0, 10, unit="m²"), axis("price", -5, 15, unit="k€")
START = np.array([[1.0, 2.0], [3.0, 3.0], [5.0, 6.0], [7.0, 7.0], [9.0, 10.0]])


def keep(revision: int, points: np.ndarray) -> None:
    if revision == st.session_state.get("revision", 0):
        st.session_state.drawn = points


def preset() -> None:
    st.session_state.drawn = np.array([[2.0, 1.0], [8.0, 4.0]])
    st.session_state.revision = st.session_state.get("revision", 0) + 1


def fitted(points: np.ndarray) -> list[dict]:
    """Return the least-squares line and its residuals as layers."""
    if len(np.unique(points[:, 0])) < 2:
        return []
    x, y = points[:, 0], points[:, 1]
    line = np.polyfit(x, y, 1)
    ends = np.array(X["range"])
    return [
        layer("segments", "residual", x=x, y=y, y1=np.polyval(line, x)),
        layer("line", "fit", name="least squares", legend=True, x=ends, y=np.polyval(line, ends)),
    ]


def draw() -> None:
    drawn = st.session_state.setdefault("drawn", np.column_stack([START, np.zeros(len(START))]))
    revision = st.session_state.get("revision", 0)
    n_classes = int(st.query_params.get("classes", 1))
    points = point_canvas(
        "pad",
        drawn,
        X,
        Y,
        layers=fitted(drawn),
        n_classes=n_classes,
        max_points=8,
        title="Points and their line",
        revision=revision,
        on_change=partial(keep, revision),
    )
    st.code(repr(points.tolist()), language=None)


st.set_page_config(layout="wide")
st.button("Preset", on_click=preset)
if "fragment" in st.query_params:
    st.fragment(draw)()
else:
    draw()
