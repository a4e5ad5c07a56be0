"""Coloured pencil: loops and hatching of many thin waxy lines on white paper, darker where they cross.

Lines multiply: the paper's light goes with Π (1 − a (1 − colour)) over the lines that pass.

Conventions: a scribble is one line that goes to and fro; see `paper`.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.compositions import compose
from engine.datasets.style_pictures.flow import angle_at, flow
from engine.datasets.style_pictures.kind import Kind
from engine.datasets.style_pictures.noise import step
from engine.datasets.style_pictures.palettes import palette, rgb, turned
from engine.datasets.style_pictures.paper import tooth
from engine.datasets.style_pictures.strokes import scattered

_PASSES = ((420, 0.042), (1100, 0.022), (1700, 0.013))  # scribbles, their size
_SHIFT, _TURNS = 4, 4
_LEAST_PX = 640  # lines are whole pixels wide: in a smaller picture they would be too wide


def paint(chance: Chance, px: int) -> np.ndarray:
    """Paint one, small ones larger and then averaged."""
    picture = _scribbled(chance, max(px, _LEAST_PX))
    return picture if px >= _LEAST_PX else cv2.resize(picture, (px, px), interpolation=cv2.INTER_AREA)


def _scribbled(chance: Chance, px: int) -> np.ndarray:
    colours = palette(chance, ("spring", "meadow", "rose", "citrus", "sea", "autumn", "plum", "dusk"))
    sketch = compose(chance, colours, ("bird", "still life", "bouquet", "fish", "town", "hills", "garden"))
    angles = flow(chance, sketch, 2.0, 1.5, 1.0)
    rough, paper = tooth(chance, px, 260), rgb("fcfaf4")
    picture = np.empty((px, px, 3), np.float32)
    picture[:] = paper
    loops = chance.happens(0.4)
    for n, size in _PASSES:
        at = scattered(chance, n)
        lines = _scribbles(chance, at, angle_at(angles, at), size, loops)
        own = turned(np.clip(sketch.at(at), 0, 1), chance.around(0, 0.12), 1.3)
        layer = _drawn(chance, px, lines, np.clip(own * 0.92, 0, 1))
        caught = step(layer[..., 3] * 1.5 + 0.22 * rough, 0.15, 0.95)[..., None]
        picture *= 1 - caught * (1 - layer[..., :3]) * 0.86
    return np.clip(picture * (1 + 0.012 * rough)[..., None], 0, 1).astype(np.float32)


def _scribbles(chance: Chance, at: np.ndarray, lean: np.ndarray, size: float, loops: bool) -> np.ndarray:
    """Return lines (n, points, 2) that go to and fro across their place, or round and round while they move on."""
    n, turns = len(at), np.linspace(0, 2 * np.pi * _TURNS, 10 * _TURNS if loops else 2 * _TURNS + 1)
    drift = (np.linspace(-1, 1, len(turns)) * 0.8)[None]
    wide = size * (0.7 + 0.6 * chance.numbers(n, 1))
    along = wide * (np.cos(turns)[None] + 0.25 * (chance.numbers(n, len(turns)) - 0.5) * (not loops))
    across = wide * (drift + (0.55 * np.sin(turns)[None] if loops else 0))
    cos, sin = np.cos(lean)[:, None], np.sin(lean)[:, None]
    return np.stack([at[:, :1] + cos * along - sin * across, at[:, 1:] + sin * along + cos * across], -1)


def _drawn(chance: Chance, px: int, lines: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Return RGB and pressure (px, px, 4) in [0, 1] of a pass."""
    canvas = np.zeros((px, px, 4), np.uint8)
    canvas[..., :3] = 255
    fixed = np.round(lines * (px * 2**_SHIFT)).astype(np.int32)
    shades = (colours * 255).tolist()
    press = (130 + 125 * chance.numbers(len(lines))).tolist()
    thick = max(1, round(px * 0.0032))
    for i in range(len(lines)):
        cv2.polylines(canvas, [fixed[i]], False, (*shades[i], press[i]), thick, cv2.LINE_AA, _SHIFT)
    return canvas.astype(np.float32) / 255


KIND = Kind(
    "Coloured pencil",
    "Scribbles of waxy colour on white paper, hatched and looped over each other.",
    (15, 18, 12, 17, 22),
    paint,
)
