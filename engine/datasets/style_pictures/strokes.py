"""Brush strokes with bristles: bundles of parallel lines along a path, each with its own colour and height of paint.

Conventions: a canvas is (px, px, 4) uint8, RGB and the height of the paint, so that one call lays colour and relief.
Paths are (N, P, 2), widths (N,), both in sides of the picture; colours (N, 3) in [0, 1].
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.datasets.chance import Chance

_SHIFT = 3


def blank(px: int, colour: np.ndarray) -> np.ndarray:
    """Return a canvas of one colour without relief."""
    canvas = np.zeros((px, px, 4), np.uint8)
    canvas[..., :3] = np.round(colour * 255)
    return canvas


def brush(
    chance: Chance,
    canvas: np.ndarray,
    paths: np.ndarray,
    widths: np.ndarray,
    colours: np.ndarray,
    bristles: int = 5,
    streak: float = 0.06,
) -> None:
    """Draw strokes in order; bristles differ by `streak` in lightness, and the middle ones carry more paint."""
    n, px = len(paths), len(canvas)
    across = np.linspace(-0.5, 0.5, bristles) * (1 - 1 / bristles)
    ahead = np.gradient(paths, axis=1)
    normal = np.stack([-ahead[..., 1], ahead[..., 0]], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True) + 1e-9
    taper = np.sin(np.linspace(0.25, np.pi - 0.25, paths.shape[1])) ** 0.5
    out = normal[:, None] * (across[None, :, None] * taper)[..., None] * widths[:, None, None, None]
    lines = paths[:, None] + out  # (N, bristles, P, 2)
    slip = (chance.numbers(n, bristles) - 0.5)[..., None, None] * 0.25 * (paths[:, 1:2] - paths[:, :1])[:, None]
    light = (chance.numbers(n, bristles, 1) - 0.5) * 2 * streak
    shades = np.clip(colours[:, None] * (1 + light) + 0.5 * light, 0, 1) * 255
    dome = 110 + 90 * np.cos(np.pi * across) + 55 * (chance.numbers(n, bristles) - 0.5)
    thick = np.maximum(1, np.round(widths * px / bristles * 1.35)).astype(int)
    fixed = np.round((lines + slip) * (px * 2**_SHIFT)).astype(np.int32)
    for i in range(n):
        for b in range(bristles):
            red, green, blue = shades[i, b].tolist()
            cv2.polylines(
                canvas, [fixed[i, b]], False, (red, green, blue, dome[i, b]), int(thick[i]), cv2.LINE_AA, _SHIFT
            )


def scattered(chance: Chance, n: int, margin: float = 0.02) -> np.ndarray:
    """Return n points (n, 2), one in each cell of a jittered grid, in random order, a little beyond the edges."""
    side = int(np.ceil(np.sqrt(n)))
    cells = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2)
    points = (cells + chance.numbers(side * side, 2)) / side * (1 + 2 * margin) - margin
    return points[np.argsort(chance.numbers(side * side), kind="stable")][:n]
