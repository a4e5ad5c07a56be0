"""Stained glass: panes of uneven coloured glass between bars of lead, lit from behind.

Conventions: see `cells`; a pane takes its colour from the composition, and never reaches across one of its edges.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.cells import relaxed, voronoi
from engine.datasets.style_pictures.compositions import compose
from engine.datasets.style_pictures.kind import Kind
from engine.datasets.style_pictures.noise import fractal, grain, grid, step
from engine.datasets.style_pictures.palettes import palette, turned
from engine.datasets.style_pictures.relief import slope
from engine.datasets.style_pictures.strokes import scattered


def paint(chance: Chance, px: int) -> np.ndarray:
    """Paint one."""
    colours = palette(chance, ("jewel", "fire", "sea", "night", "citrus", "rose", "meadow", "dusk", "spring"))
    sketch = compose(chance, colours, ("bird", "fish", "hills", "discs", "bands", "valley", "sea"), 512)
    n = 130 + chance.whole(150)
    points = relaxed(scattered(chance, n), 1)
    panes, border = voronoi(points, px, (0.012 * fractal(chance, px, 4, 2), 0.012 * fractal(chance, px, 4, 2)))
    region = cv2.resize(sketch.region.astype(np.float32), (px, px), interpolation=cv2.INTER_NEAREST).astype(int)
    pieces = region * n + panes
    lead = _lead(region, border, px)
    glass = _glass(chance, sketch, pieces, px)
    bars = _bars(chance, lead, px)
    cover = step(lead, 0.0042, 0.0058)[..., None]
    return np.clip(bars * (1 - cover) + glass * cover, 0, 1).astype(np.float32)


def _lead(region: np.ndarray, border: np.ndarray, px: int) -> np.ndarray:
    """Return the distance to the nearest bar's middle: edges of regions and borders of panes."""
    edge = np.zeros((px, px), np.uint8)
    edge[:, 1:] |= region[:, 1:] != region[:, :-1]
    edge[1:] |= region[1:] != region[:-1]
    away = cv2.distanceTransform(1 - edge, cv2.DIST_L2, 5).astype(np.float32) / px
    away = cv2.GaussianBlur(away, (0, 0), px / 400)
    return np.minimum(away, border)


def _glass(chance: Chance, sketch, pieces: np.ndarray, px: int) -> np.ndarray:
    """Return glass (px, px, 3): one colour to a piece, with streaks, and light that differs from pane to pane."""
    _, own = np.unique(pieces, return_inverse=True)
    own = own.reshape(px, px)
    base = cv2.resize(sketch.colour, (px, px), interpolation=cv2.INTER_LINEAR)
    count = np.bincount(own.ravel())
    mean = np.stack([np.bincount(own.ravel(), base[..., k].ravel()) / count for k in range(3)], 1)
    draws = chance.numbers(4096, 3).astype(np.float32)[(np.unique(pieces) * 2654435761) % 4096]
    mean = turned(mean.astype(np.float32), 0.0, 1.35) * (0.62 + 0.62 * draws[:, :1])
    glass = mean[own]
    x, y = grid(px)
    streaks = fractal(chance, px, (3, 24), 3) * 0.06 + fractal(chance, px, 30, 3) * 0.05 + 0.02 * grain(chance, px, 0.8)
    tilt = (x - 0.5) * (draws[own, 1] - 0.5) + (y - 0.5) * (draws[own, 2] - 0.5)
    backlight = np.exp(-(((x - 0.5) ** 2 + (y - 0.42) ** 2) / 0.35))
    light = (0.78 + 0.42 * backlight + streaks + 0.9 * tilt)[..., None]
    return glass * light + 0.16 * np.maximum(light - 0.95, 0)


def _bars(chance: Chance, lead: np.ndarray, px: int) -> np.ndarray:
    """Return round bars of lead, lit from the upper left."""
    height = np.sqrt(np.maximum(0.0055**2 - lead**2, 0)).astype(np.float32)
    shine = np.clip(slope(cv2.GaussianBlur(height, (0, 0), px / 500)) * 0.35, -0.4, 1)
    tone = 0.1 + 0.16 * shine + 0.02 * grain(chance, px, 1.0)
    return np.clip(tone, 0.01, 1)[..., None] * np.array([0.92, 0.96, 1.06], np.float32)


KIND = Kind(
    "Stained glass",
    "Panes of streaky coloured glass, cut along the forms and leaded, with light from behind.",
    (15, 10, 23, 13, 14, 11),
    paint,
)
