"""How near what a generator makes is to what it was taught: two sets of features, real and generated.

    Fréchet distance   ‖μ_r − μ_g‖² + tr(Σ_r + Σ_g − 2 (Σ_r Σ_g)^½)      of Gaussians with the sets' means, covariances
    precision          share of generated points within a real point's k-th neighbour radius
    recall             share of real points within a generated point's radius
    density            (1 / k M) Σ over generated points of how many real points' balls they are in
    coverage           share of real points with a generated one in their ball

A real (or generated) point's ball reaches to its k-th nearest neighbour of its own set. Fréchet distance is biased: two
samples of the same distribution are apart, the less so the larger they are; compare at equal sizes.

Conventions: features are (N, d) and (M, d), finite; distances are Euclidean; covariances divide by N − 1; everything is
computed in float64.

Reference: M. Heusel et al., "GANs trained by a two time-scale update rule", NeurIPS 2017; T. Kynkäänniemi et al.,
"Improved precision and recall metric for assessing generative models", NeurIPS 2019; M. Naeem et al., "Reliable
fidelity and diversity metrics for generative models", ICML 2020.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import InvalidInput, ShapeError, constraint

K_NEIGHBOURS = 3  # for precision and recall, as in the paper
K_DENSITY = 5  # for density and coverage, as in theirs
_ROWS = 1000  # distances are computed for so many points at a time


@dataclass(frozen=True)
class Manifolds:
    """Precision, recall and coverage in [0, 1]; density, which may be above 1."""

    precision: float
    recall: float
    density: float
    coverage: float


def frechet_distance(real: Tensor, generated: Tensor) -> float:
    """Return the Fréchet distance of the Gaussians with the sets' means and covariances, not below 0.

    Raises:
        ShapeError: not two matrices with the same number of columns.
        InvalidInput: fewer than 2 rows, or values that are not finite.
    """
    _check(real, generated, 2)
    real, generated = real.double(), generated.double()
    first, second = _covariance(real), _covariance(generated)
    apart = (real.mean(0) - generated.mean(0)).square().sum()
    root = _root(first)
    # tr (Σ_r Σ_g)^½ is the sum of the roots of the eigenvalues, which are those of the symmetric Σ_r^½ Σ_g Σ_r^½.
    cross = torch.linalg.eigvalsh(root @ second @ root).clamp_min(0).sqrt().sum()
    return max(0.0, float(apart + first.trace() + second.trace() - 2 * cross))


def manifolds(real: Tensor, generated: Tensor, k: int = K_NEIGHBOURS, k_density: int = K_DENSITY) -> Manifolds:
    """Return precision and recall with k neighbours, density and coverage with `k_density`. Errors as above, and:

    Raises:
        InvalidInput: a set has no more points than neighbours are asked for.
    """
    _check(real, generated, max(k, k_density) + 1)
    real, generated = real.double(), generated.double()
    radii, wide = _radii(real, k, k_density)
    (own,) = _radii(generated, k)
    n_inside, n_balls = 0, 0
    within = torch.zeros(len(real), dtype=torch.bool)
    nearest = torch.full((len(real),), torch.inf, dtype=torch.float64)
    for part, reach in zip(generated.split(_ROWS), own.split(_ROWS), strict=True):
        apart = torch.cdist(part, real)  # (rows, N)
        n_inside += int((apart <= radii).any(1).sum())
        n_balls += int((apart <= wide).sum())
        within |= (apart <= reach[:, None]).any(0)
        nearest = torch.minimum(nearest, apart.amin(0))
    return Manifolds(
        precision=n_inside / len(generated),
        recall=float(within.double().mean()),
        density=n_balls / (k_density * len(generated)),
        coverage=float((nearest <= wide).double().mean()),
    )


def _radii(points: Tensor, *ks: int) -> list[Tensor]:
    """Return the distance of each point to its k-th nearest other one, (N,), for every k."""
    found: list[list[Tensor]] = [[] for _ in ks]
    for first in range(0, len(points), _ROWS):
        apart = torch.cdist(points[first : first + _ROWS], points)
        rows = torch.arange(len(apart))
        apart[rows, first + rows] = torch.inf  # not its own neighbour
        nearest = apart.topk(max(ks), largest=False).values  # ascending
        for radii, k in zip(found, ks, strict=True):
            radii.append(nearest[:, k - 1])
    return [torch.cat(radii) for radii in found]


def _covariance(values: Tensor) -> Tensor:
    centred = values - values.mean(0)
    return centred.T @ centred / (len(values) - 1)


def _root(matrix: Tensor) -> Tensor:
    """Return the symmetric root of a symmetric matrix without negative eigenvalues."""
    values, vectors = torch.linalg.eigh(matrix)
    return (vectors * values.clamp_min(0).sqrt()) @ vectors.T


def _check(real: Tensor, generated: Tensor, n_least: int) -> None:
    if real.ndim != 2 or generated.ndim != 2 or real.shape[1] != generated.shape[1]:
        got = (tuple(real.shape), tuple(generated.shape))
        raise ShapeError(constraint("real and generated", "of shapes (N, d) and (M, d)", got))
    if min(len(real), len(generated)) < n_least:
        must_be = f"at least {n_least} points each"
        raise InvalidInput(
            constraint("real and generated", must_be, (len(real), len(generated)), "Make more pictures.")
        )
    if not (torch.isfinite(real).all() and torch.isfinite(generated).all()):
        raise InvalidInput(constraint("features", "finite", "NaN or infinity"))
