"""A run as arrays: what a picture of it needs, for every recorded step.

With R from the QR of [A y], ‖A θ − y‖ = ‖R (θ, −1)‖: the errors at every step of a run cost the same for thirty rows as
for a million.

Conventions: F steps are recorded; θ is on the scaled features, `original` on the features before scaling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import InvalidInput
from engine.linear_model.closed_form import least_squares
from engine.linear_model.cost import design_matrix
from engine.linear_model.experiment import Problem
from engine.linear_model.features import Scaler, polynomial_features
from engine.linear_model.optimiser import Snapshot


@dataclass(frozen=True, eq=False)
class Trace:
    """The recorded steps of one run.

    Attributes:
        step: (F,) step numbers.
        theta, original: (F, n+1).
        cost, gradient_norm, n_evaluations: (F,).
        rmse_train, r2_train: (F,) on the rows that were fitted.
        rmse_validation, r2_validation: (F,), NaN where no rows were set aside.
        status: of the newest step: "running", "converged", "diverged" or "exhausted".
    """

    step: Tensor
    theta: Tensor
    original: Tensor
    cost: Tensor
    gradient_norm: Tensor
    n_evaluations: Tensor
    rmse_train: Tensor
    r2_train: Tensor
    rmse_validation: Tensor
    r2_validation: Tensor
    status: str

    def columns(self) -> dict[str, list[float]]:
        """Return the trace as named columns, for a table: one row per recorded step."""
        names = ("cost", "gradient_norm", "n_evaluations", "rmse_train", "r2_train", "rmse_validation", "r2_validation")
        thetas = {f"theta_{j}": self.theta[:, j].tolist() for j in range(self.theta.shape[1])}
        return {"step": self.step.long().tolist(), **{name: getattr(self, name).tolist() for name in names}, **thetas}


class SquaredErrors:
    """The mean squared error of fixed rows as a function of θ, from a small triangle.

    Args:
        A: (m, n+1) design matrix.
        y: (m,) target.
    """

    def __init__(self, A: Tensor, y: Tensor) -> None:
        self._R = torch.linalg.qr(torch.cat([A, y[:, None]], 1), mode="r").R
        self._m = len(y)
        self.variance = y.var(correction=0).item()

    def __call__(self, theta: Tensor) -> Tensor:
        """Return the mean of (A θ − y)² for each row of θ, (F, n+1) → (F,)."""
        with_target = torch.cat([theta, -torch.ones(len(theta), 1, dtype=theta.dtype)], 1)
        return (with_target @ self._R.T).square().sum(1) / self._m


@dataclass(frozen=True, eq=False)
class Picture:
    """What the pictures of a problem need and no run changes.

    Attributes:
        problem: what is fitted.
        optimum: (n+1,) θ at the lowest J.
        lowest: J there.
        largest_curvature: λ_max of ∇²J; plain gradient descent diverges from α = 2/λ_max on.
        train, validation: squared errors of the two parts; None without validation rows.
    """

    problem: Problem
    optimum: Tensor
    lowest: float
    largest_curvature: float
    train: SquaredErrors
    validation: SquaredErrors | None


def picture(problem: Problem) -> Picture:
    """Work out a problem's `Picture`."""
    o = problem.objective
    solution = least_squares(o.A, o.y, o.l2)
    held = problem.validation
    return Picture(
        problem,
        solution,
        o.value(solution),
        torch.linalg.eigvalsh(o.hessian())[-1].item(),
        SquaredErrors(o.A, o.y),
        SquaredErrors(features_of(problem, held.X), held.y) if held else None,
    )


def features_of(problem: Problem, X: Tensor) -> Tensor:
    """Return the design matrix (m, n+1) of raw rows X, (m, n_raw), as the problem's θ sees them."""
    return design_matrix(problem.scaler.transform(polynomial_features(X, problem.degree)))


def trace(shown: Picture, snapshots: Sequence[Snapshot], first_step: int = 0) -> Trace:
    """Turn snapshots into arrays; a run that branched off counts its steps from `first_step`.

    Raises:
        InvalidInput: there are no snapshots.
    """
    if not snapshots:
        raise InvalidInput("A trace needs at least one snapshot. Wait for the first step.")
    theta = torch.stack([s.theta for s in snapshots])
    train = shown.train(theta)
    missing = torch.full_like(train, float("nan"))
    held = shown.validation(theta) if shown.validation else missing
    return Trace(
        step=torch.tensor([s.step + first_step for s in snapshots]),
        theta=theta,
        original=_unscaled(theta, shown.problem.scaler),
        cost=torch.tensor([s.cost for s in snapshots], dtype=torch.float64),
        gradient_norm=torch.tensor([s.gradient_norm for s in snapshots], dtype=torch.float64),
        n_evaluations=torch.tensor([s.n_evaluations for s in snapshots]),
        rmse_train=train.sqrt(),
        r2_train=_r2(train, shown.train.variance),
        rmse_validation=held.sqrt(),
        r2_validation=_r2(held, shown.validation.variance) if shown.validation else missing,
        status=snapshots[-1].status,
    )


def _unscaled(theta: Tensor, scaler: Scaler) -> Tensor:
    """Return `unscale_theta` of every row, (F, n+1)."""
    slopes = theta[:, 1:] / scaler.scale
    return torch.cat([theta[:, :1] - (slopes @ scaler.mean)[:, None], slopes], 1)


def cost_of(shown: Picture, theta: Tensor) -> Tensor:
    """Return J for each row of θ, (F, n+1) → (F,)."""
    o = shown.problem.objective
    return (shown.train(theta) + theta.square() @ o.penalty / o.n_samples) / 2


def at_optimum(shown: Picture, theta: Tensor, moving: Sequence[int]) -> Tensor:
    """Return θ with every parameter but the `moving` ones put to its optimum, (F, n+1) → (F, n+1)."""
    out = shown.optimum.repeat(len(theta), 1)
    out[:, list(moving)] = theta[:, list(moving)]
    return out


def _r2(mean_square: Tensor, variance: float) -> Tensor:
    return 1 - mean_square / variance if variance > 0 else torch.full_like(mean_square, float("nan"))
