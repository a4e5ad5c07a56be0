"""EfficientPose RT applied to the people in a picture: crop, network, peaks, and back to the picture's pixels.

Conventions: as in `poses` and `person_crops`. One person is sought in each box, and found whether there is one or not:
the scores, heights of the heatmaps' peaks, tell. Results are on the CPU.

Reference: as for `efficientpose`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.pose.declarations import EFFICIENTPOSE_RT
from engine.pose.efficientpose import ORDER, SIDE_PX, normalised
from engine.pose.person_crops import peaks
from engine.pose.poses import MPII_16, MPII_SKELETON
from engine.pose.single_person import PEOPLE_AT_ONCE, SinglePerson, cut_people
from engine.weights import load

_TO_MPII = [ORDER.index(name) for name in MPII_16]


class EfficientPoseRT(SinglePerson):
    """EfficientPose RT as an estimator of people in boxes; loading fetches its file if it is not here.

    Several threads may use one.

    Raises:
        WeightsError: the file cannot be had.
    """

    def __init__(self, device: torch.device | str | None = None) -> None:
        self._network = load(EFFICIENTPOSE_RT, device)
        super().__init__(self._joints, SIDE_PX, self._network.upsampling.device, MPII_16, MPII_SKELETON)

    @torch.inference_mode()
    def heatmaps(self, image: Tensor, boxes: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the heatmaps (N, 16, 224, 224), in the order of `names`, and the squares (N, 3) they are of.

        Raises:
            ShapeError, InvalidInput, ResourceLimit: as `estimate`.
        """
        crops, squares, _ = cut_people(image, boxes, SIDE_PX)
        maps = [self._maps(part.to(self._device)).cpu() for part in crops.split(PEOPLE_AT_ONCE)]
        return torch.cat(maps), squares

    def _joints(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        places, heights = peaks(self._maps(crops))
        return places, heights.clamp(0, 1)

    def _maps(self, crops: Tensor) -> Tensor:
        return self._network(normalised(crops))[:, _TO_MPII]
