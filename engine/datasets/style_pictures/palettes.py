"""Families of seven colours that go together, and small variations of them.

Conventions: colours are sRGB in [0, 1]; the first five of a palette run from dark to light, then come an accent and a
glow (the lightest). Nothing here is linear light: painters mix by eye.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from engine.datasets.chance import Chance

_HEX = {
    "night": "0b1437 1d3a7a 3f74b8 86b6d6 d9dfb9 f2b632 fff3c4",
    "dusk": "241034 5c2a6b b0487a ef8354 f9c784 ffd166 fff1d0",
    "sea": "06283d 0f5c7a 2a9d9d 7fd1c0 e9f5db f4a259 fffae5",
    "meadow": "17301c 2f5d34 6a9a3f b5c95a f2e8a0 d1495b fff7d6",
    "autumn": "2b1510 6b2d1a b5541f e0912f f3cf7a 2f6f73 fff0cf",
    "rose": "3a0f1f 7a1f3d c4456b ee8fa4 fbd8d4 3f7d6e fff4ec",
    "ochre": "231a12 5a4326 9c7536 cfa75a eeddb0 8c2f1b fff8e4",
    "jewel": "10112b 2a1a5e 7b2d8b c9347a f0a23b 19a4a0 fff1c9",
    "spring": "20324a 3f6f7f 76b09b f2c6c1 fdebd3 e4576e fffdf4",
    "storm": "14181f 2f3b4a 5b6f7f 98a9ad d8d8cb c7743a f6f2e4",
    "citrus": "1c2b22 2b6f4f 8fbf3f f6d743 fdf0b2 f2622e fffbe3",
    "plum": "1d0f25 43204f 81478f c08bb8 eed8e3 e3a32b fff7ee",
    "clay": "2a1a17 6d3b2e b3664a dba581 f2ddc6 2d5f6e fff6ea",
    "ice": "0d1b2a 274c6b 5e93b5 a9cfdf e7f1f2 e2725b ffffff",
    "fire": "1a0710 5b0f1f a81e2b e8552d f8a742 1f4f78 ffedb8",
    "forest": "0d1a14 1f3b2b 40684a 86a078 d6d9b8 d98c3a fbf6e2",
}
NAMES = tuple(_HEX)


@dataclass(frozen=True)
class Palette:
    """Seven colours (7, 3) float32."""

    colours: np.ndarray

    @property
    def ramp(self) -> np.ndarray:
        """Return the five colours from dark to light, (5, 3)."""
        return self.colours[:5]

    @property
    def deep(self) -> np.ndarray:
        """Return the darkest colour."""
        return self.colours[0]

    @property
    def accent(self) -> np.ndarray:
        """Return the colour that stands against the others."""
        return self.colours[5]

    @property
    def glow(self) -> np.ndarray:
        """Return the lightest colour."""
        return self.colours[6]

    def tone(self, value: np.ndarray | float) -> np.ndarray:
        """Return the ramp's colour for values in [0, 1], dark to light, as (…, 3) float32."""
        at = np.clip(np.asarray(value, np.float32), 0, 1) * 4
        low = np.minimum(at.astype(int), 3)
        part = (at - low)[..., None]
        return (self.ramp[low] * (1 - part) + self.ramp[low + 1] * part).astype(np.float32)


def palette(chance: Chance, names: tuple[str, ...] = NAMES) -> Palette:
    """Return one of the named palettes, a little turned in hue and changed in saturation."""
    colours = named(chance.one_of(names)).colours
    return Palette(turned(colours, chance.around(0, 0.1), chance.between(0.9, 1.15)))


def named(name: str) -> Palette:
    """Return a palette as it is written above."""
    return Palette(np.array([rgb(code) for code in _HEX[name].split()], np.float32))


def rgb(code: str) -> np.ndarray:
    """Return the colour of six hexadecimal digits, (3,) float32."""
    return np.array([int(code[i : i + 2], 16) / 255 for i in (0, 2, 4)], np.float32)


def turned(colours: np.ndarray, angle: float, saturation: float) -> np.ndarray:
    """Return colours (…, 3) turned about the grey axis by `angle` radians, at the same luminance."""
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    grey = (colours @ weights)[..., None]
    axis = np.full(3, 1 / np.sqrt(3))
    turn = cv2.Rodrigues(axis * angle)[0].astype(np.float32)
    shifted = (colours - grey) @ turn.T * np.float32(saturation)
    shifted -= (shifted @ weights)[..., None]
    return np.clip(grey + shifted, 0, 1).astype(np.float32)
