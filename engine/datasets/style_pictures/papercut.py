"""Papercut: sheets of coloured paper in layers, each cut to a form and casting a soft shadow on the one below.

Conventions: a sheet is kept where its field is positive; shadows fall down and to the right.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.kind import Kind
from engine.datasets.style_pictures.noise import fractal, grain, grid, step
from engine.datasets.style_pictures.palettes import palette


def paint(chance: Chance, px: int) -> np.ndarray:
    """Paint one."""
    colours = palette(chance)
    make = chance.one_of((_tunnel, _tunnel, _ridges, _ridges, _petals))
    n = 6 + chance.whole(4)
    fields = make(chance, px, n)
    backwards = chance.happens(0.5)
    values = np.linspace(0.04, 0.98, n + 1)[:: -1 if backwards else 1]
    picture = np.empty((px, px, 3), np.float32)
    picture[:] = colours.glow if backwards else colours.tone(0.02)
    picture = _round_light(chance, picture, colours.accent, px)
    special = 1 + chance.whole(n - 1)
    for i, field in enumerate(fields):
        colour = colours.accent if i == special else colours.tone(values[i + 1])
        picture = _sheet(chance, picture, field, colour, px)
    return np.clip(picture, 0, 1).astype(np.float32)


def _sheet(chance: Chance, under: np.ndarray, field: np.ndarray, colour: np.ndarray, px: int) -> np.ndarray:
    """Lay a sheet: its two shadows, its grain, its bright cut edge."""
    keep = step(field, -0.7 / px, 0.7 / px)
    shadow = np.zeros((px, px), np.float32)
    for away, blur, dark in ((0.004, 0.003, 0.35), (0.016, 0.013, 0.4)):
        moved = cv2.warpAffine(
            keep, np.float32([[1, 0, away * px], [0, 1, away * px]]), (px, px), borderMode=cv2.BORDER_REPLICATE
        )
        shadow = np.maximum(shadow, dark * cv2.GaussianBlur(moved, (0, 0), blur * px))
    paper = colour * (1 + 0.022 * fractal(chance, px, 120, 2) + 0.02 * grain(chance, px, 0.6))[..., None]
    paper = paper + 0.05 * fractal(chance, px, 2, 2)[..., None] * colour
    lit_edge = np.exp(-((field - 0.0022) ** 2) / 0.0016**2) * keep
    paper = paper + (0.22 * lit_edge)[..., None]
    return under * (1 - shadow)[..., None] * (1 - keep[..., None]) + paper * keep[..., None]


def _tunnel(chance: Chance, px: int, n: int) -> list[np.ndarray]:
    """Return sheets with holes that grow towards the viewer."""
    x, y = grid(px)
    cx, cy = chance.between(0.38, 0.62), chance.between(0.38, 0.62)
    away, turn = np.hypot(x - cx, y - cy), np.arctan2(y - cy, x - cx)
    fields = []
    lobes, wobble = 3 + chance.whole(5), chance.between(0.05, 0.16)
    for i in range(n):
        radius = 0.1 + 0.5 * (i + 1) / n
        edge = radius * (
            1 + wobble * np.sin(lobes * turn + 6.3 * chance.unit() + 0.5 * i) + 0.05 * fractal(chance, px, 3, 2)
        )
        fields.append((away - edge).astype(np.float32))
    return fields


def _ridges(chance: Chance, px: int, n: int) -> list[np.ndarray]:
    """Return sheets whose upper edges are waves or hills, the nearest the lowest; some carry trees."""
    x, y = grid(px)
    fields, waves = [], chance.happens(0.5)
    for i in range(n):
        level = 0.2 + 0.72 * (i + 0.5) / n
        phases = chance.numbers(6)
        if waves:
            turn = 2 * np.pi * (x * (1.2 + 0.5 * phases[0]) + phases[1])
            line = level + 0.075 * np.sin(turn + 0.8 * np.sin(turn)) + 0.02 * np.sin(2.7 * turn + 6 * phases[2])
        else:
            line = level + sum(0.075 * 0.5**k * np.sin(2 * np.pi * (1.2 * 1.9**k * x + phases[k])) for k in range(6))
            line = line - _firs(chance, x, 0.03 + 0.06 * i / n) * (i % 2)
        fields.append((y - line).astype(np.float32) * 0.8)
    return fields


def _firs(chance: Chance, x: np.ndarray, high: float) -> np.ndarray:
    """Return how high firs stand over x."""
    tall = np.zeros_like(x)
    for _ in range(16):
        at, size = chance.unit(), high * chance.between(0.5, 1.3)
        near = 1 - np.abs(x - at) / (0.3 * size)
        tall = np.maximum(tall, size * (near + 0.12 * np.abs(np.sin(9 * near))) * (near > 0))
    return tall


def _petals(chance: Chance, px: int, n: int) -> list[np.ndarray]:
    """Return flowers with ever smaller and ever more turned petals, one on the other."""
    x, y = grid(px)
    cx, cy, petals = chance.between(0.4, 0.6), chance.between(0.4, 0.6), 5 + chance.whole(5)
    away, turn = np.hypot(x - cx, y - cy), np.arctan2(y - cy, x - cx)
    fields = []
    for i in range(n):
        radius = 0.62 * (1 - i / (n + 0.6))
        shape = np.abs(np.cos(0.5 * petals * (turn + 0.5 * i * np.pi / petals + 0.1 * i))) ** 0.6
        fields.append((radius * (0.6 + 0.4 * shape) - away).astype(np.float32))
    return fields


def _round_light(chance: Chance, picture: np.ndarray, colour: np.ndarray, px: int) -> np.ndarray:
    x, y = grid(px)
    field = chance.between(0.08, 0.16) - np.hypot(x - chance.between(0.25, 0.75), y - chance.between(0.15, 0.35))
    return _sheet(chance, picture, field.astype(np.float32), colour, px)


KIND = Kind(
    "Papercut",
    "Sheets of coloured paper in many layers, with clean edges and soft shadows.",
    (16, 12, 14, 17, 13),
    paint,
)
