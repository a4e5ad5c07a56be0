"""How good a detector is: precision, recall, and average precision.

    over the detections by falling score:   precision = true / (true + false)     recall = true / truths to find
    AP = area under the precision-recall curve,   mAP = mean of AP over the classes that have truths

    every point:   Σ (rₖ − rₖ₋₁) · max{precision at recall ≥ rₖ}     (VOC since 2010)
    11 points:     mean over r = 0, 0.1, …, 1 of max{precision at recall ≥ r}     (VOC until 2009)
    COCO 101:      the same over r = 0, 0.01, …, 1

Conventions: see `engine.metrics.image_boxes`. A class without truths has AP NaN and is left out of the mean.

Reference: M. Everingham et al., "The PASCAL Visual Object Classes Challenge", IJCV 88 (2010), section 4.2. T.-Y. Lin
et al., "Microsoft COCO: Common Objects in Context", ECCV 2014.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.errors import InvalidInput, ShapeError, constraint
from engine.metrics.box_matching import Matches, match
from engine.metrics.image_boxes import GroundTruth, Predictions

KINDS = {"every point": "every point", "11 points": "11 points", "coco 101": "COCO's 101 points"}
# Levels as the challenges' own programs round them: 0.6 is 6 · 0.1 > 0.6, so that a recall of 9/15 does not reach it.
LEVELS = {"11 points": np.arange(11) * 0.1, "coco 101": np.linspace(0, 1, 101)}


@dataclass(frozen=True, eq=False)
class ClassResult:
    """One class's curve.

    Attributes:
        label: which class.
        matches: what became of each of its detections.
        scores, precision, recall: (M,) after each detection that counts, by falling score.
        ap: average precision in [0, 1], or NaN without truths.
    """

    label: int
    matches: Matches
    scores: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    ap: float


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Every class's result, by label, and the mean of their AP (NaN without truths)."""

    classes: tuple[ClassResult, ...]
    mean_ap: float


def precision_recall(is_true: np.ndarray, n_truths: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (precision, recall), each (M,), after each of M detections by falling score.

    Args:
        is_true: (M,) bool.
        n_truths: how many there were to find; for 0 the recall is NaN.

    Raises:
        ShapeError: `is_true` is not one-dimensional.
        InvalidInput: more true detections than truths.
    """
    is_true = np.asarray(is_true, bool)
    if is_true.ndim != 1:
        raise ShapeError(constraint("is_true", "(M,)", is_true.shape))
    if is_true.sum() > n_truths:
        raise InvalidInput(constraint("number of truths", f"at least {is_true.sum()}, as many as were found", n_truths))
    n_true = np.cumsum(is_true)
    recall = n_true / n_truths if n_truths else np.full(len(is_true), math.nan)
    return n_true / np.arange(1, len(is_true) + 1), recall


def average_precision(precision: np.ndarray, recall: np.ndarray, kind: str = "every point") -> float:
    """Return the area under a precision-recall curve whose recall does not fall.

    Args:
        precision, recall: (M,), as `precision_recall` returns them.
        kind: "every point", "11 points" or "coco 101".

    Raises:
        InvalidInput: an unknown kind.
        ShapeError: not two one-dimensional arrays of one length.
    """
    if kind not in KINDS:
        raise InvalidInput(constraint("kind", f"one of {', '.join(KINDS)}", kind))
    precision, recall = np.asarray(precision, float), np.asarray(recall, float)
    if precision.ndim != 1 or precision.shape != recall.shape:
        raise ShapeError(constraint("recall", f"{precision.shape}, as the precision", recall.shape))
    if np.isnan(recall).any():
        return math.nan
    if kind == "every point":
        return float(np.diff(recall, prepend=0.0) @ envelope(precision))
    return float(interpolated(precision, recall, LEVELS[kind]).mean())


def envelope(precision: np.ndarray) -> np.ndarray:
    """Return (…, M) the greatest precision from each point of the curve on."""
    return np.maximum.accumulate(precision[..., ::-1], axis=-1)[..., ::-1]


def interpolated(precision: np.ndarray, recall: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Return (L,) the greatest precision at a recall of each level or more, 0 where none is reached."""
    return np.append(envelope(precision), 0.0)[np.searchsorted(recall, levels)]


def evaluate(
    truths: Sequence[GroundTruth],
    detections: Sequence[Predictions],
    iou_threshold: float = 0.5,
    rule: str = "coco",
    kind: str = "coco 101",
    inclusive: bool = False,
    max_detections: int | None = None,
) -> Evaluation:
    """Compute every class's curve and AP at one IoU threshold; the arguments are those of `match` and `kind` of AP."""
    matched = match(truths, detections, iou_threshold, rule, inclusive, max_detections=max_detections)
    classes = tuple(_class_result(label, matches, kind) for label, matches in matched.items())
    known = [result.ap for result in classes if not math.isnan(result.ap)]
    return Evaluation(classes, float(np.mean(known)) if known else math.nan)


def voc_ap(
    truths: Sequence[GroundTruth],
    detections: Sequence[Predictions],
    iou_threshold: float = 0.5,
    kind: str = "every point",
    inclusive: bool = True,
) -> Evaluation:
    """Compute AP as PASCAL VOC does: its rule of matching, and boxes that include their last pixel."""
    return evaluate(truths, detections, iou_threshold, "voc", kind, inclusive)


def _class_result(label: int, matches: Matches, kind: str) -> ClassResult:
    counts = ~matches.is_ignored
    precision, recall = precision_recall(matches.is_true[counts], matches.n_truths)
    ap = average_precision(precision, recall, kind) if matches.n_truths else math.nan
    return ClassResult(label, matches, matches.score[counts], precision, recall, ap)
