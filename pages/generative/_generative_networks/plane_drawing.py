"""The visitor's drawing: points on the plane, kept for the session, and in the link as two bytes a coordinate."""

from __future__ import annotations

import base64

import numpy as np
import streamlit as st

from engine.generative.plane_data import MOST_DRAWN, REACH
from pages._ui.live import axis
from pages._ui.point_canvas import is_moving, point_canvas
from pages._ui.session import keep_in_link

KEPT, LINKED = "_plane_points", "drawing"
N_HEART = 24


def _heart() -> np.ndarray:
    """Return points at even distances along a heart."""
    t = np.linspace(0, 2 * np.pi, 2000)
    y = 0.13 * (13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)) + 0.3
    curve = np.column_stack([2.1 * np.sin(t) ** 3, y])
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
    even = np.linspace(0, along[-1], N_HEART, endpoint=False)
    return np.column_stack([np.interp(even, along, curve[:, k]) for k in range(2)])


HEART = _heart()


def drawn_points() -> np.ndarray:
    """Return the drawn points, (m, 2) float64: the session's, else the link's, else a heart."""
    if KEPT not in st.session_state:
        st.session_state[KEPT] = decode_points(st.query_params.get(LINKED, ""))
    return st.session_state[KEPT]


def drawing() -> None:
    """Show the canvas; the game begins anew when a point is let go."""
    point_canvas(
        "plane-drawing",
        drawn_points(),
        axis("x", -REACH, REACH),
        axis("y", -REACH, REACH),
        max_points=MOST_DRAWN,
        height_px=340,
        title="Draw what G is to imitate",
        on_change=_keep,
    )


def _keep(points: np.ndarray) -> None:
    st.session_state[KEPT] = np.array(points[:, :2], dtype=np.float64)
    if not is_moving("plane-drawing"):
        keep_in_link(LINKED, encode_points(points))


def encode_points(points: np.ndarray) -> str:
    """Write points as URL-safe text: 16 bits a coordinate over the plane."""
    codes = np.clip(np.round((points[:, :2] + REACH) / (2 * REACH) * 65535), 0, 65535).astype("<u2")
    return base64.urlsafe_b64encode(codes.tobytes()).decode().rstrip("=") or "none"


def decode_points(text: str) -> np.ndarray:
    """Read `encode_points`; anything else gives the heart."""
    if text == "none":
        return np.zeros((0, 2))
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) if text.isascii() else b""
    except ValueError:
        raw = b""
    if not raw or len(raw) % 4 or len(raw) > 4 * MOST_DRAWN:
        return HEART
    return 2 * REACH * np.frombuffer(raw, "<u2").reshape(-1, 2) / 65535 - REACH
