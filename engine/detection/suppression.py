"""Of many boxes around one object, keep the best: non-max suppression, hard and soft, one winner at a time.

    winner M = the box with the highest score left; every box b left of the same class then changes its score to
        hard:       0                  if IoU(M, b) > t, so that it is removed
        linear:     s (1 − IoU(M, b))  if IoU(M, b) ≥ t
        Gaussian:   s exp(−IoU(M, b)² / σ)

Conventions: boxes (N, 4) xyxy in pixels, scores (N,), labels (N,) int64. Of equal scores the box with the smaller index
wins. A soft score below `score_threshold` removes its box.

Reference: N. Bodla et al., "Soft-NMS: Improving Object Detection With One Line of Code", ICCV 2017.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.detection.boxes import check_boxes, iou
from engine.errors import InvalidInput, ShapeError, constraint

MOST_FOLLOWED = 400  # raw boxes that are worth following one by one
METHODS = {"linear": "linear", "gaussian": "Gaussian"}


@dataclass(frozen=True, eq=False)
class SuppressionStep:
    """One winner and what it does to the others.

    Attributes:
        step, total_steps: this winner's number, from 1, and the most there can be from here: step plus those left.
        winner: its index.
        score: its score by now.
        touched: (K,) indices of the boxes whose score it lowers, by falling score; a removed one is among them.
        ious: (K,) their IoU with the winner.
        removed: (R,) indices of the boxes it removes.
        removed_ious: (R,) their IoU with the winner.
        left: (L,) indices still to be looked at, by falling score.
        scores: (N,) after this step, 0 where removed.
    """

    step: int
    total_steps: int
    winner: int
    score: float
    touched: Tensor
    ious: Tensor
    removed: Tensor
    removed_ious: Tensor
    left: Tensor
    scores: Tensor


def nms(boxes: Tensor, scores: Tensor, labels: Tensor, iou_threshold: float) -> Tensor:
    """Return (K,) indices that hard suppression keeps, by falling score: torchvision's, for live use.

    Args:
        boxes: (N, 4); not checked.
        scores: (N,).
        labels: (N,); boxes of different labels never remove each other.
        iou_threshold: t in [0, 1].
    """
    from torchvision.ops import batched_nms  # comes late: it takes long to import

    return batched_nms(boxes, scores, labels, iou_threshold)


def suppress(boxes: Tensor, scores: Tensor, labels: Tensor, iou_threshold: float) -> Iterator[SuppressionStep]:
    """Yield the steps of hard suppression, one per box kept.

    Raises:
        InvalidInput: malformed boxes, scores that are not finite or below 0, or a threshold out of [0, 1].
        ShapeError: lengths that do not fit.
    """
    _check_share("IoU threshold", iou_threshold)
    return _steps(boxes, scores, labels, lambda overlap: (overlap <= iou_threshold).double(), 0.0)


def soft_nms(
    boxes: Tensor,
    scores: Tensor,
    labels: Tensor,
    method: str = "gaussian",
    iou_threshold: float = 0.3,
    sigma: float = 0.5,
    score_threshold: float = 0.001,
) -> Iterator[SuppressionStep]:
    """Yield the steps of soft suppression, one per box whose score stays at `score_threshold` or above.

    Args:
        boxes: (N, 4).
        scores: (N,).
        labels: (N,); boxes of different labels never lower each other.
        method: "linear" or "gaussian".
        iou_threshold: t in [0, 1], for "linear".
        sigma: σ > 0, for "gaussian".
        score_threshold: in [0, 1].

    Raises:
        InvalidInput: as `suppress`; an unknown method; a setting out of range.
        ShapeError: lengths that do not fit.
    """
    _check_share("IoU threshold", iou_threshold)
    _check_share("score threshold", score_threshold)
    if method not in METHODS:
        raise InvalidInput(constraint("method", f"one of {', '.join(METHODS)}", method))
    if not 0 < sigma < float("inf"):
        raise InvalidInput(constraint("σ", "above 0", sigma))
    if method == "linear":
        return _steps(boxes, scores, labels, lambda o: torch.where(o >= iou_threshold, 1 - o, 1.0), score_threshold)
    return _steps(boxes, scores, labels, lambda o: torch.exp(-(o**2) / sigma), score_threshold)


def most_certain(
    boxes: Tensor, scores: Tensor, labels: Tensor, confidence: float, most: int = MOST_FOLLOWED
) -> tuple[Tensor, Tensor, Tensor]:
    """Return boxes (N, 4), scores and labels of the at most `most` above `confidence`, by falling score."""
    above = (scores > confidence).nonzero()[:, 0]
    above = above[scores[above].argsort(descending=True, stable=True)][:most]
    return boxes[above], scores[above], labels[above]


def kept(steps: Iterable[SuppressionStep]) -> tuple[Tensor, Tensor]:
    """Drain the steps: return (K,) the winners' indices and (K,) their scores, in the order in which they won."""
    won = [(step.winner, step.score) for step in steps]
    indices = torch.tensor([winner for winner, _ in won], dtype=torch.int64)
    return indices, torch.tensor([score for _, score in won], dtype=torch.float32)


def _steps(
    boxes: Tensor, scores: Tensor, labels: Tensor, weight: Callable[[Tensor], Tensor], score_threshold: float
) -> Iterator[SuppressionStep]:
    """Check now, and return the generator: a bad call fails where it is made."""
    boxes = check_boxes(boxes.detach().cpu())
    for name, column in {"scores": scores, "labels": labels}.items():
        if column.shape != boxes.shape[:1]:
            raise ShapeError(constraint(name, f"({len(boxes)},), one for each box", tuple(column.shape)))
    scores = scores.detach().cpu().double()
    if not (scores.isfinite() & (scores >= 0)).all():
        raise InvalidInput("Every score must be a finite number of at least 0.")
    return _generate(boxes, scores, labels.detach().cpu(), weight, score_threshold)


def _generate(
    boxes: Tensor, scores: Tensor, labels: Tensor, weight: Callable[[Tensor], Tensor], score_threshold: float
) -> Iterator[SuppressionStep]:
    left = _by_falling_score(torch.nonzero(scores >= score_threshold).flatten(), scores)
    step = 0
    while len(left):
        step += 1
        winner, rest = left[0], left[1:]
        overlap = iou(boxes[winner][None], boxes[rest])[0].double()  # as float32 some would fall on the threshold
        factor = torch.where(labels[rest] == labels[winner], weight(overlap), 1.0)
        lowered = scores[rest] * factor
        is_removed = (factor == 0) | (lowered < score_threshold)
        is_touched = is_removed | (factor < 1)
        scores = scores.index_copy(0, rest, lowered.masked_fill(is_removed, 0.0))
        left = _by_falling_score(rest[~is_removed], scores)
        yield SuppressionStep(
            step=step,
            total_steps=step + len(left),
            winner=winner.item(),
            score=scores[winner].item(),
            touched=rest[is_touched],
            ious=overlap[is_touched].float(),
            removed=rest[is_removed],
            removed_ious=overlap[is_removed].float(),
            left=left,
            scores=scores.float(),
        )


def _by_falling_score(indices: Tensor, scores: Tensor) -> Tensor:
    indices = indices.sort().values
    return indices[scores[indices].argsort(descending=True, stable=True)]


def _check_share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise InvalidInput(constraint(name, "from 0 to 1", value))
