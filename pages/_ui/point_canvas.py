"""`point_canvas`: points that the visitor draws by hand, by pointer, touch or keys.

The browser holds the points while they are edited and reports them, about every 60 ms during a drag and once more
when it ends. The page refits in `on_change` or before the call, and hands what it computed back as `layers`:

    def keep(points):
        st.session_state.drawn = points

    drawn = st.session_state.setdefault("drawn", start)
    point_canvas("drawing", drawn, x, y, layers=fit_layers(drawn), revision=preset, on_change=keep)

Conventions: a point is (x, y, class), in the units of the axes; its class is 0 … n_classes − 1, shown as 1 … n_classes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from engine.errors import InvalidInput, ShapeError, constraint
from pages._ui import canvas

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
    generation = _generation(key, revision)

    def drawn(report: Any) -> np.ndarray | None:
        flat = _flat(report, generation, max_points)
        return None if flat is None else _allowed(flat, x, y, n_classes, max_points)

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
        "seen": _sequence(report),
    }
    _CANVAS(key=key, data=canvas.pack(message), default={"points": None}, on_points_change=deliver)
    return current


def is_moving(key: str) -> bool:
    """Return whether the visitor is dragging a point of this canvas: more changes follow, and a last one ends them."""
    report = (st.session_state.get(key) or {}).get("points")
    return isinstance(report, Mapping) and report.get("moving") is True


def _generation(key: str, revision: str | int) -> int:
    """Count the changes of `revision`, so that a return to an earlier one is new as well."""
    name = f"{key}:revision"
    last, count = st.session_state.get(name, (revision, 0))
    count += last != revision
    st.session_state[name] = (revision, count)
    return count


def _flat(report: Any, generation: int, max_points: int) -> np.ndarray | None:
    """Read a browser's report as (m, 3), NaN for what is no number; None without a report of this revision."""
    if not isinstance(report, Mapping) or report.get("revision") != generation:
        return None
    values = report.get("points")
    if not isinstance(values, list):
        return None
    values = values[: 3 * min(len(values) // 3, max_points)]
    largest = sys.float_info.max  # JSON's whole numbers have no limit of their own
    numbers = [float(v) if type(v) in (int, float) and abs(v) <= largest else np.nan for v in values]
    return np.array(numbers, dtype=np.float64).reshape(-1, 3)


def _sequence(report: Any) -> int:
    """Return the number of a browser's report, 0 if it has none that can be sent back."""
    number = report.get("sequence") if isinstance(report, Mapping) else None
    return number if type(number) is int and 0 <= number < 2**53 else 0


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
