"""Woodcut: flat inks printed from carved blocks, with the marks of the gouge along the forms and a black key block.

Conventions: see `lines_along` and `edges`.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.compositions import compose
from engine.datasets.style_pictures.edges import enlarged, from_edges
from engine.datasets.style_pictures.flow import flow
from engine.datasets.style_pictures.kind import Kind
from engine.datasets.style_pictures.lines_along import fibres
from engine.datasets.style_pictures.noise import fractal, step
from engine.datasets.style_pictures.palettes import palette
from engine.datasets.style_pictures.paper import washed


def paint(chance: Chance, px: int) -> np.ndarray:
    """Paint one."""
    colours = palette(chance, ("storm", "ice", "ochre", "sea", "clay", "forest", "autumn", "night", "rose", "spring"))
    sketch = compose(
        chance, colours, ("great waves", "great waves", "great waves", "hills", "bird", "fish", "valley"), 512
    )
    angles = flow(chance, sketch, cells=1.5, edges=2.0, turning=0.6)
    gouge = fibres(chance, angles, px, 1 / 150, 0.075)
    size = {"dsize": (px, px), "interpolation": cv2.INTER_LINEAR}
    colour, grey = cv2.resize(sketch.colour, **size), cv2.resize(sketch.grey, **size)
    grey = (grey - grey.mean()) / (grey.std() + 1e-6)
    paper = colours.glow * 0.55 + np.array([0.93, 0.87, 0.74], np.float32) * 0.45
    paper = paper * (1 + 0.03 * washed(chance, px))[..., None]
    ink = _pressed(chance, px)
    printed = paper * (1 - 0.86 * ink[..., None] * (1 - colour))
    carved = step(gouge - 0.7 * grey - 1.25, -0.15, 0.15)  # dark where the tone is dark and the gouge spared the wood
    light = step(gouge + 0.55 * grey - 1.9, -0.15, 0.15)
    away = from_edges(enlarged(sketch.region, px))
    line = 1 - step(away - 0.0012 * fractal(chance, px, 40, 2), 0.0016, 0.0034)
    key = np.clip(np.maximum(carved * step(away, 0.002, 0.006), line), 0, 1) * (0.55 + 0.45 * ink)
    printed = printed + (paper - printed) * (0.8 * light * (1 - key))[..., None]
    return np.clip(printed + (colours.deep * 0.7 - printed) * (0.95 * key)[..., None], 0, 1).astype(np.float32)


def _pressed(chance: Chance, px: int) -> np.ndarray:
    """Return how well the ink took, (px, px): the grain of the wood, and specks where it did not."""
    wood = fractal(chance, px, (3, 70), 3)
    specks = step(fractal(chance, px, 120, 2), 1.6, 2.2)
    return np.clip(0.93 + 0.06 * wood - 0.55 * specks, 0, 1)


KIND = Kind(
    "Woodcut",
    "Waves and hills in a few flat inks, cut with a gouge that follows the forms, under a black key block.",
    (12, 15, 13, 20, 7, 22),
    paint,
)
