"""What a detector returns: its boxes, and what it held on the way to them.

Conventions: boxes are float32 (N, 4), xyxy in pixels of the given picture, y down; labels int64 (N,); scores float32
(N,) in [0, 1]; masks bool (N, H, W).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from engine.errors import ShapeError, constraint


@dataclass(frozen=True)
class Detections:
    """The boxes that a detector reports.

    Attributes:
        names: the name of each label; label 0 is the background.

    Raises:
        ShapeError: boxes, labels, scores and masks are not of the same number.
    """

    boxes: torch.Tensor
    labels: torch.Tensor
    scores: torch.Tensor
    names: tuple[str, ...]
    masks: torch.Tensor | None = None

    def __post_init__(self) -> None:
        _check(self.boxes, self.labels, self.scores)
        if self.masks is not None and (self.masks.ndim != 3 or len(self.masks) != len(self.boxes)):
            raise ShapeError(constraint("masks", f"of shape ({len(self.boxes)}, H, W)", tuple(self.masks.shape)))

    def __len__(self) -> int:
        return len(self.boxes)


@dataclass(frozen=True)
class Stage:
    """What a model holds before suppression, in the order in which it computes it.

    Attributes:
        name: "anchors", "proposals", "grid cells", "raw boxes" …
        sentence: what they are.

    Raises:
        ShapeError: boxes, labels and scores are not of the same number.
    """

    name: str
    sentence: str
    boxes: torch.Tensor
    scores: torch.Tensor
    labels: torch.Tensor

    def __post_init__(self) -> None:
        _check(self.boxes, self.labels, self.scores)


def _check(boxes: torch.Tensor, labels: torch.Tensor, scores: torch.Tensor) -> None:
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ShapeError(constraint("boxes", "of shape (N, 4)", tuple(boxes.shape)))
    for name, values in (("labels", labels), ("scores", scores)):
        if values.shape != boxes.shape[:1]:
            raise ShapeError(constraint(name, f"of shape ({len(boxes)},)", tuple(values.shape)))
