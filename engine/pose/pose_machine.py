"""Convolutional Pose Machines: heatmaps that look at themselves again and again, and correct what does not fit.

    b₁ = g₁(x)      b_t = g_t(x, b_{t−1}, c),  t = 2 … T      loss = Σ_t Σ_p |b_t^p − b*^p|²

x are the features of the picture around one person, b the heatmaps of its joints, c a bump in the middle that says who
is meant. Stage 1 sees a joint by what is near it; a later stage sees, through kernels of 7 × 7 cells, also where the
other joints were believed to be. Every stage is told the truth (intermediate supervision), so that the gradient does
not fade on its way to the first.

Conventions: as in `backbone` and `heatmaps`; crops are (B, 3, 128, 128) with the person in the middle, of which 1.25
times the box is seen (`person_crops`).

Reference: S.-E. Wei, V. Ramakrishna, T. Kanade, Y. Sheikh, "Convolutional Pose Machines", CVPR 2016. Other than there,
the features are shared by all stages, the large kernels are separable, and the map of "no joint" is left out.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.pose.backbone import CHANNELS, STRIDE_PX, Backbone, Conv
from engine.pose.heatmaps import gaussians, map_loss
from engine.pose.poses import COCO_17

SIDE_PX = 128
N_STAGES = 3
KERNEL = 7  # cells: 28 px of the crop at once, twice in a stage
STAGE_CHANNELS = 48
CENTRE_SIGMA_PX = 21.0


class WideConv(nn.Sequential):
    """A convolution with a large kernel, cheaply: one kernel for each channel, then 1 × 1 across the channels."""

    def __init__(self, channels: int, kernel: int = KERNEL) -> None:
        super().__init__(
            nn.Conv2d(channels, channels, kernel, padding=kernel // 2, groups=channels),
            Conv(channels, channels, kernel=1),
        )


class PoseMachine(nn.Module):
    """The network: a crop in, the heatmaps of every stage out."""

    def __init__(self, n_joints: int = len(COCO_17), n_stages: int = N_STAGES) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.first = nn.Sequential(Conv(CHANNELS, CHANNELS), nn.Conv2d(CHANNELS, n_joints, 1))
        seen, c = CHANNELS + n_joints + 1, STAGE_CHANNELS
        self.later = nn.ModuleList(
            nn.Sequential(Conv(seen, c, kernel=1), WideConv(c), WideConv(c), nn.Conv2d(c, n_joints, 1))
            for _ in range(n_stages - 1)
        )

    def forward(self, crops: Tensor) -> Tensor:
        """Return the last stage's heatmaps (B, K, H / 4, W / 4)."""
        return self.stages(crops)[-1]

    def stages(self, crops: Tensor) -> list[Tensor]:
        """Return the heatmaps (B, K, H / 4, W / 4) of each stage."""
        return self.stages_of(self.backbone(crops))

    def stages_of(self, features: Tensor) -> list[Tensor]:
        """Return the heatmaps of each stage from features (B, 64, rows, columns)."""
        beliefs = [self.first(features)]
        centre = centre_map(*features.shape[2:]).to(features).expand(len(features), -1, -1, -1)
        for stage in self.later:
            beliefs.append(stage(torch.cat([features, beliefs[-1], centre], 1)))
        return beliefs


def centre_map(rows: int, columns: int) -> Tensor:
    """Return c (1, rows, columns): a bump in the middle."""
    middle = torch.tensor([[columns, rows]]) * STRIDE_PX / 2
    return gaussians(middle, rows, columns, CENTRE_SIGMA_PX)


def loss(beliefs: list[Tensor], joints: Tensor, counts: Tensor) -> dict[str, Tensor]:
    """Return each stage's term of the loss.

    Args:
        beliefs: of each stage, (B, K, rows, columns).
        joints: (B, K, 2) px of the crop.
        counts: (B, K), 1 for a joint that is in the crop.
    """
    wanted = gaussians(joints, *beliefs[0].shape[2:])
    return {f"stage {t}": map_loss(maps, wanted, counts) for t, maps in enumerate(beliefs, 1)}
