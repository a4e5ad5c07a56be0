"""The boxes of one image, true or found, and how much they overlap.

    IoU = area of the intersection / area of the union

Conventions: boxes are (N, 4) float64 xyxy in pixels, y down, labels (N,) int64, scores (N,). For a crowd, IoU is the
intersection over the detection's own area. With `inclusive`, as PASCAL VOC counts, a box from pixel 3 to pixel 5 is 3
pixels wide. NumPy alone: pages may read these without torch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.errors import InvalidInput, ShapeError, constraint


@dataclass(frozen=True, eq=False)
class GroundTruth:
    """The true boxes of one image.

    Attributes:
        boxes: (N, 4).
        labels: (N,).
        areas: (N,) px² of the object itself, which is less than its box's; None for the boxes'.
        crowd: (N,) bool, a box about many objects of the class; None for none.
        difficult: (N,) bool, a truth that need not be found; None for none.
    """

    boxes: np.ndarray
    labels: np.ndarray
    areas: np.ndarray | None = None
    crowd: np.ndarray | None = None
    difficult: np.ndarray | None = None

    def __post_init__(self) -> None:
        boxes, labels = _checked(self.boxes, self.labels)
        areas = box_area(boxes) if self.areas is None else finite_column(self.areas, "areas", (len(boxes),), float)
        columns = {"boxes": boxes, "labels": labels, "areas": areas}
        for name in ("crowd", "difficult"):
            flags = getattr(self, name)
            columns[name] = (
                np.zeros(len(boxes), bool) if flags is None else finite_column(flags, name, (len(boxes),), bool)
            )
        for name, column in columns.items():
            object.__setattr__(self, name, column)


@dataclass(frozen=True, eq=False)
class Predictions:
    """The boxes a detector found in one image: boxes (N, 4), labels (N,), scores (N,)."""

    boxes: np.ndarray
    labels: np.ndarray
    scores: np.ndarray

    def __post_init__(self) -> None:
        boxes, labels = _checked(self.boxes, self.labels)
        scores = finite_column(self.scores, "scores", (len(boxes),), float)
        for name, column in {"boxes": boxes, "labels": labels, "scores": scores}.items():
            object.__setattr__(self, name, column)


def box_area(boxes: np.ndarray, inclusive: bool = False) -> np.ndarray:
    """Return (N,) width times height of (N, 4)."""
    return np.prod(boxes[:, 2:] - boxes[:, :2] + inclusive, axis=1)


def box_iou(
    found: np.ndarray, true: np.ndarray, crowd: np.ndarray | None = None, inclusive: bool = False
) -> np.ndarray:
    """Return (D, G) intersection over union of (D, 4) and (G, 4); over `found` alone where `crowd` (G,) says so."""
    low = np.maximum(found[:, None, :2], true[None, :, :2])
    high = np.minimum(found[:, None, 2:], true[None, :, 2:])
    intersection = np.prod(np.clip(high - low + inclusive, 0, None), axis=2)  # (D, G)
    own = box_area(found, inclusive)[:, None]
    union = own + box_area(true, inclusive) - intersection
    if crowd is not None:
        union = np.where(crowd, own, union)
    return np.divide(intersection, union, out=np.zeros_like(intersection), where=union > 0)


def _checked(boxes: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    boxes = np.asarray(boxes, float)
    boxes = boxes.reshape(0, 4) if boxes.size == 0 else boxes
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ShapeError(constraint("boxes", "(N, 4)", boxes.shape))
    if not np.isfinite(boxes).all() or (boxes[:, 2:] < boxes[:, :2]).any():
        raise InvalidInput("Every box must be four finite numbers x1, y1, x2, y2 with x1 ≤ x2 and y1 ≤ y2.")
    return boxes, finite_column(labels, "labels", (len(boxes),), np.int64)


def finite_column(values: np.ndarray, name: str, shape: tuple[int, ...], dtype: type, each: str = "box") -> np.ndarray:
    """Return finite values of this shape.

    Raises:
        ShapeError: of another shape.
        InvalidInput: not finite.
    """
    values = np.asarray(values)
    if values.shape != shape:
        raise ShapeError(constraint(name, f"{shape}, one for each {each}", values.shape))
    if not np.isfinite(values).all():
        raise InvalidInput(f"{name} must be finite numbers.")
    return values.astype(dtype)
