"""Swirling oil: short, thick strokes along a wind that turns around every light, coarse to fine, lit from the side.

Conventions: see `strokes`, `flow` and `relief`.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.compositions import Sketch, compose
from engine.datasets.style_pictures.flow import flow, paths
from engine.datasets.style_pictures.kind import Kind
from engine.datasets.style_pictures.palettes import Palette, palette
from engine.datasets.style_pictures.relief import lit
from engine.datasets.style_pictures.strokes import blank, brush, scattered

_LAYERS = ((500, 0.13, 0.04), (1500, 0.085, 0.019), (2400, 0.055, 0.0105))  # strokes, their length, their width


def paint(chance: Chance, px: int) -> np.ndarray:
    """Paint one."""
    colours = palette(chance, ("night", "sea", "dusk", "jewel", "meadow", "autumn", "fire", "ice", "citrus"))
    sketch = compose(chance, colours, ("night", "night", "night", "valley", "hills", "sea", "bouquet", "bands"))
    angles = flow(chance, sketch, cells=2.0, edges=0.8, turning=1.2)
    canvas = blank(px, colours.tone(0.3))
    for n, length, width in _LAYERS:
        starts = scattered(chance, n)
        lines = paths(angles, starts, length * (0.6 + 0.8 * chance.numbers(n)), 7)
        widths = width * (0.7 + 0.6 * chance.numbers(n))
        brush(chance, canvas, lines, widths, _mixed(chance, sketch, colours, starts), 5, 0.13)
    return _varnished(canvas)


def _mixed(chance: Chance, sketch: Sketch, colours: Palette, points: np.ndarray) -> np.ndarray:
    """Return the composition's colours, unevenly mixed: lighter, darker, now and then a pure one of the palette."""
    own = sketch.at(points)
    light = (chance.numbers(len(points), 1) - 0.5).astype(np.float32)
    own = own * (1 + 0.5 * light) + 0.14 * light
    pure = colours.colours[(chance.numbers(len(points)) * 7).astype(int)]
    share = np.where(chance.numbers(len(points), 1) < 0.14, 0.5, 0.08)
    return np.clip(own * (1 - share) + pure * share, 0, 1)


def _varnished(canvas: np.ndarray) -> np.ndarray:
    height = cv2.GaussianBlur(canvas[..., 3].astype(np.float32), (0, 0), max(0.6, len(canvas) / 700))
    return lit(canvas[..., :3].astype(np.float32) / 255, height * np.float32(0.006 / 255), 1.3, gloss=0.5)


KIND = Kind(
    "Swirling oil",
    "Thousands of thick strokes follow a wind that circles around stars and edges, and cast small shadows.",
    (16, 17, 20, 23, 12, 15),
    paint,
)
