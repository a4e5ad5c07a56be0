"""Cubist facets: the plane is cut into pieces, and each piece looks at the composition from another place.

A piece shows sketch(R (p − c) + c + t), with its own small turn R and shift t, under light that falls off from one of
its sides.

Conventions: pieces are convex polygons (n, 2) in sides of the picture.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.compositions import compose
from engine.datasets.style_pictures.edges import from_edges
from engine.datasets.style_pictures.kind import Kind
from engine.datasets.style_pictures.noise import fractal, grain, grid, step
from engine.datasets.style_pictures.palettes import palette

_SQUARE = np.array([[-0.05, -0.05], [1.05, -0.05], [1.05, 1.05], [-0.05, 1.05]])


def paint(chance: Chance, px: int) -> np.ndarray:
    """Paint one."""
    colours = palette(chance, ("ochre", "clay", "storm", "forest", "autumn", "ice", "dusk", "jewel"))
    sketch = compose(chance, colours, ("still life", "still life", "bird", "bouquet", "town", "discs", "fish"), px)
    pieces = _cut(chance, 55 + chance.whole(45))
    which = _raster(pieces, px)
    colour = _looked_at(chance, sketch.colour, pieces, which)
    light = _light(chance, pieces, which)
    tint = colours.colours[(chance.numbers(len(pieces)) * 6).astype(int)][which]
    colour = colour * 0.82 + tint * 0.18
    strokes = fractal(chance, px, (14, 90), 3) * 0.035 + fractal(chance, px, (90, 14), 3) * 0.035
    colour = colour * (light + strokes + 0.02 * grain(chance, px, 0.8))[..., None]
    away = from_edges(which, 0.001)
    strong = (chance.numbers(len(pieces)) < 0.6)[which]
    line = (1 - step(away, 0.0008, 0.003 + 0.002 * fractal(chance, px, 6, 2).clip(-1, 1) * 0.5)) * np.where(
        strong, 0.8, 0.25
    )
    return np.clip(colour + (colours.deep * 0.6 - colour) * line[..., None], 0, 1).astype(np.float32)


def _cut(chance: Chance, n: int) -> list[np.ndarray]:
    """Return n polygons: again and again one of the largest is cut by a line near its middle."""
    pieces, lean = [_SQUARE], chance.between(0, np.pi)
    while len(pieces) < n:
        areas = np.array([_area(piece) for piece in pieces])
        order = np.argsort(-areas * (0.4 + chance.numbers(len(areas))), kind="stable")
        piece = pieces.pop(order[0])
        angle = lean + chance.one_of((0.0, 0.9, 1.57, 2.3)) + chance.around(0, 0.16)
        weights = chance.numbers(len(piece)) + 0.35
        through = (piece * (weights / weights.sum())[:, None]).sum(0)
        pieces += _halves(piece, through, np.array([np.cos(angle), np.sin(angle)]))
    return pieces


def _halves(piece: np.ndarray, through: np.ndarray, normal: np.ndarray) -> list[np.ndarray]:
    side = (piece - through) @ normal
    halves: tuple[list, list] = ([], [])
    for i in range(len(piece)):
        j = (i + 1) % len(piece)
        halves[int(side[i] > 0)].append(piece[i])
        if (side[i] > 0) != (side[j] > 0):
            cut = piece[i] + (piece[j] - piece[i]) * side[i] / (side[i] - side[j])
            halves[0].append(cut)
            halves[1].append(cut)
    return [np.array(half) for half in halves if len(half) > 2]


def _area(piece: np.ndarray) -> float:
    x, y = piece.T
    return abs(float(x @ np.roll(y, 1) - y @ np.roll(x, 1))) / 2


def _raster(pieces: list[np.ndarray], px: int) -> np.ndarray:
    which = np.zeros((px, px), np.int32)
    for i, piece in enumerate(pieces):
        cv2.fillConvexPoly(which, np.round(piece * (px * 16)).astype(np.int32), i, cv2.LINE_8, 4)
    return which


def _looked_at(chance: Chance, picture: np.ndarray, pieces: list[np.ndarray], which: np.ndarray) -> np.ndarray:
    n, px = len(pieces), len(which)
    x, y = grid(px)
    middle = np.array([piece.mean(0) for piece in pieces], np.float32)[which]
    turn = ((chance.numbers(n) - 0.5) * 0.7).astype(np.float32)[which]
    shift = ((chance.numbers(n, 2) - 0.5) * 0.15).astype(np.float32)[which]
    dx, dy = x - middle[..., 0], y - middle[..., 1]
    to_x = np.cos(turn) * dx - np.sin(turn) * dy + middle[..., 0] + shift[..., 0]
    to_y = np.sin(turn) * dx + np.cos(turn) * dy + middle[..., 1] + shift[..., 1]
    return cv2.remap(picture, to_x * px - 0.5, to_y * px - 0.5, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def _light(chance: Chance, pieces: list[np.ndarray], which: np.ndarray) -> np.ndarray:
    """Return light (px, px) that falls off across each piece, from a side of its own."""
    n = len(pieces)
    x, y = grid(len(which))
    angle = (chance.numbers(n) * 2 * np.pi).astype(np.float32)
    along = [piece @ np.array([np.cos(a), np.sin(a)]) for piece, a in zip(pieces, angle, strict=True)]
    low, high = (np.array([end(one) for one in along], np.float32)[which] for end in (np.min, np.max))
    at = (np.cos(angle)[which] * x + np.sin(angle)[which] * y - low) / (high - low)
    level = (0.74 + 0.3 * chance.numbers(n)).astype(np.float32)[which]
    return level + 0.55 * (at - 0.35)


KIND = Kind(
    "Cubist facets",
    "The plane is cut into shards, each with its own light and its own view of what stands there.",
    (16, 15, 13, 21, 12),
    paint,
)
