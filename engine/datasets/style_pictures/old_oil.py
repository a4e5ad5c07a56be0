"""Old oil: dark glazes with soft passages, a low warm light, fine brushwork on canvas, and cracks in the varnish.

Conventions: see `cells`, `lines_along` and `relief`.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.cells import voronoi
from engine.datasets.style_pictures.compositions import compose
from engine.datasets.style_pictures.flow import flow
from engine.datasets.style_pictures.kind import Kind
from engine.datasets.style_pictures.lines_along import fibres
from engine.datasets.style_pictures.noise import fractal, grid, warped
from engine.datasets.style_pictures.palettes import palette, rgb
from engine.datasets.style_pictures.paper import weave
from engine.datasets.style_pictures.relief import lit
from engine.datasets.style_pictures.strokes import scattered


def paint(chance: Chance, px: int) -> np.ndarray:
    """Paint one."""
    colours = palette(chance, ("ochre", "autumn", "storm", "clay", "forest", "fire"))
    sketch = compose(
        chance, colours, ("still life", "bouquet", "sea", "valley", "hills", "still life", "great waves"), px
    )
    hair = fibres(chance, flow(chance, sketch if px <= 320 else _small(sketch), 2.5, 1.5, 0.5), px, 1 / 260, 0.06)
    colour = warped(sketch.colour, 0.004 * fractal(chance, px, 14, 3), 0.004 * fractal(chance, px, 14, 3))
    soft = cv2.GaussianBlur(colour, (0, 0), px / 90)
    colour = 0.45 * colour + 0.55 * soft
    colour = np.clip(colour, 0, 1) ** 1.15 * _candle(chance, px)[..., None]
    colour = colour * (1 + 0.07 * hair + 0.08 * fractal(chance, px, 6, 5))[..., None]
    varnish = rgb("c98d3a")
    colour = colour * (0.72 + 0.28 * varnish) + 0.035 * varnish
    cracks = _cracks(chance, px)
    colour = colour * (1 - 0.6 * cracks)[..., None] + 0.03 * cracks[..., None]
    height = 0.0006 * hair + 0.0004 * weave(px, 140) - 0.0022 * cracks
    return lit(np.clip(colour, 0, 1).astype(np.float32), height.astype(np.float32), 1.1, gloss=0.12)


def _small(sketch):
    side = {"dsize": (320, 320)}
    return type(sketch)(
        cv2.resize(sketch.colour, interpolation=cv2.INTER_AREA, **side),
        cv2.resize(sketch.region.astype(np.float32), interpolation=cv2.INTER_NEAREST, **side).astype(int),
        sketch.suns,
    )


def _candle(chance: Chance, px: int) -> np.ndarray:
    """Return light that falls off towards the corners."""
    x, y = grid(px)
    away = np.hypot(x - chance.between(0.35, 0.65), y - chance.between(0.3, 0.6))
    return (0.22 + 1.0 * np.exp(-((away / 0.48) ** 2))).astype(np.float32)


def _cracks(chance: Chance, px: int) -> np.ndarray:
    """Return the net of cracks (px, px) in [0, 1], fine within coarse, fainter in places."""
    cracks = np.zeros((px, px), np.float32)
    for n, width, strength in ((160, 0.0011, 1.0), (900, 0.0006, 0.6)):
        bend = (0.006 * fractal(chance, px, 20, 3), 0.006 * fractal(chance, px, 20, 3))
        border = voronoi(scattered(chance, n), px, bend)[1]
        here = np.clip(0.5 + 0.5 * fractal(chance, px, 3, 3), 0.05, 1) * strength
        cracks = np.maximum(cracks, np.exp(-((border / max(width, 0.45 / px)) ** 2)) * here)
    return cracks


KIND = Kind(
    "Old oil",
    "Dark glazes and a low warm light, on canvas, under a varnish that has cracked.",
    (22, 14, 16, 10, 19),
    paint,
)
