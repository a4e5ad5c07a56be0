"""Cells around points: which point each pixel is nearest to, and how far it is from the border to the next cell.

With d₁ ≤ d₂ the distances to the two nearest points p₁, p₂, the distance to the border is (d₂² − d₁²) / (2 |p₂ − p₁|).

Conventions: points are (n, 2) in sides of the picture; distances too.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from engine.datasets.style_pictures.noise import grid


def voronoi(points: np.ndarray, px: int, bend: tuple[np.ndarray, np.ndarray] | None = None) -> tuple:
    """Return (nearest (px, px) int, border (px, px) float32): the nearest point and the distance to the cell's border.

    Args:
        points: (n, 2).
        px: pixels of a side.
        bend: shifts dx, dy (px, px) of the plane before cells are made, for crooked borders.
    """
    x, y = grid(px)
    if bend is not None:
        x, y = x + bend[0], y + bend[1]
    away, which = cKDTree(points).query(np.stack([x, y], -1).reshape(-1, 2), k=2)
    apart = np.linalg.norm(points[which[:, 0]] - points[which[:, 1]], axis=1)
    border = (away[:, 1] ** 2 - away[:, 0] ** 2) / (2 * apart + 1e-9)
    return which[:, 0].reshape(px, px), border.reshape(px, px).astype(np.float32)


def relaxed(points: np.ndarray, rounds: int = 2, px: int = 160) -> np.ndarray:
    """Return points moved to the middle of their cells (Lloyd), a few rounds, measured on a grid of fixed size."""
    x, y = (axis.ravel().astype(np.float64) for axis in grid(px))
    for _ in range(rounds):
        which = cKDTree(points).query(np.stack([x, y], 1))[1]
        count = np.bincount(which, minlength=len(points))
        middle = np.stack([np.bincount(which, axis, minlength=len(points)) for axis in (x, y)], 1)
        points = np.where(count[:, None] > 0, middle / np.maximum(count, 1)[:, None], points)
    return points
