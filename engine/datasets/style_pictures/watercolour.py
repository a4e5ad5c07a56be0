"""Watercolour: thin glazes that darken towards their edges, run into each other and settle in the hollows of the paper.

Pigment adds up as density D = −ln(colour); the paper's light goes with e^(−D). At the edge of a wet area the density is
higher (pigment is carried outwards), in the hollows of the paper too (granulation).

Conventions: see `edges` and `paper`.

Reference: Curtis, Anderson, Seims, Fleischer and Salesin 1997, Computer-Generated Watercolor.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.compositions import compose
from engine.datasets.style_pictures.edges import enlarged, from_edges
from engine.datasets.style_pictures.kind import Kind
from engine.datasets.style_pictures.noise import fractal, grid, step, warped
from engine.datasets.style_pictures.palettes import palette, rgb
from engine.datasets.style_pictures.paper import tooth
from engine.datasets.style_pictures.relief import slope


def paint(chance: Chance, px: int) -> np.ndarray:
    """Paint one."""
    colours = palette(chance, ("spring", "rose", "sea", "meadow", "plum", "ice", "citrus", "dusk", "autumn"))
    sketch = compose(chance, colours, ("bouquet", "hills", "bird", "sea", "garden", "valley", "fish", "town"), 512)
    bend = [0.006 * fractal(chance, px, 6, 4) + 0.0015 * fractal(chance, px, 60, 2) for _ in range(2)]
    region = warped(cv2.resize(sketch.region.astype(np.float32), (px, px), interpolation=cv2.INTER_NEAREST), *bend)
    colour = warped(cv2.resize(sketch.colour, (px, px), interpolation=cv2.INTER_LINEAR), *bend)
    wet = step(fractal(chance, px, 3, 3), 0.2, 1.0)[..., None]  # where the paper was wet, colours run
    run = warped(
        cv2.GaussianBlur(colour, (0, 0), px / 28), 0.02 * fractal(chance, px, 8, 3), 0.02 * fractal(chance, px, 8, 3)
    )
    colour = colour + (run - colour) * (0.85 * wet)
    colour = 0.1 + 0.9 * colour
    density = -np.log(np.clip(colour * 0.9 + 0.1, 0.05, 1)) * 0.92
    away = from_edges(enlarged(np.round(region), px), 0.0015)
    rim = np.exp(-away / 0.004)[..., None] * (1 - 0.8 * wet)
    rough = tooth(chance, px)
    wash = 1 + 0.2 * fractal(chance, px, 4, 5)[..., None] + 0.42 * rim + 0.11 * rough[..., None]
    density = density * np.maximum(wash, 0.2) * _painted_part(chance, px)[..., None]
    density = density + _spatter(chance, px, colours.colours)
    paper = rgb("fbf8f0") * (1 + 0.025 * np.tanh(slope(rough) * 0.004))[..., None]
    return np.clip(paper * np.exp(-density), 0, 1).astype(np.float32)


def _painted_part(chance: Chance, px: int) -> np.ndarray:
    """Return 1 inside and 0 at the edges of the sheet, with a ragged border that is darker just within."""
    x, y = grid(px)
    inside = 0.5 - np.maximum(np.abs(x - 0.5), np.abs(y - 0.5)) + 0.013 * fractal(chance, px, 5, 4)
    return step(inside, 0.03, 0.036) * (1 + 0.3 * np.exp(-np.maximum(inside - 0.036, 0) / 0.006))


def _spatter(chance: Chance, px: int, colours: np.ndarray) -> np.ndarray:
    """Return the density (px, px, 3) of drops from a shaken brush."""
    drops = np.zeros((px, px, 3), np.uint8)
    for x, y, size, which in chance.numbers(70, 4):
        shade = (255 * (1 - colours[int(which * 6)])).tolist()
        cv2.circle(
            drops,
            (int(x * px * 16), int(y * px * 16)),
            int(px * 16 * (0.0007 + 0.005 * size**6)),
            shade,
            -1,
            cv2.LINE_AA,
            4,
        )
    return drops.astype(np.float32) * np.float32(0.55 / 255)


KIND = Kind(
    "Watercolour",
    "Thin glazes with dark edges, wet colours that run, and pigment in the hollows of rough paper.",
    (10, 20, 12, 18, 17),
    paint,
)
