"""Surfaces: patterns of named kinds, scales and angles, in two colours.

Conventions: a pattern is m (size, size) in [0, 1]; its angle is that of its stripes, in radians from the x-axis towards
y (downwards); its scale is the number of repeats across the picture.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.visual_tasks.tasks import N_ANGLES, N_SCALES

_REPEATS = ((3.5, 5.0), (6.5, 9.0), (11.5, 15.0), (19.0, 24.0))  # coarse to fine; between them a gap


def repeats(chance: Chance, scale: int) -> float:
    """Return a number of repeats of one of the N_SCALES scales."""
    return chance.between(*_REPEATS[scale])


def angle_of(chance: Chance, answer: int) -> float:
    """Return an angle in radians near the middle of one of N_ANGLES steps of a half turn."""
    return np.pi / N_ANGLES * (answer + chance.between(-0.3, 0.3))


def pattern(chance: Chance, name: str, size: int, n: float, angle: float) -> np.ndarray:
    """Return the pattern `name` with n repeats at an angle."""
    y, x = np.mgrid[:size, :size].astype(np.float32) / size
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    along, across = cos * x + sin * y + chance.unit(), cos * y - sin * x + chance.unit()
    return _PATTERNS[name](chance, along * np.float32(n), across * np.float32(n), n / size)


def _edge(field: np.ndarray, pixel: float) -> np.ndarray:
    """Return 1 where a field in repeats is positive, with an edge of about a pixel and a half."""
    return np.clip(0.5 + field / (1.5 * pixel), 0, 1)


def _stripes(chance: Chance, u: np.ndarray, v: np.ndarray, pixel: float) -> np.ndarray:
    return _edge(chance.between(0.12, 0.3) - np.abs(v - np.round(v)), pixel)


def _zigzag(chance: Chance, u: np.ndarray, v: np.ndarray, pixel: float) -> np.ndarray:
    bent = v + chance.between(0.5, 0.8) * np.abs(u - np.round(u))
    return _edge(0.25 - np.abs(bent - np.round(bent)), pixel)


def _bricks(chance: Chance, u: np.ndarray, v: np.ndarray, pixel: float) -> np.ndarray:
    row = np.floor(v)
    across = u * 0.5 + 0.5 * (row % 2)
    joint = np.minimum(np.abs(v - np.round(v)), 2 * np.abs(across - np.round(across)))
    tone = 0.75 + 0.25 * np.sin(91.7 * (np.floor(across) * 1.3 + row * 2.1))
    return _edge(joint - max(0.07, 0.6 * pixel), pixel) * tone


def _checks(chance: Chance, u: np.ndarray, v: np.ndarray, pixel: float) -> np.ndarray:
    return _edge(np.sin(np.pi * u) * np.sin(np.pi * v) * 0.3, pixel)


def _dots(chance: Chance, u: np.ndarray, v: np.ndarray, pixel: float) -> np.ndarray:
    shifted = u + 0.5 * (np.floor(v + 0.5) % 2) * chance.whole(2)
    away = np.hypot(shifted - np.round(shifted), v - np.round(v))
    return _edge(chance.between(0.2, 0.36) - away, pixel)


def _noise(chance: Chance, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    lattice = chance.numbers(48, 48).astype(np.float32)
    field = cv2.remap(lattice, u % 48, v % 48, cv2.INTER_CUBIC, borderMode=cv2.BORDER_WRAP)
    return (field - 0.5) * np.float32(3.2)


def _fibres(chance: Chance, u: np.ndarray, v: np.ndarray, pixel: float) -> np.ndarray:
    return np.clip(0.5 + 0.5 * _noise(chance, u * np.float32(0.22), v * 2), 0, 1)


def _clouds(chance: Chance, u: np.ndarray, v: np.ndarray, pixel: float) -> np.ndarray:
    return np.clip(0.5 + 0.5 * _noise(chance, u * 2, v * 2) + 0.2 * _noise(chance, u * 4, v * 4), 0, 1)


def _cracks(chance: Chance, u: np.ndarray, v: np.ndarray, pixel: float) -> np.ndarray:
    """Return dark borders of cells: the difference of the two smallest distances to a jittered lattice."""
    nearest, second = np.full_like(u, 9), np.full_like(u, 9)
    jitter = chance.numbers(32, 32, 2).astype(np.float32)
    column, row = np.floor(u), np.floor(v)
    for i in (-1, 0, 1):
        for j in (-1, 0, 1):
            at = jitter[(row + j).astype(int) % 32, (column + i).astype(int) % 32]
            away = np.hypot(column + i + at[..., 0] - u, row + j + at[..., 1] - v)
            second = np.minimum(second, np.maximum(nearest, away))
            nearest = np.minimum(nearest, away)
    return _edge(second - nearest - max(0.1, pixel), pixel)


_PATTERNS = {
    "stripes": _stripes,
    "fibres": _fibres,
    "zigzag": _zigzag,
    "bricks": _bricks,
    "checks": _checks,
    "dots": _dots,
    "clouds": _clouds,
    "cracks": _cracks,
}


def any_pattern(chance: Chance, name: str, size: int) -> np.ndarray:
    """Return a pattern at a random scale and angle."""
    return pattern(chance, name, size, repeats(chance, chance.whole(N_SCALES)), np.pi * chance.unit())
