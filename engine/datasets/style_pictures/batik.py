"""Batik: cloth dyed around lines and dots of wax, with veins of dye where the wax cracked.

Conventions: see `edges` and `cells`.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.board import Board, ellipse
from engine.datasets.style_pictures.cells import voronoi
from engine.datasets.style_pictures.compositions import compose
from engine.datasets.style_pictures.edges import enlarged, from_edges
from engine.datasets.style_pictures.kind import Kind
from engine.datasets.style_pictures.noise import fractal, grain, step
from engine.datasets.style_pictures.palettes import Palette, palette, rgb
from engine.datasets.style_pictures.paper import weave
from engine.datasets.style_pictures.strokes import scattered


def paint(chance: Chance, px: int) -> np.ndarray:
    """Paint one."""
    colours = palette(chance, ("autumn", "night", "ochre", "fire", "clay", "plum", "sea", "forest"))
    sketch = compose(chance, colours, ("bird", "fish", "bouquet", "bird", "fish"), 512)
    colour = cv2.resize(sketch.colour, (px, px), interpolation=cv2.INTER_LINEAR)
    away = from_edges(enlarged(sketch.region, px), 0.0012)
    wax = rgb("f3e4c3") * 0.75 + colours.glow * 0.25
    ground = cv2.resize((sketch.region < 1).astype(np.float32), (px, px), interpolation=cv2.INTER_LINEAR) > 0.5
    pattern = _pattern(chance, px, colours, wax)
    dyed = np.where(ground[..., None], pattern, colour)
    uneven = 1 + 0.1 * fractal(chance, px, 5, 5)
    dyed = dyed * uneven[..., None]
    line = 1 - step(np.abs(away - 0.0025) + 0.0008 * fractal(chance, px, 60, 2), 0.0012, 0.003)
    dots = _dots_along(away, px) * ~ground
    dyed = dyed + (wax - dyed) * np.clip(line + dots, 0, 1)[..., None]
    veins = _veins(chance, px)
    dyed = dyed + (colours.deep * 0.8 - dyed) * (veins * (0.3 + 0.5 * dyed.mean(-1)))[..., None]
    cloth = 1 + 0.05 * weave(px, 190) + 0.03 * grain(chance, px, 0.7)
    return np.clip(dyed * cloth[..., None], 0, 1).astype(np.float32)


def _pattern(chance: Chance, px: int, colours: Palette, wax: np.ndarray) -> np.ndarray:
    """Return a ground of repeated flowers with dots around them."""
    board = Board(px, colours.tone(chance.between(0.05, 0.25)))
    step_, petals, leaf = (
        1 / (4 + chance.whole(3)),
        4 + chance.whole(4),
        chance.one_of((colours.accent, colours.tone(0.6))),
    )
    for row in range(-1, round(1 / step_) + 2):
        for column in range(-1, round(1 / step_) + 2):
            x, y = (column + 0.5 * (row % 2)) * step_, row * step_
            for i in range(petals):
                turn = 2 * np.pi * i / petals
                at = (x + 0.24 * step_ * np.cos(turn), y + 0.24 * step_ * np.sin(turn))
                board.ellipse(at, (0.2 * step_, 0.09 * step_), wax, turn)
                board.ellipse(at, (0.15 * step_, 0.05 * step_), leaf, turn)
            for i in range(14):
                turn = 2 * np.pi * i / 14
                at = (x + 0.47 * step_ * np.cos(turn), y + 0.47 * step_ * np.sin(turn))
                board.polygon(ellipse(at, (0.022 * step_, 0.022 * step_), n=10), wax)
            board.ellipse((x, y), (0.06 * step_, 0.06 * step_), wax)
    return board.colour


def _dots_along(away: np.ndarray, px: int) -> np.ndarray:
    """Return rows of dots inside the forms, a little away from their edges."""
    y, x = np.mgrid[:px, :px].astype(np.float32) / px * 95
    raster = np.hypot(x - np.round(x), y - np.round(y)) / 95
    near = (away > 0.009) & (away < 0.019)
    return (1 - step(raster, 0.0016, 0.0032)) * near


def _veins(chance: Chance, px: int) -> np.ndarray:
    """Return cracks, from broad and few to fine and many, strong in some places only."""
    veins = np.zeros((px, px), np.float32)
    for n, width in ((45, 0.0016), (260, 0.0008)):
        bend = (0.02 * fractal(chance, px, 6, 4), 0.02 * fractal(chance, px, 6, 4))
        border = voronoi(scattered(chance, n), px, bend)[1]
        soft = max(width, 0.7 / px)
        strength = np.clip(0.45 + 0.6 * fractal(chance, px, 4, 3), 0, 1)
        veins = np.maximum(veins, np.exp(-((border / soft) ** 2)) * strength)
    return veins


KIND = Kind(
    "Batik",
    "Cloth dyed around lines and dots of wax, with fine veins where the wax cracked.",
    (12, 10, 23, 19, 17),
    paint,
)
