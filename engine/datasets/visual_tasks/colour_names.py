"""Twelve names of colours, and which of them a picture is mostly made of.

Colour space is cut into 16 × 16 × 16 boxes, and each box has the name of its middle, decided by hue, saturation and
value. What is drawn in a named colour is drawn from the boxes of that name, so drawing and measuring agree exactly.

Conventions: sRGB in [0, 1]; names are counted from 0 in the order of NAMES.
"""

from __future__ import annotations

import functools

import cv2
import numpy as np

from engine.datasets.chance import Chance

NAMES = (
    "black", "grey", "white", "red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink", "brown",
)  # fmt: skip
# Where a hue ends, in degrees: never at the hue of a box's middle, so that rounding decides nothing.
_HUES = (
    (14.5, "red"), (42.3, "orange"), (68.3, "yellow"), (158.3, "green"), (200.3, "cyan"), (258.3, "blue"),
    (299.5, "purple"), (340.3, "pink"), (361.0, "red"),
)  # fmt: skip
_BOXES = 16


@functools.cache
def _table() -> np.ndarray:
    """Return the name (16, 16, 16) of every box."""
    middles = (np.stack(np.mgrid[:_BOXES, :_BOXES, :_BOXES], -1).reshape(1, -1, 3) + 0.5) / _BOXES
    hue, saturation, value = cv2.cvtColor(middles.astype(np.float32), cv2.COLOR_RGB2HSV)[0].T
    names = np.array([NAMES.index(next(name for end, name in _HUES if h < end)) for h in hue])
    names[(names == NAMES.index("orange")) & (value < 0.68)] = NAMES.index("brown")
    names[(names == NAMES.index("red")) & (value < 0.45)] = NAMES.index("brown")
    names[(names == NAMES.index("red")) & (saturation < 0.5) & (value > 0.75)] = NAMES.index("pink")
    grey = saturation < np.where(value < 0.4, 0.32, 0.17)
    names[grey] = np.where(value[grey] > 0.8, NAMES.index("white"), NAMES.index("grey"))
    names[value < 0.2] = NAMES.index("black")
    return names.reshape(_BOXES, _BOXES, _BOXES).astype(np.uint8)


@functools.cache
def _boxes_of(name: int) -> np.ndarray:
    return np.argwhere(_table() == name)


def names_of(colours: np.ndarray) -> np.ndarray:
    """Return the name (…) of each colour (…, 3)."""
    r, g, b = np.moveaxis(np.clip((colours * _BOXES).astype(np.int16), 0, _BOXES - 1), -1, 0)
    return _table()[r, g, b]


def colour_of(chance: Chance, name: int) -> np.ndarray:
    """Return a colour (3,) float32 of a name."""
    boxes = _boxes_of(name)
    within = np.array([chance.between(0.1, 0.9) for _ in range(3)])
    return ((boxes[chance.whole(len(boxes))] + within) / _BOXES).astype(np.float32)


def shares(picture: np.ndarray) -> np.ndarray:
    """Return which part of a picture (H, W, 3) each name covers, (12,)."""
    names = names_of(picture)
    return np.bincount(names.ravel(), minlength=len(NAMES)) / names.size
