"""How much of a distribution of several parts a generator makes, and how much of what it makes belongs there.

    good       a sample within 3 σ of the nearest centre
    good share good samples / all samples
    covered    a part that holds at least a quarter of its fair share: good samples of it ≥ n / (4 k)

Of real samples 98.9 % are good in two dimensions (1 − e^(−9/2)).

Conventions: n samples (n, 2), K centres (K, 2), k parts.

Reference: A. Srivastava et al., "VEEGAN: Reducing Mode Collapse in GANs using Implicit Variational Learning", NeurIPS
2017 (modes captured, share of high-quality samples within 3 σ).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import ShapeError, constraint

GOOD_SIGMAS = 3.0
LEAST_SHARE = 0.25  # of a part's fair share


@dataclass(frozen=True)
class Coverage:
    """How a sample covers a distribution.

    Attributes:
        covered: parts that are covered.
        n_parts: parts there are.
        good_share: from 0 to 1.
    """

    covered: int
    n_parts: int
    good_share: float


def mode_coverage(samples: Tensor, centres: Tensor, sigma: float, parts: Tensor, n_parts: int) -> Coverage:
    """Return how samples (n, 2) cover Gaussians of spread σ around centres (K, 2), each of a part (K,).

    Raises:
        ShapeError: there are no samples, or these or the centres are not (…, 2).
    """
    if samples.ndim != 2 or samples.shape[1] != 2 or not len(samples):
        raise ShapeError(constraint("samples", "(n, 2) with at least one", tuple(samples.shape)))
    if centres.ndim != 2 or centres.shape[1] != 2 or len(parts) != len(centres):
        raise ShapeError(constraint("centres", "(K, 2) with a part each", tuple(centres.shape)))
    nearest, which = torch.cdist(samples, centres).min(1)
    good = nearest <= GOOD_SIGMAS * sigma
    held = torch.bincount(parts[which[good]], minlength=n_parts)
    covered = int((held >= LEAST_SHARE * len(samples) / n_parts).sum())
    return Coverage(covered, n_parts, good.float().mean().item())
