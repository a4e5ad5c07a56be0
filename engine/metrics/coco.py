"""COCO's table of twelve figures.

    AP  = mean over IoU thresholds t = .50, .55, …, .95 and over classes of the AP by 101 points
    ARₘ = mean over the same t and classes of the recall with at most m detections of a class in an image

Conventions: see `engine.metrics.image_boxes`. Areas are in px²: small up to 32², medium up to 96², large above, ends
included. A figure without any truth is NaN (COCO's own program prints -1).

Reference: T.-Y. Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014; cocodataset.org, "Detection
Evaluation".
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from engine.metrics.box_matching import (
    ALL_AREAS,
    Group,
    assign_coco,
    group_by_label,
    is_ignored_by_coco,
    outside,
)
from engine.metrics.detection import LEVELS, interpolated
from engine.metrics.image_boxes import GroundTruth, Predictions, box_area, box_iou

IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
AREA_RANGES = {"all": ALL_AREAS, "small": (0.0, 32.0**2), "medium": (32.0**2, 96.0**2), "large": (96.0**2, math.inf)}
MAX_DETECTIONS = (1, 10, 100)
FIGURES = {
    "AP": "average precision, mean over IoU .50 to .95",
    "AP50": "average precision at IoU .50",
    "AP75": "average precision at IoU .75",
    "APs": "AP of small objects, up to 32² px",
    "APm": "AP of medium objects, 32² to 96² px",
    "APl": "AP of large objects, above 96² px",
    "AR1": "average recall with 1 detection of a class in an image",
    "AR10": "average recall with 10",
    "AR100": "average recall with 100",
    "ARs": "AR100 of small objects",
    "ARm": "AR100 of medium objects",
    "ARl": "AR100 of large objects",
}
_GROUPS_AT_ONCE = 200  # between two progress reports, about 0.1 s


@dataclass(frozen=True, eq=False)
class CocoClass:
    """One class of the table.

    Attributes:
        label: which class.
        n_truths: how many there were to find, of any size.
        figures: the twelve figures for this class alone, by the names of `FIGURES`.
        precision: (10, 101) at each IoU threshold and recall level, NaN without truths.
    """

    label: int
    n_truths: int
    figures: dict[str, float]
    precision: np.ndarray


@dataclass(frozen=True, eq=False)
class CocoTable:
    """The twelve figures by the names of `FIGURES`, in COCO's order, and the classes by label."""

    figures: dict[str, float]
    classes: tuple[CocoClass, ...]


@dataclass(frozen=True, eq=False)
class CocoProgress:
    """How far the table is: `step` of `total_steps` groups of one class in one image; the table with the last."""

    step: int
    total_steps: int
    table: CocoTable | None = None


def coco_table(truths: Sequence[GroundTruth], detections: Sequence[Predictions]) -> CocoTable:
    """Compute the whole table.

    Args:
        truths, detections: one of each per image. Of equal scores, the earlier image's comes first.

    Raises:
        ShapeError: not one of each per image.
    """
    *_, last = coco_steps(truths, detections)
    return last.table


def coco_steps(truths: Sequence[GroundTruth], detections: Sequence[Predictions]) -> Iterator[CocoProgress]:
    """Compute the table in short steps, for a job that can be stopped; raises as `coco_table`."""
    by_label = group_by_label(truths, detections)
    total = sum(map(len, by_label.values()))
    done, classes = 0, []
    for label, groups in by_label.items():
        parts = []
        for group in groups:
            parts.append(_match_group(group, truths[group.image], detections[group.image]))
            done += 1
            if done % _GROUPS_AT_ONCE == 0:
                yield CocoProgress(done, total + 1)
        classes.append(_class_row(label, parts))
    means = {name: _mean([row.figures[name] for row in classes]) for name in FIGURES}
    yield CocoProgress(total + 1, total + 1, CocoTable(means, tuple(classes)))


@dataclass(frozen=True, eq=False)
class Part:
    """One group's outcome.

    Attributes:
        scores: (D,) falling.
        is_true, is_false: (A, T, D), neither where ignored.
        n_truths: (A,) to find.
    """

    scores: np.ndarray
    is_true: np.ndarray
    is_false: np.ndarray
    n_truths: np.ndarray


def _match_group(group: Group, true: GroundTruth, found: Predictions) -> Part:
    places = group.detections[: MAX_DETECTIONS[-1]]
    boxes, crowd = found.boxes[places], true.crowd[group.truths]
    never = crowd | true.difficult[group.truths]
    ranges = AREA_RANGES.values()
    ignored = np.stack([never | outside(true.areas[group.truths], limits) for limits in ranges])  # (A, G)
    strays = np.stack([outside(box_area(boxes), limits) for limits in ranges])  # (A, D)
    ious = box_iou(boxes, true.boxes[group.truths], crowd)
    matched = assign_coco(ious, crowd, ignored, IOU_THRESHOLDS)  # (A, T, D)
    skipped = np.stack([is_ignored_by_coco(*area) for area in zip(matched, ignored, strays, strict=True)])
    is_true, is_false = (matched >= 0) & ~skipped, (matched < 0) & ~skipped
    return Part(found.scores[places], is_true, is_false, (~ignored).sum(1))


def _class_row(label: int, parts: Sequence[Part]) -> CocoClass:
    n_truths = sum(part.n_truths for part in parts)  # (A,)
    recalls = [sum(part.is_true[..., :m].sum(2) for part in parts) for m in MAX_DETECTIONS]
    with np.errstate(invalid="ignore"):
        recall = np.stack(recalls) / n_truths[:, None]  # (3, A, T), 0 / 0 is NaN
    precision = interpolated_precision(parts, n_truths)  # (A, T, 101)
    ap, ar = precision.mean(2), recall.mean(2)
    at_50, at_75 = ap[0, 0], ap[0, 5]
    values = [ap[0].mean(), at_50, at_75, *ap[1:].mean(1), *ar[:, 0], *ar[-1, 1:]]
    figures = {name: float(value) for name, value in zip(FIGURES, values, strict=True)}
    return CocoClass(label, int(n_truths[0]), figures, precision[0])


def interpolated_precision(parts: Sequence[Part], n_truths: np.ndarray) -> np.ndarray:
    """Return (A, T, 101) precision at each level of recall."""
    order = np.argsort(-np.concatenate([part.scores for part in parts]), kind="stable")
    n_true = np.concatenate([part.is_true for part in parts], 2)[..., order].cumsum(2)
    n_false = np.concatenate([part.is_false for part in parts], 2)[..., order].cumsum(2)
    at_levels = np.full((*n_true.shape[:2], 101), math.nan)
    for a, t in np.ndindex(n_true.shape[:2]):
        if n_truths[a]:
            found, counted = n_true[a, t], np.maximum(n_true[a, t] + n_false[a, t], 1)
            at_levels[a, t] = interpolated(found / counted, found / n_truths[a], LEVELS["coco 101"])
    return at_levels


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan
