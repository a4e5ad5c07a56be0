"""The outlines of the eight kinds of object, each a list of filled parts, drawn first to last.

Conventions: x to the right, y down. Every object is centred on 0 and its longer side is 1. `variety` is four numbers in
[0, 1) that change the proportions. A part's contours fill by the even-odd rule, so a second contour is a hole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

KEYPOINT_NAMES = ("nose", "tail top", "tail bottom", "eye")  # of the fish


@dataclass(frozen=True)
class Part:
    """One filled area.

    Attributes:
        contours: (n, 2) outlines.
        paint: "base" and "accent" are textured, "light" and "dark" are plain.
    """

    contours: tuple[np.ndarray, ...]
    paint: str


@dataclass(frozen=True)
class Shape:
    """The parts of one object, and its named points (K, 2), which only the fish has."""

    parts: tuple[Part, ...]
    keypoints: np.ndarray | None = None


def shape(kind: str, variety: np.ndarray) -> Shape:
    """Return the object of one kind, centred, its longer side 1."""
    parts, keypoints = KINDS[kind](variety)
    points = np.concatenate([contour for part in parts for contour in part.contours])
    low, high = points.min(0), points.max(0)
    middle, side = (low + high) / 2, (high - low).max()
    moved = tuple(Part(tuple((c - middle) / side for c in part.contours), part.paint) for part in parts)
    return Shape(moved, None if keypoints is None else (keypoints - middle) / side)


def _ellipse(x: float, y: float, rx: float, ry: float, n: int = 40) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], 1)


def _box(left: float, top: float, right: float, bottom: float, radius: float = 0.0) -> np.ndarray:
    """Return a rectangle with round corners."""
    angle = np.linspace(0, np.pi / 2, 6 if radius else 1)
    corners = [(right, bottom), (left, bottom), (left, top), (right, top)]
    inward = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    arcs = [
        np.stack(
            [x + radius * (sx + np.cos(angle + i * np.pi / 2)), y + radius * (sy + np.sin(angle + i * np.pi / 2))], 1
        )
        if radius
        else np.array([[x, y]])
        for i, ((x, y), (sx, sy)) in enumerate(zip(corners, inward, strict=True))
    ]
    return np.concatenate(arcs).astype(float)


def _poly(*points: tuple[float, float]) -> np.ndarray:
    return np.array(points, float)


def _part(paint: str, *contours: np.ndarray) -> Part:
    return Part(contours, paint)


def _mirrored(right: np.ndarray) -> np.ndarray:
    """Return the closed outline whose right half is given from top to bottom."""
    return np.concatenate([right, right[::-1] * (-1, 1)])


def _ball(v: np.ndarray) -> tuple[list[Part], None]:
    latitude = np.linspace(-np.pi / 2, np.pi / 2, 20)

    def meridian(longitude: float) -> np.ndarray:
        return np.stack([np.sin(longitude) * np.cos(latitude), np.sin(latitude)], 1)

    turn = 0.5 * v[0]
    parts = [_part("base", _ellipse(0, 0, 1, 1, 64))]
    for start, paint in ((-1.35, "accent"), (-0.35, "light"), (0.55, "accent")):
        outline = np.concatenate([meridian(start + turn), meridian(start + turn + 0.45)[::-1]])
        parts.append(_part(paint, outline))
    return [*parts, _part("dark", _ellipse(0, -0.9, 0.2, 0.08))], None


def _mug(v: np.ndarray) -> tuple[list[Part], None]:
    half, height = 0.72 + 0.2 * v[0], 0.85 + 0.25 * v[1]
    taper = 0.14 * v[2]
    angle = np.linspace(0, np.pi, 20)
    bottom = np.stack([(half - taper) * np.cos(angle), height + 0.16 * np.sin(angle)], 1)
    body = np.concatenate([_poly((-half, -height), (half, -height)), bottom])
    handle = (_ellipse(half - 0.05, 0, 0.58, 0.62), _ellipse(half - 0.05, 0, 0.34, 0.38))
    return [
        _part("accent", *handle),
        _part("base", body),
        _part("light", _ellipse(0, -height, half, 0.2)),
        _part("dark", _ellipse(0, -height + 0.02, half * 0.86, 0.14)),
        _part("accent", _ellipse(0, 0.12, 0.3, 0.32)),
    ], None


def _car(v: np.ndarray) -> tuple[list[Part], None]:
    roof, hood, wheel = -0.62 - 0.16 * v[0], 0.25 + 0.2 * v[1], 0.27 + 0.06 * v[2]
    cabin = _poly((-0.92, 0.0), (-0.68, roof), (0.22, roof), (0.3 + hood, 0.0))
    rear = _poly((-0.76, -0.04), (-0.59, roof + 0.12), (-0.26, roof + 0.12), (-0.26, -0.04))
    front = _poly((-0.16, -0.04), (-0.16, roof + 0.12), (0.17, roof + 0.12), (0.17 + hood, -0.04))
    parts = [
        _part("base", cabin),
        _part("base", _box(-1.15, -0.08, 1.2, 0.46, 0.16)),
        _part("light", rear),
        _part("light", front),
        _part("accent", _box(-1.12, 0.26, 1.17, 0.36)),
        _part("light", _ellipse(1.08, 0.1, 0.09, 0.1)),
        _part("dark", _box(-0.1, 0.08, 0.1, 0.13)),
    ]
    for x in (-0.62, 0.68):
        parts += [
            _part("dark", _ellipse(x, 0.46, wheel, wheel)),
            _part("light", _ellipse(x, 0.46, wheel / 2, wheel / 2)),
        ]
    return parts, None


def _house(v: np.ndarray) -> tuple[list[Part], None]:
    half, peak = 0.75 + 0.2 * v[0], -1.0 - 0.3 * v[1]
    parts = [
        _part("dark", _box(0.32, peak + 0.12, 0.56, -0.3)),
        _part("base", _box(-half, -0.35, half, 0.95)),
        _part("accent", _poly((-half - 0.2, -0.3), (0, peak), (half + 0.2, -0.3))),
        _part("dark", _box(-0.19, 0.3, 0.19, 0.95, 0.06)),
        _part("light", _ellipse(0.1, 0.64, 0.04, 0.04)),
        _part("light", _ellipse(0, -0.58, 0.15, 0.15)),
    ]
    for x in (-half * 0.64, half * 0.64):
        panes = [_box(x + a, 0.02 + b, x + a + 0.15, 0.17 + b) for a in (-0.17, 0.02) for b in (0, 0.19)]
        parts += [_part("dark", _box(x - 0.21, -0.02, x + 0.21, 0.4)), *(_part("light", pane) for pane in panes)]
    return parts, None


def _tree(v: np.ndarray) -> tuple[list[Part], None]:
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    lobes = 4 + int(3 * v[0])
    radius = 0.78 + 0.2 * np.abs(np.sin(lobes * angle / 2 + v[1]))
    crown = np.stack([radius * np.cos(angle), -0.45 + 0.9 * radius * np.sin(angle)], 1)
    trunk = _poly((-0.14, 0.1), (0.14, 0.1), (0.18, 1.0), (0.32, 1.15), (-0.32, 1.15), (-0.18, 1.0))
    fruits = [(-0.42, -0.5), (0.05, -0.85), (0.42, -0.35), (-0.08, -0.2)]
    return [
        _part("dark", trunk),
        _part("base", crown),
        *(_part("accent", _ellipse(x, y, 0.11, 0.11, 20)) for x, y in fruits),
    ], None


def _fish(v: np.ndarray) -> tuple[list[Part], np.ndarray]:
    deep = 0.42 + 0.16 * v[0]
    along = np.linspace(0, 1, 24)
    upper = np.stack([1 - 1.7 * along, -deep * np.sin(np.pi * along**0.75) * (1 - 0.25 * along)], 1)
    body = np.concatenate([upper, upper[::-1] * (1, -1)])
    tail_top, tail_bottom = (-1.2 - 0.15 * v[1], -0.5), (-1.2 - 0.15 * v[1], 0.5)
    tail = _poly((-0.5, 0), (-0.8, -0.2), tail_top, (-0.98, 0), tail_bottom, (-0.8, 0.2))
    fin = _poly((0.35, -deep * 0.8), (0.0, -deep - 0.3), (-0.4, -deep - 0.12), (-0.35, -deep * 0.55))
    bend = np.linspace(-0.9, 0.9, 12)
    gill = np.stack([0.36 + 0.12 * np.cos(bend), 0.3 * np.sin(bend)], 1)
    gill = np.concatenate([gill, gill[::-1] - (0.035, 0)])
    eye = (0.62, -0.12)
    return [
        _part("accent", tail),
        _part("accent", fin),
        _part("base", body),
        _part("accent", gill),
        _part("accent", _poly((0.15, 0.08), (-0.25, 0.02), (-0.2, 0.3))),
        _part("light", _ellipse(*eye, 0.12, 0.12)),
        _part("dark", _ellipse(eye[0] + 0.02, eye[1], 0.065, 0.065)),
    ], np.array([(1.0, 0.0), tail_top, tail_bottom, eye])


def _bottle(v: np.ndarray) -> tuple[list[Part], None]:
    half, neck, shoulder = 0.36 + 0.12 * v[0], 0.13 + 0.05 * v[1], -0.5 + 0.25 * v[2]
    rise = np.linspace(0, 1, 14)
    slope = np.stack([neck + (half - neck) * (1 - np.cos(np.pi * rise)) / 2, shoulder + 0.45 * (rise - 0.6)], 1)
    right = np.concatenate([_poly((neck, -1.1)), slope, _poly((half, 1.0), (half - 0.08, 1.08))])
    return [
        _part("base", _mirrored(right)),
        _part("accent", _box(-neck - 0.05, -1.25, neck + 0.05, -1.0, 0.04)),
        _part("light", _box(-half, 0.08, half, 0.72)),
        _part("accent", _ellipse(0, 0.4, half * 0.5, 0.2)),
        _part("light", _box(-neck - 0.02, -0.92, neck + 0.02, -0.84)),
    ], None


def _star(v: np.ndarray) -> tuple[list[Part], None]:
    def points(outer: float) -> np.ndarray:
        angle = -np.pi / 2 + np.arange(10) * np.pi / 5
        radius = outer * np.where(np.arange(10) % 2, 0.46 + 0.1 * v[0], 1)
        return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)

    smile = np.linspace(0.3, np.pi - 0.3, 12)
    mouth = np.stack([0.2 * np.cos(smile), 0.1 + 0.16 * np.sin(smile)], 1)
    return [
        _part("accent", points(1.0)),
        _part("base", points(0.8)),
        _part("dark", _ellipse(-0.15, -0.08, 0.06, 0.09, 20)),
        _part("dark", _ellipse(0.15, -0.08, 0.06, 0.09, 20)),
        _part("dark", mouth),
    ], None


KINDS: dict[str, Callable[[np.ndarray], tuple[list[Part], np.ndarray | None]]] = {
    "ball": _ball,
    "mug": _mug,
    "car": _car,
    "house": _house,
    "tree": _tree,
    "fish": _fish,
    "bottle": _bottle,
    "star": _star,
}
