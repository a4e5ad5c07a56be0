"""How much two boxes overlap: IoU, and two measures that still tell how far apart they are when they do not.

    IoU  = |A ∩ B| / |A ∪ B|
    GIoU = IoU − (|C| − |A ∪ B|) / |C|              C: the smallest box around both
    DIoU = IoU − ρ² / c²                            ρ: distance of the centres, c: diagonal of C

Conventions: boxes are (N, 4) xyxy in pixels, y down; areas in px². Pairwise: (N, 4) with (M, 4) gives (N, M). IoU is in
[0, 1], GIoU and DIoU in (−1, 1]. Of boxes without any area, what would be 0 / 0 is 0.

Reference: H. Rezatofighi et al., "Generalized Intersection over Union", CVPR 2019. Z. Zheng et al., "Distance-IoU
Loss", AAAI 2020.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import InvalidInput, ShapeError, constraint

Choice = Callable[[Tensor, Tensor], Tensor]  # torch.minimum or torch.maximum


@dataclass(frozen=True)
class Overlap:
    """The terms of one pair of boxes A and B.

    Attributes:
        intersection_box: A ∩ B as (x1, y1, x2, y2), or None where they do not meet.
        area_a, area_b, intersection, union: px².
        iou: in [0, 1].
        enclosing_box: C as (x1, y1, x2, y2); `enclosing_area` in px², `diagonal` in px.
        centre_distance: ρ in px.
        giou, diou: in (−1, 1].
    """

    intersection_box: tuple[float, float, float, float] | None
    area_a: float
    area_b: float
    intersection: float
    union: float
    iou: float
    enclosing_box: tuple[float, float, float, float]
    enclosing_area: float
    diagonal: float
    centre_distance: float
    giou: float
    diou: float


def check_boxes(boxes: Tensor, name: str = "boxes") -> Tensor:
    """Return boxes as floating point.

    Raises:
        ShapeError: not (N, 4).
        InvalidInput: a coordinate that is not finite, or x2 < x1 or y2 < y1.
    """
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ShapeError(constraint(name, "(N, 4)", tuple(boxes.shape)))
    boxes = boxes if boxes.is_floating_point() else boxes.float()
    wrong = ~boxes.isfinite().all(1) | (boxes[:, 2:] < boxes[:, :2]).any(1)
    if wrong.any():
        advice = "Give the left upper corner first, then the right lower one."
        got = [round(x, 3) for x in boxes[wrong][0].tolist()]
        raise InvalidInput(constraint(name, "x1, y1, x2, y2 with x1 ≤ x2 and y1 ≤ y2", got, advice))
    return boxes


def area(boxes: Tensor) -> Tensor:
    """Return (N,) width times height of (N, 4); raises as `check_boxes`, as does every function here."""
    x1, y1, x2, y2 = check_boxes(boxes).unbind(1)
    return (x2 - x1) * (y2 - y1)


def intersection(a: Tensor, b: Tensor) -> Tensor:
    """Return (N, M) the area that each of `a` (N, 4) shares with each of `b` (M, 4)."""
    low, high = _corners(check_boxes(a), check_boxes(b), torch.maximum, torch.minimum)
    width, height = (high - low).clamp(min=0).unbind(2)  # below 0 they do not meet
    return width * height


def union(a: Tensor, b: Tensor) -> Tensor:
    """Return (N, M) the area that each pair covers together."""
    return area(a)[:, None] + area(b)[None, :] - intersection(a, b)


def iou(a: Tensor, b: Tensor) -> Tensor:
    """Return (N, M) intersection over union."""
    return _ratio(intersection(a, b), union(a, b))


def giou(a: Tensor, b: Tensor) -> Tensor:
    """Return (N, M) IoU less the share of the enclosing box that neither covers."""
    width, height = _enclosing_size(a, b)
    enclosing = width * height
    return iou(a, b) - _ratio(enclosing - union(a, b), enclosing)


def diou(a: Tensor, b: Tensor) -> Tensor:
    """Return (N, M) IoU less the squared distance of the centres over the enclosing box's squared diagonal."""
    width, height = _enclosing_size(a, b)
    dx, dy = (_centres(a)[:, None] - _centres(b)[None, :]).unbind(2)  # (N, M)
    return iou(a, b) - _ratio(dx**2 + dy**2, width**2 + height**2)


def overlap(box_a: Tensor, box_b: Tensor) -> Overlap:
    """Return every term of one pair, computed in float64.

    Args:
        box_a, box_b: (4,).
    """
    a, b = (torch.as_tensor(box, dtype=torch.float64).reshape(1, -1) for box in (box_a, box_b))
    shared = intersection(a, b).item()
    low, high = _corners(a, b, torch.maximum, torch.minimum)
    around_low, around_high = _corners(a, b, torch.minimum, torch.maximum)
    width, height = (around_high - around_low).flatten().tolist()
    meets = bool((low <= high).all())
    return Overlap(
        intersection_box=(*low.flatten().tolist(), *high.flatten().tolist()) if meets else None,
        area_a=area(a).item(),
        area_b=area(b).item(),
        intersection=shared,
        union=union(a, b).item(),
        iou=iou(a, b).item(),
        enclosing_box=(*around_low.flatten().tolist(), *around_high.flatten().tolist()),
        enclosing_area=width * height,
        diagonal=(width**2 + height**2) ** 0.5,
        centre_distance=(_centres(a) - _centres(b)).norm().item(),
        giou=giou(a, b).item(),
        diou=diou(a, b).item(),
    )


def _corners(a: Tensor, b: Tensor, choose_low: Choice, choose_high: Choice) -> tuple[Tensor, Tensor]:
    """Return the left upper and the right lower corners, each (N, M, 2), of the box that each pair makes."""
    return choose_low(a[:, None, :2], b[None, :, :2]), choose_high(a[:, None, 2:], b[None, :, 2:])


def _enclosing_size(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    low, high = _corners(check_boxes(a), check_boxes(b), torch.minimum, torch.maximum)
    width, height = (high - low).unbind(2)
    return width, height


def _centres(boxes: Tensor) -> Tensor:
    return (boxes[:, :2] + boxes[:, 2:]) / 2


def _ratio(part: Tensor, whole: Tensor) -> Tensor:
    """Return part / whole, 0 where the whole is 0; its gradient is finite there too."""
    nothing = whole <= 0
    return (part / whole.masked_fill(nothing, 1)).masked_fill(nothing, 0)
