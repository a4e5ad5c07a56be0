"""Fibres along a flow: white noise averaged along the curves of a flow (line integral convolution).

f(p) = Σₖ n(pₖ) / K with p₀ = p and pₖ₊₁ = pₖ + h (cos θ, sin θ): even along the flow, rough across it.

Conventions: as in `flow`; the result has mean 0 and standard deviation 1.

Reference: Cabral and Leedom 1993, Imaging Vector Fields Using Line Integral Convolution.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.noise import grain


def fibres(chance: Chance, angles: np.ndarray, px: int, width: float, length: float, steps: int = 12) -> np.ndarray:
    """Return fibres (px, px) about `width` wide and `length` long, in sides of the picture."""
    noise = grain(chance, px, 0.0, min(512, round(1 / width)))
    doubled = [cv2.resize(part(2 * angles), (px, px), interpolation=cv2.INTER_LINEAR) for part in (np.cos, np.sin)]
    angle = np.arctan2(doubled[1], doubled[0]) / 2
    total = noise.copy()
    for sign in (-1.0, 1.0):
        total += _gathered(noise, angle, sign * length * px / (2 * steps), steps)
    return (total - total.mean()) / total.std()


def _gathered(noise: np.ndarray, angle: np.ndarray, step_px: float, steps: int) -> np.ndarray:
    """Return the sum of the noise met on a walk from every pixel, which never turns back."""
    px = len(noise)
    x, y = np.meshgrid(np.arange(px, dtype=np.float32), np.arange(px, dtype=np.float32))
    ahead_x, ahead_y = np.cos(angle), np.sin(angle)
    at_x, at_y, total = x + step_px * ahead_x, y + step_px * ahead_y, np.zeros_like(noise)
    went_x, went_y = ahead_x, ahead_y
    for _ in range(steps):
        total += cv2.remap(noise, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        next_x = cv2.remap(ahead_x, at_x, at_y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
        next_y = cv2.remap(ahead_y, at_x, at_y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
        back = np.where(next_x * went_x + next_y * went_y < 0, np.float32(-step_px), np.float32(step_px))
        sign = back / np.float32(step_px)
        went_x, went_y = next_x * sign, next_y * sign
        at_x, at_y = at_x + step_px * went_x, at_y + step_px * went_y
    return total
