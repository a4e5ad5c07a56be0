"""How good a regression is: R², RMSE, MAE, and the shape of its residuals.

    R² = 1 − Σ(y − ŷ)² / Σ(y − ȳ)²,   RMSE = √(1/m Σ(y − ŷ)²),   MAE = 1/m Σ|y − ŷ|

Conventions: y and ŷ are (m,); residuals are y − ŷ. R² of a constant y is 1 for a perfect prediction and 0 otherwise.

Reference: J. Filliben, "The Probability Plot Correlation Coefficient Test for Normality", Technometrics 17 (1975).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import ShapeError, constraint


def r2(y: Tensor, prediction: Tensor) -> float:
    """Return the share of the variance of y that is explained; at most 1, negative where the mean is better."""
    _check(y, prediction)
    unexplained = (y - prediction).square().sum().item()
    total = (y - y.mean()).square().sum().item()
    if total == 0:
        return 1.0 if unexplained == 0 else 0.0
    return 1 - unexplained / total


def rmse(y: Tensor, prediction: Tensor) -> float:
    """Return the root of the mean squared error, in the unit of y."""
    _check(y, prediction)
    return (y - prediction).square().mean().sqrt().item()


def mae(y: Tensor, prediction: Tensor) -> float:
    """Return the mean absolute error, in the unit of y."""
    _check(y, prediction)
    return (y - prediction).abs().mean().item()


@dataclass(frozen=True)
class ResidualStatistics:
    """Figures of the residuals: mean, population standard deviation, quartiles, extremes, skewness, excess kurtosis.

    The last two are moments of the standardised residuals (the fourth less 3): 0 for a normal distribution, and 0 here
    where all residuals are equal.
    """

    mean: float
    std: float
    smallest: float
    lower_quartile: float
    median: float
    upper_quartile: float
    largest: float
    skewness: float
    excess_kurtosis: float


def residual_statistics(residuals: Tensor) -> ResidualStatistics:
    """Return the figures of residuals, (m,); quantiles are interpolated linearly."""
    _check(residuals, residuals)
    std = residuals.std(correction=0)
    z = (residuals - residuals.mean()) / std if std > 0 else torch.zeros_like(residuals)
    ordered = residuals.sort().values
    quartiles = [_quantile(ordered, q) for q in (0, 0.25, 0.5, 0.75, 1)]
    skewness, kurtosis = (z**3).mean().item(), (z**4).mean().item() - 3 if std > 0 else 0.0
    return ResidualStatistics(residuals.mean().item(), std.item(), *quartiles, skewness, kurtosis)


@dataclass(frozen=True, eq=False)
class QQPoints:
    """Ordered residuals against the normal distribution.

    Attributes:
        theoretical: (m,) quantiles of N(0, 1).
        ordered: (m,) residuals in ascending order.
        slope, intercept: the least-squares line of `ordered` on `theoretical`; normal residuals lie along it.
        correlation: of the two, 1 for a perfect line.
    """

    theoretical: Tensor
    ordered: Tensor
    slope: float
    intercept: float
    correlation: float


def qq_points(residuals: Tensor) -> QQPoints:
    """Return the points of a normal Q-Q plot of residuals, (m,).

    The plotting positions are Filliben's: p_m = 0.5^(1/m), p_1 = 1 − p_m, and (i − 0.3175)/(m + 0.365) between.

    Raises:
        ShapeError: fewer than two residuals.
    """
    m = len(residuals)
    if residuals.ndim != 1 or m < 2:
        raise ShapeError(constraint("residuals", "(m,) with at least 2 of them", tuple(residuals.shape)))
    positions = (torch.arange(1, m + 1, dtype=torch.float64) - 0.3175) / (m + 0.365)
    positions[-1] = 0.5 ** (1 / m)
    positions[0] = 1 - positions[-1]
    x, ordered = torch.special.ndtri(positions), residuals.sort().values
    dx, dy = x - x.mean(), ordered - ordered.mean()
    slope = (dx @ dy / (dx @ dx)).item()
    intercept = (ordered.mean() - slope * x.mean()).item()
    spread = (dx @ dx * (dy @ dy)).sqrt()
    correlation = (dx @ dy / spread).item() if spread > 0 else 0.0
    return QQPoints(x, ordered, slope, intercept, correlation)


def _check(y: Tensor, prediction: Tensor) -> None:
    if y.ndim != 1 or len(y) == 0 or y.shape != prediction.shape:
        got = (tuple(y.shape), tuple(prediction.shape))
        raise ShapeError(constraint("y and its prediction", "(m,) both, with at least one row", got))


def _quantile(ordered: Tensor, q: float) -> float:
    # torch.quantile refuses more than 16 million numbers
    place = q * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return torch.lerp(ordered[low], ordered[high], place - low).item()
