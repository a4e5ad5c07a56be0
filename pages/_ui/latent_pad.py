"""`latent_pad`: a plane through z, shown as a grid of pictures, with a handle to drag, by pointer, touch or keys."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from pages._ui import canvas
from pages._ui.canvas import reports

_PAD = canvas.component("latent_pad", "plot.js", "latent_pad.js")


def latent_pad(
    key: str,
    png: bytes,
    reach: float,
    *,
    start: tuple[float, float] = (0.0, 0.0),
    revision: str = "",
    title: str = "",
    axes: str = "",
    label: str = "",
    most_px: int = 480,
) -> tuple[float, float]:
    """Draw the plane and return where the handle is, (x, y), each in [−reach, reach], y upwards.

    Args:
        key: the component's key.
        png: the plane as one square picture.
        reach: the plane's ends.
        start: where the handle is at first, and again for another `revision`.
        revision: a new value puts the handle at `start`.
        title: above the plane.
        axes: what lies across and what up, in a line below.
        label: for those who do not see it.
        most_px: greatest side on the screen.
    """
    generation = reports.generation(key, revision)
    report = (st.session_state.get(key) or {}).get("place")
    at = _place(report, generation, reach) or start
    message = {
        "png": np.frombuffer(png, np.uint8),
        "reach": reach,
        "at": list(at),
        "generation": generation,
        "title": title,
        "axes": axes,
        "label": label,
        "most": most_px,
    }
    _PAD(key=key, data=canvas.pack(message), default={"place": None}, on_place_change=lambda: None)
    return at


def is_moving(key: str) -> bool:
    """Return whether the visitor is dragging the handle."""
    return reports.is_moving(key, "place")


def _place(report: Any, generation: int, reach: float) -> tuple[float, float] | None:
    """Read a browser's report; none of it is trusted."""
    if not isinstance(report, Mapping) or report.get("generation") != generation:
        return None
    x, y = report.get("x"), report.get("y")
    if not all(type(v) in (int, float) and abs(v) < 1e9 and math.isfinite(v) for v in (x, y)):
        return None
    return tuple(min(max(float(v), -reach), reach) for v in (x, y))
