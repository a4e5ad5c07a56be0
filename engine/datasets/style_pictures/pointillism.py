"""Pointillism: dots of pure colour that the eye mixes, in three layers, each dot pulled towards a hue of the palette.

Conventions: a dot's radius is in sides of the picture.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.compositions import compose
from engine.datasets.style_pictures.kind import Kind
from engine.datasets.style_pictures.palettes import palette, turned
from engine.datasets.style_pictures.relief import lit
from engine.datasets.style_pictures.strokes import blank, scattered

_LAYERS = ((2600, 0.0125), (6500, 0.0078), (8500, 0.0058))
_SHIFT = 4


def paint(chance: Chance, px: int) -> np.ndarray:
    """Paint one."""
    colours = palette(chance, ("spring", "meadow", "rose", "citrus", "sea", "dusk", "plum", "jewel"))
    sketch = compose(chance, colours, ("garden", "sea", "still life", "town", "bouquet", "valley", "night"))
    canvas = blank(px, colours.tone(0.9))
    hues = turned(colours.colours, 0.0, 1.5)
    for n, radius in _LAYERS:
        at = scattered(chance, n)
        own = sketch.at(at) + 0.1 * (chance.numbers(n, 1) - 0.5)
        spread = own[:, None] - hues[None]
        nearness = -(spread**2).sum(-1) * 3 - np.log(-np.log(chance.numbers(n, 7) + 1e-9) + 1e-9) * 0.55
        pure = hues[nearness.argmax(1)]
        share = np.where(chance.numbers(n, 1) < 0.5, 0.45, 0.15)
        _dots(chance, canvas, at, radius * (0.75 + 0.5 * chance.numbers(n)), own * (1 - share) + pure * share)
    height = cv2.GaussianBlur(canvas[..., 3].astype(np.float32) / 255, (0, 0), px / 500)
    return lit(canvas[..., :3].astype(np.float32) / 255, height * 0.004, 0.8, gloss=0.2)


def _dots(chance: Chance, canvas: np.ndarray, at: np.ndarray, radii: np.ndarray, colours: np.ndarray) -> None:
    px = len(canvas)
    centres = np.round(at * (px * 2**_SHIFT)).astype(int).tolist()
    shades = (np.clip(colours, 0, 1) * 255).tolist()
    sizes = np.maximum(np.round(radii * (px * 2**_SHIFT)), 8).astype(int).tolist()
    heights = (130 + 120 * chance.numbers(len(at))).tolist()
    for centre, shade, size, height in zip(centres, shades, sizes, heights, strict=True):
        cv2.circle(canvas, centre, size, (*shade, height), -1, cv2.LINE_AA, _SHIFT)


KIND = Kind(
    "Pointillism",
    "Thousands of dots, none of them quite the colour that is seen from afar.",
    (13, 11, 16, 15, 21),
    paint,
)
