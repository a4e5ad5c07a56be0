"""What every pose estimator can do.

Conventions: an image is RGB (3, H, W), float in [0, 1] or uint8; results are as in `poses`, on the CPU. An estimator
may be used from several threads.
"""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from engine.pose.poses import Poses


class Estimator(Protocol):
    """Finds the keypoints of the people in one image.

    Attributes:
        names: of the keypoints.
        skeleton: pairs of keypoints to join by a line.
        finds_people: whether it finds everyone itself and ignores boxes; if not, it seeks one person in each box.
    """

    names: tuple[str, ...]
    skeleton: tuple[tuple[int, int], ...]
    finds_people: bool

    def estimate(self, image: Tensor, boxes: Tensor | None = None) -> Poses:
        """Return the people; `boxes` (N, 4) is xyxy in pixels, None for one person in the middle."""
        ...
