"""EfficientPose RT applied to the people in a picture: crop, network, peaks, and back to the picture's pixels.

Conventions: as in `poses` and `person_crops`. One person is sought in each box, and found whether there is one or not:
the scores, heights of the heatmaps' peaks, tell. Results are on the CPU.

Reference: as for `efficientpose`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.errors import ResourceLimit, constraint
from engine.pose.declarations import EFFICIENTPOSE_RT
from engine.pose.efficientpose import ORDER, SIDE_PX, normalised
from engine.pose.person_crops import check_image, crop, crop_squares, middle_box, peaks, to_picture
from engine.pose.poses import MPII_16, MPII_SKELETON, Poses
from engine.weights import load

PEOPLE_AT_ONCE = 8
MAX_PEOPLE = 64
_TO_MPII = [ORDER.index(name) for name in MPII_16]


class EfficientPoseRT:
    """EfficientPose RT as an estimator of people in boxes; loading fetches its file if it is not here.

    Several threads may use one.

    Raises:
        WeightsError: the file cannot be had.
    """

    names = MPII_16
    skeleton = MPII_SKELETON
    finds_people = False

    def __init__(self, device: torch.device | str | None = None) -> None:
        self._network = load(EFFICIENTPOSE_RT, device)
        self._device = self._network.upsampling.device

    @torch.inference_mode()
    def estimate(self, image: Tensor, boxes: Tensor | None = None) -> Poses:
        """Return the pose in each box.

        Args:
            image: RGB (3, H, W), float in [0, 1] or uint8.
            boxes: (N, 4) xyxy in pixels, a person in each; None for one person somewhere in the whole picture.

        Raises:
            ShapeError, InvalidInput: an image or boxes that are none.
            ResourceLimit: more than `MAX_PEOPLE` boxes.
        """
        crops, squares, boxes = self._crops(image, boxes)
        found = [peaks(self._network(part)) for part in crops.split(PEOPLE_AT_ONCE)]
        places, heights = (torch.cat(parts)[:, _TO_MPII].cpu() for parts in zip(*found, strict=True))
        return Poses(
            to_picture(places, squares, SIDE_PX), heights.clamp(0, 1), boxes, names=self.names, skeleton=self.skeleton
        )

    @torch.inference_mode()
    def heatmaps(self, image: Tensor, boxes: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the heatmaps (N, 16, 224, 224), in the order of `names`, and the squares (N, 3) they are of.

        Raises:
            ShapeError, InvalidInput, ResourceLimit: as `estimate`.
        """
        crops, squares, _ = self._crops(image, boxes)
        maps = [self._network(part).cpu() for part in crops.split(PEOPLE_AT_ONCE)]
        return torch.cat(maps)[:, _TO_MPII], squares

    def _crops(self, image: Tensor, boxes: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Return normalised crops (N, 3, 224, 224), squares (N, 3) and boxes (N, 4)."""
        check_image(image)
        boxes = (middle_box(*image.shape[1:]) if boxes is None else boxes).float().cpu()
        squares = crop_squares(boxes)
        if len(boxes) > MAX_PEOPLE:
            raise ResourceLimit(
                constraint("The number of people", f"at most {MAX_PEOPLE}", len(boxes), "Keep the best.")
            )
        crops = [crop(image, square, SIDE_PX) for square in squares.tolist()]
        crops = torch.stack(crops) if crops else torch.zeros(0, 3, SIDE_PX, SIDE_PX)
        return normalised(crops.to(self._device)), squares, boxes
