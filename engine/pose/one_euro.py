"""The One Euro filter: a low-pass whose cut-off rises with speed, so that what rests is calm and what moves is prompt.

    x̂ₜ = α xₜ + (1 − α) x̂ₜ₋₁        α = 1 / (1 + τ / Tₑ)        τ = 1 / (2π f_c)
    f_c = f_min + β · |speed|        the speed is (xₜ − x̂ₜ₋₁) / Tₑ, smoothed in the same way with f_c = f_d

Tₑ is the time since the last value. Little f_min takes out trembling, large β lag.

Conventions: f in Hz; times in seconds; values are tensors of any one shape, every element filtered alone. β is per unit
of the values: of joints divided by the picture's height it is the same in a small picture and a large one.

Reference: G. Casiez, N. Roussel, D. Vogel, "1€ Filter: A Simple Speed-based Low-pass Filter for Noisy Input in
Interactive Systems", CHI 2012.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.settings import check, real


@dataclass(frozen=True)
class OneEuro:
    """The filter's settings."""

    min_cutoff_hz: float = real(1.5, 0.01, 30.0, label="least cut-off f_min", unit="Hz", scale="log")
    beta: float = real(5.0, 0.0, 100.0, label="β", help="How much the cut-off rises with speed.")
    speed_cutoff_hz: float = real(1.0, 0.01, 30.0, label="cut-off of the speed f_d", unit="Hz", scale="log")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Filtered:
    """Where a filter stands: the smoothed values and their speed, and when that was."""

    values: Tensor
    speeds: Tensor
    time_s: float


def alpha(cutoff_hz: Tensor | float, period_s: float) -> Tensor | float:
    """Return 1 / (1 + τ / Tₑ), the weight of the newest value."""
    return 1 / (1 + 1 / (2 * math.pi * cutoff_hz * period_s))


def begin(values: Tensor, time_s: float) -> Filtered:
    """Return the state after the first values: these, at rest."""
    return Filtered(values, torch.zeros_like(values), time_s)


def follow(state: Filtered, values: Tensor, time_s: float, settings: OneEuro) -> Filtered:
    """Return the state after the next values; one that is not later than the last changes nothing."""
    period_s = time_s - state.time_s
    if period_s <= 0:
        return state
    a = alpha(settings.speed_cutoff_hz, period_s)
    speeds = a * (values - state.values) / period_s + (1 - a) * state.speeds
    a = alpha(settings.min_cutoff_hz + settings.beta * speeds.abs(), period_s)
    return Filtered(a * values + (1 - a) * state.values, speeds, time_s)
