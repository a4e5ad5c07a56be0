"""What every detector can do, and the last step that all of them share: from raw boxes to detections.

    kept = NMS({boxes with score > score_threshold}, iou_threshold), class by class, the best `limit` of them

Conventions: an image is float (3, H, W), RGB in [0, 1]; boxes are float32 (N, 4) as xyxy in pixels of that image;
labels are int64 ids into `names`; scores lie in [0, 1]. Results are on the CPU. A detector may be used from several
threads.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor
from torchvision.ops import batched_nms

from engine.detection.detections import Detections, Stage
from engine.errors import InvalidInput, ShapeError, constraint


class Detector(Protocol):
    """Finds objects in one image.

    Attributes:
        names: class names by label id; "" where an id stands for no class.
        size_hint: shorter side in px above which a larger image brings nothing.
        score_threshold: the detector's own default.
        iou_threshold: the detector's own default.
    """

    names: tuple[str, ...]
    size_hint: int
    score_threshold: float
    iou_threshold: float

    def detect(self, image: Tensor, score_threshold: float, iou_threshold: float) -> Detections:
        """Return the objects whose score is above `score_threshold`, suppressed at `iou_threshold`, best first."""
        ...

    def stages(self, image: Tensor) -> tuple[Stage, ...]:
        """Return what the detector holds before suppression, in the order in which it computes it."""
        ...


def check_image(image: Tensor) -> None:
    """Refuse what is not one float RGB image of at least one pixel.

    Raises:
        ShapeError: the shape is not (3, H, W).
        InvalidInput: the values are not floating point.
    """
    if image.ndim != 3 or image.shape[0] != 3 or 0 in image.shape:
        raise ShapeError(constraint("image", "of shape (3, H, W)", tuple(image.shape)))
    if not image.is_floating_point():
        raise InvalidInput(constraint("image", "floating point in [0, 1]", image.dtype, "Divide by 255."))


def check_thresholds(score_threshold: float, iou_threshold: float) -> None:
    """Refuse a threshold outside [0, 1].

    Raises:
        InvalidInput: one of the two is.
    """
    for name, value in (("score_threshold", score_threshold), ("iou_threshold", iou_threshold)):
        if not 0 <= value <= 1:  # also refuses NaN
            raise InvalidInput(constraint(name, "from 0 to 1", value))


def survivors(
    boxes: Tensor, scores: Tensor, labels: Tensor, score_threshold: float, iou_threshold: float, limit: int
) -> Tensor:
    """Return the indices of the boxes that are left, best first.

    Args:
        boxes: (N, 4). scores: (N,). labels: (N,).
        score_threshold: a score must be above it.
        iou_threshold: of two boxes of one class that overlap by more, the better one stays.
        limit: how many may be left.
    """
    above = torch.where(scores > score_threshold)[0]
    return above[batched_nms(boxes[above], scores[above], labels[above], iou_threshold)[:limit]]
