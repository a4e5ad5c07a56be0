"""Live detection: the camera's picture with the newest boxes on it, which never waits for the detector.

Conventions: frames are uint8 (H, W, 3), RGB. The detector runs in the device's one inference thread, so that many
visitors share its model and take turns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from engine.detection.detections import Detections
from engine.detection.detector import Detector
from engine.detection.drawing import annotate
from engine.detection.settings import Thresholds
from engine.io.images import pixels_to_tensor
from engine.runtime import inference
from engine.runtime.newest import Newest

PATIENCE_S = 60.0  # for a turn in the inference thread and the slowest model


@dataclass(frozen=True)
class Request:
    """What is asked of each frame.

    Attributes:
        detector: finds the objects.
        thresholds: which of them count.
        classes: names to show; empty for all.
    """

    detector: Detector
    thresholds: Thresholds
    classes: tuple[str, ...] = ()


class LiveDetection:
    """One visitor's stream. `request` may be replaced at any time, and the next frame meets the new one."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.newest = Newest(self._examine)

    def show(self, frame: np.ndarray) -> np.ndarray:
        """Return the frame with the newest detections drawn on it, and let it be examined next."""
        return self.newest.over(frame, lambda frame, found, scale: annotate(frame, _fitted(found, scale)))

    def _examine(self, frame: np.ndarray) -> Detections:
        return examine(self.request, pixels_to_tensor(frame))


def _fitted(found: Detections, scale: tuple[float, float]) -> Detections:
    """Return detections of a frame as boxes of one so many times wider and higher."""
    if scale == (1, 1):
        return found
    boxes = found.boxes * found.boxes.new_tensor(scale * 2)
    return Detections(boxes, found.labels, found.scores, found.names)  # masks would not fit


def examine(request: Request, image: Tensor) -> Detections:
    """Find objects in a float (3, H, W) image, in the inference thread.

    Raises:
        ResourceLimit: too many wait already.
    """
    thresholds, detector = request.thresholds, request.detector

    def one(batch: Tensor) -> list[Detections]:  # a batch of this one image
        return [detector.detect(batch[0], thresholds.confidence, thresholds.iou)]

    return of_classes(inference().submit(one, image, alone=True).result(PATIENCE_S), request.classes)


def of_classes(found: Detections, classes: tuple[str, ...]) -> Detections:
    """Return the detections of these classes; of all, where none is named."""
    if not classes:
        return found
    wanted = [i for i, label in enumerate(found.labels.tolist()) if found.names[label] in classes]
    return pick(found, wanted)


def above(found: Detections, confidence: float) -> Detections:
    """Return the detections whose score is above `confidence`."""
    return pick(found, (found.scores > confidence).nonzero()[:, 0].tolist())


def pick(found: Detections, indices: list[int]) -> Detections:
    """Return these detections alone."""
    masks = None if found.masks is None else found.masks[indices]
    return Detections(found.boxes[indices], found.labels[indices], found.scores[indices], found.names, masks)
