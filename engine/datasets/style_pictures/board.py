"""A board to lay a composition on: shapes of even or graded colour, each its own region.

Conventions: points are (n, 2), x and y in sides of the picture, y down. `region` counts the shapes: a pixel holds the
number of the last one that covers it.
"""

from __future__ import annotations

import cv2
import numpy as np

_SHIFT = 4


class Board:
    """Colours (px, px, 3) float32 and regions (px, px) int32 that shapes are laid on, the later in front."""

    def __init__(self, px: int, colour: np.ndarray) -> None:
        self.px = px
        self.colour = np.empty((px, px, 3), np.float32)
        self.colour[:] = colour
        self.region = np.zeros((px, px), np.int32)
        self._n = 0

    def polygon(self, points: np.ndarray, colour: np.ndarray, opacity: float = 1.0) -> None:
        """Lay a polygon of one colour (3,), or of a picture's (px, px, 3)."""
        fixed = np.round(points * (self.px * 2**_SHIFT) - 2 ** (_SHIFT - 1)).astype(np.int32)
        low = np.clip(fixed.min(0) // 2**_SHIFT - 1, 0, self.px)
        high = np.clip(fixed.max(0) // 2**_SHIFT + 2, 0, self.px)
        if (high <= low).any():
            return
        mask = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
        cv2.fillPoly(mask, [fixed - (low * 2**_SHIFT).astype(np.int32)], 255, cv2.LINE_AA, _SHIFT)
        self._lay(mask.astype(np.float32) / 255, slice(low[1], high[1]), slice(low[0], high[0]), colour, opacity)

    def ellipse(
        self, centre: tuple[float, float], radii: tuple[float, float], colour: np.ndarray, angle: float = 0.0
    ) -> None:
        """Lay an ellipse, turned by `angle` radians."""
        self.polygon(ellipse(centre, radii, angle), colour)

    def mask(self, mask: np.ndarray, colour: np.ndarray, opacity: float = 1.0) -> None:
        """Lay a colour where a mask (px, px) in [0, 1] says."""
        self._lay(mask.astype(np.float32), slice(None), slice(None), colour, opacity)

    def _lay(self, mask: np.ndarray, rows: slice, columns: slice, colour: np.ndarray, opacity: float) -> None:
        self._n += 1
        under = self.colour[rows, columns]
        over = colour[rows, columns] if np.ndim(colour) == 3 else colour
        under += (over - under) * (mask * np.float32(opacity))[..., None]
        self.region[rows, columns][mask > 0.5] = self._n


def ellipse(centre: tuple[float, float], radii: tuple[float, float], angle: float = 0.0, n: int = 40) -> np.ndarray:
    """Return the outline (n, 2) of an ellipse."""
    turn = np.linspace(0, 2 * np.pi, n, endpoint=False)
    points = np.stack([radii[0] * np.cos(turn), radii[1] * np.sin(turn)], 1)
    cos, sin = np.cos(angle), np.sin(angle)
    return points @ np.array([[cos, sin], [-sin, cos]]) + np.array(centre)


def smooth(points: np.ndarray, n: int = 80, closed: bool = True) -> np.ndarray:
    """Return a curve (n, 2) through points by cosine steps of a uniform Catmull-Rom spline."""
    k = len(points)
    at = np.linspace(0, k if closed else k - 1, n, endpoint=not closed)
    i = np.minimum(at.astype(int), k - 1 if closed else k - 2)
    t = (at - i)[:, None]
    pick = (lambda j: points[j % k]) if closed else (lambda j: points[np.clip(j, 0, k - 1)])
    a, b, c, d = pick(i - 1), pick(i), pick(i + 1), pick(i + 2)
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


def below(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the polygon under a line of ground y(x), down to the lower edge."""
    top = np.stack([x, y], 1)
    return np.concatenate([top, [[x[-1], 1.05], [x[0], 1.05]]])
