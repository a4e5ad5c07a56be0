"""Halftone: four screens of dots, cyan, magenta, yellow and black, each at its own angle, printed over one another.

A dot of ink of radius r at spacing p covers π r² / p² of the paper: r grows with the square root of the ink's share.

Conventions: c, m, y, k in [0, 1] from r, g, b with k = g (1 − max(r, g, b)); inks multiply on the paper.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.compositions import compose
from engine.datasets.style_pictures.kind import Kind
from engine.datasets.style_pictures.noise import fractal, grain, grid, step
from engine.datasets.style_pictures.palettes import palette, rgb, turned

_INKS = (("00a4e0", 15.0), ("e5127d", 75.0), ("ffe500", 0.0), ("231f20", 45.0))  # ink, angle of its screen in degrees


def paint(chance: Chance, px: int) -> np.ndarray:
    """Paint one."""
    colours = palette(chance, ("citrus", "fire", "jewel", "sea", "spring", "dusk", "rose"))
    sketch = compose(chance, colours, ("bird", "fish", "discs", "town", "still life", "bouquet", "sea", "hills"), px)
    picture = np.clip(turned(sketch.colour, 0.0, 1.3) * 1.12 - 0.02, 0, 1)
    pitch = chance.between(0.011, 0.019)
    paper = rgb("f8f1df") * (1 + 0.02 * fractal(chance, px, 60, 3) + 0.012 * grain(chance, px))[..., None]
    for share, (ink, degrees) in zip(_separated(picture), _INKS, strict=True):
        off = np.array([chance.around(0, 0.0012), chance.around(0, 0.0012)])
        cover = _screen(share, pitch, np.deg2rad(degrees), off, px) * (0.93 + 0.05 * fractal(chance, px, 90, 2))
        paper = paper * (1 - np.clip(cover, 0, 1)[..., None] * (1 - rgb(ink)))
    return np.clip(paper, 0, 1).astype(np.float32)


def _separated(picture: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the shares of cyan, magenta, yellow and black (px, px)."""
    black = 0.75 * (1 - picture.max(-1))
    inks = (1 - picture - black[..., None]) / (1 - black[..., None] + 1e-6)
    return (*np.moveaxis(np.clip(inks, 0, 1), -1, 0), np.clip(black * 1.1, 0, 1))


def _screen(share: np.ndarray, pitch: float, angle: float, off: np.ndarray, px: int) -> np.ndarray:
    """Return how much of each pixel the dots of one ink cover."""
    x, y = grid(px)
    u = (np.cos(angle) * (x + off[0]) + np.sin(angle) * (y + off[1])) / pitch
    v = (np.cos(angle) * (y + off[1]) - np.sin(angle) * (x + off[0])) / pitch
    away = np.hypot(u - np.round(u), v - np.round(v))
    soft = cv2.GaussianBlur(share, (0, 0), 0.35 * pitch * px)
    radius = np.sqrt(np.clip(soft, 0, 1) / np.pi) * 1.12
    blur = max(0.55 / (pitch * px), 0.04)
    return step(radius - away, -blur, blur) * (soft > 0.01)


KIND = Kind(
    "Halftone print",
    "Dots of cyan, magenta, yellow and black ink on four turned screens, slightly out of register.",
    (20, 15, 16, 12, 22),
    paint,
)
