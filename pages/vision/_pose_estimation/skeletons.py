"""Skeletons as layers for `live`: the left side, the right side and the middle each in a colour of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from pages._ui.live import layer

if TYPE_CHECKING:
    from engine.pose.poses import Poses

ROLES = {"left": "class 0", "right": "class 1", "middle": "class 4"}  # the person's own left and right
FAINTEST = 0.35  # opacity of the least sure joint
HIDDEN_AT = 0.5  # the score that `pictures.truth_of` gives a joint behind something


def side_of(name: str) -> str:
    """Return "left", "right" or "middle" of a keypoint's name."""
    side = name.partition("_")[0]
    return side if side in ROLES else "middle"


def in_words(name: str) -> str:
    """Return a keypoint's name as it is said: "left elbow"."""
    return name.replace("_", " ")


def skeleton_layer(
    poses: Poses, least: float = 0.0, *, is_truth: bool = False, text: Mapping[tuple[int, int], str] | None = None
) -> dict:
    """Draw every person's joints above the confidence `least`, the surer the less transparent.

    Args:
        poses: N people of K joints.
        least: joints below it are left out.
        is_truth: the scores say what is visible, and are not a confidence.
        text: (person, joint) → what to write beside it.
    """
    n, k = len(poses), len(poses.names)
    scores = poses.scores.numpy().reshape(-1)
    x, y = np.where((scores > 0) & (scores >= least), poses.keypoints.numpy().reshape(-1, 2).T, np.nan)
    bones = [(k * i + a, k * i + b) for i in range(n) for a, b in poses.skeleton]
    told = [_told(poses.names[j % k], score, is_truth) for j, score in enumerate(scores.tolist())]
    sides = [side_of(name) for name in poses.names]
    bone_sides = [_bone_side(sides[a], sides[b]) for a, b in poses.skeleton]
    written = text or {}
    return layer(
        "skeleton",
        x=x,
        y=y,
        tips=[f"person {j // k + 1}: {one}" if n > 1 else one for j, one in enumerate(told)],
        roles=[ROLES[side] for side in sides] * n,
        bones=[place for bone in bones for place in bone],
        bone_roles=[ROLES[side] for side in bone_sides] * n,
        alphas=FAINTEST + (1 - FAINTEST) * scores.clip(0, 1),
        text=[written.get(divmod(j, k), "") for j in range(n * k)],
        width=4,
        size=4.5,
    )


def person_layer(poses: Poses) -> dict:
    """Draw a thin box around each person, with a number."""
    x0, y0, x1, y1 = poses.boxes.numpy().T
    text = [f"person {i + 1}" for i in range(len(poses))]
    return layer("boxes", "residual", x0=x0, y0=y0, x1=x1, y1=y1, text=text, tips=text, width=1.2, alpha=0.85)


def _bone_side(a: str, b: str) -> str:
    """A bone belongs to the side of its ends; one from left to right is in the middle."""
    sides = {a, b} - {"middle"}
    return sides.pop() if len(sides) == 1 else "middle"


def _told(name: str, score: float, is_truth: bool) -> str:
    if is_truth:
        return f"{in_words(name)}, hidden" if score <= HIDDEN_AT else in_words(name)
    return f"{in_words(name)} {100 * score:.0f} %"
