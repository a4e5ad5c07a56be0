"""BFGS and L-BFGS: descent along −H g, where H learns the inverse Hessian from the steps taken.

    s = θᵏ⁺¹ − θᵏ,   t = ∇J(θᵏ⁺¹) − ∇J(θᵏ),   ρ = 1 / tᵀs
    H ← (I − ρ s tᵀ) H (I − ρ t sᵀ) + ρ s sᵀ

BFGS keeps H, (n, n), from H = I on. L-BFGS keeps the last few pairs (s, t) and applies the same formula to a vector by
two loops, from γI on with γ = tᵀs / tᵀt of the newest pair. The strong Wolfe search makes tᵀs > 0, which keeps H
positive definite. L-BFGS tries a step of 1 first; BFGS, whose H = I knows no scale, the step at which a parabola would
fall as far as J did last.

Conventions: converged means that J fell by less than the tolerance in one step, or that no further fall can be
computed: the gradient is down to its rounding, or the search finds nothing lower.

Reference: J. Nocedal and S. Wright, "Numerical Optimization", 2nd edition, algorithms 6.1, 7.4 and 7.5, equation 3.60.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from engine.linear_model.line_search import Line, Trial, strong_wolfe
from engine.linear_model.optimiser import Objective, Snapshot, begin
from engine.settings import check, integer, real

C2 = 0.9
ROUNDING = 8 * torch.finfo(torch.float64).eps  # a gradient this much smaller than the first one is rounding


@dataclass(frozen=True)
class BFGS:
    """Settings of BFGS."""

    max_steps: int = integer(200, 1, 100_000, label="steps", scale="log")
    tolerance: float = real(1e-6, 0.0, 1.0, label="tolerance", scale="log")

    def __post_init__(self) -> None:
        check(self)

    def minimise(self, objective: Objective, theta0: Tensor) -> Iterator[Snapshot]:
        """Yield the start and then the state after each step."""
        return _descend(objective, theta0, _DenseInverse(objective.n_params), self.max_steps, self.tolerance)


@dataclass(frozen=True)
class LBFGS:
    """Settings of L-BFGS; `history` is how many pairs (s, t) it keeps."""

    history: int = integer(10, 1, 100, label="history")
    max_steps: int = integer(200, 1, 100_000, label="steps", scale="log")
    tolerance: float = real(1e-6, 0.0, 1.0, label="tolerance", scale="log")

    def __post_init__(self) -> None:
        check(self)

    def minimise(self, objective: Objective, theta0: Tensor) -> Iterator[Snapshot]:
        """Yield the start and then the state after each step."""
        return _descend(objective, theta0, _LimitedInverse(self.history), self.max_steps, self.tolerance)


def after_search(last: Snapshot, line: Line, trial: Trial | None, tolerance: float, smallest_norm: float) -> Snapshot:
    """Return the snapshot that follows a line search; without a trial the run has converged where it stood."""
    n_evaluations = last.n_evaluations + line.n_evaluations
    if trial is None:
        return replace(last, step=last.step + 1, n_evaluations=n_evaluations, status="converged")
    norm, fall = trial.gradient.norm().item(), last.cost - trial.value
    stuck = fall <= 0 and norm >= last.gradient_norm
    status = "converged" if norm <= smallest_norm or 0 <= fall < tolerance or stuck else "running"
    if status == "running" and last.step + 1 == last.total_steps:
        status = "exhausted"
    return Snapshot(last.step + 1, last.total_steps, trial.theta, trial.value, norm, n_evaluations, status)


class _InverseHessian(Protocol):
    knows_scale: bool

    def times(self, gradient: Tensor) -> Tensor: ...

    def learn(self, s: Tensor, t: Tensor) -> None: ...


def _descend(
    objective: Objective, theta0: Tensor, inverse: _InverseHessian, max_steps: int, tolerance: float
) -> Iterator[Snapshot]:
    last, gradient = begin(objective, theta0, max_steps)
    yield last
    smallest_norm = ROUNDING * last.gradient_norm
    first_step, fall = 1.0 / max(last.gradient_norm, 1.0), 0.0
    while last.status == "running":
        line = Line(objective, last.theta, last.cost, gradient, -inverse.times(gradient))
        if last.step > 0:
            first_step = 1.0 if inverse.knows_scale else _step_for_fall(fall, line.start.slope)
        trial = strong_wolfe(line, first_step, C2)
        fall = 0.0 if trial is None else last.cost - trial.value
        last = after_search(last, line, trial, tolerance, smallest_norm)
        yield last
        if trial is not None:
            inverse.learn(trial.theta - line.start.theta, trial.gradient - gradient)
            gradient = trial.gradient


def _step_for_fall(fall: float, slope: float) -> float:
    """Return the step at which a parabola with this slope at 0 is lower by `fall`, at most 1."""
    return min(1.0, 1.01 * 2 * fall / -slope) if fall > 0 and slope < 0 else 1.0


class _DenseInverse:
    """H as a matrix."""

    knows_scale = False

    def __init__(self, n_params: int) -> None:
        self._H = torch.eye(n_params, dtype=torch.float64)

    def times(self, gradient: Tensor) -> Tensor:
        return self._H @ gradient

    def learn(self, s: Tensor, t: Tensor) -> None:
        ts = t @ s
        if ts <= 0:  # rounding at the very end; the formula needs a positive curvature
            return
        left = torch.eye(len(s), dtype=s.dtype) - torch.outer(s, t) / ts
        self._H = left @ self._H @ left.T + torch.outer(s, s) / ts


class _LimitedInverse:
    """H as its last pairs."""

    knows_scale = True

    def __init__(self, history: int) -> None:
        self._pairs: deque[tuple[Tensor, Tensor]] = deque(maxlen=history)

    def times(self, gradient: Tensor) -> Tensor:
        q = gradient.clone()
        alphas = []
        for s, t in reversed(self._pairs):
            alpha = (s @ q) / (t @ s)
            q -= alpha * t
            alphas.append(alpha)
        if self._pairs:
            s, t = self._pairs[-1]
            q *= (t @ s) / (t @ t)
        for (s, t), alpha in zip(self._pairs, reversed(alphas), strict=True):
            q += s * (alpha - (t @ q) / (t @ s))
        return q

    def learn(self, s: Tensor, t: Tensor) -> None:
        if t @ s > 0:
            self._pairs.append((s, t))
