"""`joint_canvas`: the joints of one body, which the visitor moves by pointer, touch or keys; its bones follow.

The browser holds the joints while they are moved and reports them, about every 60 ms during a drag and once more when
it ends, with the joint that was touched last. The page computes in `on_change` or before the call, and hands what it
computed back as `layers`, as it does for `pages._ui.box_canvas`.

Conventions: a joint is x, y in pixels of the picture, y down. There are always as many as there are names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import streamlit as st

from engine.errors import ShapeError, constraint
from pages._ui import canvas
from pages._ui.box_canvas import picture_layer
from pages._ui.canvas import reports
from pages._ui.live import axis

_CANVAS = canvas.component("joint_canvas", "plot.js", "pictures.js", "editor.js", "joint_canvas.js")


def joint_canvas(
    key: str,
    joints: np.ndarray,
    width: float,
    height: float,
    *,
    names: Sequence[str],
    bones: Sequence[tuple[int, int]],
    start: np.ndarray | None = None,
    chosen: int = -1,
    image: bytes | np.ndarray | None = None,
    layers: Sequence[dict] = (),
    role: str = "fit",
    height_px: int = 360,
    title: str = "",
    revision: str | int = 0,
    on_change: Callable[[np.ndarray, int], None] | None = None,
) -> np.ndarray:
    """Draw the canvas and return the current joints (K, 2), float64, inside the picture.

    Args:
        key: the component's key; joints are forgotten when a page stops drawing it.
        joints: (K, 2), shown at first and whenever `revision` changes. Otherwise the visitor's own stay.
        width, height: of the picture, px.
        names: of the K joints.
        bones: pairs of joints to be joined by a line.
        start: (K, 2), where the button "Start again" puts the joints; None for where they were at first.
        chosen: the joint that is drawn larger, and that the arrow keys move; −1 for none.
        image: as of `box_canvas`.
        layers: what is drawn below the joints, from `pages._ui.live.layer`, with plain arrays.
        role: the colour of joints and bones, of `charts.ROLES`.
        height_px, title, revision: as of `box_canvas`.
        on_change: called with the joints and the one that was touched last (−1 if none was) before the rerun that a
            change or a touch causes.

    Raises:
        ShapeError: not a joint for each name.
    """
    joints = np.asarray(joints, float)
    if joints.shape != (len(names), 2):
        raise ShapeError(constraint("joints", f"an array ({len(names)}, 2)", joints.shape))
    generation = reports.generation(key, revision)

    def moved(report: Any) -> np.ndarray | None:
        found = reports.rows(report, "joints", generation, 2, len(names))
        if found is None or len(found) != len(names) or not np.isfinite(found).all():
            return None
        return found.clip(0, [width, height])

    def deliver() -> None:
        report = st.session_state[key].get("joints")
        changed = moved(report)
        if changed is not None and on_change is not None:
            on_change(changed, _touched(report, len(names)))

    report = (st.session_state.get(key) or {}).get("joints")
    current = moved(report)
    if current is None:
        current = joints.clip(0, [width, height])
    first = joints if start is None else np.asarray(start, float).clip(0, [width, height])
    message = {
        "title": title,
        "x": axis("x", 0, width, unit="px"),
        "y": axis("y", 0, height, unit="px", down=True),
        "aspect": "equal",
        "bare": True,
        "height": int(height_px),
        "layers": [*([] if image is None else [picture_layer(image, width, height)]), *(one for one in layers if one)],
        "joints": current.ravel().tolist(),  # as JSON, since float32 would move joints that nobody touched
        "start": first.ravel().tolist(),
        "names": list(names),
        "bones": [list(bone) for bone in bones],
        "chosen": chosen,
        "role": role,
        "classes": 1,
        "revision": generation,
        "seen": reports.sequence(report),
    }
    _CANVAS(key=key, data=canvas.pack(message), default={"joints": None}, on_joints_change=deliver)
    return current


def is_moving(key: str) -> bool:
    """Return whether the visitor is moving a joint of this canvas: more reports follow, and a last one ends them."""
    return reports.is_moving(key, "joints")


def _touched(report: Any, n: int) -> int:
    at = report.get("at")
    return at if type(at) is int and 0 <= at < n else -1
