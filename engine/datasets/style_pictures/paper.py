"""Grounds to paint on: paper with tooth and fibres, and woven canvas.

Conventions: a texture is (px, px) float32 of mean 0, its standard deviation about 1; the same at any size.
"""

from __future__ import annotations

import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.noise import fractal, grain, grid


def tooth(chance: Chance, px: int, cells: int = 110) -> np.ndarray:
    """Return the hills and hollows of rough paper."""
    return (fractal(chance, px, cells, 3, 0.6) + 0.25 * grain(chance, px, 0.7)) / 1.03


def washed(chance: Chance, px: int) -> np.ndarray:
    """Return the fibres and clouds of thin handmade paper."""
    lying = fractal(chance, px, (14, 150), 2) + fractal(chance, px, (150, 14), 2)
    return 0.45 * lying + 0.5 * fractal(chance, px, 5, 4) + 0.35 * grain(chance, px, 0.6)


def weave(px: int, threads: int = 150) -> np.ndarray:
    """Return threads that go over and under each other."""
    x, y = grid(px)
    if threads * 2.5 > px:  # finer than the pixels
        return np.zeros((px, px), np.float32)
    u, v = np.pi * threads * x, np.pi * threads * y
    over = np.sign(np.sin(u) * np.sin(v))
    return (np.abs(np.sin(u)) * (over > 0) + np.abs(np.sin(v)) * (over <= 0) - 0.63).astype(np.float32) / 0.31
