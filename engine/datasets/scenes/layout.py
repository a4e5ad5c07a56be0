"""What stands where in a scene, before any pixel: kinds, places, sizes, colours, who hides whom.

Everything is decided in unit coordinates, on a raster of a fixed size, so that a scene is the same at any size of the
picture.

Conventions: the shorter side of the picture is 1, x to the right, y down; later items are nearer and hide earlier ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch

from engine.datasets.scenes.shapes import KINDS, Shape, shape
from engine.datasets.scenes.textures import Texture, accent_colour, ground_texture, lattice, object_texture

NAMES = ("background", *KINDS)
MIN_SIDE, MAX_SIDE = 0.18, 0.55
MAX_TURN_RAD = np.pi / 9
MIN_VISIBLE = 0.5  # on the coarse raster, which leaves at least 0.45 on the fine one
_RASTER = 64  # cells to the shorter side
_TRIES = 60


@dataclass(frozen=True)
class Item:
    """One object: `side` is its longer side, `angle` in radians, `flip` is −1 for its mirror image."""

    label: int
    shape: Shape
    centre: tuple[float, float]
    side: float
    angle: float
    flip: int
    base: Texture
    accent: np.ndarray

    def place(self, points: np.ndarray) -> np.ndarray:
        """Return local points (n, 2) in unit coordinates."""
        cos, sin = np.cos(self.angle) * self.side, np.sin(self.angle) * self.side
        turn = np.array([[cos * self.flip, sin * self.flip], [-sin, cos]])
        return points @ turn + self.centre


@dataclass(frozen=True)
class Layout:
    """A whole scene; `light` is where it comes from, an angle in radians, and `aspect` is width / height."""

    items: tuple[Item, ...]
    ground: Texture
    light: float
    aspect: float


def layout(generator: torch.Generator, n_objects: tuple[int, int], aspect: float) -> Layout:
    """Draw a scene with a number of objects from the inclusive range `n_objects`."""
    random = _draw(generator, 10 + 256)
    low, high = n_objects
    wanted = low + int(random[0] * (high - low + 1))
    light = float(-np.pi / 2 + (random[1] - 0.5) * 2.0)
    items: tuple[Item, ...] = ()
    for _ in range(wanted):
        items = _with_one_more(items, generator, aspect)
    return Layout(items, ground_texture(random[2:10], lattice(random[10:])), light, aspect)


def visible_fractions(items: tuple[Item, ...], aspect: float) -> np.ndarray:
    """Return the part of each object's area (N,) that is inside the picture and not hidden, measured coarsely."""
    return _fractions([_raster(item, aspect) for item in items], aspect)


def _fractions(rasters: list[np.ndarray], aspect: float) -> np.ndarray:
    width, height = max(aspect, 1.0), max(1 / aspect, 1.0)
    hidden = np.ones(_raster_shape(aspect), np.uint8)
    half = _RASTER // 2  # what is outside the picture counts as hidden
    hidden[half : half + round(height * _RASTER), half : half + round(width * _RASTER)] = 0
    fractions = np.zeros(len(rasters))
    for i in reversed(range(len(rasters))):
        fractions[i] = 1 - cv2.countNonZero(rasters[i] & hidden) / max(cv2.countNonZero(rasters[i]), 1)
        hidden |= rasters[i]
    return fractions


def _raster(item: Item, aspect: float) -> np.ndarray:
    """Return the object's silhouette on the coarse raster, which reaches half a side beyond the picture."""
    own = np.zeros(_raster_shape(aspect), np.uint8)
    parts = [part for part in item.shape.parts if part.paint != "light"]  # lights lie within the other parts
    contours = [contour for part in parts for contour in part.contours]
    points = np.round((item.place(np.concatenate(contours)) + 0.5) * (_RASTER * 16)).astype(np.int32)
    placed = iter(np.split(points, np.cumsum([len(contour) for contour in contours])[:-1]))
    for part in parts:
        cv2.fillPoly(own, [next(placed) for _ in part.contours], 1, shift=4)
    return own


def _raster_shape(aspect: float) -> tuple[int, int]:
    return round((max(1 / aspect, 1.0) + 1) * _RASTER), round((max(aspect, 1.0) + 1) * _RASTER)


def _with_one_more(items: tuple[Item, ...], generator: torch.Generator, aspect: float) -> tuple[Item, ...]:
    """Add an object in front, at the first place where every object stays visible enough; none if there is no place."""
    random = _draw(generator, 20 + 256)
    item = _item(random)
    rasters = [_raster(other, aspect) for other in items]
    width, height = max(aspect, 1.0), max(1 / aspect, 1.0)
    for attempt, (x, y) in enumerate(_draw(generator, 2 * _TRIES).reshape(-1, 2)):
        side = max(item.side * 0.95 ** (attempt // 5), MIN_SIDE)
        margin = 0.3 * side
        centre = (margin + x * (width - 2 * margin), margin + y * (height - 2 * margin))
        tried = replace(item, centre=centre, side=side)
        if _fractions([*rasters, _raster(tried, aspect)], aspect).min() >= MIN_VISIBLE:
            return (*items, tried)
    return items


def _item(random: np.ndarray) -> Item:
    label = 1 + int(random[0] * len(KINDS))
    base = object_texture(random[10:18], lattice(random[20:]))
    return Item(
        label=label,
        shape=shape(NAMES[label], random[1:5]),
        centre=(0.5, 0.5),
        side=float(MIN_SIDE * (MAX_SIDE / MIN_SIDE) ** random[5]),
        angle=float((2 * random[6] - 1) * MAX_TURN_RAD),
        flip=1 if random[7] < 0.5 else -1,
        base=base,
        accent=accent_colour(random[8], base.first),
    )


def _draw(generator: torch.Generator, n: int) -> np.ndarray:
    return torch.rand(n, generator=generator, dtype=torch.float64).numpy()
