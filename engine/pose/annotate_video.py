"""A whole video through a pose estimator: frame by frame, to an annotated MP4 and a row for each person found.

Conventions: as in `engine.io.annotated_video`; people keep their numbers from frame to frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from torch import Tensor

from engine.io.annotated_video import VideoProgress, annotated_video
from engine.io.video import VideoFrame
from engine.pose import models
from engine.pose.live import draw, planes
from engine.pose.pose_files import Row, rows_of
from engine.pose.settings import PoseThresholds
from engine.pose.stream import PoseStream, Request


def annotate_video(data: bytes, name: str, request: Request) -> Iterator[VideoProgress]:
    """Examine every frame of a video and draw on it who was found; as `engine.io.annotated_video`.

    Args:
        data: the file's content.
        name: the file's name, for messages.
        request: what is asked of each frame.
    """
    stream, least = PoseStream(), request.thresholds.joint_confidence

    def drawn(frame: VideoFrame, index: int) -> tuple[np.ndarray, list[Row]]:
        seen = stream.step(request, planes(frame.image), frame.time_s)
        return draw(frame.image, seen, request), rows_of(seen.poses, least, seen.people, index, frame.time_s)

    return annotated_video(data, name, drawn)


def annotate_file(
    data: bytes,
    name: str,
    model: str,
    thresholds: PoseThresholds,
    find_people: Callable[[Tensor], Tensor] | None = None,
    smooth: bool = False,
    traced_joint: str | None = None,
    counted_angle: str | None = None,
    show_angles: bool = False,
) -> Iterator[VideoProgress]:
    """Annotate a video with a model of `models.MODELS`, as a job: settings in, snapshots out. As `annotate_video`."""
    estimator = models.get(model).make(None)
    request = Request(estimator, thresholds, find_people, smooth, traced_joint, counted_angle, show_angles)
    return annotate_video(data, name, request)
