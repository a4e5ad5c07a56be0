"""Nonlinear conjugate gradient.

    d⁰ = −g⁰,   d^k = −g^k + β_k d^{k−1},   β_k = max(0, g^kᵀ(g^k − g^{k−1}) / ‖g^{k−1}‖²)    (Polak–Ribière+)

with g = ∇J, and a strong Wolfe search along each d. On a quadratic of n parameters with exact searches it ends after n
steps. The search begins where the straight line through the slopes φ'(0) and φ'(s), s a trial, reaches zero: the exact
minimiser when J is quadratic. It starts anew from −g when β_k is 0 or d does not go down; a fixed restart after n steps
would spoil what rounding leaves to do on an ill-conditioned J.

Conventions: converged means that J fell by less than the tolerance in one step, or that no further fall can be
computed.

Reference: J. Nocedal and S. Wright, "Numerical Optimization", 2nd edition, section 5.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from engine.linear_model.line_search import Line, Trial, strong_wolfe
from engine.linear_model.optimiser import Objective, Snapshot, begin
from engine.linear_model.quasi_newton import ROUNDING, after_search
from engine.settings import check, integer, real

C2 = 0.1


@dataclass(frozen=True)
class ConjugateGradient:
    """Settings of conjugate gradient."""

    max_steps: int = integer(200, 1, 100_000, label="steps", scale="log")
    tolerance: float = real(1e-6, 0.0, 1.0, label="tolerance", scale="log")

    def __post_init__(self) -> None:
        check(self)

    def minimise(self, objective: Objective, theta0: Tensor) -> Iterator[Snapshot]:
        """Yield the start and then the state after each step."""
        last, gradient = begin(objective, theta0, self.max_steps)
        yield last
        smallest_norm = ROUNDING * last.gradient_norm
        direction, guess = -gradient, 1.0 / max(last.gradient_norm, 1.0)
        while last.status == "running":
            line = Line(objective, last.theta, last.cost, gradient, direction)
            trial = _search(line, guess)
            last = after_search(last, line, trial, self.tolerance, smallest_norm)
            yield last
            if trial is None:
                return
            guess = trial.step
            direction = _next_direction(direction, gradient, trial.gradient)
            gradient = trial.gradient


def _search(line: Line, guess: float) -> Trial | None:
    """Search from the zero of the straight line through the slopes at 0 and at `guess`."""
    probe = line.at(guess)
    rise = probe.slope - line.start.slope
    first = -line.start.slope / rise * guess if probe.is_finite and rise > 0 else guess
    return strong_wolfe(line, first, C2)


def _next_direction(direction: Tensor, old: Tensor, new: Tensor) -> Tensor:
    beta = max(0.0, (new @ (new - old) / (old @ old)).item())
    candidate = -new + beta * direction
    return candidate if (candidate @ new).item() < 0 else -new
