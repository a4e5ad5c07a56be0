"""COCO's table of ten figures for keypoints.

    AP = mean over OKS thresholds t = .50, .55, …, .95 of the average precision by 101 points
    AR = mean over the same t of the recall with at most 20 people in an image

It is the table of boxes (`engine.metrics.coco`) with OKS in the place of IoU: matching, precision and recall are those.

Conventions: see `engine.metrics.pose`. Areas are in px²: medium from 32² to 96², large above, ends included; there is
no small, for nobody marks keypoints there. A detection's own area is that of the box around its keypoints. A figure
without any truth is NaN (COCO's own program prints -1).

Reference: cocodataset.org, "Keypoint Evaluation".
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from engine.errors import ShapeError, constraint
from engine.metrics.box_matching import ALL_AREAS, assign_coco, is_ignored_by_coco, outside
from engine.metrics.coco import AREA_RANGES, IOU_THRESHOLDS, Part, interpolated_precision
from engine.metrics.image_boxes import box_area
from engine.metrics.pose import COCO_SIGMAS, KeypointPredictions, KeypointTruth, oks

OKS_THRESHOLDS = IOU_THRESHOLDS
AREAS = (ALL_AREAS, AREA_RANGES["medium"], AREA_RANGES["large"])
MAX_DETECTIONS = 20  # in an image, by falling score
FIGURES = {
    "AP": "average precision, mean over OKS .50 to .95",
    "AP50": "average precision at OKS .50",
    "AP75": "average precision at OKS .75",
    "APm": "AP of medium people, 32² to 96² px",
    "APl": "AP of large people, above 96² px",
    "AR": "average recall, mean over OKS .50 to .95",
    "AR50": "recall at OKS .50",
    "AR75": "recall at OKS .75",
    "ARm": "AR of medium people",
    "ARl": "AR of large people",
}
_IMAGES_AT_ONCE = 200  # between two progress reports, about 0.1 s


@dataclass(frozen=True, eq=False)
class KeypointTable:
    """The ten figures.

    Attributes:
        figures: by the names of `FIGURES`, in COCO's order.
        n_truths: how many people there were to find, of any size.
        precision: (10, 101) at each OKS threshold and recall level, NaN without truths.
    """

    figures: dict[str, float]
    n_truths: int
    precision: np.ndarray


@dataclass(frozen=True, eq=False)
class KeypointProgress:
    """How far the table is: `step` of `total_steps` images; the table with the last."""

    step: int
    total_steps: int
    table: KeypointTable | None = None


def keypoint_table(
    truths: Sequence[KeypointTruth],
    detections: Sequence[KeypointPredictions],
    sigmas: Sequence[float] = COCO_SIGMAS,
) -> KeypointTable:
    """Compute the whole table.

    Args:
        truths, detections: one of each per image. Of equal scores, the earlier image's comes first.
        sigmas: (K,) of the keypoints.

    Raises:
        ShapeError: not one of each per image, or not K keypoints a person.
    """
    *_, last = keypoint_steps(truths, detections, sigmas)
    return last.table


def keypoint_steps(
    truths: Sequence[KeypointTruth],
    detections: Sequence[KeypointPredictions],
    sigmas: Sequence[float] = COCO_SIGMAS,
) -> Iterator[KeypointProgress]:
    """Compute the table in short steps, for a job that can be stopped; raises as `keypoint_table`."""
    if len(truths) != len(detections):
        raise ShapeError(constraint("detections", f"given for {len(truths)} images, as the truths", len(detections)))
    parts = []
    for true, found in zip(truths, detections, strict=True):
        parts.append(_match_image(true, found, sigmas))
        if len(parts) % _IMAGES_AT_ONCE == 0:
            yield KeypointProgress(len(parts), len(truths) + 1)
    yield KeypointProgress(len(truths) + 1, len(truths) + 1, _table(parts))


def _match_image(true: KeypointTruth, found: KeypointPredictions, sigmas: Sequence[float]) -> Part:
    order = np.argsort(-found.scores, kind="stable")[:MAX_DETECTIONS]
    keypoints = found.keypoints[order]
    never = true.crowd | true.difficult
    ignored = np.stack([never | outside(true.areas, limits) for limits in AREAS])  # (A, G)
    strays = np.stack([outside(_spans(keypoints), limits) for limits in AREAS])  # (A, D)
    matched = assign_coco(oks(keypoints, true, sigmas), true.crowd, ignored, OKS_THRESHOLDS)  # (A, T, D)
    skipped = np.stack([is_ignored_by_coco(*area) for area in zip(matched, ignored, strays, strict=True)])
    is_true, is_false = (matched >= 0) & ~skipped, (matched < 0) & ~skipped
    return Part(found.scores[order], is_true, is_false, (~ignored).sum(1))


def _spans(keypoints: np.ndarray) -> np.ndarray:
    """Return (N,) px², the areas of the boxes around keypoints (N, K, 2)."""
    if keypoints.size == 0:
        return np.zeros(len(keypoints))
    return box_area(np.concatenate([keypoints.min(axis=1), keypoints.max(axis=1)], axis=1))


def _table(parts: Sequence[Part]) -> KeypointTable:
    if not parts:
        return KeypointTable(dict.fromkeys(FIGURES, math.nan), 0, np.full((10, 101), math.nan))
    n_truths = sum(part.n_truths for part in parts)  # (A,)
    precision = interpolated_precision(parts, n_truths)  # (A, T, 101)
    with np.errstate(invalid="ignore"):
        recall = sum(part.is_true.sum(2) for part in parts) / n_truths[:, None]  # (A, T), 0 / 0 is NaN
    values = [
        figure
        for rates in (precision.mean(2), recall)
        for figure in (rates[0].mean(), rates[0, 0], rates[0, 5], *rates[1:].mean(1))
    ]
    figures = {name: float(value) for name, value in zip(FIGURES, values, strict=True)}
    return KeypointTable(figures, int(n_truths[0]), precision[0])
