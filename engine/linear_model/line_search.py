"""A line search for the strong Wolfe conditions.

Along d from θ, with φ(s) = J(θ + s d) and φ'(0) < 0, find s with

    φ(s) ≤ φ(0) + c₁ s φ'(0)    (a sufficient fall)        |φ'(s)| ≤ c₂ |φ'(0)|    (a flat enough end)

Conventions: s > 0. A point where φ is not finite counts as too high. The sufficient fall is judged with a slack of a
few units in the last place of φ(0), for near a minimum the slope still tells what the rounded value no longer can.

Reference: J. Nocedal and S. Wright, "Numerical Optimization", 2nd edition, algorithms 3.5 (bracketing) and 3.6 (zoom),
and equation 3.59 for the cubic.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.linear_model.optimiser import Objective

C1 = 1e-4
GROWTH = 4.0  # factor from one bracketing trial to the next
EDGE = 0.1  # share of the bracket at either end where an interpolated trial is not believed
SLACK = 4 * torch.finfo(torch.float64).eps


@dataclass(frozen=True, eq=False)
class Trial:
    """One point of the line: step s, φ(s), φ'(s), and θ and ∇J there."""

    step: float
    value: float
    slope: float
    theta: Tensor
    gradient: Tensor

    @property
    def is_finite(self) -> bool:
        """Whether the cost and its slope could be computed."""
        return math.isfinite(self.value) and math.isfinite(self.slope)


class Line:
    """φ(s) = J(θ + s d), counting its evaluations."""

    def __init__(self, objective: Objective, theta: Tensor, value: float, gradient: Tensor, direction: Tensor) -> None:
        self._objective, self._direction = objective, direction
        self.start = Trial(0.0, value, (gradient @ direction).item(), theta, gradient)
        self.n_evaluations = 0

    def at(self, step: float) -> Trial:
        """Evaluate φ and φ' at a step."""
        theta = self.start.theta + step * self._direction
        value, gradient = self._objective.value_and_gradient(theta)
        self.n_evaluations += 1
        return Trial(step, value, (gradient @ self._direction).item(), theta, gradient)


def strong_wolfe(line: Line, first_step: float, c2: float, max_evaluations: int = 25) -> Trial | None:
    """Return a point that meets the strong Wolfe conditions, or None where none is found.

    Args:
        line: φ; None is returned at once where it does not go down at its start.
        first_step: the first s to try.
        c2: between C1 and 1; smaller asks for a flatter end.
        max_evaluations: give up after so many.
    """
    if line.start.slope >= 0:
        return None
    low_enough = _sufficient_fall(line.start)
    flat_enough = _flat_end(line.start, c2)
    previous, trial = line.start, line.at(first_step)
    while line.n_evaluations < max_evaluations:
        if not low_enough(trial) or (trial.value >= previous.value and previous.step > 0):
            return _zoom(line, previous, trial, low_enough, flat_enough, max_evaluations)
        if flat_enough(trial):
            return trial
        if trial.slope >= 0:
            return _zoom(line, trial, previous, low_enough, flat_enough, max_evaluations)
        previous, trial = trial, line.at(GROWTH * trial.step)
    return None


def _zoom(
    line: Line,
    low: Trial,
    high: Trial,
    low_enough: Callable[[Trial], bool],
    flat_enough: Callable[[Trial], bool],
    max_evaluations: int,
) -> Trial | None:
    """Narrow a bracket whose `low` end is the lowest so far and slopes down towards `high`."""
    while line.n_evaluations < max_evaluations:
        step = _interpolated(low, high)
        if step in (low.step, high.step):
            return None  # the bracket is as narrow as numbers go
        trial = line.at(step)
        if not low_enough(trial) or trial.value > low.value + SLACK * abs(low.value):
            high = trial
            continue
        if flat_enough(trial):
            return trial
        if trial.slope * (high.step - low.step) >= 0:
            high = low
        low = trial
    return None


def _sufficient_fall(start: Trial) -> Callable[[Trial], bool]:
    slack = SLACK * abs(start.value)
    return lambda t: t.is_finite and t.value <= start.value + C1 * t.step * start.slope + slack


def _flat_end(start: Trial, c2: float) -> Callable[[Trial], bool]:
    return lambda t: abs(t.slope) <= -c2 * start.slope


def _interpolated(a: Trial, b: Trial) -> float:
    """Return the minimiser of the cubic through both values and slopes, or the middle where it is near an end."""
    middle = (a.step + b.step) / 2
    if not (a.is_finite and b.is_finite):
        return middle
    width = b.step - a.step
    d1 = a.slope + b.slope - 3 * (b.value - a.value) / width
    root = d1 * d1 - a.slope * b.slope
    if root < 0:
        return middle
    d2 = math.copysign(math.sqrt(root), width)
    denominator = b.slope - a.slope + 2 * d2
    if denominator == 0:
        return middle
    step = b.step - width * (b.slope + d2 - d1) / denominator
    share = (step - a.step) / width
    return step if EDGE <= share <= 1 - EDGE else middle
