"""Keeping the photograph's colours: before a transfer, or after it.

    before: y' = M (y − μ_y) + μ_x,   M = Σ_x^½ Σ_y^−½      the style picture with the photograph's mean and covariance
    after:  z = x + (L(f) − L(x)) · (1, 1, 1),   L = 0.299 R + 0.587 G + 0.114 B      only the lightness of the result f

Adding the same to red, green and blue changes the lightness and leaves R − L and B − L, the colour, as they are.

Conventions: pictures are float (3, H, W), RGB, in [0, 1]; what leaves that range is cut.

Reference: L. A. Gatys, M. Bethge, A. Hertzmann, E. Shechtman, "Preserving color in neural artistic style transfer",
2016.
"""

from __future__ import annotations

import torch
from torch import Tensor

STYLE, MATCHED, LIGHTNESS = "style", "matched", "lightness"
COLOURS = {STYLE: "of the style", MATCHED: "matched before", LIGHTNESS: "lightness only"}
LUMA = (0.299, 0.587, 0.114)
FLOOR = 1e-6  # of a variance, so that a grey picture can be matched


def match_colours(picture: Tensor, target: Tensor) -> Tensor:
    """Return a picture (3, H, W) whose colours have the mean and covariance of `target` (3, H', W')."""
    mean, covariance = colour_moments(picture)
    wanted_mean, wanted = colour_moments(target)
    matrix = _power(wanted, 0.5) @ _power(covariance, -0.5)
    moved = matrix @ (picture.flatten(1).double() - mean) + wanted_mean
    return moved.clamp(0, 1).to(picture.dtype).view_as(picture)


def keep_colours(result: Tensor, picture: Tensor) -> Tensor:
    """Return the picture (3, H, W) with the lightness of the result (3, H, W)."""
    return (picture + lightness(result) - lightness(picture)).clamp(0, 1)


def lightness(picture: Tensor) -> Tensor:
    """Return L (1, H, W)."""
    return (picture * picture.new_tensor(LUMA)[:, None, None]).sum(0, keepdim=True)


def colour_moments(picture: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean (3, 1) and covariance (3, 3) of a picture's colours, float64."""
    flat = picture.flatten(1).double()
    mean = flat.mean(1, keepdim=True)
    return mean, (flat - mean) @ (flat - mean).T / flat.shape[1]


def _power(covariance: Tensor, exponent: float) -> Tensor:
    values, vectors = torch.linalg.eigh(covariance)
    return vectors @ torch.diag(values.clamp(min=FLOOR) ** exponent) @ vectors.T
