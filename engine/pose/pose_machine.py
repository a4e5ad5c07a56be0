"""Convolutional Pose Machines: beliefs that look at themselves again and again, and correct what does not fit.

    s₁ = g₁(x)      s_t = g_t(x, s_{t−1}, c),  t = 2 … T      b_t^p = softmax of s_t^p over all places
    loss = − Σ_t Σ_p Σ_z b*^p(z) log b_t^p(z)

x are the features of the picture around one person, s the scores of the places for each joint p, b what is believed:
how likely it is that the joint is there. c is a bump in the middle that says who is meant. Stage 1 sees a joint by what
is near it; a later stage sees, through kernels of 7 × 7 cells, also where the other joints were believed to be. Every
stage is told the truth (intermediate supervision), so that the gradient does not fade on its way to the first.

Conventions: as in `backbone` and `heatmaps`; crops are (B, 3, 96, 96) with the person in the middle, of which 1.25
times the box is seen (`person_crops`). Beliefs are given in units of the highest one of a Gaussian (`heatmaps`), so a
peak of 1 says that the joint is certainly there, to within σ.

Reference: S.-E. Wei, V. Ramakrishna, T. Kanade, Y. Sheikh, "Convolutional Pose Machines", CVPR 2016. Other than there,
the features are shared by all stages, the large kernels are separable, there is no map of "no joint", and the loss is
the cross-entropy of the beliefs instead of their squared error: from nothing, it learns about ten times as fast.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from engine.pose.backbone import CHANNELS, STRIDE_PX, Backbone, Conv
from engine.pose.heatmaps import SIGMA_PX, gaussians
from engine.pose.poses import COCO_17
from engine.pose.single_person import SinglePerson, device_of, joints_of

SIDE_PX = 96
N_STAGES = 3
KERNEL = 7  # cells: 28 px of the crop at once, twice in a stage
STAGE_CHANNELS = 48
CENTRE_SIGMA_PX = 16.0


class WideConv(nn.Sequential):
    """A convolution with a large kernel, cheaply: one kernel for each channel, then 1 × 1 across the channels."""

    def __init__(self, channels: int, kernel: int = KERNEL) -> None:
        super().__init__(
            nn.Conv2d(channels, channels, kernel, padding=kernel // 2, groups=channels),
            Conv(channels, channels, kernel=1),
        )


class PoseMachine(nn.Module):
    """The network: a crop in, the beliefs of every stage out."""

    def __init__(self, n_joints: int = len(COCO_17), n_stages: int = N_STAGES) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.first = nn.Conv2d(CHANNELS, n_joints, 1)
        seen, c = CHANNELS + n_joints + 1, STAGE_CHANNELS
        self.later = nn.ModuleList(
            nn.Sequential(Conv(seen, c, kernel=1), WideConv(c), WideConv(c), nn.Conv2d(c, n_joints, 1))
            for _ in range(n_stages - 1)
        )

    def forward(self, crops: Tensor) -> Tensor:
        """Return the last stage's beliefs (B, K, H / 4, W / 4)."""
        return beliefs(self.scores(crops)[-1])

    def stages(self, crops: Tensor) -> list[Tensor]:
        """Return the beliefs (B, K, H / 4, W / 4) of each stage."""
        return [beliefs(scores) for scores in self.scores(crops)]

    def scores(self, crops: Tensor) -> list[Tensor]:
        """Return the scores (B, K, H / 4, W / 4) of each stage."""
        features = self.backbone(crops)
        scores = [self.first(features)]
        centre = centre_map(*features.shape[2:]).to(features).expand(len(features), -1, -1, -1)
        for stage in self.later:
            scores.append(stage(torch.cat([features, scores[-1], centre], 1)))
        return scores

    def last_layers(self) -> list[nn.Module]:
        """Return the layer of each stage that says the scores."""
        return [self.first, *(stage[-1] for stage in self.later)]


def beliefs(scores: Tensor) -> Tensor:
    """Return b (B, K, rows, columns), in units of a Gaussian's highest."""
    highest = STRIDE_PX**2 / (2 * math.pi * SIGMA_PX**2)  # of a Gaussian whose cells add up to 1
    return scores.flatten(2).softmax(2).view_as(scores) / highest


def centre_map(rows: int, columns: int) -> Tensor:
    """Return c (1, rows, columns): a bump in the middle."""
    middle = torch.tensor([[columns, rows]]) * STRIDE_PX / 2
    return gaussians(middle, rows, columns, CENTRE_SIGMA_PX)


def loss(scores: list[Tensor], joints: Tensor, counts: Tensor) -> dict[str, Tensor]:
    """Return each stage's term of the loss: the cross-entropy, its mean over the joints that count.

    Args:
        scores: of each stage, (B, K, rows, columns).
        joints: (B, K, 2) px of the crop.
        counts: (B, K), 1 for a joint that is in the crop.
    """
    wanted = gaussians(joints, *scores[0].shape[2:]).flatten(2)
    wanted = wanted / wanted.sum(2, keepdim=True).clamp(min=1e-6)
    return {
        f"stage {t}": -((own.flatten(2).log_softmax(2) * wanted).sum(2) * counts).sum() / counts.sum().clamp(min=1)
        for t, own in enumerate(scores, 1)
    }


def estimator(network: PoseMachine) -> SinglePerson:
    """Return the estimator of a Pose Machine: joints at the peaks of the last stage, as sure as these are high."""
    return SinglePerson(lambda crops: joints_of(network(crops)), SIDE_PX, device_of(network))
