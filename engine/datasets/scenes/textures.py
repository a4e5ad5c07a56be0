"""Procedural textures: two colours mixed by a pattern m(u, v) in [0, 1], so that colour never tells a kind.

Patterns are functions of the surface's own coordinates, not of pixels: the same texture at any size of the picture.
Their edges are two pixels wide, which keeps fine ones from flickering.

Conventions: colours are RGB in [0, 255]; u and v are in units of the object's (or the ground's) side.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

TEXTURES = ("plain", "stripes", "dots", "checks", "gradient", "noise")
_LATTICE = 16
_PALETTE = np.array(
    [
        (230, 86, 72), (244, 148, 62), (248, 202, 84), (152, 192, 88), (66, 160, 110), (62, 178, 178), (80, 160, 222),
        (70, 104, 190), (136, 104, 196), (204, 104, 176), (240, 138, 150), (160, 112, 84), (240, 226, 198),
        (128, 144, 160), (92, 108, 138), (196, 220, 228),
    ],
    np.float32,
)  # fmt: skip


@dataclass(frozen=True)
class Texture:
    """One surface: a pattern of `first` and `second` with `frequency` repeats to a side, turned by `angle` radians."""

    pattern: str
    first: np.ndarray
    second: np.ndarray
    frequency: float
    angle: float
    phase: float
    lattice: np.ndarray

    def paint(self, u: np.ndarray, v: np.ndarray, pixel: float) -> np.ndarray:
        """Return the colours (h, w, 3) at (u, v), where one pixel is `pixel` wide."""
        if self.pattern == "plain":
            return np.broadcast_to(self.first, (*u.shape, 3))
        mix = self._pattern(u, v, pixel)[..., None]
        return self.first + (self.second - self.first) * mix

    def _pattern(self, u: np.ndarray, v: np.ndarray, pixel: float) -> np.ndarray:
        cos, sin = np.float32(np.cos(self.angle)), np.float32(np.sin(self.angle))
        s, t = cos * u + sin * v + np.float32(self.phase), cos * v - sin * u
        if self.pattern == "gradient":
            return np.clip(0.5 + s - np.float32(self.phase), 0, 1)
        if self.pattern == "noise":
            scale = np.float32(self.frequency)
            return cv2.remap(self.lattice, s * scale, t * scale, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        turn = np.float32(2 * np.pi * self.frequency)
        wave = np.sin(turn * s)
        if self.pattern == "dots":
            wave = wave + np.sin(turn * t) - np.float32(0.9)
        elif self.pattern == "checks":
            wave = wave * np.sin(turn * t)
        return np.clip(0.5 + wave * np.float32(1 / max(2 * turn * pixel, 0.3)), 0, 1)


def object_texture(random: np.ndarray, lattice: np.ndarray) -> Texture:
    """Return a strong texture from eight numbers in [0, 1) and a lattice of noise."""
    first = _PALETTE[int(random[0] * len(_PALETTE))]
    other = _PALETTE[int(random[1] * len(_PALETTE))]
    toward = np.float32(255.0) if random[2] < 0.35 else other if random[2] < 0.7 else first * 0.4
    second = first + (toward - first) * np.float32(0.35 + 0.35 * random[3])
    return _texture(random, first, second, 2.5 + 3 * random[4], lattice)


def ground_texture(random: np.ndarray, lattice: np.ndarray) -> Texture:
    """Return a calm texture from eight numbers in [0, 1) and a lattice of noise: a ground, not an object."""
    grey = np.float32(90 + 140 * random[2])
    first = grey + (_PALETTE[int(random[0] * len(_PALETTE))] - grey) * np.float32(0.45)
    second = first + (_PALETTE[int(random[1] * len(_PALETTE))] - first) * np.float32(0.12 + 0.2 * random[3])
    return _texture(random, first, second, 3 + 6 * random[4], lattice)


def accent_colour(random: float, base: np.ndarray) -> np.ndarray:
    """Return a colour of the palette that differs clearly from `base`."""
    far = _PALETTE[np.abs(_PALETTE - base).sum(1) > 130]
    return far[int(random * len(far))]


def _texture(
    random: np.ndarray, first: np.ndarray, second: np.ndarray, frequency: float, lattice: np.ndarray
) -> Texture:
    pattern = TEXTURES[int(random[5] * len(TEXTURES))]
    if pattern == "noise":
        frequency *= 1.6
    return Texture(pattern, first, second, frequency, float(np.pi * random[6]), float(random[7]), lattice)


def lattice(random: np.ndarray) -> np.ndarray:
    """Return random numbers (256,) in [0, 1) as the corners of a repeating noise."""
    return random.astype(np.float32).reshape(_LATTICE, _LATTICE)
