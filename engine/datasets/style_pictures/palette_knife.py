"""Palette knife: thick slabs of paint dragged over each other, each with scrapes, a ridge at its side, a torn end.

Conventions: a slab is a short, very wide stroke; see `strokes` and `relief`.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.compositions import compose
from engine.datasets.style_pictures.flow import angle_at, flow
from engine.datasets.style_pictures.kind import Kind
from engine.datasets.style_pictures.noise import fractal
from engine.datasets.style_pictures.palettes import palette
from engine.datasets.style_pictures.relief import lit
from engine.datasets.style_pictures.strokes import scattered

_LAYERS = ((130, 0.16, 0.11), (420, 0.085, 0.055), (800, 0.045, 0.026))  # slabs, their length, their width
_SHIFT = 4


def paint(chance: Chance, px: int) -> np.ndarray:
    """Paint one."""
    colours = palette(chance, ("dusk", "fire", "sea", "autumn", "spring", "citrus", "jewel", "rose", "ice"))
    sketch = compose(chance, colours, ("town", "sea", "sea", "town", "bouquet", "valley", "garden", "hills"))
    angles = flow(chance, sketch, 2.0, 2.5, 0.8)
    colour = np.empty((px, px, 3), np.float32)
    colour[:] = colours.tone(0.4)
    height = np.zeros((px, px), np.float32)
    for n, length, width in _LAYERS:
        at = scattered(chance, n)
        lean = angle_at(angles, at) + 0.35 * (chance.numbers(n) - 0.5)
        own = sketch.at(at) * (0.84 + 0.32 * chance.numbers(n, 1)) + 0.05 * (chance.numbers(n, 3) - 0.5)
        sides = np.array([length, width]) * (0.6 + 0.8 * chance.numbers(n, 2))
        marks = chance.numbers(n, 2, 12).astype(np.float32)
        for i in range(n):
            _slab(colour, height, at[i], lean[i], sides[i], np.clip(own[i], 0, 1), marks[i])
    height = cv2.GaussianBlur(height, (0, 0), max(0.5, px / 800)) + 0.04 * fractal(chance, px, 70, 3)
    return lit(np.clip(colour, 0, 1), height * 0.004, 1.1, gloss=0.4)


def _slab(
    colour: np.ndarray,
    height: np.ndarray,
    at: np.ndarray,
    lean: float,
    sides: np.ndarray,
    own: np.ndarray,
    marks: np.ndarray,
) -> None:
    """Drag one slab: thick where the knife was set down, scraped thin and torn where it left."""
    px = len(colour)
    reach = 0.62 * np.hypot(*sides)
    low = np.clip(np.floor((at - reach) * px).astype(int), 0, px)
    high = np.clip(np.ceil((at + reach) * px).astype(int), 0, px)
    if (high <= low).any():
        return
    y, x = np.mgrid[low[1] : high[1], low[0] : high[0]].astype(np.float32)
    dx, dy = (x + 0.5) / px - np.float32(at[0]), (y + 0.5) / px - np.float32(at[1])
    cos, sin = np.float32(np.cos(lean)), np.float32(np.sin(lean))
    u = (cos * dx + sin * dy) / np.float32(sides[0]) + np.float32(0.5)
    v = (cos * dy - sin * dx) / np.float32(sides[1]) + np.float32(0.5)
    lane = np.clip(v * 11, 0, 10.999)
    first = lane.astype(int)
    part = lane - first
    torn, streak = (row[first] * (1 - part) + row[first + 1] * part for row in marks)
    soft = np.float32(1.2 / (px * sides[0]))
    cover = np.clip((0.72 + 0.28 * torn - u) / soft, 0, 1) * np.clip(u / soft, 0, 1)
    cover *= np.clip(np.minimum(v, 1 - v) * np.float32(px * sides[1]) + 0.5, 0, 1)
    window = (slice(low[1], high[1]), slice(low[0], high[0]))
    shade = 1 + 0.22 * (streak - 0.5) - 0.1 * u
    target = colour[window]
    target += (own.astype(np.float32) * shade[..., None] - target) * (cover * (0.97 - 0.2 * u))[..., None]
    rim = np.exp(-((np.minimum(v, 1 - v) / 0.07) ** 2)) * 0.9
    thick = 0.9 - 0.6 * u + 0.35 * streak + rim
    height[window] += (0.35 * height[window] + thick - height[window]) * cover


KIND = Kind(
    "Palette knife",
    "Slabs of thick paint dragged over each other with a knife, scraped, ridged and torn at their ends.",
    (18, 10, 17, 20, 5),
    paint,
)
