"""Polynomial features, and the scaling of columns.

    x_j := (x_j − μ_j) / s_j,   s_j = max x_j − min x_j ("range", mean normalisation) or the standard deviation ("std")

Conventions: X is (m, n) float64 without the column of ones; θ is (n+1,) with θ₀ first. The standard deviation is the
population's (divided by m): then every column of the cost's Hessian has the diagonal entry 1, and scikit-learn's
StandardScaler gives the same numbers. A constant column keeps s_j = 1.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import torch
from torch import Tensor

from engine.errors import InvalidInput, ResourceLimit, ShapeError, constraint

MAX_COLUMNS = 500
MAX_ELEMENTS = 50_000_000  # 400 MB
SCALINGS = {"none": "none", "range": "mean normalisation (range)", "std": "standard deviation"}
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def n_polynomial_features(n_features: int, degree: int) -> int:
    """Return how many monomials of degree 1 to `degree` there are: C(n + d, d) − 1."""
    return math.comb(n_features + degree, degree) - 1


def polynomial_features(X: Tensor, degree: int) -> Tensor:
    """Return every monomial of degree 1 to `degree`, (m, n_out), in scikit-learn's order and without the constant.

    Args:
        X: (m, n).
        degree: at least 1.

    Raises:
        ShapeError: X is not (m, n).
        ResourceLimit: more than 500 columns, or more than 400 MB of them.
        InvalidInput: a power is too large for a float64.
    """
    if X.ndim != 2:
        raise ShapeError(constraint("X", "(m, n)", tuple(X.shape)))
    if degree < 1:
        raise InvalidInput(constraint("degree", "at least 1", degree))
    n_out = n_polynomial_features(X.shape[1], degree)
    if n_out > MAX_COLUMNS or n_out * X.shape[0] > MAX_ELEMENTS:
        limit = f"at most {MAX_COLUMNS} ({MAX_ELEMENTS:,} numbers in all)"
        raise ResourceLimit(constraint("number of polynomial features", limit, n_out, "Lower the degree."))
    columns: dict[tuple[int, ...], Tensor] = {(): torch.ones(X.shape[0], dtype=X.dtype)}
    for monomial in _monomials(X.shape[1], degree):
        columns[monomial] = columns[monomial[:-1]] * X[:, monomial[-1]]
    del columns[()]
    out = torch.stack(list(columns.values()), 1)
    if not out.isfinite().all():
        raise InvalidInput(f"The features to the power {degree} are too large to compute. Lower the degree.")
    return out


def polynomial_names(names: Sequence[str], degree: int) -> tuple[str, ...]:
    """Return the monomials' names in the order of `polynomial_features`: "x", "x²", "size·rooms"."""
    return tuple(_name(monomial, names) for monomial in _monomials(len(names), degree))


def _monomials(n_features: int, degree: int) -> Iterator[tuple[int, ...]]:
    for d in range(1, degree + 1):
        yield from combinations_with_replacement(range(n_features), d)


def _name(monomial: tuple[int, ...], names: Sequence[str]) -> str:
    powers = Counter(monomial)
    return "·".join(names[j] + (str(p).translate(_SUPERSCRIPT) if p > 1 else "") for j, p in powers.items())


@dataclass(frozen=True, eq=False)
class Scaler:
    """The μ_j and s_j of each column.

    Attributes:
        kind: "none", "range" or "std".
        mean: (n,) μ; zeros for "none".
        scale: (n,) s; ones for "none".
    """

    kind: str
    mean: Tensor
    scale: Tensor

    @classmethod
    def fit(cls, kind: str, X: Tensor) -> Scaler:
        """Measure the columns of X, (m, n).

        Raises:
            InvalidInput: an unknown kind.
        """
        if kind not in SCALINGS:
            raise InvalidInput(constraint("feature scaling", f"one of {', '.join(SCALINGS)}", kind))
        if kind == "none":
            return cls(kind, torch.zeros_like(X[0]), torch.ones_like(X[0]))
        spread = X.amax(0) - X.amin(0)
        scale = spread if kind == "range" else X.std(0, correction=0)
        return cls(kind, X.mean(0), torch.where(spread > 0, scale, 1.0))

    def transform(self, X: Tensor) -> Tensor:
        """Return the scaled columns, (m, n)."""
        return X if self.kind == "none" else (X - self.mean) / self.scale

    def inverse(self, X: Tensor) -> Tensor:
        """Return the original columns of scaled ones, (m, n)."""
        return X if self.kind == "none" else X * self.scale + self.mean


def unscale_theta(theta: Tensor, scaler: Scaler) -> Tensor:
    """Return the coefficients on the original columns of θ, (n+1,), that was fitted on scaled ones."""
    slopes = theta[1:] / scaler.scale
    return torch.cat([(theta[0] - slopes @ scaler.mean)[None], slopes])


def scale_theta(theta: Tensor, scaler: Scaler) -> Tensor:
    """Return the coefficients on scaled columns of θ, (n+1,), on the original ones: the inverse of `unscale_theta`."""
    return torch.cat([(theta[0] + theta[1:] @ scaler.mean)[None], theta[1:] * scaler.scale])
