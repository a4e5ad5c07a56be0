"""AlphaPose: boxes first, then for each a transformer, a network for a single person, the way back, and pose-NMS.

    box → rough crop → STN → seen → SPPN → joints → back by θ → parametric pose-NMS

Each step can be left out, to see what it is for. The network for a single person (SPPN) is the Pose Machine.

Conventions: as in `spatial_transformer`, `pose_nms` and `pose_machine`.

Reference: H.-S. Fang, S. Xie, Y.-W. Tai, C. Lu, "RMPE: Regional Multi-Person Pose Estimation", ICCV 2017.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.pose.person_crops import to_picture
from engine.pose.pose_machine import PoseMachine
from engine.pose.pose_nms import PoseNms, pose_nms
from engine.pose.poses import COCO_17, COCO_SKELETON, Poses
from engine.pose.single_person import PEOPLE_AT_ONCE, cut_people, device_of, joints_of
from engine.pose.spatial_transformer import (
    ROUGH_PX,
    ROUGH_SCALE,
    SEEN_PX,
    SpatialTransformer,
    joints_back,
    middle,
    transform,
)
from engine.settings import check, flag


@dataclass(frozen=True)
class Rmpe:
    """Which steps are taken."""

    stn: bool = flag(True, label="Spatial Transformer")
    nms: bool = flag(True, label="pose-NMS")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Steps:
    """What each step gave; N boxes.

    Attributes:
        poses: of all boxes, in the picture's pixels.
        crops: (N, 3, 120, 120), rough.
        squares: (N, 3) left, top, side in the picture, of the rough crops.
        theta: (N, 2, 3); that of the middle without the transformer.
        seen: (N, 3, 96, 96), what the network for a single person saw.
        maps: (N, 17, 24, 24), its heatmaps.
        kept: the numbers of the poses that stay, the surest first; all of them without pose-NMS.
    """

    poses: Poses
    crops: Tensor
    squares: Tensor
    theta: Tensor
    seen: Tensor
    maps: Tensor
    kept: list[int]


class AlphaPoseEstimator:
    """AlphaPose as an estimator of the people in boxes, which may be redundant; several threads may use one."""

    names = COCO_17
    skeleton = COCO_SKELETON
    finds_people = False

    def __init__(self, transformer: SpatialTransformer, network: PoseMachine, nms: PoseNms | None = None) -> None:
        self._transformer, self._network, self._nms = transformer, network, nms or PoseNms()

    def estimate(self, image: Tensor, boxes: Tensor | None = None) -> Poses:
        """Return the poses that stay; arguments and errors as in `single_person.SinglePerson.estimate`."""
        steps = self.look(image, boxes)
        return pick(steps.poses, steps.kept)

    @torch.inference_mode()
    def look(
        self, image: Tensor, boxes: Tensor | None = None, which: Rmpe | None = None, nms: PoseNms | None = None
    ) -> Steps:
        """Return every step; errors as in `estimate`."""
        which = which or Rmpe()
        crops, squares, boxes = cut_people(image, boxes, ROUGH_PX, ROUGH_SCALE)
        parts = [self._look_at(part, which.stn) for part in crops.split(PEOPLE_AT_ONCE)]
        theta, seen, maps = (torch.cat(part).cpu() for part in zip(*parts, strict=True))
        joints, scores = joints_of(maps)
        keypoints = to_picture(joints_back(joints, theta), squares, ROUGH_PX)
        poses = Poses(keypoints, scores, boxes, COCO_17, COCO_SKELETON)
        kept = pose_nms(keypoints, scores, boxes, nms or self._nms) if which.nms else list(range(len(poses)))
        return Steps(poses, crops, squares, theta, seen, maps, kept)

    def _look_at(self, crops: Tensor, with_transformer: bool) -> tuple[Tensor, Tensor, Tensor]:
        """Return θ, what is seen, and its maps, of rough crops (B, 3, 120, 120)."""
        crops = crops.to(device_of(self._network))
        theta = self._transformer(crops) if with_transformer else middle(len(crops)).to(crops)
        seen = transform(crops, theta, SEEN_PX)
        return theta, seen, self._network(seen)


def pick(poses: Poses, which: list[int]) -> Poses:
    """Return these people alone."""
    return Poses(poses.keypoints[which], poses.scores[which], poses.boxes[which], poses.names, poses.skeleton)
