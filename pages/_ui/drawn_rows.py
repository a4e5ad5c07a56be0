"""What a visitor edits by hand on a canvas, as rows of numbers: kept for the session, and in the link once it differs
from the start.

The key of the rows is the link's parameter. There a row is whole numbers, each in a unit of its column's own, joined by
dots; "~" stands between rows.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np
import streamlit as st

from pages._ui.session import keep_in_link

MOST_LINKED = 40  # rows: about 1,000 characters


def current(
    key: str, revision: Hashable, start: Callable[[], np.ndarray], units: Sequence[float], n_rows: int | None = None
) -> np.ndarray:
    """Return the rows (m, columns) of this revision: the session's, else the link's, else those at the start.

    The link's rows count for the first revision that asks for them alone.

    Args:
        key, revision: of the canvas.
        start: returns the rows to begin with.
        units: of the link's whole numbers, one a column, as how many make 1.
        n_rows: how many rows a link must have; None for any number.
    """
    name = f"_rows {key}"
    kept = st.session_state.get(name)
    if kept is None or kept[0] != revision:
        linked = _read(st.query_params.get(key, ""), units, n_rows) if kept is None else None
        kept = st.session_state[name] = (revision, start() if linked is None else linked)
        if linked is None:
            keep_in_link(key, None)
    return kept[1]


def keep(key: str, revision: Hashable, rows: np.ndarray, units: Sequence[float], is_moving: bool) -> None:
    """Keep what the visitor made of the rows; the link follows when they have let go.

    A row may lack its last columns: they are 1 in the link.
    """
    st.session_state[f"_rows {key}"] = (revision, rows)
    if not is_moving:
        keep_in_link(key, _write(rows, units) if len(rows) <= MOST_LINKED else None)


def _write(rows: np.ndarray, units: Sequence[float]) -> str:
    full = np.hstack([rows, np.ones((len(rows), len(units) - rows.shape[1]))])
    return "~".join(".".join(str(int(v)) for v in row) for row in np.round(full * np.asarray(units))) or "none"


def _read(text: str, units: Sequence[float], n_rows: int | None) -> np.ndarray | None:
    """Return what `_write` wrote, or None for anything else."""
    if text == "none" and not n_rows:
        return np.zeros((0, len(units)))
    rows = [row.split(".") for row in text.split("~")][: MOST_LINKED + 1]
    numbers = all(
        len(row) == len(units) and all(v.isascii() and v.isdigit() and len(v) < 6 for v in row) for row in rows
    )
    if not numbers or len(rows) > MOST_LINKED or (n_rows and len(rows) != n_rows):
        return None
    return np.array(rows, float) / np.asarray(units)
