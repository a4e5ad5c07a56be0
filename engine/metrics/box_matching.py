"""Which detection found which true box, by the rule of PASCAL VOC or by that of COCO.

    VOC:   by falling score, each detection is held against the truth it overlaps most; true if IoU ≥ t and that truth
           is still free, false if it is taken
    COCO:  by falling score, each detection takes the free truth it overlaps most among those with IoU ≥ t

Conventions: see `engine.metrics.image_boxes`. Only boxes of one image and one label are ever compared. A truth that is
ignored (difficult; crowd; by COCO's rule also one outside the area range) counts neither as found nor as missed, nor
does the detection that meets it. A crowd can be met many times.

Reference: M. Everingham et al., "The PASCAL Visual Object Classes Challenge", IJCV 88 (2010). T.-Y. Lin et al.,
"Microsoft COCO: Common Objects in Context", ECCV 2014.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.errors import InvalidInput, ShapeError, constraint
from engine.metrics.image_boxes import GroundTruth, Predictions, box_area, box_iou

ALL_AREAS = (0.0, math.inf)  # px², inclusive
RULES = {"coco": "COCO", "voc": "PASCAL VOC"}


@dataclass(frozen=True, eq=False)
class Matches:
    """What became of all detections of one class, by falling score.

    Attributes:
        image: (M,) which image.
        detection: (M,) its place among that image's predictions.
        score: (M,).
        truth: (M,) the truth it was matched to, by its place in that image, or -1.
        iou: (M,) with that truth; without one, the greatest with any truth of its class and image, or 0.
        is_ignored: (M,) bool, counted neither as true nor as false. The others are true where `truth` is not -1.
        n_truths: how many truths there were to find.
        missed: (Q, 2) image and place of each truth to find that was not found.
    """

    image: np.ndarray
    detection: np.ndarray
    score: np.ndarray
    truth: np.ndarray
    iou: np.ndarray
    is_ignored: np.ndarray
    n_truths: int
    missed: np.ndarray

    @property
    def is_true(self) -> np.ndarray:
        """(M,) bool, matched to a truth that counts."""
        return (self.truth >= 0) & ~self.is_ignored


@dataclass(frozen=True, eq=False)
class Group:
    """The truths and the detections of one label in one image, by their places; detections by falling score."""

    image: int
    truths: np.ndarray
    detections: np.ndarray


def group_by_label(truths: Sequence[GroundTruth], detections: Sequence[Predictions]) -> dict[int, list[Group]]:
    """Return label → its groups in the order of the images, for every label of a truth or a detection.

    Raises:
        ShapeError: not one of each per image.
    """
    if len(truths) != len(detections):
        raise ShapeError(constraint("detections", f"given for {len(truths)} images, as the truths", len(detections)))
    groups: dict[int, list[Group]] = {}
    for image, (true, found) in enumerate(zip(truths, detections, strict=True)):
        order = np.argsort(-found.scores, kind="stable")
        for label in np.union1d(true.labels, found.labels).tolist():
            chosen = order[found.labels[order] == label]
            groups.setdefault(label, []).append(Group(image, np.flatnonzero(true.labels == label), chosen))
    return dict(sorted(groups.items()))


def match(
    truths: Sequence[GroundTruth],
    detections: Sequence[Predictions],
    iou_threshold: float = 0.5,
    rule: str = "coco",
    inclusive: bool = False,
    area_range: tuple[float, float] = ALL_AREAS,
    max_detections: int | None = None,
) -> dict[int, Matches]:
    """Match the detections of every class.

    Args:
        truths, detections: one of each per image.
        iou_threshold: t in (0, 1].
        rule: "coco" or "voc".
        inclusive: count widths and heights as VOC does.
        area_range: smallest and largest truth to find, px²; for COCO's rule, as is `max_detections`.
        max_detections: how many of one class in one image are looked at, by falling score; None for all.

    Returns:
        Label → its matches, for every label of a truth or a detection.

    Raises:
        InvalidInput: an unknown rule, or a threshold out of range.
        ShapeError: not one of each per image.
    """
    if rule not in RULES:
        raise InvalidInput(constraint("rule", f"one of {', '.join(RULES)}", rule))
    if not 0 < iou_threshold <= 1:
        raise InvalidInput(constraint("IoU threshold", "above 0 and at most 1", iou_threshold))
    limit = max_detections if rule == "coco" else None
    matched: dict[int, Matches] = {}
    for label, groups in group_by_label(truths, detections).items():
        parts = []
        for group in groups:
            true, found = truths[group.image], detections[group.image]
            places = group.detections[:limit]
            crowd = true.crowd[group.truths]
            ignored = crowd | true.difficult[group.truths]
            ious = box_iou(found.boxes[places], true.boxes[group.truths], crowd, inclusive)
            if rule == "voc":
                truth, is_ignored = assign_voc(ious, ignored, iou_threshold)
            else:
                ignored |= outside(true.areas[group.truths], area_range)
                truth = assign_coco(ious, crowd, ignored[None], np.array([iou_threshold]))[0, 0]
                strays = outside(box_area(found.boxes[places]), area_range)
                is_ignored = is_ignored_by_coco(truth, ignored, strays)
            parts.append(_part(group, places, truth, is_ignored, ignored, ious, found.scores[places]))
        matched[label] = _joined(parts)
    return matched


def assign_voc(ious: np.ndarray, ignored: np.ndarray, iou_threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Apply VOC's rule to (D, G) IoUs by falling score; return (D,) truth or -1, and (D,) whether it is ignored."""
    truth, is_ignored = np.full(len(ious), -1), np.zeros(len(ious), bool)
    taken = np.zeros(len(ignored), bool)
    for d, row in enumerate(ious if len(ignored) else ()):
        g = row.argmax()
        if row[g] < iou_threshold:
            continue
        is_ignored[d] = ignored[g]
        if not taken[g]:
            truth[d] = g
            taken[g] = not ignored[g]
    return truth, is_ignored


def assign_coco(ious: np.ndarray, crowd: np.ndarray, ignored: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Apply COCO's rule for several area ranges and thresholds at once.

    A truth that counts is preferred to any that is ignored; of equal overlaps the last is taken.

    Args:
        ious: (D, G) by falling score.
        crowd: (G,) bool.
        ignored: (A, G) bool, for each area range.
        thresholds: (T,).

    Returns:
        (A, T, D) the truth that each detection takes, or -1.
    """
    matched = np.full((len(ignored), len(thresholds), len(ious)), -1)
    least = np.minimum(thresholds, 1 - 1e-10)[:, None]  # equal boxes meet a threshold of 1 in spite of rounding
    taken = np.zeros((len(ignored), len(thresholds), len(crowd)), bool)
    for d in np.flatnonzero((ious >= least.min()).any(1)):
        free = (ious[d] >= least) & ~(taken & ~crowd)  # (A, T, G)
        counts = free & ~ignored[:, None]
        candidates = np.where(counts.any(2, keepdims=True), counts, free)
        best = len(crowd) - 1 - np.where(candidates, ious[d], -1)[..., ::-1].argmax(2)  # (A, T)
        matched[..., d] = np.where(candidates.any(2), best, -1)
        a, t = np.nonzero(matched[..., d] >= 0)
        taken[a, t, matched[a, t, d]] = True
    return matched


def is_ignored_by_coco(matched: np.ndarray, ignored: np.ndarray, strays: np.ndarray) -> np.ndarray:
    """Tell which detections do not count: (…, D) for `matched` (…, D), `ignored` (G,) truths and `strays` (D,).

    A stray is a detection whose own area is outside the range: without a truth, it is no error.
    """
    of_truth = ignored[matched] if len(ignored) else False  # where matched is -1 this is not used
    return np.where(matched >= 0, of_truth, strays)


def outside(areas: np.ndarray, area_range: tuple[float, float]) -> np.ndarray:
    """Tell which areas are under or over the range."""
    return (areas < area_range[0]) | (areas > area_range[1])


def _part(
    group: Group,
    places: np.ndarray,
    truth: np.ndarray,
    is_ignored: np.ndarray,
    ignored: np.ndarray,
    ious: np.ndarray,
    scores: np.ndarray,
) -> Mapping[str, np.ndarray]:
    """Return the columns of `Matches` for one image."""
    is_matched = truth >= 0
    iou = ious.max(1, initial=0.0)
    iou[is_matched] = ious[is_matched, truth[is_matched]]
    missed = ~ignored
    missed[truth[is_matched]] = False
    return {
        "image": np.full(len(places), group.image),
        "detection": places,
        "score": scores,
        "truth": np.where(is_matched, np.append(group.truths, -1)[truth], -1),
        "iou": iou,
        "is_ignored": is_ignored,
        "to_find": (~ignored).sum(keepdims=True),
        "missed": np.stack([np.full(missed.sum(), group.image), group.truths[missed]], 1),
    }


def _joined(parts: Sequence[Mapping[str, np.ndarray]]) -> Matches:
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    n_truths, missed = int(columns.pop("to_find").sum()), columns.pop("missed")
    order = np.argsort(-columns["score"], kind="stable")
    return Matches(**{name: column[order] for name, column in columns.items()}, n_truths=n_truths, missed=missed)
