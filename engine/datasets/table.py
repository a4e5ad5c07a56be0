"""A table of numbers to learn from, and its split into a training and a validation part.

Conventions: X is (m, n) float64, one row per example (x⁽ⁱ⁾, y⁽ⁱ⁾); y is (m,) float64. Everything is on the CPU.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from engine.errors import InvalidInput, ShapeError, constraint

SMALLEST_TRAINING_SET = 2


@dataclass(frozen=True, eq=False)
class Table:
    """A regression problem as plain numbers.

    Attributes:
        X: (m, n) float64 features.
        y: (m,) float64 target.
        feature_names, feature_units: n texts each; a unit is "" for a plain number.
        target_name, target_unit: the same for y.
        true_function: (c₀, c₁, …) with y = Σ c_k xᵏ before noise, for one feature whose origin is known; else None.
        true_coefficients: (θ₀, …, θ_n) with y = θ₀ + Σ θ_j x_j before noise, where the truth is linear; else None.
        is_outlier: (m,) bool, the rows that were moved on purpose. None stands for none of them.
        note: one sentence on what was done to the data, or "".
    """

    X: Tensor
    y: Tensor
    feature_names: tuple[str, ...]
    target_name: str
    feature_units: tuple[str, ...] = ()
    target_unit: str = ""
    true_function: tuple[float, ...] | None = None
    true_coefficients: tuple[float, ...] | None = None
    is_outlier: Tensor | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if self.X.ndim != 2 or self.X.shape[1] != len(self.feature_names):
            raise ShapeError(constraint("X", f"(m, {len(self.feature_names)})", tuple(self.X.shape)))
        if self.y.shape != self.X.shape[:1]:
            raise ShapeError(constraint("y", f"({self.X.shape[0]},)", tuple(self.y.shape)))
        if not self.feature_units:
            object.__setattr__(self, "feature_units", ("",) * len(self.feature_names))
        if self.is_outlier is None:
            object.__setattr__(self, "is_outlier", torch.zeros(len(self.y), dtype=torch.bool))

    @property
    def n_samples(self) -> int:
        """Number of rows, the course's m."""
        return self.X.shape[0]

    @property
    def n_features(self) -> int:
        """Number of columns of X, the course's n."""
        return self.X.shape[1]

    def rows(self, chosen: Tensor) -> Table:
        """Return the table of the chosen rows, given as (m,) bool or as indices."""
        return replace(self, X=self.X[chosen], y=self.y[chosen], is_outlier=self.is_outlier[chosen])


@dataclass(frozen=True, eq=False)
class Split:
    """The rows to fit on and, where any were set aside, the rows to judge on."""

    train: Table
    validation: Table | None


def split(table: Table, validation_share: float, seed: int) -> Split:
    """Set a share of the rows aside for validation, drawn at random.

    The rows that a smaller share sets aside stay aside under a larger one, so moving the share changes few points.

    Args:
        table: what to split.
        validation_share: from 0 to 0.5; the count is rounded, and at least two rows are left for training.
        seed: same seed, same rows.

    Raises:
        InvalidInput: the share is outside [0, 0.5].
    """
    if not 0 <= validation_share <= 0.5:
        raise InvalidInput(constraint("validation share", "a number from 0 to 0.5", validation_share))
    n_validation = min(round(validation_share * table.n_samples), table.n_samples - SMALLEST_TRAINING_SET)
    if n_validation < 1:
        return Split(table, None)
    in_validation = torch.zeros(table.n_samples, dtype=torch.bool)
    in_validation[uniform(table.n_samples, seed, "split").argsort()[:n_validation]] = True
    return Split(table.rows(~in_validation), table.rows(in_validation))


def stream(seed: int, name: str) -> torch.Generator:
    """Return a generator of its own for one purpose, so that drawing more for one never shifts another."""
    digest = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=4).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest, "big"))


def uniform(count: int, seed: int, name: str) -> Tensor:
    """Return (count,) numbers in [0, 1); a larger count begins with the same numbers."""
    return torch.rand(count, generator=stream(seed, name), dtype=torch.float64)


def normal(count: int, seed: int, name: str) -> Tensor:
    """Return (count,) standard normal numbers by inversion; a larger count begins with the same numbers.

    `torch.randn` draws in blocks whose content depends on the count, so points would jump as a slider adds some.
    """
    return torch.special.ndtri(uniform(count, seed, name).clamp(1e-12, 1 - 1e-12))
