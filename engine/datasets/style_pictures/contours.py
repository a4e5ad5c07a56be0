"""Glowing contours: the level lines of a landscape as light on a dark ground.

Level lines of h at spacing s lie where h / s is whole; |h/s − round(h/s)| / |∇h/s| is the distance to the nearest one.

Conventions: heights have mean 0 and standard deviation 1; distances in sides of the picture.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.compositions import compose
from engine.datasets.style_pictures.kind import Kind
from engine.datasets.style_pictures.noise import fractal, grain, grid
from engine.datasets.style_pictures.palettes import Palette, palette, turned


def paint(chance: Chance, px: int) -> np.ndarray:
    """Paint one."""
    colours = palette(chance, ("jewel", "night", "sea", "fire", "dusk", "citrus", "plum", "ice"))
    height = _height(chance, colours, px)
    spacing = chance.between(0.1, 0.17)
    lines = _lines(height, spacing, 0.0011, px) * 0.75 + _lines(height, 5 * spacing, 0.0026, px)
    tone = np.clip(0.5 + 0.28 * height, 0, 1)
    bright = turned(_neon(colours, tone), 0.0, 1.5) * 1.1
    light = bright * np.clip(lines, 0, 1.2)[..., None]
    glow = sum(
        cv2.GaussianBlur(light, (0, 0), px * blur) * gain for blur, gain in ((0.004, 0.9), (0.014, 0.8), (0.05, 0.5))
    )
    ground = colours.deep * 0.28 + bright * (0.05 + 0.07 * tone)[..., None]
    ground = ground + _dots(height, px)[..., None] * bright * 0.35
    picture = 1 - (1 - np.clip(ground, 0, 1)) * np.exp(-(light * 1.4 + glow))
    return np.clip(picture + 0.008 * grain(chance, px)[..., None], 0, 1).astype(np.float32)


def _height(chance: Chance, colours: Palette, px: int) -> np.ndarray:
    """Return hills, into which a composition is pressed."""
    height = fractal(chance, px, chance.between(1.5, 3.0), 4, 0.38)
    sketch = compose(chance, colours, ("bird", "hills", "night", "discs", "great waves", "bands", "still life"), 320)
    form = cv2.GaussianBlur(cv2.resize(sketch.grey, (px, px), interpolation=cv2.INTER_LINEAR), (0, 0), px / 60)
    height = height + chance.between(0.5, 1.6) * (form - form.mean()) / form.std()
    return (height - height.mean()) / height.std()


def _neon(colours: Palette, tone: np.ndarray) -> np.ndarray:
    """Return bright colours (px, px, 3) for heights: from the middle of the ramp over the accent to the glow."""
    stops = np.stack([colours.colours[2], colours.colours[3], colours.accent, colours.glow])
    at = tone * 3
    low = np.minimum(at.astype(int), 2)
    return stops[low] + (stops[low + 1] - stops[low]) * (at - low)[..., None]


def _lines(height: np.ndarray, spacing: float, width: float, px: int) -> np.ndarray:
    level = height / spacing
    rise = np.hypot(np.gradient(level, axis=0), np.gradient(level, axis=1)) * px + 1e-3
    away = np.abs(level - np.round(level)) / rise
    soft = max(width, 0.6 / px)
    return (np.exp(-((away / soft) ** 2)) * min(1.0, 1.6 * width / soft)).astype(np.float32)


def _dots(height: np.ndarray, px: int) -> np.ndarray:
    """Return a fine raster of dots in the valleys."""
    x, y = grid(px)
    away = np.hypot(x * 90 - np.round(x * 90), y * 90 - np.round(y * 90))
    return (np.exp(-((away / 0.16) ** 2)) * (height < -0.5)).astype(np.float32)


KIND = Kind(
    "Glowing contours",
    "The level lines of a landscape, every fifth one thicker, as neon on a dark ground.",
    (17, 13, 10, 20, 16),
    paint,
)
