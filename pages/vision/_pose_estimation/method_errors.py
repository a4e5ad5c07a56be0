"""How far what a method found is from the truth of a drawn picture: px, PCK@.2 and OKS."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.metrics.pose import KeypointTruth, oks, pck, torso_sizes
from engine.pose.poses import COCO_17, MPII_16, Poses, to_coco

if TYPE_CHECKING:
    from engine.datasets.figures import FigurePicture

MIN_SEEN_JOINTS = 6  # who shows fewer need not be found: none such was trained on
FAR_PX = 1e6  # where a joint stands that was not found
_ENDS = [COCO_17.index(name) for name in ("left_shoulder", "right_hip")]


@dataclass(frozen=True)
class Judged:
    """What a method's people come to; not a number where there is nothing to measure.

    Attributes:
        n_true: the people who count.
        n_matched: how many of them were found, at whatever distance.
        error_px: mean distance of their joints that were given, px of the picture.
        pck: share of all their joints at most a fifth of the torso away.
        oks: mean over all of them; 0 for one that was not found.
    """

    n_true: int
    n_matched: int
    error_px: float
    pck: float
    oks: float


def judge(poses: Poses, drawn: FigurePicture) -> Judged:
    """Compare the people found in a drawn picture with the true ones, who are matched greedily by OKS."""
    keypoints = drawn.keypoints.numpy().copy()
    counts = (keypoints[..., 2] == 2).sum(1) >= MIN_SEEN_JOINTS
    if poses.names == MPII_16:  # it has no face, which is not a mistake
        poses = to_coco(poses)
        keypoints[:, :5, 2] = 0
    areas = drawn.masks.flatten(1).sum(1).numpy().astype(float)[counts]
    true, given = keypoints[counts], poses.scores.numpy() > 0
    found = np.where(given[..., None], poses.keypoints.numpy(), FAR_PX)
    truth = KeypointTruth(true, drawn.boxes.numpy()[counts], areas)
    matched = match(oks(found, truth)) if len(true) else {}
    placed = np.full((*true.shape[:2], 2), FAR_PX)
    for t, (d, _) in matched.items():
        placed[t] = found[d]
    distances = np.linalg.norm(placed - true[..., :2], axis=2)
    met = distances[(true[..., 2] > 0) & (placed[..., 0] < FAR_PX)]
    sizes = torso_sizes(true[..., :2], COCO_17) * (true[:, _ENDS, 2] > 0).all(1) if len(true) else np.zeros(0)
    share = pck(placed, true[..., :2], true[..., 2] > 0, sizes).overall if len(true) else math.nan
    similar = sum(value for _, value in matched.values()) / len(true) if len(true) else math.nan
    return Judged(len(true), len(matched), float(met.mean()) if len(met) else math.nan, share, similar)


def match(similarities: np.ndarray) -> dict[int, tuple[int, float]]:
    """Return true → (found, similarity) of similarities (D, G), the most similar pair first."""
    left, matched = similarities.copy(), {}
    while left.size and left.max() >= 0:
        d, t = np.unravel_index(left.argmax(), left.shape)
        matched[int(t)] = (int(d), float(left[d, t]))
        left[d], left[:, t] = -1, -1
    return matched
