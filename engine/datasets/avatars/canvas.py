"""A small canvas for flat drawings: filled outlines and pen strokes, painted 4 times as large and then averaged.

Conventions: coordinates are pixels of the finished 64 × 64 picture, x to the right, y down, (0, 0) its upper left
corner; colours are RGB 0 … 255. A `Canvas` has a frame: points are stretched in x, turned, and moved before they are
drawn, so that a tilted head is drawn as an upright one.
"""

from __future__ import annotations

import functools
import math

import cv2
import numpy as np

SIDE_PX = 64
OVERSAMPLING = 4
_SHIFT = 4  # OpenCV takes coordinates in 1/16 pixel
_FIXED = OVERSAMPLING * 2**_SHIFT

Colour = tuple[int, int, int]


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """Return the colour between two, `share` of the way from a to b."""
    return tuple(round(x + (y - x) * share) for x, y in zip(a, b, strict=True))


@functools.cache
def _basis(n: int, steps: int) -> np.ndarray:
    """Return (n · steps, n): the points of a closed Catmull-Rom curve through n points, as a matrix."""
    t = np.arange(steps) / steps
    weights = np.stack([-(t**3) / 2 + t**2 - t / 2, 1.5 * t**3 - 2.5 * t**2 + 1, -1.5 * t**3 + 2 * t**2 + t / 2])
    weights = np.concatenate([weights, (t**3 / 2 - t**2 / 2)[None]])  # (4, steps)
    matrix = np.zeros((n, steps, n))
    for i in range(n):
        for k in range(4):
            matrix[i, :, (i + k - 1) % n] += weights[k]
    return matrix.reshape(n * steps, n)


def smooth(points: tuple[tuple[float, float], ...], steps: int = 5) -> np.ndarray:
    """Return a smooth closed outline through the points, (n · steps, 2)."""
    return _basis(len(points), steps) @ np.array(points)


def mirrored(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    """Return an outline whose right half, from the top to the bottom on the axis x = 0, is given."""
    return points + tuple((-x, y) for x, y in points[-2:0:-1])


@functools.cache
def _circle(n: int = 28) -> np.ndarray:
    angle = np.arange(n) * 2 * math.pi / n
    return np.stack([np.cos(angle), np.sin(angle)], 1)


def ellipse(x: float, y: float, rx: float, ry: float | None = None) -> np.ndarray:
    """Return the outline of an ellipse, (28, 2)."""
    return _circle() * (rx, ry if ry is not None else rx) + (x, y)


def arc(x: float, y: float, half_width: float, depth: float, n: int = 9) -> np.ndarray:
    """Return a bow from (x − w, y) to (x + w, y) whose middle lies `depth` lower, (n, 2)."""
    t = np.linspace(-1, 1, n)
    return np.stack([x + half_width * t, y + depth * (1 - t**2)], 1)


class Canvas:
    """A picture in the making, (256, 256, 3) uint8.

    Args:
        ground: what is painted on; it is copied.
    """

    def __init__(self, ground: np.ndarray) -> None:
        self.pixels = ground.copy()
        self.frame(0.0, 0.0)

    def frame(
        self, x: float, y: float, scale: float = 1.0, width: float = 1.0, tilt_deg: float = 0.0, pivot: float = 0.0
    ) -> None:
        """Let (0, 0) of what follows be at (x, y), made larger, stretched in x, turned about a point `pivot` below."""
        a, k = math.radians(tilt_deg), scale * _FIXED
        self._matrix = k * np.array([[width * math.cos(a), width * math.sin(a)], [-math.sin(a), math.cos(a)]])
        self._scale = scale
        self._offset = np.array([x + pivot * math.sin(a), y + pivot * (1 - math.cos(a))]) * _FIXED - _FIXED / 2

    def fill(self, outline: np.ndarray, colour: Colour) -> None:
        """Fill an outline (n, 2)."""
        cv2.fillPoly(self.pixels, [self._fixed(outline)], colour, cv2.LINE_8, _SHIFT)

    def stroke(self, line: np.ndarray, colour: Colour, width: float, closed: bool = False) -> None:
        """Draw along points (n, 2) with a round pen."""
        thickness = max(1, round(width * self._scale * OVERSAMPLING))
        cv2.polylines(self.pixels, [self._fixed(line)], closed, colour, thickness, cv2.LINE_8, _SHIFT)

    def finished(self) -> np.ndarray:
        """Return the picture at its own size, (64, 64, 3) uint8: the mean of 4 × 4 painted pixels."""
        return cv2.resize(self.pixels, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)

    def _fixed(self, points: np.ndarray) -> np.ndarray:
        return np.rint(points @ self._matrix + self._offset).astype(np.int32)
