"""Marbling: drops of ink that push each other aside on water, then drawn with a comb and a stylus.

A drop of radius r at c moves every point p outwards, p' = c + (p − c) √(1 + r² / |p − c|²), so that areas stay. A line
of the stylus along m moves points by z λ / (λ + d), with d their distance from it. Each pixel is followed back through
all moves to the drop that it came from.

Conventions: moves are in sides of the picture, listed in the order in which they were made.

Reference: Lu, Jaffer, Jin, Zhao and Mao 2012, Mathematical Marbling.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.kind import Kind
from engine.datasets.style_pictures.noise import fractal, grain, grid
from engine.datasets.style_pictures.palettes import palette
from engine.datasets.style_pictures.paper import washed


def paint(chance: Chance, px: int) -> np.ndarray:
    """Paint one."""
    colours, side = palette(chance), 2 * px if px < 1024 else px  # rims are sharp: painted finer, then averaged
    drops = _drops(chance, 100 + chance.whole(50))
    lines = _lines(chance, chance.one_of(("comb", "waves", "stylus", "comb", "stone")))
    x, y = grid(side)
    x, y = x + 0.002 * fractal(chance, side, 9, 3), y + 0.002 * fractal(chance, side, 9, 3)
    for middle, angle, push, sharp, wave in reversed(lines):
        x, y = _undrawn(x, y, middle, angle, push, sharp, wave)
    which, rim = _undropped(x, y, drops)
    inks = colours.colours[np.concatenate([[4], (chance.numbers(len(drops)) * 7).astype(int)])]
    colour = cv2.resize(inks[which] * (1 - 0.16 * rim)[..., None], (px, px), interpolation=cv2.INTER_AREA)
    paper = 1 + 0.016 * washed(chance, px) + 0.012 * grain(chance, px, 0.6)
    return np.clip(colour * paper[..., None], 0, 1).astype(np.float32)


def _drops(chance: Chance, n: int) -> np.ndarray:
    """Return drops (n, 3) x, y, radius: some scattered, some again and again at the same places."""
    homes = chance.numbers(5, 2)
    rows = []
    for i in range(n):
        home = homes[chance.whole(5)]
        at = home + 0.02 * (chance.numbers(2) - 0.5) if chance.happens(0.55) else chance.numbers(2)
        rows.append([*at, chance.between(0.05, 0.16) * (1.1 - 0.5 * i / n)])
    return np.array(rows)


def _lines(chance: Chance, way: str) -> list[tuple[float, float, float, float, float]]:
    """Return strokes of the stylus: where, along which angle, how far, how sharp, how wavy."""
    if way == "stone":
        return []
    if way == "comb":
        tines, angle = 7 + chance.whole(6), chance.one_of((0.0, np.pi / 2))
        down = [((i + 0.5) / tines, angle, 0.16 * (-1) ** i, 0.022, 0.0) for i in range(tines)]
        across = [((i + 0.5) / (2 * tines), angle + np.pi / 2, 0.045, 0.01, 0.0) for i in range(2 * tines)]
        return down + across * chance.whole(2)
    if way == "waves":
        return [(chance.unit(), 0.0, 0.2, 0.09, 0.12), (chance.unit(), np.pi / 2, 0.14, 0.07, 0.16)] * 2
    return [
        (chance.unit(), np.pi * chance.unit(), chance.between(-0.2, 0.2), chance.between(0.02, 0.07), 0.04)
        for _ in range(7)
    ]


def _undrawn(
    x: np.ndarray, y: np.ndarray, middle: float, angle: float, push: float, sharp: float, wave: float
) -> tuple[np.ndarray, np.ndarray]:
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    u, v = cos * (x - 0.5) + sin * (y - 0.5), cos * (y - 0.5) - sin * (x - 0.5)
    v = v - np.float32(wave) * np.sin(np.float32(7) * u)
    u = u - np.float32(push) * np.float32(sharp) / (np.float32(sharp) + np.abs(v - np.float32(middle - 0.5)))
    return cos * u - sin * v + np.float32(0.5), sin * u + cos * v + np.float32(0.5)


def _undropped(x: np.ndarray, y: np.ndarray, drops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which drop (0 for the bath) each pixel came from, and how near it lay to that drop's rim, 0 to 1."""
    shape = x.shape
    x, y = x.ravel().astype(np.float32), y.ravel().astype(np.float32)
    left = np.arange(x.size)
    which, rim = np.zeros(x.size, np.int32), np.zeros(x.size, np.float32)
    for i in reversed(range(len(drops))):
        cx, cy, radius = drops[i].astype(np.float32)
        dx, dy = x - cx, y - cy
        away = dx * dx + dy * dy
        inside = away < radius * radius
        which[left[inside]] = i + 1
        rim[left[inside]] = np.clip((np.sqrt(away[inside]) / radius - 0.8) / 0.2, 0, 1)
        keep = ~inside
        left, dx, dy, away = left[keep], dx[keep], dy[keep], away[keep]
        back = np.sqrt(1 - radius * radius / away)
        x, y = cx + dx * back, cy + dy * back
    return which.reshape(shape), rim.reshape(shape)


KIND = Kind(
    "Marbling",
    "Drops of ink that push each other aside on water, drawn out with a comb.",
    (14, 11, 23, 22, 15),
    paint,
)
