"""Embroidery: satin stitches of twisted thread, side by side, each form in a direction of its own, on linen.

Conventions: see `strokes`; a stitch is a stroke whose middle is high and whose edges are dark.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.compositions import compose
from engine.datasets.style_pictures.kind import Kind
from engine.datasets.style_pictures.noise import fractal
from engine.datasets.style_pictures.palettes import palette
from engine.datasets.style_pictures.paper import weave
from engine.datasets.style_pictures.relief import lit
from engine.datasets.style_pictures.strokes import scattered

_SHIFT = 4
_N, _LONG, _WIDE = 7500, 0.045, 0.0062


def paint(chance: Chance, px: int) -> np.ndarray:
    """Paint one."""
    colours = palette(chance, ("rose", "meadow", "sea", "jewel", "spring", "autumn", "citrus", "plum"))
    sketch = compose(chance, colours, ("bird", "fish", "bouquet", "garden", "hills", "great waves", "still life"))
    linen = colours.tone(0.86) * 0.6 + np.array([0.86, 0.8, 0.68], np.float32) * 0.4
    threads = weave(px, 110)
    canvas = np.zeros((px, px, 4), np.uint8)
    canvas[..., :3] = np.clip(linen * (0.78 + 0.1 * threads[..., None]) * 255, 0, 255)
    canvas[..., 3] = np.clip(30 + 14 * threads, 0, 255)
    _stitched(chance, canvas, sketch)
    height = cv2.GaussianBlur(canvas[..., 3].astype(np.float32) / 255, (0, 0), max(0.5, px / 900))
    colour = canvas[..., :3].astype(np.float32) / 255
    silk = 1 + 0.05 * fractal(chance, px, 6, 3)
    return lit(colour * silk[..., None], height * 0.006, 0.9, gloss=0.45)


def _stitched(chance: Chance, canvas: np.ndarray, sketch) -> None:
    px = len(canvas)
    at = scattered(chance, _N, 0.0)
    region = sketch.region_at(at)
    on_ground = (region == 0) & (chance.numbers(_N) < (0.0 if chance.happens(0.4) else 1.0))
    own_way = chance.numbers(2048) * np.pi
    angle = own_way[region % 2048] + 0.12 * (chance.numbers(_N) - 0.5)
    half = 0.5 * _LONG * (0.7 + 0.6 * chance.numbers(_N, 1)) * np.stack([np.cos(angle), np.sin(angle)], 1)
    colour = sketch.at(at) * (0.86 + 0.28 * chance.numbers(_N, 1))
    order = np.argsort(region + 0.9 * chance.numbers(_N), kind="stable")
    ends = np.round(np.stack([at - half, at + half], 1) * (px * 2**_SHIFT)).astype(np.int32)
    thick = max(1, round(_WIDE * px))
    shade, light = (np.clip(colour * gain, 0, 1) * 255 for gain in (0.62, 1.0))
    gleam = np.clip(colour * 1.12 + 0.1, 0, 1) * 255
    for i in order:
        if on_ground[i]:
            continue
        layers = ((thick + 1, shade[i], 80), (max(1, thick - 1), light[i], 190), (max(1, thick // 3), gleam[i], 255))
        for wide, paint_, high in layers:
            cv2.polylines(canvas, [ends[i]], False, (*paint_.tolist(), high), wide, cv2.LINE_AA, _SHIFT)


KIND = Kind(
    "Embroidery",
    "Thousands of satin stitches, each form in its own direction, in silk on linen.",
    (10, 16, 20, 12, 17),
    paint,
)
