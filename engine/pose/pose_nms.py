"""Parametric pose-NMS: of poses that are nearly the same, only the surest stays.

    d(P_i, P_j) = K(P_i, P_j | σ₁) + λ H(P_i, P_j | σ₂)             P_j goes if  d ≥ η  for a surer P_i
    K = Σ_n tanh(c_i^n / σ₁) tanh(c_j^n / σ₁)   over the joints n of P_j that lie in a box around that of P_i
    H = Σ_n exp(−|k_i^n − k_j^n|² / σ₂)         over all joints

K counts, softly, the joints that two poses share, a sure one for more; H measures how near the places are. A detector
gives several boxes for one person; their boxes may overlap little while their poses are the same, and two people who
embrace share a box but not a pose: so poses are compared, not boxes.

Conventions: keypoints (N, K, 2) px, scores c (N, K), boxes (N, 4). The box around a joint is a tenth of the person's
box, and σ₂ is in squares of such a tenth, so that the size of a person does not matter.

Reference: H.-S. Fang et al., "RMPE: Regional Multi-Person Pose Estimation", ICCV 2017, section 3.4, where d is called a
distance and the sign in the criterion is the other way round, although it grows with similarity.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.settings import check, real

JOINT_BOX = 0.1  # of the person's


@dataclass(frozen=True)
class PoseNms:
    """The four parameters; `recipes.train_alphapose_figures` finds them on figures."""

    eta: float = real(6.0, 0.0, 40.0, label="η, from where a pose goes", step=0.5)
    lam: float = real(0.5, 0.0, 5.0, label="λ, weight of the distances", step=0.1)
    sigma1: float = real(0.4, 0.01, 2.0, label="σ₁, of the confidence", step=0.01)
    sigma2: float = real(1.5, 0.05, 20.0, label="σ₂, of the distance", step=0.05)

    def __post_init__(self) -> None:
        check(self)


def shared_confidence(keypoints: Tensor, scores: Tensor, boxes: Tensor, sigma1: float) -> Tensor:
    """Return K (N, N); row i says what the others share with pose i."""
    half = JOINT_BOX * (boxes[:, 2:] - boxes[:, :2]) / 2  # (N, 2)
    apart = (keypoints[:, None] - keypoints[None]).abs()  # (N, N, K, 2)
    is_near = (apart <= half[:, None, None]).all(-1)
    sure = torch.tanh(scores / sigma1)
    return (sure[:, None] * sure[None] * is_near).sum(-1)


def nearness(keypoints: Tensor, boxes: Tensor, sigma2: float) -> Tensor:
    """Return H (N, N), from 0 to the number of joints."""
    tenth = JOINT_BOX * (boxes[:, 2:] - boxes[:, :2]).amax(1).clamp(min=1e-6)  # (N,)
    apart = (keypoints[:, None] - keypoints[None]) / tenth[:, None, None, None]
    return torch.exp(-apart.square().sum(-1) / sigma2).sum(-1)


def similarity(keypoints: Tensor, scores: Tensor, boxes: Tensor, settings: PoseNms) -> Tensor:
    """Return d (N, N)."""
    shared = shared_confidence(keypoints, scores, boxes, settings.sigma1)
    return shared + settings.lam * nearness(keypoints, boxes, settings.sigma2)


def pose_nms(keypoints: Tensor, scores: Tensor, boxes: Tensor, settings: PoseNms) -> list[int]:
    """Return the numbers of the poses that stay, the surest first."""
    d = similarity(keypoints, scores, boxes, settings)
    left, kept = scores.mean(1).argsort(descending=True, stable=True).tolist(), []
    while left:
        best = left.pop(0)
        kept.append(best)
        left = [other for other in left if d[best, other] < settings.eta]
    return kept
