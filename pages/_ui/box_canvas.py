"""`box_canvas`: boxes that the visitor draws by hand on a picture, by pointer, touch or keys.

The browser holds the boxes while they are edited and reports them, about every 60 ms during a drag and once more when
it ends. The page computes in `on_change` or before the call, and hands what it computed back as `layers`:

    def keep(boxes):
        st.session_state.drawn = boxes

    drawn = st.session_state.setdefault("drawn", start)
    box_canvas("drawing", drawn, 640, 480, image=jpeg, layers=overlap(drawn), on_change=keep)

Conventions: a box is x0, y0, x1, y1, class[, score] in pixels of the picture, y down, x0 < x1 and y0 < y1; its class is
an index into `classes`, its score in [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import streamlit as st

from engine.errors import InvalidInput, ShapeError, constraint
from pages._ui import canvas
from pages._ui.canvas import reports
from pages._ui.live import axis, layer

MOST_CLASSES = 8  # as many as have a key and a colour
LINKED = (1, 1, 1, 1, 1, 100)  # a box in a link: corners in whole pixels, class, score in hundredths
LEAST_PX = 4.0  # the smallest side that a drawn or resized box may have
TRUTH_AND_DETECTION = (("truth", "truth"), ("detection", "fit"))
_CANVAS = canvas.component("box_canvas", "plot.js", "pictures.js", "editor.js", "box_canvas.js")


def box_canvas(
    key: str,
    boxes: np.ndarray,
    width: float,
    height: float,
    *,
    image: bytes | np.ndarray | None = None,
    layers: Sequence[dict] = (),
    classes: Sequence[str | tuple[str, str]] = TRUTH_AND_DETECTION,
    max_boxes: int = 100,
    height_px: int = 360,
    title: str = "",
    revision: str | int = 0,
    on_change: Callable[[np.ndarray], None] | None = None,
    scores: bool = False,
    unscored: Sequence[int] = (),
) -> np.ndarray:
    """Draw the canvas and return the current boxes, float64: (m, 5), or (m, 6) with scores.

    Args:
        key: the component's key; boxes are forgotten when a page stops drawing it.
        boxes: (m, 4), (m, 5) or (m, 6), shown at first and whenever `revision` changes. Otherwise the visitor's own
            stay. A missing class is 0, a missing score 1.
        width, height: of the picture, in the pixels that boxes are counted in.
        image: an encoded JPEG or PNG, or uint8 (H, W, 3), stretched over the picture; None shows axes instead. It
            travels with every report's answer: an encoded one is some twenty times smaller.
        layers: what is drawn between the picture and the boxes, from `pages._ui.live.layer`, with plain arrays.
        classes: 1 to 8 names, each alone (its colour is that of its number) or with a role of `charts.ROLES`.
        max_boxes: the browser adds no more, and what comes beyond is dropped.
        height_px: height of the canvas.
        title: the figure's caption.
        revision: a new value replaces the visitor's boxes by `boxes`.
        on_change: called with the boxes before the rerun that a change causes.
        scores: whether boxes have scores; the selected one's is set by a slider.
        unscored: classes whose boxes show none, such as truths.

    Returns:
        Only boxes that are finite, cut to the picture, not empty, of a known class and with a score in [0, 1],
        wherever they come from.

    Raises:
        ShapeError: if `boxes` or `image` has another shape.
        InvalidInput: if the number of classes or the size of the picture is out of range.
    """
    if not 1 <= len(classes) <= MOST_CLASSES:
        raise InvalidInput(constraint("the number of classes", f"from 1 to {MOST_CLASSES}", len(classes)))
    if not (0 < width < np.inf and 0 < height < np.inf):
        raise InvalidInput(constraint("the size of the picture", "positive and finite", (width, height)))
    generation, columns = reports.generation(key, revision), 6 if scores else 5

    def allowed(found: np.ndarray) -> np.ndarray:
        return _allowed(found, width, height, len(classes), columns)[:max_boxes]

    def drawn(report: Any) -> np.ndarray | None:
        found = reports.rows(report, "boxes", generation, columns, max_boxes)
        return None if found is None else allowed(found)

    def deliver() -> None:
        changed = drawn(st.session_state[key].get("boxes"))
        if changed is not None and on_change is not None:
            on_change(changed)

    report = (st.session_state.get(key) or {}).get("boxes")
    current = drawn(report)
    if current is None:
        current = allowed(_with_columns(boxes, columns))
    named = [one if not isinstance(one, str) else (one, f"class {k}") for k, one in enumerate(classes)]
    message = {
        "title": title,
        "x": axis("x", 0, width, unit="px"),
        "y": axis("y", 0, height, unit="px", down=True),
        "aspect": "equal",
        "bare": image is not None,
        "height": int(height_px),
        "layers": [picture_layer(image, width, height), *layers]
        if image is not None
        else [one for one in layers if one],
        "boxes": current.ravel().tolist(),  # as JSON, since float32 would move boxes that nobody touched
        "classes": len(named),
        "names": [name for name, _ in named],
        "roles": [role for _, role in named],
        "least": min(LEAST_PX, width / 10, height / 10),
        "most": max_boxes,
        "scores": scores,
        "unscored": list(unscored),
        "revision": generation,
        "seen": reports.sequence(report),
    }
    _CANVAS(key=key, data=canvas.pack(message), default={"boxes": None}, on_boxes_change=deliver)
    return current


def is_moving(key: str) -> bool:
    """Return whether the visitor is changing a box of this canvas: more reports follow, and a last one ends them."""
    return reports.is_moving(key, "boxes")


def picture_layer(image: bytes | np.ndarray, width: float, height: float) -> dict[str, Any]:
    """Return the layer of an encoded picture or of uint8 (H, W, 3)."""
    extent = [0.0, float(width), 0.0, float(height)]
    if isinstance(image, bytes):
        return layer("image", jpeg=np.frombuffer(image, np.uint8), extent=extent)
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ShapeError(constraint("image", "an array (H, W, 3) of uint8", (image.shape, str(image.dtype))))
    return layer("image", rgb=image, extent=extent)


def _with_columns(boxes: np.ndarray, columns: int) -> np.ndarray:
    """Return boxes (m, columns) from (m, 4 … 6): class 0 and score 1 where they are missing."""
    boxes = np.asarray(boxes, dtype=np.float64)
    if boxes.ndim != 2 or not 4 <= boxes.shape[1] <= 6:
        raise ShapeError(constraint("boxes", "an array (m, 4), (m, 5) or (m, 6)", boxes.shape))
    rest = np.tile([0.0, 1.0], (len(boxes), 1))
    return np.hstack([boxes, rest[:, boxes.shape[1] - 4 :]])[:, :columns]


def _allowed(boxes: np.ndarray, width: float, height: float, n_classes: int, columns: int) -> np.ndarray:
    """Cut boxes to the picture and drop those that are not finite, empty, or of no class or score."""
    boxes = boxes[np.isfinite(boxes).all(axis=1)].copy()
    boxes[:, :4] = boxes[:, :4].clip(0, [width, height, width, height])
    kept = (boxes[:, 0] < boxes[:, 2]) & (boxes[:, 1] < boxes[:, 3]) & np.isin(boxes[:, 4], np.arange(n_classes))
    if columns == 6:
        kept &= (boxes[:, 5] >= 0) & (boxes[:, 5] <= 1)
    return boxes[kept]
