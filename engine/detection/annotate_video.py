"""A whole video through a detector: frame by frame, to an annotated MP4 and a table of what was found.

Conventions: times in seconds from the first frame; boxes as xyxy in pixels of the written video, whose longer side is
at most `MAX_SIDE_PX`. Sound is not kept.
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
from engine.io.images import encode_jpeg, pixels_to_tensor
from engine.io.video import VideoWriter, frames, probe_video

MAX_SIDE_PX = 960
PREVIEW_PX = 480
PREVIEW_EVERY = 5  # frames
DEFAULT_FPS = 25.0
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


@dataclass(frozen=True)
class VideoProgress:
    """How far an annotation is: `step` of `total_steps` frames.

    Attributes:
        preview: a JPEG of the newest annotated frame now and then, else None.
        n_found: objects found so far.
        video: the MP4, in the last snapshot only.
        rows: what was found, in the last snapshot only.
    """

    step: int
    total_steps: int
    preview: bytes | None = None
    n_found: int = 0
    video: bytes | None = None
    rows: tuple[Row, ...] = ()


def annotate_video(data: bytes, name: str, examine: Callable[[Tensor], Detections]) -> Iterator[VideoProgress]:
    """Examine every frame of a video and draw on it what was found.

    Args:
        data: the file's content.
        name: the file's name, for messages.
        examine: finds the objects of a float (3, H, W) image in [0, 1].

    Yields:
        `VideoProgress` after each frame; the last one holds the MP4 and the rows.

    Raises:
        InvalidInput, ResourceLimit: as `engine.io.video.frames`.
    """
    info = probe_video(data, name)
    fps = min(max(info.fps, 1.0), 60.0) if info.fps else DEFAULT_FPS
    total = info.n_frames or max(1, round(info.duration_s * fps))
    writer, rows, step = None, [], 0
    try:
        for step, frame in enumerate(frames(data, name, max_side_px=MAX_SIDE_PX), 1):
            writer = writer or VideoWriter(frame.image.shape[1], frame.image.shape[0], fps)
            found = examine(pixels_to_tensor(frame.image))
            drawn = annotate(frame.image, found)
            writer.add(drawn)
            rows += rows_of(found, step - 1, frame.time_s)
            preview = _preview(drawn) if step % PREVIEW_EVERY == 1 else None
            yield VideoProgress(step, max(total, step), preview, len(rows))
        yield VideoProgress(step, step, None, len(rows), writer.finish(), tuple(rows))
    finally:
        if writer is not None:
            writer.close()


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


def _preview(image: np.ndarray) -> bytes:
    stride = -(-max(image.shape[:2]) // PREVIEW_PX)
    return encode_jpeg(pixels_to_tensor(image[::stride, ::stride]), quality=80)
