"""The angles at a person's joints, as they appear in the picture.

    angle at b between a and c = atan2(|u × v|, u · v),    u = a − b,  v = c − b

atan2 is exact also near 0° and 180°, where the arc cosine of u · v / (|u| |v|) loses half of its digits. The picture is
flat: an arm that is stretched towards the camera can show any angle.

Conventions: degrees in [0, 180], 180 where the joint is straight; NaN where one of the three keypoints is not known, or
two of them are the same place. Left and right are the person's own.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from engine.errors import InvalidInput, constraint
from engine.pose.poses import Poses

_TRIPLES = {
    "elbow": ("shoulder", "elbow", "wrist"),
    "shoulder": ("elbow", "shoulder", "hip"),
    "hip": ("shoulder", "hip", "knee"),
    "knee": ("hip", "knee", "ankle"),
}
SIDES = ("left", "right")
ANGLES: Mapping[str, tuple[str, str, str]] = {  # name → keypoints a, b, c, which COCO and MPII both have
    f"{side}_{joint}": tuple(f"{side}_{name}" for name in triple)
    for joint, triple in _TRIPLES.items()
    for side in SIDES
}
BOTH_SIDES = {f"{joint}s": tuple(f"{side}_{joint}" for side in SIDES) for joint in _TRIPLES}  # "knees" → left and right
COUNTABLE = (*BOTH_SIDES, *ANGLES)  # what `one_angle` knows


def angle_at(b: Tensor, a: Tensor, c: Tensor) -> Tensor:
    """Return the angles (...) in degrees at b between a and c, each (..., 2)."""
    u, v = a - b, c - b
    cross = u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]
    degrees = torch.rad2deg(torch.atan2(cross.abs(), (u * v).sum(dim=-1)))
    is_nowhere = (u == 0).all(dim=-1) | (v == 0).all(dim=-1)
    return degrees.masked_fill(is_nowhere, torch.nan)


def joint_angles(poses: Poses, least_score: float = 0.0) -> Tensor:
    """Return the angles (N, A) of the people, in the order of `ANGLES`.

    Args:
        least_score: a keypoint with a lower score, or with the score 0, is not known.
    """
    known = (poses.scores >= least_score) & (poses.scores > 0)
    has = [all(name in poses.names for name in triple) for triple in ANGLES.values()]
    places = [
        [poses.names.index(name) for name in triple] if is_there else [0, 0, 0]
        for triple, is_there in zip(ANGLES.values(), has, strict=True)
    ]
    a, b, c = poses.keypoints[:, places].unbind(dim=2)  # (N, A, 2) each
    is_known = known[:, places].all(dim=2) & torch.tensor(has)
    return angle_at(b, a, c).masked_fill(~is_known, torch.nan)


def one_angle(angles: Tensor, name: str) -> float:
    """Return one of a person's angles (A,) by its name in `ANGLES`, or the mean of the two by a name in `BOTH_SIDES`.

    Of two sides of which one is not known it is the other's; NaN where neither is.

    Raises:
        InvalidInput: there is no such angle.
    """
    if name not in COUNTABLE:
        raise InvalidInput(constraint("The angle", f"one of {', '.join(COUNTABLE)}", name))
    order = list(ANGLES)
    return float(angles[[order.index(one) for one in BOTH_SIDES.get(name, (name,))]].nanmean())
