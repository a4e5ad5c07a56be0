"""`mask_canvas`: a mask that the visitor paints on a picture with a round brush, by pointer, touch or keys.

Conventions: the mask is dabs (N, 4) of x, y, r, wipes: x a share of the width, y of the height, r of the longer side;
`wipes` is 1 where the brush takes away. No dab means that nothing is masked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from pages._ui import canvas
from pages._ui.box_canvas import picture_layer
from pages._ui.canvas import reports
from pages._ui.live import axis

_CANVAS = canvas.component("mask_canvas", "plot.js", "pictures.js", "editor.js", "mask_canvas.js")
MOST_DABS = 3000
RADIUS = 0.08  # of the longer side, at first


def mask_canvas(
    key: str,
    dabs: np.ndarray,
    width: float,
    height: float,
    *,
    image: bytes,
    height_px: int = 360,
    title: str = "",
    revision: str | int = 0,
    on_change: Callable[[np.ndarray], None] | None = None,
) -> np.ndarray:
    """Draw the canvas and return the current dabs (N, 4), float64, finite and cut to [0, 1].

    Args:
        key: the component's key; dabs are forgotten when a page stops drawing it.
        dabs: shown at first and whenever `revision` changes. Otherwise the visitor's own stay.
        width, height: of the picture, px.
        image: the encoded picture.
        height_px: most height on the screen.
        title: the figure's caption.
        revision: a new value replaces the visitor's dabs by `dabs`.
        on_change: called with the dabs before the rerun that a stroke causes.
    """
    generation = reports.generation(key, revision)

    def painted(report: Any) -> np.ndarray | None:
        found = reports.rows(report, "dabs", generation, 4, MOST_DABS)
        return None if found is None else _clean(found)

    def deliver() -> None:
        changed = painted(st.session_state[key].get("dabs"))
        if changed is not None and on_change is not None:
            on_change(changed)

    report = (st.session_state.get(key) or {}).get("dabs")
    current = painted(report)
    if current is None:
        current = _clean(np.asarray(dabs, float).reshape(-1, 4))
    message = {
        "title": title,
        "x": axis("x", 0, width, unit="px"),
        "y": axis("y", 0, height, unit="px", down=True),
        "aspect": "equal",
        "bare": True,
        "height": int(height_px),
        "layers": [picture_layer(image, width, height)],
        "dabs": current.ravel().tolist(),
        "radius": RADIUS,
        "classes": 2,
        "names": ["Paint", "Wipe"],
        "most": MOST_DABS,
        "revision": generation,
        "seen": reports.sequence(report),
    }
    _CANVAS(key=key, data=canvas.pack(message), default={"dabs": None}, on_dabs_change=deliver)
    return current


def _clean(dabs: np.ndarray) -> np.ndarray:
    dabs = dabs[np.isfinite(dabs).all(1)]
    return np.hstack([dabs[:, :3].clip(0, 1), (dabs[:, 3:] > 0.5).astype(float)])
