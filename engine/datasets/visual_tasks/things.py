"""Things to stand on a surface: outlines of shapes, and letters and digits in eight typefaces.

Conventions: coverage is float32 (size, size) in [0, 1]; outlines are (n, 2) in the unit disc, x to the right, y down.
"""

from __future__ import annotations

import functools

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.visual_tasks.tasks import GLYPHS

_TYPEFACES = (
    cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_COMPLEX_SMALL, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX | cv2.FONT_ITALIC,
)  # fmt: skip
_SHIFT = 4
_GLYPH_PX = 96


@functools.cache
def outline(name: str) -> tuple[np.ndarray, ...]:
    """Return the contours of one of SHAPES; a second contour is a hole."""
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    circle = np.stack([np.cos(turn), np.sin(turn)], 1)
    if name in ("disc", "ring"):
        return (circle,) if name == "disc" else (circle, 0.55 * circle)
    if name == "heart":
        x, y = 16 * np.sin(turn) ** 3, sum(k * np.cos((i + 1) * turn) for i, k in enumerate((13, -5, -2, -1)))
        return (np.stack([x, -y], 1) / 17,)
    if name == "crescent":
        bite = np.linspace(0.9, 2 * np.pi - 0.9, 40)
        inner = np.linspace(2 * np.pi - 1.25, 1.25, 40)
        outer = np.stack([np.cos(bite), np.sin(bite)], 1)
        return (np.concatenate([outer, np.stack([0.31 + 0.82 * np.cos(inner), 0.82 * np.sin(inner)], 1)]),)
    if name == "drop":
        return (np.stack([0.62 * np.sin(turn) * np.sin(turn / 2) ** 1.6, -np.cos(turn)], 1),)
    if name == "leaf":
        t = np.linspace(-1, 1, 24)
        side = 0.42 * (1 - t**2)
        return (np.concatenate([np.stack([side, t], 1), np.stack([-side, t], 1)[::-1]]),)
    return (_POLYGONS[name],)


def _regular(n: int, *radii: float) -> np.ndarray:
    """Return a polygon of n corners whose radii repeat, the first corner up."""
    turn = np.arange(n) * 2 * np.pi / n - np.pi / 2
    return np.stack([np.cos(turn), np.sin(turn)], 1) * np.resize(radii, n)[:, None]


_ARM = 0.3
_POLYGONS = {
    "square": _regular(4, 1.0),
    "triangle": _regular(3, 1.0),
    "star": _regular(10, 1.0, 0.42),
    "cross": np.array(
        [
            (_ARM, -1), (_ARM, -_ARM), (1, -_ARM), (1, _ARM), (_ARM, _ARM), (_ARM, 1), (-_ARM, 1), (-_ARM, _ARM),
            (-1, _ARM), (-1, -_ARM), (-_ARM, -_ARM), (-_ARM, -1),
        ]
    ),
}  # fmt: skip


def shapes(chance: Chance, size: int, name: str, count: int) -> np.ndarray:
    """Return the coverage of `count` shapes that do not touch."""
    cover = np.zeros((size, size), np.uint8)
    for x, y, radius in _places(chance, count):
        turn = 2 * np.pi * chance.unit()
        squeeze = chance.between(0.8, 1.0)
        matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) * radius
        placed = [contour * (squeeze, 1.0) @ matrix + (x, y) for contour in outline(name)]
        fixed = [np.round(points * (size * 2**_SHIFT)).astype(np.int32) for points in placed]
        cv2.fillPoly(cover, fixed, 255, cv2.LINE_AA, _SHIFT)
    return cover.astype(np.float32) / 255


def _places(chance: Chance, count: int) -> list[tuple[float, float, float]]:
    """Return centres and radii of discs in the unit square that do not touch; fewer room, smaller discs."""
    most, placed = (0.42, 0.26, 0.23, 0.21, 0.19)[count - 1], []
    while len(placed) < count:
        radius = most * chance.between(0.6, 1.0)
        x, y = chance.between(radius, 1 - radius), chance.between(radius, 1 - radius)
        if all(np.hypot(x - other[0], y - other[1]) > radius + other[2] + 0.03 for other in placed):
            placed.append((x, y, radius))
        most *= 0.985
    return placed


def glyph(chance: Chance, size: int, which: int) -> np.ndarray:
    """Return the coverage of one letter or digit, leaning, stretched and of any weight."""
    drawn = _typeset(GLYPHS[which], chance.whole(len(_TYPEFACES)), 2 + chance.whole(7))
    turn, side = chance.between(-0.4, 0.4), size * chance.between(0.5, 0.95) / _GLYPH_PX
    shear, wide = chance.between(-0.25, 0.25), chance.between(0.75, 1.15)
    cos, sin = np.cos(turn) * side, np.sin(turn) * side
    matrix = np.array([[cos, -sin], [sin, cos]]) @ np.array([[wide, shear], [0, 1]])
    room = 0.5 * max(0.0, 1 - side * _GLYPH_PX / size) * size
    centre = np.array([size / 2 + room * chance.between(-1, 1), size / 2 + room * chance.between(-1, 1)])
    moved = np.column_stack([matrix, centre - matrix @ (_GLYPH_PX / 2, _GLYPH_PX / 2)])
    return cv2.warpAffine(drawn, moved, (size, size), flags=cv2.INTER_AREA).astype(np.float32) / 255


@functools.lru_cache(maxsize=4096)
def _typeset(text: str, typeface: int, weight: int) -> np.ndarray:
    """Return a glyph (96, 96) uint8 that fills the square but for a margin."""
    face, room = _TYPEFACES[typeface], _GLYPH_PX - 12 - weight
    (wide, high), below = cv2.getTextSize(text, face, 4.0, weight)
    scale = 4.0 * min(room / wide, room / (high + below))
    (wide, high), below = cv2.getTextSize(text, face, scale, weight)
    canvas = np.zeros((_GLYPH_PX, _GLYPH_PX), np.uint8)
    foot = ((_GLYPH_PX - wide) // 2, (_GLYPH_PX + high) // 2 - below // 4)
    cv2.putText(canvas, text, foot, face, scale, 255, weight, cv2.LINE_AA)
    return canvas
