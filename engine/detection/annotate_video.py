"""A whole video through a detector: frame by frame, to an annotated MP4 and a table of what was found.

Conventions: as in `engine.io.annotated_video`; boxes are xyxy in pixels of the written video.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from engine.detection import models
from engine.detection.detections import Detections
from engine.detection.drawing import annotate
from engine.detection.live import Request, examine
from engine.detection.settings import Thresholds
from engine.io.annotated_video import VideoProgress, annotated_video
from engine.io.images import pixels_to_tensor
from engine.io.video import VideoFrame

COLUMNS = ("frame", "time_s", "label", "score", "x0", "y0", "x1", "y1")


@dataclass(frozen=True)
class Row:
    """One object in one frame."""

    frame: int
    time_s: float
    label: str
    score: float
    x0: float
    y0: float
    x1: float
    y1: float


def annotate_video(data: bytes, name: str, examine: Callable[[Tensor], Detections]) -> Iterator[VideoProgress]:
    """Examine every frame of a video and draw on it what was found; as `engine.io.annotated_video`.

    Args:
        data: the file's content.
        name: the file's name, for messages.
        examine: finds the objects of a float (3, H, W) image in [0, 1].
    """

    def drawn(frame: VideoFrame, index: int) -> tuple[np.ndarray, list[Row]]:
        found = examine(pixels_to_tensor(frame.image))
        return annotate(frame.image, found), rows_of(found, index, frame.time_s)

    return annotated_video(data, name, drawn)


def annotate_file(
    data: bytes, name: str, model: str, thresholds: Thresholds, classes: tuple[str, ...] = ()
) -> Iterator[VideoProgress]:
    """Annotate a video with a model of `models.MODELS`, as a job: settings in, snapshots out. As `annotate_video`."""
    request = Request(models.get(model).make(None), thresholds, classes)
    return annotate_video(data, name, lambda image: examine(request, image))


def rows_of(found: Detections, frame: int = 0, time_s: float = 0.0) -> list[Row]:
    """Return the detections of one frame as rows."""
    columns = zip(found.labels.tolist(), found.scores.tolist(), found.boxes.tolist(), strict=True)
    return [
        Row(frame, round(time_s, 4), found.names[label], round(score, 5), *(round(value, 2) for value in box))
        for label, score, box in columns
    ]


def to_json(rows: tuple[Row, ...] | list[Row]) -> bytes:
    """Write rows as JSON: a list of objects with the fields of `Row`."""
    return json.dumps([{name: getattr(row, name) for name in COLUMNS} for row in rows], indent=1).encode()
