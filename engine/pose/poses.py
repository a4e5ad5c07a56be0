"""What a pose estimator returns: the keypoints of each person, and the two lists of keypoints that are in use.

Conventions: keypoints are float32 (N, K, 2), x and y in pixels of the given picture, y down, the first pixel from 0 to
1; scores float32 (N, K) in [0, 1], 0 for a keypoint that is not given; boxes float32 (N, 4), xyxy. Left and right are
the person's own. A skeleton is pairs of places in the list of names.

Reference: T.-Y. Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014 (17 keypoints). M. Andriluka et al.,
"2D Human Pose Estimation: New Benchmark and State of the Art Analysis", CVPR 2014 (MPII, 16 keypoints).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch

from engine.errors import InvalidInput, ShapeError, constraint

COCO_17 = (
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
)
MPII_16 = (
    "right_ankle",
    "right_knee",
    "right_hip",
    "left_hip",
    "left_knee",
    "left_ankle",
    "pelvis",
    "thorax",
    "upper_neck",
    "head_top",
    "right_wrist",
    "right_elbow",
    "right_shoulder",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
)


def places_in(names: tuple[str, ...], chains: str) -> tuple[tuple[int, int], ...]:
    """Return the pairs of neighbours in chains written as "a-b-c d-e"."""
    parts = [chain.split("-") for chain in chains.split()]
    return tuple((names.index(a), names.index(b)) for part in parts for a, b in pairwise(part))


COCO_SKELETON = places_in(
    COCO_17,
    "left_ankle-left_knee-left_hip-right_hip-right_knee-right_ankle left_shoulder-left_hip right_shoulder-right_hip "
    "left_wrist-left_elbow-left_shoulder-right_shoulder-right_elbow-right_wrist left_eye-right_eye-nose-left_eye "
    "left_eye-left_ear-left_shoulder right_eye-right_ear-right_shoulder",
)
COCO_LEFT_RIGHT = tuple((k, COCO_17.index(n.replace("left", "right"))) for k, n in enumerate(COCO_17) if "left" in n)
MPII_SKELETON = places_in(
    MPII_16,
    "right_ankle-right_knee-right_hip-pelvis-left_hip-left_knee-left_ankle pelvis-thorax-upper_neck-head_top "
    "right_wrist-right_elbow-right_shoulder-thorax-left_shoulder-left_elbow-left_wrist",
)


@dataclass(frozen=True)
class Poses:
    """The people that an estimator reports.

    Attributes:
        names: of the keypoints.
        skeleton: pairs of keypoints to join by a line.
        person_scores: (N,) in [0, 1]; if not given, the mean over a person's keypoints.

    Raises:
        ShapeError: keypoints, scores, boxes, names and the persons' scores are not of the same numbers.
    """

    keypoints: torch.Tensor
    scores: torch.Tensor
    boxes: torch.Tensor
    names: tuple[str, ...]
    skeleton: tuple[tuple[int, int], ...]
    person_scores: torch.Tensor | None = None

    def __post_init__(self) -> None:
        n, k = len(self.keypoints), len(self.names)
        shapes = {"keypoints": (n, k, 2), "scores": (n, k), "boxes": (n, 4)}
        if self.person_scores is not None:
            shapes["person_scores"] = (n,)
        for name, shape in shapes.items():
            if tuple(getattr(self, name).shape) != shape:
                raise ShapeError(constraint(name, f"of shape {shape}", tuple(getattr(self, name).shape)))
        if self.person_scores is None:
            object.__setattr__(self, "person_scores", self.scores.mean(dim=1))

    def __len__(self) -> int:
        return len(self.keypoints)

    def pick(self, indices: Sequence[int]) -> Poses:
        """Return these people alone, in this order."""
        rows = torch.as_tensor(indices, dtype=torch.int64)
        columns = (self.keypoints[rows], self.scores[rows], self.boxes[rows])
        return Poses(*columns, self.names, self.skeleton, self.person_scores[rows])


def to_coco(poses: Poses) -> Poses:
    """Return MPII's 16 keypoints as COCO's 17: the twelve limb joints, and a face of which nothing is known.

    What MPII does not have gets the place (0, 0) and the score 0; its pelvis, thorax, neck and head are left out.

    Raises:
        InvalidInput: the keypoints are not MPII's.
    """
    if poses.names != MPII_16:
        raise InvalidInput(constraint("The keypoints", "MPII's 16", f"{len(poses.names)} others"))
    place = [MPII_16.index(name) if name in MPII_16 else -1 for name in COCO_17]
    is_known = torch.tensor([k >= 0 for k in place], device=poses.scores.device)
    keypoints = poses.keypoints[:, place] * is_known[:, None]
    scores = poses.scores[:, place] * is_known
    return Poses(keypoints, scores, poses.boxes, COCO_17, COCO_SKELETON, poses.person_scores)
