"""Pastel: strokes of chalk that catch on the teeth of dark paper, hatched one over the other.

Conventions: chalk covers where pressure exceeds the depth of the paper's hollow; see `paper`.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.compositions import compose
from engine.datasets.style_pictures.flow import angle_at, flow
from engine.datasets.style_pictures.kind import Kind
from engine.datasets.style_pictures.noise import fractal, step
from engine.datasets.style_pictures.palettes import palette
from engine.datasets.style_pictures.paper import tooth
from engine.datasets.style_pictures.strokes import scattered

_PASSES = ((700, 0.16, 0.03), (2200, 0.09, 0.013), (3400, 0.055, 0.0065))  # strokes, their length, their width
_SHIFT = 4


def paint(chance: Chance, px: int) -> np.ndarray:
    """Paint one."""
    colours = palette(chance, ("rose", "dusk", "plum", "meadow", "spring", "sea", "autumn", "jewel"))
    sketch = compose(chance, colours, ("bouquet", "garden", "sea", "hills", "still life", "bird", "valley"))
    picture = np.empty((px, px, 3), np.float32)
    picture[:] = colours.deep * 0.55 + colours.tone(0.3) * 0.35 + 0.03
    rough = tooth(chance, px, 230)
    picture *= (1 + 0.05 * rough + 0.03 * fractal(chance, px, 4, 4))[..., None]
    lean, angles = chance.between(-1.3, -0.4), flow(chance, sketch, 1.5, 1.5, 0.6)
    for n, length, width in _PASSES:
        layer, cover = _hatched(chance, px, sketch, angles, lean, n, length, width)
        chalk = step(cover * 2.0 - 0.7 + 0.5 * rough, -0.15, 0.85)[..., None] * 0.9
        picture += (layer - picture) * chalk * (cover > 0.02)[..., None]
    return np.clip(picture * (1 + 0.02 * rough)[..., None], 0, 1).astype(np.float32)


def _hatched(
    chance: Chance, px: int, sketch, angles: np.ndarray, lean: float, n: int, length: float, width: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the colours of a pass of strokes (px, px, 3) and its pressure (px, px) in [0, 1]."""
    at = scattered(chance, n)
    follows = chance.numbers(n) < 0.45
    angle = np.where(follows, angle_at(angles, at), lean) + 0.25 * (chance.numbers(n) - 0.5)
    half = 0.5 * length * (0.6 + 0.8 * chance.numbers(n, 1)) * np.stack([np.cos(angle), np.sin(angle)], 1)
    bow = np.stack([-half[:, 1], half[:, 0]], 1) * 0.25 * (chance.numbers(n, 1) - 0.5)
    lines = np.round(np.stack([at - half, at + bow, at + half], 1) * (px * 2**_SHIFT)).astype(np.int32)
    colour = np.clip(sketch.at(at) * (1 + 0.4 * (chance.numbers(n, 1) - 0.5)) + 0.04, 0, 1) * 255
    press = 120 + 135 * chance.numbers(n)
    thick = np.maximum(1, np.round(width * px * (0.7 + 0.6 * chance.numbers(n)))).astype(int).tolist()
    canvas = np.zeros((px, px, 4), np.uint8)
    for i in range(n):
        cv2.polylines(canvas, [lines[i]], False, (*colour[i].tolist(), press[i]), thick[i], cv2.LINE_AA, _SHIFT)
    cover = canvas[..., 3].astype(np.float32) / 255
    return canvas[..., :3].astype(np.float32) / 255, cover * (0.85 + 0.15 * np.tanh(fractal(chance, px, (60, 60), 2)))


KIND = Kind(
    "Pastel",
    "Strokes of soft chalk, hatched over each other on dark paper whose tooth shows through.",
    (23, 10, 21, 13, 18),
    paint,
)
