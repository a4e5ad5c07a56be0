"""Engraving: sets of lines whose thickness is the tone and whose bends are the form; darker parts are crossed again.

A set's phase is φ = f (x cos θ + y sin θ) + b g(x, y), with g the softened picture: lines climb over what is light. A
line is as wide as the part of the period that has to be dark.

Conventions: f counts lines to a side of the picture.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.compositions import compose
from engine.datasets.style_pictures.kind import Kind
from engine.datasets.style_pictures.noise import fractal, grain, grid, step
from engine.datasets.style_pictures.palettes import palette, rgb
from engine.datasets.style_pictures.paper import washed

_INKS = ("1c2430", "2b1d14", "12324a", "3a1420", "17331f")


def paint(chance: Chance, px: int) -> np.ndarray:
    """Paint one."""
    colours = palette(chance, ("storm", "ochre", "ice", "forest"))
    sketch = compose(
        chance, colours, ("still life", "bird", "town", "hills", "sea", "night", "great waves", "bouquet"), px
    )
    grey = cv2.GaussianBlur(sketch.grey, (0, 0), px / 400)
    low, high = np.percentile(grey, (2, 98))
    dark = 1 - np.clip((grey - low) / (high - low), 0, 1)
    lines, first = chance.between(62, 95), chance.between(-0.5, 0.5)
    form = cv2.GaussianBlur(grey, (0, 0), px / 45) + 0.06 * fractal(chance, px, 4, 2)
    ink = np.zeros((px, px), np.float32)
    round_one = chance.happens(0.35) and len(sketch.suns)
    for turn, above in ((0.0, 0.04), (1.05, 0.42), (-0.9, 0.66)):
        phase = _phase(first + turn, lines, form, px, sketch.suns[0] if round_one and not turn else None)
        width = np.clip((dark - above) / (1 - above), 0, 1) * 0.62 + (dark > above) * 0.09
        ink = np.maximum(ink, _cut(phase + 0.1 * fractal(chance, px, 50, 2), width, lines / px))
    paper = rgb("f3e9d2") * (1 + 0.022 * washed(chance, px))[..., None]
    pressed = ink * (0.92 + 0.05 * grain(chance, px, 0.7))
    return np.clip(paper + (rgb(chance.one_of(_INKS)) - paper) * pressed[..., None], 0, 1).astype(np.float32)


def _phase(angle: float, lines: float, form: np.ndarray, px: int, centre: np.ndarray | None) -> np.ndarray:
    """Return the number of the line at each pixel: straight, or in rings around a light."""
    x, y = grid(px)
    if centre is not None:
        return lines * np.hypot(x - centre[0], y - centre[1]) + 2.0 * form
    return lines * (x * np.sin(angle) + y * np.cos(angle)) + 5.0 * form


def _cut(phase: np.ndarray, width: np.ndarray, lines_per_px: float) -> np.ndarray:
    """Return the ink (px, px) of lines that fill `width` of each period."""
    away = np.abs(phase - np.round(phase)) * 2
    blur = max(lines_per_px * 1.3, 0.05)
    return step(width - away, -blur, blur) * (width > 0)


KIND = Kind(
    "Engraving",
    "Lines that swell where it is dark and bend over the forms, crossed twice in the shadows.",
    (17, 14, 18, 20, 13),
    paint,
)
