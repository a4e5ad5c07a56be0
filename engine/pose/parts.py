"""The parts and limbs of OpenPose: COCO's 17 keypoints and the neck between the shoulders, joined as a tree.

Conventions: keypoints are (N, 17, 3) x, y, visibility; parts (N, 18, 3), the neck last; a limb is a pair of places in
`PARTS`, and the limbs stand in the order in which they are put together: trunk first, so that a person's arms find the
shoulders that are already theirs.

Reference: Z. Cao, G. Hidalgo, T. Simon, S.-E. Wei, Y. Sheikh, "OpenPose: Realtime Multi-Person 2D Pose Estimation using
Part Affinity Fields", PAMI 43 (2021). Its two spare limbs from shoulder to ear are left out.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.pose.poses import COCO_17, places_in

PARTS = (*COCO_17, "neck")
NECK = PARTS.index("neck")
LIMBS = places_in(
    PARTS,
    "neck-right_hip-right_knee-right_ankle neck-left_hip-left_knee-left_ankle "
    "neck-right_shoulder-right_elbow-right_wrist neck-left_shoulder-left_elbow-left_wrist "
    "neck-nose-right_eye-right_ear nose-left_eye-left_ear",
)
_SHOULDERS = [COCO_17.index("left_shoulder"), COCO_17.index("right_shoulder")]


def with_neck(keypoints: Tensor) -> Tensor:
    """Return parts (N, 18, 3) of keypoints (N, 17, 3); a neck needs both shoulders, and is as visible as the lesser."""
    shoulders = keypoints[:, _SHOULDERS]
    visible = shoulders[..., 2].amin(1)
    middle = shoulders[..., :2].mean(1) * (visible > 0)[:, None]
    return torch.cat([keypoints, torch.cat([middle, visible[:, None]], 1)[:, None]], 1)
