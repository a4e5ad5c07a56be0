"""Who is who from frame to frame, and where a joint has been.

    similarity of two people = IoU of the squares around their known joints

Squares, because the box around a straight arm or leg is so narrow that the next one would miss it.

Pairs of an old person and a new one are taken by falling similarity, each at most once, down to `LEAST_IOU`. Who is
left over is new; who is not seen for `MEMORY_S` is forgotten.

Conventions: times in seconds; boxes xyxy in pixels; numbers of people count from 1 and are never used again.
"""

from __future__ import annotations

from collections import deque

import torch
from torch import Tensor
from torchvision.ops import box_iou

from engine.pose.poses import Poses

LEAST_IOU = 0.2
MEMORY_S = 1.0
MAX_POINTS = 240  # of one trace


def joint_boxes(poses: Poses, least_score: float = 0.0) -> Tensor:
    """Return the boxes (N, 4) around the keypoints that are known; a person with fewer than two keeps their own box.

    Args:
        least_score: a keypoint with a lower score, or with the score 0, is not known.
    """
    known = ((poses.scores >= least_score) & (poses.scores > 0))[..., None]  # (N, K, 1)
    low = poses.keypoints.masked_fill(~known, torch.inf).amin(dim=1)
    high = poses.keypoints.masked_fill(~known, -torch.inf).amax(dim=1)
    return torch.where(known.sum(dim=1) >= 2, torch.cat([low, high], dim=1), poses.boxes)


class Tracks:
    """The people of a stream and their numbers."""

    def __init__(self) -> None:
        self._last: dict[int, tuple[Tensor, float]] = {}  # number → square (4,), when
        self._newest = 0

    def update(self, boxes: Tensor, time_s: float) -> tuple[int, ...]:
        """Return the number of each person of the next frame, by their boxes (N, 4)."""
        boxes = _squares(boxes)
        self._last = {one: (box, at) for one, (box, at) in self._last.items() if time_s - at <= MEMORY_S}
        numbers = self._met(boxes)
        for k in range(len(boxes)):
            if k not in numbers:
                self._newest += 1
                numbers[k] = self._newest
            self._last[numbers[k]] = (boxes[k], time_s)
        return tuple(numbers[k] for k in range(len(boxes)))

    def _met(self, squares: Tensor) -> dict[int, int]:
        """Return row → number for those who were there before."""
        if not self._last or not len(squares):
            return {}
        known = list(self._last)
        similarity = box_iou(torch.stack([self._last[one][0] for one in known]), squares)  # (old, new)
        pairs = (similarity >= LEAST_IOU).nonzero().tolist()
        met: dict[int, int] = {}
        for old, new in sorted(pairs, key=lambda pair: -similarity[pair[0], pair[1]].item()):
            if new not in met and known[old] not in met.values():
                met[new] = known[old]
        return met


def _squares(boxes: Tensor) -> Tensor:
    """Return the squares (N, 4) on the middles of boxes (N, 4), as wide as the boxes' longer sides."""
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).amax(dim=1, keepdim=True) / 2
    return torch.cat([centre - half, centre + half], dim=1)


class Trace:
    """Where one joint of each person was in the last `seconds`."""

    def __init__(self, seconds: float = 2.0) -> None:
        self._seconds = seconds
        self._points: dict[int, deque[tuple[float, float, float]]] = {}

    def update(self, time_s: float, places: dict[int, tuple[float, float]]) -> None:
        """Take where the joint of some people, by their numbers, is now."""
        for person, (x, y) in places.items():
            self._points.setdefault(person, deque(maxlen=MAX_POINTS)).append((time_s, x, y))
        for person, points in list(self._points.items()):
            while points and time_s - points[0][0] > self._seconds:
                points.popleft()
            if not points:
                del self._points[person]

    @property
    def lines(self) -> dict[int, tuple[tuple[float, float], ...]]:
        """The places (x, y) of each person, oldest first."""
        return {person: tuple((x, y) for _, x, y in points) for person, points in self._points.items()}
