"""A skeleton in one colour, for what it stands for: the truth, a find, a false find."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.pose.poses import COCO_SKELETON
from pages._ui.live import layer

BONES = [joint for bone in COCO_SKELETON for joint in bone]


def plain_skeleton(places: np.ndarray, role: str, name: str, tips: Sequence[str], **look: Any) -> dict:
    """Return the layer of one person of COCO's 17 joints (17, 2); not a number leaves a joint out."""
    return layer(
        "skeleton",
        role,
        name=name,
        x=places[:, 0],
        y=places[:, 1],
        bones=BONES,
        bone_roles=[role] * len(COCO_SKELETON),
        roles=[role] * len(places),
        tips=list(tips),
        width=2.5,
        **look,
    )
