"""A whole video annotated frame by frame: progress with a preview, then an MP4 and the rows of what was found.

Conventions: times in seconds from the first frame; the written video's longer side is at most `MAX_SIDE_PX`. Sound is
not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.io.images import encode_jpeg, pixels_to_tensor
from engine.io.video import VideoFrame, VideoWriter, frames, probe_video

MAX_SIDE_PX = 960
PREVIEW_PX = 480
PREVIEW_EVERY = 5  # frames
DEFAULT_FPS = 25.0


@dataclass(frozen=True)
class VideoProgress:
    """How far an annotation is: `step` of `total_steps` frames.

    Attributes:
        preview: a JPEG of the newest annotated frame now and then, else None.
        n_found: rows so far.
        video: the MP4, in the last snapshot only.
        rows: what was found, in the last snapshot only.
        size: (height, width) of the written frames.
    """

    step: int
    total_steps: int
    preview: bytes | None = None
    n_found: int = 0
    video: bytes | None = None
    rows: tuple[Any, ...] = ()
    size: tuple[int, int] = (0, 0)


def annotated_video(
    data: bytes, name: str, annotate: Callable[[VideoFrame, int], tuple[np.ndarray, Sequence[Any]]]
) -> Iterator[VideoProgress]:
    """Read a video, let `annotate` draw on every frame, and write it again.

    Args:
        data: the file's content.
        name: the file's name, for messages.
        annotate: a frame and its number, from 0 → the drawn picture, of the same size, and rows of what was found.

    Yields:
        `VideoProgress` after each frame; the last one holds the MP4 and the rows.

    Raises:
        InvalidInput, ResourceLimit: as `engine.io.video.frames`.
    """
    info = probe_video(data, name)
    fps = min(max(info.fps, 1.0), 60.0) if info.fps else DEFAULT_FPS
    total = info.n_frames or max(1, round(info.duration_s * fps))
    writer, rows, step, size = None, [], 0, (0, 0)
    try:
        for step, frame in enumerate(frames(data, name, max_side_px=MAX_SIDE_PX), 1):
            size = frame.image.shape[:2]
            writer = writer or VideoWriter(size[1], size[0], fps)
            drawn, found = annotate(frame, step - 1)
            writer.add(drawn)
            rows += found
            preview = _preview(drawn) if step % PREVIEW_EVERY == 1 else None
            yield VideoProgress(step, max(total, step), preview, len(rows), size=size)
        yield VideoProgress(step, step, None, len(rows), writer.finish(), tuple(rows), size)
    finally:
        if writer is not None:
            writer.close()


def _preview(image: np.ndarray) -> bytes:
    stride = -(-max(image.shape[:2]) // PREVIEW_PX)
    return encode_jpeg(pixels_to_tensor(image[::stride, ::stride]), quality=80)
