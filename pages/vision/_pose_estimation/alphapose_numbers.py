"""What AlphaPose's steps gave for a picture, and what the pose-NMS makes of every pair of poses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.pose.person_crops import to_picture
from engine.pose.pose_nms import PoseNms, nearness, pose_nms, shared_confidence
from engine.pose.poses import COCO_17
from engine.pose.rmpe import Rmpe
from engine.pose.spatial_transformer import ROUGH_PX, apply
from pages._ui.session import remember
from pages.vision._pose_estimation import method_models
from pages.vision._pose_estimation.method_settings import Methods

if TYPE_CHECKING:
    from engine.pose.poses import Poses
    from engine.pose.rmpe import Steps
    from pages._ui.pictures import Picture


@dataclass(frozen=True)
class Term:
    """One comparison: of the surer pose i with pose j, from 0; `goes` says whether j is suppressed."""

    i: int
    j: int
    shared: float
    near: float
    d: float
    goes: bool


def loose_boxes(picture: Picture, iou: float) -> Any:
    """Return the boxes (N, 4) of a finder that rather gives too many, the surest first."""
    find = method_models.finder(picture.is_drawn)
    ask = lambda image: find(image, confidence=method_models.LOOSE, iou=iou)[:24].cpu()  # noqa: E731
    identity = (picture.identity, iou)
    return remember("pose:loose boxes", identity, lambda: method_models.compute(ask, picture.image))


def steps_of(picture: Picture, boxes: Any, settings: Methods) -> Steps:
    """Return every step but the suppression, which needs no network."""
    estimator = method_models.alpha_pose
    which = Rmpe(settings.alphapose_stn, False)
    identity = (picture.identity, settings.alphapose_iou, settings.alphapose_stn)
    ask = lambda image: estimator().look(image, boxes, which)  # noqa: E731
    return remember("pose:alphapose", identity, lambda: method_models.compute(ask, picture.image))


def kept_of(poses: Poses, settings: Methods) -> list[int]:
    """Return the numbers of the poses that stay, the surest first."""
    if not settings.alphapose_nms:
        return list(range(len(poses)))
    return pose_nms(poses.keypoints, poses.scores, poses.boxes, settings.nms)


def terms_of(poses: Poses, settings: PoseNms) -> list[Term]:
    """Return every comparison that the suppression makes, in its order."""
    shared = shared_confidence(poses.keypoints, poses.scores, poses.boxes, settings.sigma1).tolist()
    near = nearness(poses.keypoints, poses.boxes, settings.sigma2).tolist()
    left = poses.scores.mean(1).argsort(descending=True, stable=True).tolist()
    terms: list[Term] = []
    while left:
        i, *left = left
        for j in left:
            d = shared[i][j] + settings.lam * near[i][j]
            terms.append(Term(i, j, shared[i][j], near[i][j], d, d >= settings.eta))
        gone = {term.j for term in terms if term.goes}
        left = [j for j in left if j not in gone]
    return terms


def quadrilateral(theta: Any) -> np.ndarray:
    """Return (5, 2) px of the rough crop: the way around what the transformer sees, θ (2, 3)."""
    corners = theta.new_tensor([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]])
    return ((apply(theta[None], corners[None])[0] + 1) * ROUGH_PX / 2).numpy()


def in_picture(places: np.ndarray, square: Any) -> np.ndarray:
    """Return places (N, 2) px of the rough crop in the picture."""
    return to_picture(square.new_tensor(places)[None], square[None], ROUGH_PX)[0].numpy()


def equations(theta: Any, terms: list[Term], settings: PoseNms, box: int) -> list[str]:
    """Write out where a box's transformer looks, and the comparison that decided about its pose."""
    rows = zip("xy", theta.tolist(), strict=True)
    places = [f"{axis}′ = {_signed(a, True)} x {_signed(b)} y {_signed(c)}" for axis, (a, b, c) in rows]
    lines = [f"θ: {',  '.join(places)}"]
    about = [term for term in terms if box in (term.i, term.j)]
    if about:
        term = max(about, key=lambda one: (one.goes and one.j == box, one.d))
        said = f"≥ η = {settings.eta:g}: pose {term.j + 1} goes" if term.goes else f"< η = {settings.eta:g}: both stay"
        lines.append(
            f"d(P{term.i + 1}, P{term.j + 1}) = K + λ H = {term.shared:.2f} + {settings.lam:g} · {term.near:.2f} = "
            f"{term.d:.2f} {said}"
        )
    return lines


def _signed(value: float, first: bool = False) -> str:
    text = f"{abs(value):.3f}"
    if first:
        return f"−{text}" if value < 0 else text
    return f"{'−' if value < 0 else '+'} {text}"


def term_columns(terms: list[Term], lam: float) -> dict[str, list]:
    """Return the table of comparisons."""
    return {
        "surer": [term.i + 1 for term in terms],
        "other": [term.j + 1 for term in terms],
        "K": [round(term.shared, 3) for term in terms],
        "λ H": [round(lam * term.near, 3) for term in terms],
        "d": [round(term.d, 3) for term in terms],
        "": [f"pose {term.j + 1} goes" if term.goes else "" for term in terms],
    }


def joint_columns(poses: Poses, kept: list[int]) -> dict[str, list]:
    """Return the table to take away: every pose of every box, and whether it stays."""
    n, k = len(poses), len(COCO_17)
    x, y = poses.keypoints.reshape(-1, 2).numpy().T
    return {
        "box": np.repeat(np.arange(1, n + 1), k).tolist(),
        "stays": np.repeat([int(i in kept) for i in range(n)], k).tolist(),
        "joint": list(COCO_17) * n,
        "x (px)": x.round(2).tolist(),
        "y (px)": y.round(2).tolist(),
        "score": poses.scores.reshape(-1).numpy().round(5).tolist(),
    }
