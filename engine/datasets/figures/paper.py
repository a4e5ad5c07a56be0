"""Drawing flat and textured shapes onto a picture in unit coordinates, with an optional mask of what was drawn.

Conventions: the shorter side of the picture is 1, x right, y down; colours are RGB in [0, 255].
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.figures.patterns import TILE, smooth_noise

_SHIFT = 4


@dataclass(frozen=True)
class Field:
    """A repeating tile (256, 256) seen through a homography (3, 3) from pixels to the tile's cells."""

    tile: np.ndarray
    to_tile: np.ndarray

    def window(self, low: np.ndarray, size: np.ndarray) -> np.ndarray:
        """Return the field's values in a window of `size` (width, height) pixels at `low`."""
        shift = np.array([[1.0, 0, low[0]], [0, 1, low[1]], [0, 0, 1]])
        move, flags = self.to_tile @ shift, cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        shape = (int(size[0]), int(size[1]))
        if self.to_tile[2, 1] == 0:
            return cv2.warpAffine(self.tile, move[:2], shape, flags=flags, borderMode=cv2.BORDER_WRAP)
        return cv2.warpPerspective(self.tile, move, shape, flags=flags, borderMode=cv2.BORDER_WRAP)


@dataclass(frozen=True)
class Paper:
    """A picture (H, W, 3) uint8 and, if wanted, a mask (H, W) uint8; the shorter side has `unit` pixels."""

    picture: np.ndarray
    unit: int
    mask: np.ndarray | None = None

    @property
    def width(self) -> float:
        """The width in units."""
        return self.picture.shape[1] / self.unit

    @property
    def height(self) -> float:
        """The height in units."""
        return self.picture.shape[0] / self.unit

    def fill(self, points: np.ndarray, colour: np.ndarray) -> None:
        """Fill a polygon (n, 2)."""
        fixed = self._fixed(points)
        cv2.fillPoly(self.picture, [fixed], _plain(colour), cv2.LINE_AA, _SHIFT)
        if self.mask is not None:
            cv2.fillPoly(self.mask, [fixed], 255, cv2.LINE_AA, _SHIFT)

    def line(self, points: np.ndarray, colour: np.ndarray, width: float) -> None:
        """Draw a line through the points (n, 2), `width` in units."""
        fixed, pixels = self._fixed(points), max(1, round(width * self.unit))
        cv2.polylines(self.picture, [fixed], False, _plain(colour), pixels, cv2.LINE_AA, _SHIFT)
        if self.mask is not None:
            cv2.polylines(self.mask, [fixed], False, 255, pixels, cv2.LINE_AA, _SHIFT)

    def textured(self, points: np.ndarray, first: np.ndarray, second: np.ndarray, field: Field) -> None:
        """Fill a polygon with a mix of two colours by a field in [0, 1]."""
        low = np.clip(np.floor(points.min(0) * self.unit).astype(int), 0, None)
        high = np.minimum(np.ceil(points.max(0) * self.unit).astype(int) + 1, self.picture.shape[1::-1])
        if (high <= low).any():
            return
        window = (slice(low[1], high[1]), slice(low[0], high[0]))
        shape = np.zeros(tuple(high[::-1] - low[::-1]), np.uint8)
        cv2.fillPoly(shape, [self._fixed(points - low / self.unit)], 255, cv2.LINE_AA, _SHIFT)
        share = field.window(low, high - low)[..., None]
        first, second = (np.clip(colour, 0, 255).astype(np.float32) for colour in (first, second))
        mixed = (first + (second - first) * share).astype(np.uint8)
        cv2.copyTo(mixed, shape, self.picture[window])
        if self.mask is not None:
            np.maximum(self.mask[window], shape, out=self.mask[window])

    def _fixed(self, points: np.ndarray) -> np.ndarray:
        return np.round(np.clip(np.asarray(points), -9, 9) * (self.unit * 2**_SHIFT)).astype(np.int32)


def ellipse(x: float, y: float, across: float, down: float, turn: float = 0.0, n: int = 24) -> np.ndarray:
    """Return an ellipse (n, 2) with these half axes."""
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    u, v = across * np.cos(angle), down * np.sin(angle)
    return np.stack([x + u * np.cos(turn) - v * np.sin(turn), y + u * np.sin(turn) + v * np.cos(turn)], 1)


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """Return a rectangle (4, 2)."""
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def blob(chance: Chance, x: float, y: float, radius: float, n: int = 18) -> np.ndarray:
    """Return an irregular round outline (n, 2)."""
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    reach = radius * (0.75 + 0.5 * chance.numbers(n))
    return np.stack([x + reach * np.cos(angle), y + reach * np.sin(angle) * chance.between(0.6, 1.1)], 1)


def noise(chance: Chance, unit: int, scale: int, repeats: float) -> Field:
    """Return smooth noise of one of the five scales, `repeats` tiles to a unit, turned and shifted at random."""
    turn, size = chance.between(0, 2 * np.pi), repeats * TILE / unit
    cos, sin = np.cos(turn) * size, np.sin(turn) * size
    shift = [chance.between(0, TILE), chance.between(0, TILE)]
    return Field(smooth_noise()[scale], np.array([[cos, -sin, shift[0]], [sin, cos, shift[1]], [0, 0, 1]]))


def wallpaper(tile: np.ndarray, unit: int, repeats: float) -> Field:
    """Return a tile (256, 256) upright, `repeats` times to a unit."""
    size = repeats * TILE / unit
    return Field(tile, np.array([[0, size, 0], [size, 0, 0], [0, 0, 1]]))


def floor(chance: Chance, tile: np.ndarray, width: int, unit: int, horizon: float) -> Field:
    """Return a tile (256, 256) laid on a level ground that ends at `horizon` units from the top."""
    turn, far = chance.between(-0.8, 0.8), chance.between(60, 200)
    centre = chance.between(0.2, 0.8) * width
    # A pixel (x, y) shows the ground at ((x − centre)/(y − horizon), 1/(y − horizon)), turned.
    to_ground = np.array([[1.0, 0, -centre], [0, 0, unit], [0, 1, -horizon * unit]])
    cos, sin = np.cos(turn) * far, np.sin(turn) * far
    return Field(tile, np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]) @ to_ground)


def _plain(colour: np.ndarray) -> list[float]:
    return np.clip(colour, 0, 255).tolist()
