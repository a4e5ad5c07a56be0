"""What every descent method here shares: the objective it sees, the snapshots it yields, when it stops.

Convergence is the textbook's test: J falls by less than the tolerance in one step. A rise is never called convergence,
and a tolerance of 0 asks for every step. With momentum J stands still for a moment at the turn of a swing, so five
small changes in succession are asked for.

Divergence is any of: a cost or gradient that is not finite; a cost more than a million times (1 + |J(θ⁰)|) above the
start; a cost that has risen 10/(1 − β) times in succession and stands more than |J(θ⁰)| above the start. The last comes
from momentum β on a quadratic: an eigenvalue's share of J swings while it shrinks like βᵏ, so a rise that does no harm
is over within about π/(1 − β) steps. Without momentum J is convex in the step number, and a rise never turns back.

Conventions: θ is (n,) float64. Snapshots hold detached copies; no θ and no cost in them is ever NaN or infinite.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from engine.errors import InvalidInput, ShapeError, constraint

EXPLOSION = 1e6
RISES = 10
PATIENCE_WITH_MOMENTUM = 5


class Objective(Protocol):
    """A smooth function of θ, (n_params,), made of n_samples terms (1 where it is not a sum over data)."""

    @property
    def n_params(self) -> int: ...

    @property
    def n_samples(self) -> int: ...

    def value(self, theta: Tensor) -> float: ...

    def value_and_gradient(self, theta: Tensor) -> tuple[float, Tensor]: ...

    def minibatch(self, indices: Tensor) -> Objective: ...


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The state after one step.

    Attributes:
        step: 0 for the start.
        total_steps: the most steps there can be.
        theta: (n,) parameters.
        cost: J(θ) on all the data, also for mini-batches.
        gradient_norm: ‖∇J(θ)‖, likewise on all the data.
        n_evaluations: evaluations of J or its gradient so far, each on all the data or on one mini-batch.
        status: "running", and for the last one "converged", "diverged" or "exhausted" (out of steps).
    """

    step: int
    total_steps: int
    theta: Tensor
    cost: float
    gradient_norm: float
    n_evaluations: int
    status: str = "running"


class Optimiser(Protocol):
    """Settings of a descent method, which can minimise."""

    def minimise(self, objective: Objective, theta0: Tensor) -> Iterator[Snapshot]:
        """Yield the start and then the state after each step, until one is not "running"."""
        ...


class StoppingRule:
    """Judges a gradient descent by its costs."""

    def __init__(self, start: float, tolerance: float, momentum: float = 0.0) -> None:
        self._tolerance = tolerance
        self._window = PATIENCE_WITH_MOMENTUM if momentum > 0 else 1
        self._most_rises = round(RISES / (1 - momentum))
        self._start, self._previous = start, start
        self._small_changes, self._rises = 0, 0

    def explodes(self, cost: float) -> bool:
        """Return whether one cost alone shows divergence."""
        return not cost - self._start <= EXPLOSION * (1 + abs(self._start))  # also true for NaN

    def judge(self, cost: float) -> str:
        """Return "running", "converged" or "diverged" for the cost after another step (or epoch)."""
        fall = self._previous - cost
        self._previous = cost
        self._rises = self._rises + 1 if fall < 0 else 0
        self._small_changes = self._small_changes + 1 if abs(fall) < self._tolerance else 0
        if self._rises >= self._most_rises and cost - self._start > abs(self._start):
            return "diverged"
        return "converged" if fall >= 0 and self._small_changes >= self._window else "running"


def begin(objective: Objective, theta0: Tensor, total_steps: int) -> tuple[Snapshot, Tensor]:
    """Return the snapshot of the start and the gradient there.

    Raises:
        ShapeError: θ does not have the objective's length.
        InvalidInput: the cost or its gradient at the start is not finite.
    """
    if theta0.shape != (objective.n_params,):
        raise ShapeError(constraint("start θ", f"({objective.n_params},)", tuple(theta0.shape)))
    theta = theta0.detach().clone()
    cost, gradient = objective.value_and_gradient(theta)
    norm = gradient.norm().item()
    if not (math.isfinite(cost) and math.isfinite(norm)):
        raise InvalidInput("The cost at the start is too large to compute. Start nearer to 0, or scale the features.")
    return Snapshot(0, total_steps, theta, cost, norm, 1), gradient
