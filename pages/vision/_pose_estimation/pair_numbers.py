"""The numbers of a true pose and a found one: what PCK counts, what OKS adds up, and both written out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.io.tables import write_csv
from engine.metrics.pose import COCO_SIGMAS, box_sizes, oks_terms, pck, torso_sizes
from engine.metrics.pose_table import OKS_THRESHOLDS
from engine.pose.poses import COCO_17
from pages._ui.figure_table import known
from pages._ui.numbers import number
from pages.vision._pose_estimation.measure_cases import Pair
from pages.vision._pose_estimation.measure_settings import JOINTS, PoseMeasures

HALF = math.sqrt(2 * math.log(2))  # exp(−x² / 2) is ½ at this x


@dataclass(frozen=True, eq=False)
class Compared:
    """What two poses come to.

    Attributes:
        found, true: (17, 2) px.
        marked: (17,) bool, which joints count.
        distances: (17,) px.
        size, alpha: of PCK, px and a share.
        is_near: (17,) bool, within α · size; only where marked.
        pck: the share of the marked joints that are near.
        k: (17,) 2 σ of each joint.
        area: s², px².
        terms: (17,) similarities, NaN where not marked.
        oks: their mean.
    """

    found: np.ndarray
    true: np.ndarray
    marked: np.ndarray
    distances: np.ndarray
    size: float
    alpha: float
    is_near: np.ndarray
    pck: float
    k: np.ndarray
    area: float
    terms: np.ndarray
    oks: float

    @property
    def half_radii(self) -> np.ndarray:
        """(17,) px, how far away a joint's similarity is a half."""
        return HALF * math.sqrt(self.area) * self.k


def size_of(pair: Pair, kind: str) -> float:
    """Return the size, px, by which PCK measures."""
    match kind:
        case "torso":
            return float(torso_sizes(pair.true[None, :, :2], COCO_17)[0])
        case "box":
            return float(box_sizes(pair.box[None])[0])
        case _:
            return pair.head_size


def compare(pair: Pair, found: np.ndarray, visibility: np.ndarray, settings: PoseMeasures) -> Compared | None:
    """Compare found keypoints (17, 2) with the pair's true ones of visibility (17,); None if none is marked."""
    marked = visibility > 0
    if not marked.any():
        return None
    true, size = pair.true[:, :2], size_of(pair, settings.pose_size)
    counted = pck(found[None], true[None], marked[None], [size], settings.pose_alpha)
    terms = np.full(len(true), np.nan)
    terms[marked] = oks_terms(found[None], np.column_stack([true, visibility]), pair.box, pair.area)[0]
    return Compared(
        found=found,
        true=true,
        marked=marked,
        distances=np.linalg.norm(found - true, axis=1),
        size=size,
        alpha=settings.pose_alpha,
        is_near=counted.joints == 1,
        pck=counted.overall,
        k=2 * np.array(COCO_SIGMAS),
        area=pair.area,
        terms=terms,
        oks=float(np.nanmean(terms)),
    )


def equations(c: Compared, joint: int, size_name: str) -> list[str]:
    """Write PCK and OKS with their numbers, the joint's own among them."""
    n = lambda value: number(value, 4)  # noqa: E731
    d, limit, area = n(c.distances[joint]), n(c.alpha * c.size), n(c.area)
    n_near, n_marked = int(c.is_near.sum()), int(c.marked.sum())
    name = "PCKh" if size_name == "head" else "PCK"
    k = f"k = 2σ = 2 · {COCO_SIGMAS[joint]:g} = {n(c.k[joint])}"
    if c.marked[joint]:
        sign, word = ("≤", "hit") if c.is_near[joint] else (">", "missed")
        own = f"d = {d} px {sign} α · {size_name} = {c.alpha:g} · {n(c.size)} = {limit} px: {word}"
        term = f"exp(−d² / (2 s² k²)) = exp(−{d}² / (2 · {area} · {n(c.k[joint])}²)) = {four(c.terms[joint])}"
    else:
        own, term = (
            f"d = {d} px, but this joint is not marked: it does not count",
            "exp(−d² / (2 s² k²)) does not count",
        )
    return [
        own,
        f"{name}@{c.alpha:g} = hits / marked = {n_near} / {n_marked} = {four(c.pck)}",
        f"s² = area = {area} px²,  {k}",
        term,
        f"OKS = Σ / marked = {four(np.nansum(c.terms))} / {n_marked} = {four(c.oks)}",
    ]


def passed(c: Compared) -> list[bool]:
    """Return whether the OKS reaches each of COCO's ten thresholds."""
    return [bool(c.oks >= t - 1e-12) for t in OKS_THRESHOLDS]


def four(value: float) -> str:
    """Write a measure with four decimals, so that the line is as long for every value."""
    return f"{value:.4f}"


def as_csv(c: Compared) -> bytes:
    """Write a row for each joint."""
    return write_csv(
        {
            "joint": list(JOINTS.values()),
            "marked": [str(bool(one)).lower() for one in c.marked],
            "true x": c.true[:, 0].tolist(),
            "true y": c.true[:, 1].tolist(),
            "found x": c.found[:, 0].tolist(),
            "found y": c.found[:, 1].tolist(),
            "distance px": c.distances.tolist(),
            "PCK": ["hit" if near else "missed" if one else "" for near, one in zip(c.is_near, c.marked, strict=True)],
            "k": c.k.tolist(),
            "similarity": [known(term) for term in c.terms],
        }
    )
