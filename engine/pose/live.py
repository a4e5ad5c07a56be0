"""Live poses: the camera's picture with the newest skeletons on it, which never waits for the estimator.

Conventions: frames are uint8 (H, W, 3), RGB. The estimator runs in the device's one inference thread, so that many
visitors share its model and take turns; it gets the frame as uint8, which is resized five times as quickly as float.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from engine.pose.angles import ANGLES, BOTH_SIDES
from engine.pose.drawing import annotate
from engine.pose.stream import PoseStream, Request, Seen, examine
from engine.runtime.newest import Newest

CURVE_POINTS = 300  # 20 seconds at 15 a second

__all__ = ["LivePoses", "Request", "Seen", "draw", "examine", "planes"]


class LivePoses:
    """One visitor's stream. `request` may be replaced at any time, and the next frame meets the new one.

    Args:
        clock: seconds, for tests.
    """

    def __init__(self, request: Request, clock: Callable[[], float] = time.monotonic) -> None:
        self.request = request
        self.newest = Newest(self._examine)
        self._clock = clock
        self._stream = PoseStream()
        self._is_new = False
        self._counted = request.counted_angle
        self._curve: deque[tuple[float, float]] = deque(maxlen=CURVE_POINTS)

    def show(self, frame: np.ndarray) -> np.ndarray:
        """Return the frame with the newest skeletons drawn on it, and let it be examined next."""
        return self.newest.over(frame, lambda frame, seen, scale: draw(frame, seen.scaled(scale), self.request))

    def restart(self) -> None:
        """Count from 0, and draw the trace anew, from the next frame on."""
        self._is_new = True  # by the thread that examines, which the stream belongs to

    @property
    def seen(self) -> Seen | None:
        """What the newest examined frame shows, or None before the first and after a failure."""
        latest = self.newest.latest
        return None if latest is None else latest.result

    @property
    def angles(self) -> dict[str, float]:
        """The main person's angles in degrees by their names, without those that are not known."""
        seen = self.seen
        if seen is None or seen.main is None:
            return {}
        row = zip(ANGLES, seen.angles[seen.main].tolist(), strict=True)
        return {name: degrees for name, degrees in row if degrees == degrees}

    @property
    def count(self) -> int:
        """The repetitions of the counted angle."""
        return 0 if self.seen is None else self.seen.count

    @property
    def curve(self) -> tuple[tuple[float, float], ...]:
        """The counted angle over time, (seconds, degrees), oldest first; NaN where it was not known."""
        return tuple(self._curve)

    @property
    def trace(self) -> tuple[tuple[float, float], ...]:
        """Where the main person's traced joint was, (x, y) in pixels of the examined frame, oldest first."""
        seen = self.seen
        return () if seen is None or seen.main is None else seen.traces.get(seen.people[seen.main], ())

    def _examine(self, frame: np.ndarray) -> Seen:
        request, time_s = self.request, self._clock()
        if self._is_new or request.counted_angle != self._counted:
            self._is_new, self._counted = False, request.counted_angle
            self._stream.restart()
            self._curve.clear()
        seen = self._stream.step(request, planes(frame), time_s)
        self._curve.append((time_s, seen.counted_deg))
        return seen


def planes(frame: np.ndarray) -> Tensor:
    """Return uint8 (H, W, 3) pixels as uint8 (3, H, W), without a copy."""
    return torch.from_numpy(np.ascontiguousarray(frame)).permute(2, 0, 1)


def draw(frame: np.ndarray, seen: Seen, request: Request) -> np.ndarray:
    """Return a copy of the frame with what is seen in it and was asked for."""
    return annotate(
        frame,
        seen.poses,
        request.thresholds.joint_confidence,
        traces=seen.traces.values(),
        angles=_written(seen, request),
        people=seen.people if len(seen.people) > 1 else (),
        boxes=request.has_boxes,
    )


def _written(seen: Seen, request: Request) -> Tensor | None:
    """Return the angles (N, A) to write: all that are asked for, else the counted one of the main person, else none."""
    if request.show_angles:
        return seen.angles
    if not request.counted_angle or seen.main is None:
        return None
    counted = BOTH_SIDES.get(request.counted_angle, (request.counted_angle,))
    is_written = torch.zeros(seen.angles.shape, dtype=torch.bool)
    is_written[seen.main, [k for k, name in enumerate(ANGLES) if name in counted]] = True
    return seen.angles.masked_fill(~is_written, torch.nan)
