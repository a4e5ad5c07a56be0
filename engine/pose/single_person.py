"""Networks for a single person as estimators of the people in boxes: crop, network, joints, back to the picture.

Conventions: as in `poses` and `person_crops`. One person is sought in each box, and found whether there is one or not:
the scores tell. Results are on the CPU.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from engine.errors import ResourceLimit, constraint
from engine.pose.backbone import STRIDE_PX
from engine.pose.person_crops import BOX_SCALE, check_image, crop, crop_squares, middle_box, peaks, to_picture
from engine.pose.poses import COCO_17, COCO_SKELETON, Poses

PEOPLE_AT_ONCE = 8
MAX_PEOPLE = 64

Read = Callable[[Tensor], tuple[Tensor, Tensor]]  # from crops to joints (B, K, 2) px of the crop and scores (B, K)


class SinglePerson:
    """An estimator of people in boxes; several threads may use one.

    Args:
        read: finds the joints in crops.
        side_px: of the crops.
        device: on which `read` works.
    """

    finds_people = False

    def __init__(
        self,
        read: Read,
        side_px: int,
        device: torch.device,
        names: tuple[str, ...] = COCO_17,
        skeleton: tuple[tuple[int, int], ...] = COCO_SKELETON,
    ) -> None:
        self.names, self.skeleton = names, skeleton
        self._read, self._side_px, self._device = read, side_px, device

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
        crops, squares, boxes = cut_people(image, boxes, self._side_px)
        found = [self._read(part.to(self._device)) for part in crops.split(PEOPLE_AT_ONCE)]
        joints, scores = (torch.cat(parts).cpu() for parts in zip(*found, strict=True))
        return Poses(to_picture(joints, squares, self._side_px), scores, boxes, self.names, self.skeleton)


def cut_people(
    image: Tensor, boxes: Tensor | None, side_px: int, scale: float = BOX_SCALE
) -> tuple[Tensor, Tensor, Tensor]:
    """Return crops (N, 3, side, side), squares (N, 3) and boxes (N, 4); errors as in `SinglePerson.estimate`."""
    check_image(image)
    boxes = (middle_box(*image.shape[1:]) if boxes is None else boxes).float().cpu()
    squares = crop_squares(boxes, scale)
    if len(boxes) > MAX_PEOPLE:
        raise ResourceLimit(constraint("The number of people", f"at most {MAX_PEOPLE}", len(boxes), "Keep the best."))
    crops = [crop(image, square, side_px) for square in squares.tolist()]
    return torch.stack(crops) if crops else torch.zeros(0, 3, side_px, side_px), squares, boxes


def joints_of(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Return joints (B, K, 2) px and scores (B, K) at the peaks of maps (B, K, H / 4, W / 4)."""
    places, heights = peaks(maps)
    return places * STRIDE_PX, heights.clamp(0, 1)


def device_of(network: nn.Module) -> torch.device:
    """Return where a network's numbers are."""
    return next(network.parameters()).device
