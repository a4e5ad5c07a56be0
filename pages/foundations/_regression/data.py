"""The page's data: which table the settings ask for, from the engine, an upload or the visitor's hand."""

from __future__ import annotations

import base64
from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from engine.datasets import tables
from engine.errors import EngineError
from engine.linear_model.experiment import Experiment, prepare, table_for
from engine.linear_model.trace import Picture, picture
from pages._ui import controls
from pages._ui.session import keep_in_link, remember
from pages._ui.uploads import upload

DRAWN_X, DRAWN_Y = (0.0, 4.0), (0.0, 10.0)
FIRST_POINTS = np.array(
    [[0.4, 2.2], [0.8, 2.6], [1.2, 4.4], [1.7, 4.3], [2.0, 5.9], [2.6, 6.1], [3.0, 7.8], [3.5, 8.2]]
)
GENERATED = ("line", "polynomial", "houses")
MOST_DRAWN = 150
_SHAPING = ("data", "n", "noise", "outliers", "validation", "degree", "ridge", "scaling", "seed")


@dataclass(frozen=True)
class Loaded:
    """A table and what tells it apart from others."""

    table: tables.Table
    identity: Hashable


def data_controls(settings: Experiment) -> None:
    """Show the choice of data; an upload brings its own choice of target and features."""
    controls.control(Experiment, "data")
    if settings.data == "upload":
        _upload_controls()


def shape_controls(settings: Experiment) -> None:
    """Show what made-up data is made with."""
    if settings.data not in GENERATED:
        return
    controls.control(Experiment, "n")
    left, right = st.columns(2)
    with left:
        controls.control(Experiment, "noise")
    with right:
        controls.control(Experiment, "outliers")


def missing(settings: Experiment) -> bool:
    """Return whether the visitor is still to bring the table that the settings ask for."""
    return settings.data == "upload" and not st.session_state.get("_uploaded")


def load(settings: Experiment) -> Loaded:
    """Return the table of the settings.

    Raises:
        EngineError: there is no such table yet, or it cannot be used.
    """
    if settings.data == "upload":
        found = st.session_state.get("_uploaded")
        return found or Loaded(table_for(settings), None)
    if settings.data == "drawn":
        points = drawn_points()
        return Loaded(table_for(settings, points=points), points.tobytes())
    keys = tuple(getattr(settings, name) for name in ("data", "n", "noise", "outliers", "seed"))
    return Loaded(remember("regression:table", keys, lambda: table_for(settings)), keys)


@dataclass(frozen=True)
class Prepared:
    """A table made ready to fit.

    Attributes:
        table: the data.
        shape: identifies data and model; start and method aside.
        shown: the problem and what its pictures need.
    """

    table: tables.Table
    shape: Hashable
    shown: Picture


def prepared(settings: Experiment) -> Prepared:
    """Load the table of the settings and prepare it.

    Raises:
        EngineError: there is no such table yet, or it cannot be used.
    """
    loaded = load(settings)
    shape = (loaded.identity, *(getattr(settings, name) for name in _SHAPING))
    identity = (shape, settings.theta0, settings.theta1)
    shown = remember("regression:picture", identity, lambda: picture(prepare(settings, loaded.table)))
    return Prepared(loaded.table, shape, shown)


def within_limits(settings: Experiment) -> Experiment:
    """Keep no more outliers than there are points."""
    return replace(settings, outliers=min(settings.outliers, settings.n // 2))


# ---- points drawn by hand: kept for the session, and in the link as two bytes and a half a coordinate --------------


def drawn_points() -> np.ndarray:
    """Return the drawn points, (m, 2) float64: the session's, else the link's, else a few to begin with."""
    if "_points" not in st.session_state:
        st.session_state["_points"] = decode_points(st.query_params.get("points", ""))
    return st.session_state["_points"]


def draw(points: np.ndarray) -> None:
    """Keep new points in the session and in the link."""
    st.session_state["_points"] = np.array(points[:, :2], dtype=np.float64)
    keep_in_link("points", encode_points(points))


def encode_points(points: np.ndarray) -> str:
    """Write points as URL-safe text: 16 bits a coordinate over the canvas."""
    low, span = np.array([DRAWN_X[0], DRAWN_Y[0]]), np.array([DRAWN_X[1] - DRAWN_X[0], DRAWN_Y[1] - DRAWN_Y[0]])
    codes = np.clip(np.round((points[:, :2] - low) / span * 65535), 0, 65535).astype("<u2")
    return base64.urlsafe_b64encode(codes.tobytes()).decode().rstrip("=")


def decode_points(text: str) -> np.ndarray:
    """Read `encode_points`; anything else gives the first points."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) if text.isascii() else b""
    except ValueError:
        raw = b""
    if not raw or len(raw) % 4 or len(raw) > 4 * MOST_DRAWN:
        return FIRST_POINTS
    low, span = np.array([DRAWN_X[0], DRAWN_Y[0]]), np.array([DRAWN_X[1] - DRAWN_X[0], DRAWN_Y[1] - DRAWN_Y[0]])
    return low + span * np.frombuffer(raw, "<u2").reshape(-1, 2) / 65535


# ---- uploads --------------------------------------------------------------------------------------------------------


def _upload_controls() -> None:
    from engine.io.tables import read_table  # pandas comes only with an upload

    st.session_state["_uploaded"] = None
    frame = upload(
        "regression-file",
        "A table with a header row",
        ("csv", "tsv", "txt", "gz", "zip"),
        read_table,
        "CSV or TSV, also inside .gz or .zip: at most 50 MB, 500,000 rows and 200 columns.",
    )
    if frame is None:
        return
    columns = [str(c) for c in frame.columns]
    target = st.selectbox("Target y", columns, index=len(columns) - 1, key="target")
    numeric = [c for c in tables.numeric_columns(frame) if c != target]
    features = st.multiselect(
        "Features x", [c for c in columns if c != target], default=numeric[:6], key=f"features-{target}"
    )
    named = {"drop": "leave the row out", "mean": "put the column's mean"}
    missing = st.segmented_control(
        "Missing values", list(named), format_func=named.get, default="drop", key="missing", required=True
    )
    identity = (st.session_state["regression-file"].file_id, target, tuple(features), missing)
    try:
        table = remember("regression:upload", identity, lambda: tables.from_frame(frame, target, features, missing))
    except EngineError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.session_state["_uploaded"] = Loaded(table, identity)
    if table.note:
        st.caption(table.note)
