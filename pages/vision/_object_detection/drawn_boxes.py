"""Boxes that the visitor draws: kept for the session, and in the link once they differ from those at the start.

In the link a box is six whole numbers: corners in pixels, class, score in hundredths.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

import numpy as np
import streamlit as st

from pages._ui.box_canvas import is_moving
from pages._ui.session import keep_in_link

MOST_LINKED = 40  # boxes: about 1,000 characters
_UNITS = np.array([1, 1, 1, 1, 1, 100.0])


def current(key: str, revision: Hashable, start: Callable[[], np.ndarray]) -> np.ndarray:
    """Return the boxes (m, 6) of this revision: the session's, else the link's, else those at the start.

    The key is the link's parameter. The link's boxes count for the first revision that asks for them alone.
    """
    name = f"_boxes {key}"
    kept = st.session_state.get(name)
    if kept is None or kept[0] != revision:
        linked = _read(st.query_params.get(key, "")) if kept is None else None
        kept = st.session_state[name] = (revision, start() if linked is None else linked)
        if linked is None:
            keep_in_link(key, None)
    return kept[1]


def keep(key: str, revision: Hashable, boxes: np.ndarray) -> None:
    """Keep what the visitor drew; the link follows when a box is let go."""
    st.session_state[f"_boxes {key}"] = (revision, boxes)
    if not is_moving(key):
        keep_in_link(key, _write(boxes) if len(boxes) <= MOST_LINKED else None)


def _write(boxes: np.ndarray) -> str:
    full = np.hstack([boxes, np.ones((len(boxes), 6 - boxes.shape[1]))])
    return "~".join(".".join(str(int(v)) for v in row) for row in np.round(full * _UNITS)) or "none"


def _read(text: str) -> np.ndarray | None:
    """Return what `_write` wrote, or None for anything else."""
    if text == "none":
        return np.zeros((0, 6))
    rows = [row.split(".") for row in text.split("~")][: MOST_LINKED + 1]
    numbers = all(len(row) == 6 and all(v.isascii() and v.isdigit() and len(v) < 6 for v in row) for row in rows)
    return np.array(rows, float) / _UNITS if numbers and len(rows) <= MOST_LINKED else None
