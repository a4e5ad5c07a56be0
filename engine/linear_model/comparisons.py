"""Runs made to be seen side by side: both kinds of update, the three scalings, both closed forms.

Conventions: paths are (F, n+1) with the start first; θ of each scaling is on that scaling's own columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from engine.datasets.table import Table
from engine.linear_model.closed_form import ClosedForms, compare_closed_forms
from engine.linear_model.cost import design_matrix
from engine.linear_model.experiment import Experiment, prepare
from engine.linear_model.features import SCALINGS, polynomial_features
from engine.linear_model.gradient_descent import GradientDescent
from engine.linear_model.optimiser import Snapshot
from engine.linear_model.trace import Picture, cost_of, picture
from engine.linear_model.update import one_update

NEAR = 0.001  # arrived when J is at most this share above its lowest
MOST_STEPS = 2000


@dataclass(frozen=True, eq=False)
class UpdatePaths:
    """Repeated updates from one start.

    Attributes:
        together, one_by_one: (F, n+1) θ after each simultaneous update, and after each θ_j of the wrong one
            (so n+1 rows an update).
        together_cost, one_by_one_cost: J there.
    """

    together: Tensor
    one_by_one: Tensor
    together_cost: Tensor
    one_by_one_cost: Tensor


def update_paths(shown: Picture, theta: Tensor, learning_rate: float, n_updates: int) -> UpdatePaths:
    """Repeat both kinds of update; a path that explodes ends early."""
    A, y, l2 = shown.problem.objective.A, shown.problem.objective.y, shown.problem.objective.l2
    together, apart = [theta], [theta]
    for _ in range(n_updates):
        together.append(one_update(A, y, together[-1], learning_rate, l2).new_theta)
        apart += [step.theta for step in one_update(A, y, apart[-1], learning_rate, l2).one_by_one]
        if max(together[-1].abs().max(), apart[-1].abs().max()) > 1e12:
            break
    both = torch.stack(together), torch.stack(apart)
    return UpdatePaths(*both, cost_of(shown, both[0]), cost_of(shown, both[1]))


@dataclass(frozen=True, eq=False)
class ScaledRun:
    """Gradient descent on one scaling of the columns, with its own best safe learning rate.

    Attributes:
        kind: "none", "range" or "std".
        shown: the problem on these columns.
        learning_rate: α = 1/λ_max, the largest with which no direction of J swings; kept within 10⁻¹² and 10.
        condition: λ_max / λ_min of ∇²J.
        snapshots: the run, from the start.
        steps: the first step with J within a thousandth of its lowest, or None where 2,000 steps are too few.
    """

    kind: str
    shown: Picture
    learning_rate: float
    condition: float
    snapshots: list[Snapshot]
    steps: int | None


def compare_scalings(experiment: Experiment, table: Table) -> list[ScaledRun]:
    """Run gradient descent from θ = 0 on each scaling of the same table."""
    return [_scaled_run(kind, replace(experiment, scaling=kind, theta0=0.0, theta1=0.0), table) for kind in SCALINGS]


def _scaled_run(kind: str, experiment: Experiment, table: Table) -> ScaledRun:
    shown = picture(prepare(experiment, table))
    curvatures = torch.linalg.eigvalsh(shown.problem.objective.hessian())
    alpha = min(max(1 / max(shown.largest_curvature, 1e-300), 1e-12), 10.0)
    descent = GradientDescent(learning_rate=alpha, max_steps=MOST_STEPS, tolerance=0.0)
    target = shown.lowest + NEAR * max(shown.lowest, NEAR * shown.train.variance)
    snapshots, steps = [], None
    for snapshot in descent.minimise(shown.problem.objective, shown.problem.start):
        snapshots.append(snapshot)
        if snapshot.cost <= target:
            steps = snapshot.step
            break
    smallest = max(curvatures[0].item(), 0.0)
    condition = curvatures[-1].item() / smallest if smallest > 0 else float("inf")
    return ScaledRun(kind, shown, alpha, condition, snapshots, steps)


def integer_powers(degree: int) -> Table:
    """Return y = 1 + x + x² + … + xᵈ at x = 0, 1, …, 20: exact in float64, and every true coefficient is 1."""
    x = torch.arange(21, dtype=torch.float64)
    y = sum((x**k for k in range(1, degree + 1)), torch.ones_like(x))
    return Table(x[:, None], y, ("x",), "y", true_function=(1.0,) * (degree + 1))


def digits_by_degree(degrees: Sequence[int]) -> list[tuple[int, ClosedForms]]:
    """Solve `integer_powers` both ways for each degree, with digits counted against the true coefficients."""
    found = []
    for degree in degrees:
        table = integer_powers(degree)
        A = design_matrix(polynomial_features(table.X, degree))
        found.append((degree, compare_closed_forms(A, table.y, truth=torch.ones(degree + 1, dtype=torch.float64))))
    return found
