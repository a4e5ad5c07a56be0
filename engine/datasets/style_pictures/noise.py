"""Smooth random fields: f(x, y) = Σₒ gᵒ nₒ(2ᵒ x, 2ᵒ y), with nₒ a cubic surface through a lattice of random values.

The lattice is drawn in units of the picture, never of its pixels, so a field is the same at any size, only sharper.

Conventions: `cells` counts lattice cells along a side of the picture; fields are float32 (px, px).
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.datasets.chance import Chance

_MAX_CELLS = 512


def fractal(
    chance: Chance, px: int, cells: tuple[float, float] | float, octaves: int = 4, gain: float = 0.5
) -> np.ndarray:
    """Return a field of mean 0 and standard deviation 1; `cells` across and down for the coarsest octave."""
    across, down = cells if isinstance(cells, tuple) else (cells, cells)
    field = np.zeros((px, px), np.float32)
    for octave in range(octaves):
        n_across, n_down = (min(_MAX_CELLS, max(1, round(n * 2**octave))) for n in (across, down))
        field += np.float32(gain**octave) * _surface(chance.numbers(n_down + 3, n_across + 3), px)
    return (field - field.mean()) / (field.std() + np.float32(1e-6))


def _surface(lattice: np.ndarray, px: int) -> np.ndarray:
    """Return the surface over all but the outermost cells of a lattice: cubic, or averaged where cells are finer."""
    down, across = (n - 3 for n in lattice.shape)
    small = lattice.astype(np.float32)
    if max(down, across) >= px:
        return cv2.resize(small[1 : 1 + down, 1 : 1 + across], (px, px), interpolation=cv2.INTER_AREA)
    to_lattice = np.array([[across / px, 0, 0.5 * across / px + 1], [0, down / px, 0.5 * down / px + 1]])
    x, y = (to_lattice[0, 0] * np.arange(px) + to_lattice[0, 2], to_lattice[1, 1] * np.arange(px) + to_lattice[1, 2])
    return (_spline(y, down + 3) @ small @ _spline(x, across + 3).T).astype(np.float32)


def _spline(at: np.ndarray, n: int) -> np.ndarray:
    """Return the matrix (len(at), n) of a uniform cubic B-spline's weights at positions on a lattice of n points."""
    first = np.clip(np.floor(at).astype(int) - 1, 0, n - 4)
    t = at - first - 1
    weights = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3)
    matrix = np.zeros((len(at), n), np.float32)
    for k, weight in enumerate(weights):
        matrix[np.arange(len(at)), first + k] = weight / 6
    return matrix


def grain(chance: Chance, px: int, blur: float = 0.0, cells: int = _MAX_CELLS) -> np.ndarray:
    """Return fine white noise of `cells` grains to a side, mean 0 and standard deviation 1, blurred by grains."""
    white = chance.numbers(cells, cells).astype(np.float32)
    if blur:
        white = cv2.GaussianBlur(white, (0, 0), blur)
    method = cv2.INTER_AREA if px < cells else cv2.INTER_CUBIC
    field = cv2.resize(white, (px, px), interpolation=method)
    return (field - field.mean()) / (field.std() + np.float32(1e-6))


def warped(image: np.ndarray, dx: np.ndarray, dy: np.ndarray) -> np.ndarray:
    """Return image(x + dx, y + dy); shifts (px, px) are in sides of the picture."""
    px = image.shape[0]
    x, y = np.meshgrid(np.arange(px, dtype=np.float32), np.arange(px, dtype=np.float32))
    return cv2.remap(
        image, x + np.float32(px) * dx, y + np.float32(px) * dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )


def grid(px: int) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y (px, px) of the pixels' centres, in sides of the picture."""
    ticks = (np.arange(px, dtype=np.float32) + 0.5) / px
    x, y = np.meshgrid(ticks, ticks)
    return x, y


def step(field: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return 0 below `low`, 1 above `high`, and the smooth step 3t² − 2t³ between."""
    t = np.clip((field - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)
