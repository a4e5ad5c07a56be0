"""`point_canvas`: points that the visitor draws by hand, by pointer, touch or keys.

The browser holds the points while they are edited and reports them, about every 60 ms during a drag and once more
when it ends. The page refits in `on_change` or before the call, and hands what it computed back as `layers`:

    def keep(points):
        st.session_state.drawn = points

    drawn = st.session_state.setdefault("drawn", start)
    point_canvas("drawing", drawn, x, y, layers=fit_layers(drawn), on_change=keep)

A page whose `revision` changes keeps the points with it, as `drawn_rows` does: where a button and a drag reach a busy
server together, the button's callback is called first, and then `on_change` with points of the revision before.

Conventions: a point is (x, y, class), in the units of the axes; its class is 0 … n_classes − 1, shown as 1 … n_classes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import streamlit as st

from engine.errors import InvalidInput, ShapeError, constraint
from pages._ui import canvas
from pages._ui.canvas import reports

MOST_CLASSES = 8
_CANVAS = canvas.component("point_canvas", "plot.js", "pictures.js", "editor.js", "point_canvas.js")


def point_canvas(
    key: str,
    points: np.ndarray,
    x: dict[str, Any],
    y: dict[str, Any],
    *,
    layers: Sequence[dict] = (),
    n_classes: int = 1,
    max_points: int = 500,
    height_px: int = 300,
    title: str = "",
    revision: str | int = 0,
    on_change: Callable[[np.ndarray], None] | None = None,
) -> np.ndarray:
    """Draw the canvas and return the current points (m, 3), float64: x, y, class.

    Args:
        key: the component's key; points are forgotten when a page stops drawing it.
        points: (m, 2) or (m, 3), shown at first and whenever `revision` changes. Otherwise the visitor's own stay.
        x, y: axes from `pages._ui.live.axis`.
        layers: what is drawn below the points, from `pages._ui.live.layer`, with plain arrays.
        n_classes: 1 to 8.
        max_points: the browser adds no more, and what comes beyond is dropped.
        height_px: height of the plot.
        title: the figure's caption.
        revision: a new value replaces the visitor's points by `points`.
        on_change: called with the points (m, 3) before the rerun that a change causes.

    Returns:
        Only points that are finite, inside both axes and of a known class, wherever they come from.

    Raises:
        ShapeError: if `points` has another shape.
        InvalidInput: if `n_classes` is out of range.
    """
    if not 1 <= n_classes <= MOST_CLASSES:
        raise InvalidInput(constraint("the number of classes", f"from 1 to {MOST_CLASSES}", n_classes))
    generation = reports.generation(key, revision)

    def drawn(report: Any) -> np.ndarray | None:
        found = reports.rows(report, "points", generation, 3, max_points)
        return None if found is None else _allowed(found, x, y, n_classes, max_points)

    def deliver() -> None:
        changed = drawn(st.session_state[key].get("points"))
        if changed is not None and on_change is not None:
            on_change(changed)

    report = (st.session_state.get(key) or {}).get("points")
    current = drawn(report)
    if current is None:
        current = _allowed(points, x, y, n_classes, max_points)
    message = {
        "title": title,
        "x": x,
        "y": y,
        "height": int(height_px),
        "layers": [one for one in layers if one],
        "points": current.ravel().tolist(),  # as JSON, since float32 would move points that nobody touched
        "classes": n_classes,
        "most": max_points,
        "revision": generation,
        "seen": reports.sequence(report),
    }
    _CANVAS(key=key, data=canvas.pack(message), default={"points": None}, on_points_change=deliver)
    return current


def is_moving(key: str) -> bool:
    """Return whether the visitor is dragging a point of this canvas: more changes follow, and a last one ends them."""
    return reports.is_moving(key, "points")


def _allowed(points: np.ndarray, x: dict, y: dict, n_classes: int, max_points: int) -> np.ndarray:
    """Return points (m, 3), without those that are off the axes, not finite, of no class, or too many."""
    points = np.asarray(points, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] not in (2, 3):
        raise ShapeError(constraint("points", "an array (m, 2) or (m, 3)", points.shape))
    if points.shape[1] == 2:
        points = np.column_stack([points, np.zeros(len(points))])
    inside = np.isin(points[:, 2], np.arange(n_classes))
    for values, axis in zip(points.T[:2], (x, y), strict=True):
        low, high = axis["range"]
        inside &= (values >= low) & (values <= high)
    return points[inside][:max_points]
