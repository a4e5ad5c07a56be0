"""Which way strokes run: along the edges of a composition, and elsewhere along a wind that turns around its lights.

Orientations are averaged as doubled angles, v = (cos 2θ, sin 2θ), because a stroke has no front and back:
θ = ½ atan2(Σ w sin 2θ, Σ w cos 2θ), with w the strength of an edge (structure tensor) or of the wind.

Conventions: a flow is (px, px) float32 of angles in radians, x to the right, y down; paths are (N, P, 2) points in
sides of the picture.

Reference: Kyprianidis and Kang 2011, Image and Video Abstraction by Coherence-Enhancing Filtering.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.compositions import Sketch
from engine.datasets.style_pictures.noise import fractal, grid


def flow(chance: Chance, sketch: Sketch, cells: float = 2.5, edges: float = 1.0, turning: float = 1.0) -> np.ndarray:
    """Return the angles of strokes for a sketch.

    Args:
        chance: where the wind comes from.
        sketch: the composition.
        cells: how many eddies of the wind stand side by side.
        edges: how strongly strokes follow edges, 0 for not at all.
        turning: how strongly strokes turn around lights.
    """
    wind = _wind(chance, sketch, cells, turning)
    cos, sin = np.cos(2 * wind), np.sin(2 * wind)
    xx, yy, xy = _tensor(sketch.grey)
    along = np.float32(edges) * 30 / (1 + 8 * np.sqrt((xx - yy) ** 2 + 4 * xy**2))
    cos, sin = cos + along * (yy - xx), sin - along * 2 * xy
    blur = len(cos) / 80
    return np.arctan2(cv2.GaussianBlur(sin, (0, 0), blur), cv2.GaussianBlur(cos, (0, 0), blur)) / 2


def paths(angles: np.ndarray, starts: np.ndarray, lengths: np.ndarray, n: int = 6) -> np.ndarray:
    """Return curves (N, n, 2) of the given lengths through the middle points (N, 2), along a flow."""
    half = n // 2
    forward = _walk(angles, starts, lengths / (n - 1), half + (n % 2 == 0))
    back = _walk(angles, starts, -lengths / (n - 1), n - len(forward))
    whole = np.stack([*back[::-1], *forward], 1)  # (N, n, 2)
    return whole[:, :n]


def angle_at(angles: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return the angle (N,) at points (N, 2), the nearest pixel's."""
    cell = np.clip((points * len(angles)).astype(int), 0, len(angles) - 1)
    return angles[cell[..., 1], cell[..., 0]]


def _walk(angles: np.ndarray, starts: np.ndarray, step: np.ndarray, n: int) -> list[np.ndarray]:
    at, walked, before = starts, [], None
    for _ in range(n):
        if before is not None:
            at = at + before * step[:, None]
        walked.append(at)
        angle = angle_at(angles, at)
        ahead = np.stack([np.cos(angle), np.sin(angle)], 1)
        if before is not None:
            ahead = np.where((ahead * before).sum(1, keepdims=True) < 0, -ahead, ahead)
        before = ahead
    return walked if step[0] >= 0 else [*walked[1:], at + before * step[:, None]]


def _wind(chance: Chance, sketch: Sketch, cells: float, turning: float) -> np.ndarray:
    """Return angles across the slope of a stream function: smooth eddies, and circles around the lights."""
    px = len(sketch.region)
    x, y = grid(px)
    stream = fractal(chance, px, cells, octaves=2, gain=0.3) + 3 * chance.around(0, 1) * (y - 0.5)
    for sun_x, sun_y, radius in sketch.suns:
        reach = 2.5 * radius + 0.03
        away = np.hypot(x - sun_x, y - sun_y) / reach
        stream += np.float32(turning * 45 * reach) * np.exp(-(away**2))
    return np.arctan2(cv2.Sobel(stream, cv2.CV_32F, 1, 0), -cv2.Sobel(stream, cv2.CV_32F, 0, 1))


def _tensor(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the smoothed products of slopes xx, yy, xy."""
    soft = cv2.GaussianBlur(grey, (0, 0), len(grey) / 160)
    dx, dy = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    blur = len(grey) / 70
    return tuple(cv2.GaussianBlur(product, (0, 0), blur) for product in (dx * dx, dy * dy, dx * dy))
