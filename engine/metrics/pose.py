"""How near found keypoints are to the true ones: PCK, PCKh and object keypoint similarity (OKS).

    PCK@α  = share of the true keypoints with  |found − true| ≤ α · size of the person
    PCKh@.5: the same with half the head's size

    OKS    = mean over the visible keypoints i of  exp(−dᵢ² / (2 s² kᵢ²)),   s² = the person's area,  kᵢ = 2 σᵢ

dᵢ is a distance in pixels; σᵢ is how far people who mark keypoint i differ, relative to s: little for eyes, much for
hips. A truth without a visible keypoint (a crowd) is met by keypoints in its box, enlarged by its own size on every
side: dᵢ is then the distance to that.

Conventions: keypoints are (N, K, 2) x and y in pixels, of a truth (N, K, 3) with visibility 0 (not marked), 1 (hidden)
or 2 (seen); boxes (N, 4) xyxy; areas (N,) px². NumPy alone: pages may read these without torch.

Reference: Y. Yang and D. Ramanan, "Articulated Human Detection with Flexible Mixtures of Parts", PAMI 35 (2013), PCK.
M. Andriluka et al., "2D Human Pose Estimation", CVPR 2014, PCKh. cocodataset.org, "Keypoint Evaluation", OKS.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.errors import InvalidInput, ShapeError, constraint
from engine.metrics.image_boxes import box_area, finite_column

COCO_SIGMAS = (
    *(0.026, 0.025, 0.025, 0.035, 0.035),  # nose, eyes, ears
    *(0.079, 0.079, 0.072, 0.072, 0.062, 0.062),  # shoulders, elbows, wrists
    *(0.107, 0.107, 0.087, 0.087, 0.089, 0.089),  # hips, knees, ankles
)


@dataclass(frozen=True, eq=False)
class KeypointTruth:
    """The true people of one image.

    Attributes:
        keypoints: (N, K, 3) x, y, visibility.
        boxes: (N, 4).
        areas: (N,) px² of the person's outline; None for the boxes'.
        crowd: (N,) bool, many people marked as one; None for none.
        difficult: (N,) bool, need not be found; None for those without a visible keypoint.
    """

    keypoints: np.ndarray
    boxes: np.ndarray
    areas: np.ndarray | None = None
    crowd: np.ndarray | None = None
    difficult: np.ndarray | None = None

    def __post_init__(self) -> None:
        keypoints = _keypoints(self.keypoints, 3)
        boxes = _column(self.boxes, "boxes", (len(keypoints), 4), float)
        if (boxes[:, 2:] < boxes[:, :2]).any():
            raise InvalidInput("Every box must be four numbers x1, y1, x2, y2 with x1 ≤ x2 and y1 ≤ y2.")
        n = (len(keypoints),)
        unseen = ~(keypoints[..., 2] > 0).any(axis=1)
        columns = {
            "keypoints": keypoints,
            "boxes": boxes,
            "areas": box_area(boxes) if self.areas is None else _column(self.areas, "areas", n, float),
            "crowd": np.zeros(n, bool) if self.crowd is None else _column(self.crowd, "crowd", n, bool),
            "difficult": unseen if self.difficult is None else _column(self.difficult, "difficult", n, bool),
        }
        for name, column in columns.items():
            object.__setattr__(self, name, column)


@dataclass(frozen=True, eq=False)
class KeypointPredictions:
    """The people an estimator found in one image: keypoints (N, K, 2), scores (N,)."""

    keypoints: np.ndarray
    scores: np.ndarray

    def __post_init__(self) -> None:
        keypoints = _keypoints(self.keypoints, 2)
        object.__setattr__(self, "keypoints", keypoints)
        object.__setattr__(self, "scores", _column(self.scores, "scores", (len(keypoints),), float))


@dataclass(frozen=True, eq=False)
class Pck:
    """The share of keypoints found.

    Attributes:
        joints: (K,) of each keypoint over the people, NaN where it is never marked.
        mean: of `joints`, over those that are not NaN.
        overall: of all marked keypoints together.
        n_marked: how many those are.
    """

    joints: np.ndarray
    mean: float
    overall: float
    n_marked: int


def pck(found: np.ndarray, true: np.ndarray, visible: np.ndarray, sizes: np.ndarray, alpha: float = 0.2) -> Pck:
    """Return the share of keypoints that are at most α · size away.

    Args:
        found, true: (N, K, 2) px.
        visible: (N, K) bool, which are marked and count.
        sizes: (N,) px of each person, or (N, 2) to measure x and y by a size of their own; a person whose size is not
            above 0 does not count.
        alpha: above 0.

    Raises:
        ShapeError: the arrays do not fit together.
        InvalidInput: α is not above 0.
    """
    found, true = _keypoints(found, 2), _keypoints(true, 2)
    if found.shape != true.shape:
        raise ShapeError(constraint("found", f"{true.shape}, as the true keypoints", found.shape))
    visible, sizes = np.asarray(visible, bool), np.asarray(sizes, float)
    if visible.shape != true.shape[:2] or sizes.shape not in ((len(true),), (len(true), 2)):
        got = (visible.shape, sizes.shape)
        raise ShapeError(constraint("visible and sizes", f"{true.shape[:2]} and ({len(true)},)", got))
    if not 0 < alpha < math.inf:
        raise InvalidInput(constraint("α", "above 0", alpha))
    sizes = sizes.reshape(len(true), 1, -1)
    counts = visible & (sizes > 0).all(axis=2)
    distances = np.linalg.norm((found - true) / np.where(sizes > 0, sizes, 1), axis=2)  # (N, K)
    is_near = (distances <= alpha) & counts
    with np.errstate(invalid="ignore"):
        joints = is_near.sum(0) / counts.sum(0)  # 0 / 0 is NaN
    known = joints[~np.isnan(joints)]
    n_marked = int(counts.sum())
    overall = is_near.sum() / n_marked if n_marked else math.nan
    return Pck(joints, float(known.mean()) if len(known) else math.nan, float(overall), n_marked)


def pckh(found: np.ndarray, true: np.ndarray, visible: np.ndarray, names: Sequence[str], alpha: float = 0.5) -> Pck:
    """Return PCK with the length of the head, from upper neck to its top, as size; the arguments are those of `pck`.

    MPII's own program takes .6 of the diagonal of a marked rectangle about the head, which is about as long.
    """
    return pck(found, true, visible, lengths(true, names, "upper_neck", "head_top"), alpha)


def torso_sizes(true: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Return (N,) px from the left shoulder to the right hip of keypoints (N, K, 2)."""
    return lengths(true, names, "left_shoulder", "right_hip")


def box_sizes(boxes: np.ndarray) -> np.ndarray:
    """Return (N,) px, the longer side of boxes (N, 4)."""
    boxes = np.asarray(boxes, float)
    return (boxes[:, 2:] - boxes[:, :2]).max(axis=1)


def lengths(keypoints: np.ndarray, names: Sequence[str], one: str, other: str) -> np.ndarray:
    """Return (N,) px between two named keypoints.

    Raises:
        InvalidInput: `names` lacks one of the two.
    """
    for name in (one, other):
        if name not in names:
            raise InvalidInput(constraint("names", f"with {name}, which the size is measured by", list(names)))
    keypoints = _keypoints(keypoints, 2)
    return np.linalg.norm(keypoints[:, names.index(one)] - keypoints[:, names.index(other)], axis=1)


def oks(found: np.ndarray, true: KeypointTruth, sigmas: Sequence[float] = COCO_SIGMAS) -> np.ndarray:
    """Return (D, G) similarities in [0, 1] of found people (D, K, 2) and true ones.

    Raises:
        ShapeError: not K keypoints on each side.
    """
    found = _keypoints(found, 2)
    for what, keypoints in (("found", found), ("true", true.keypoints)):
        if len(keypoints) and keypoints.shape[1] != len(sigmas):
            raise ShapeError(constraint(f"The {what} keypoints", f"{len(sigmas)} a person", keypoints.shape[1]))
    similarities = np.zeros((len(found), len(true.keypoints)))
    if len(found):
        for g, person in enumerate(zip(true.keypoints, true.boxes, true.areas, strict=True)):
            similarities[:, g] = oks_terms(found, *person, sigmas).mean(axis=1)
    return similarities


def oks_terms(
    found: np.ndarray, true: np.ndarray, box: np.ndarray, area: float, sigmas: Sequence[float] = COCO_SIGMAS
) -> np.ndarray:
    """Return exp(−d² / (2 s² k²)) of found people (D, K, 2) and one true person, (D, V) over the visible keypoints.

    Args:
        true: (K, 3) x, y, visibility.
        box, area: (4,) and px² of the true person. If no keypoint of it is visible, all K are compared with the box.
    """
    visible = true[:, 2] > 0
    if visible.any():
        offsets = found[:, visible] - true[visible, :2]
    else:
        visible[:] = True
        size = box[2:] - box[:2]
        offsets = np.maximum(box[:2] - size - found, 0) + np.maximum(found - box[2:] - size, 0)
    k = 2 * np.asarray(sigmas, float)[visible]
    return np.exp(-(offsets**2).sum(axis=2) / (2 * k**2 * (area + np.spacing(1))))  # an area may be 0


def _keypoints(values: np.ndarray, columns: int) -> np.ndarray:
    values = np.asarray(values, float)
    values = values.reshape(0, 0, columns) if values.size == 0 and values.ndim < 3 else values
    if values.ndim != 3 or values.shape[2] != columns:
        raise ShapeError(constraint("keypoints", f"(N, K, {columns})", values.shape))
    if not np.isfinite(values).all():
        raise InvalidInput("Every keypoint must be finite numbers.")
    return values


def _column(values: np.ndarray, name: str, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    values = np.asarray(values)
    values = values.reshape(shape) if values.size == 0 and 0 in shape else values  # nobody, written as []
    return finite_column(values, name, shape, dtype, each="person")
