"""The found people of one picture held against the true ones: matching by OKS, precision, recall, AP."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.metrics.box_matching import assign_coco
from engine.metrics.detection import average_precision, precision_recall
from engine.metrics.pose import KeypointPredictions, KeypointTruth, oks
from engine.metrics.pose_table import OKS_THRESHOLDS

COUNTED = "coco 101"


@dataclass(frozen=True, eq=False)
class Judged:
    """What became of the found people, all by falling score.

    Attributes:
        order: (M,) places in the given predictions.
        scores: (M,).
        similarity: (M, N) OKS with each true person.
        truth: (M,) the true person that each found, or -1.
        is_ignored: (M,) bool, counted neither as true nor as false.
        n_truths: how many people there were to find.
        precision, recall: after each found person that counts.
        ap: at the threshold.
        by_threshold: (10,) AP at each of COCO's thresholds.
    """

    order: np.ndarray
    scores: np.ndarray
    similarity: np.ndarray
    truth: np.ndarray
    is_ignored: np.ndarray
    n_truths: int
    precision: np.ndarray
    recall: np.ndarray
    ap: float
    by_threshold: np.ndarray

    @property
    def is_true(self) -> np.ndarray:
        """(M,) bool, found a person that counts."""
        return (self.truth >= 0) & ~self.is_ignored


def judge(true: KeypointTruth, found: KeypointPredictions, threshold: float) -> Judged:
    """Match by COCO's rule: by falling score, each takes the free person it is most like, if OKS ≥ t."""
    order = np.argsort(-found.scores, kind="stable")
    similarity = oks(found.keypoints[order], true)
    n_truths = int((~true.difficult).sum())
    thresholds = np.append(OKS_THRESHOLDS, threshold)
    matched = assign_coco(similarity, true.crowd, true.difficult[None], thresholds)[0]  # (11, M)
    ignored = (matched >= 0) & true.difficult[matched] if len(true.difficult) else np.zeros(matched.shape, bool)
    curves = [precision_recall((row >= 0)[~skipped], n_truths) for row, skipped in zip(matched, ignored, strict=True)]
    ap = np.array([average_precision(*curve, COUNTED) for curve in curves])
    return Judged(
        order, found.scores[order], similarity, matched[-1], ignored[-1], n_truths, *curves[-1], float(ap[-1]), ap[:-1]
    )


def table(j: Judged) -> dict[str, list]:
    """Return a row for each found person."""
    best = j.similarity.max(axis=1, initial=0.0)
    own = np.where(j.truth >= 0, np.take_along_axis(j.similarity, j.truth.clip(0)[:, None], 1)[:, 0], best)
    counts = np.flatnonzero(~j.is_ignored)
    precision, recall = np.full(len(own), np.nan), np.full(len(own), np.nan)
    precision[counts], recall[counts] = j.precision, j.recall
    return {
        "#": list(range(1, len(own) + 1)),
        "score": j.scores.tolist(),
        "result": [result(j, k) for k in range(len(own))],
        "OKS": own.round(4).tolist(),
        "truth": [f"T{t + 1}" if t >= 0 else "–" for t in j.truth],
        "precision": precision.round(4).tolist(),
        "recall": recall.round(4).tolist(),
    }


def result(j: Judged, k: int) -> str:
    """Return "TP", "FP", or "–" for the k-th found person."""
    return "–" if j.is_ignored[k] else "TP" if j.truth[k] >= 0 else "FP"
