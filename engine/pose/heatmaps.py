"""Heatmaps: for each joint, how likely it is at each place.

    b*_p(z) = exp(−|z − x_p|² / (2 σ²))      the map that a network should give for joint p at the place x_p

Conventions: joints are (…, K, 2) in px of the network's picture, maps (…, K, H / 4, W / 4); σ in px.

Reference: J. Tompson et al., "Joint Training of a Convolutional Network and a Graphical Model for Human Pose
Estimation", NeurIPS 2014.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.pose.backbone import STRIDE_PX

SIGMA_PX = 4.5


def gaussians(joints: Tensor, rows: int, columns: int, sigma_px: float = SIGMA_PX) -> Tensor:
    """Return maps (…, K, rows, columns) with a bump of height 1 at each joint (…, K, 2)."""
    y, x = (STRIDE_PX * (torch.arange(n, device=joints.device) + 0.5) for n in (rows, columns))
    down = torch.exp(-((y - joints[..., 1:2]) ** 2) / (2 * sigma_px**2))  # (…, K, rows)
    across = torch.exp(-((x - joints[..., 0:1]) ** 2) / (2 * sigma_px**2))  # (…, K, columns)
    return down[..., :, None] * across[..., None, :]  # a Gaussian of two variables is the product of two of one
