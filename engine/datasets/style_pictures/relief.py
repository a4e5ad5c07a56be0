"""Light on a surface that is not flat: shade = 1 + k (n · l), with n from the slopes of a height field.

Conventions: heights are in sides of the picture, so that light does not depend on the number of pixels; light comes
from the upper left unless an angle is given (radians, x to the right, y down).
"""

from __future__ import annotations

import cv2
import numpy as np

UPPER_LEFT = -2.2


def slope(height: np.ndarray, angle: float = UPPER_LEFT) -> np.ndarray:
    """Return how steeply a surface (px, px) rises away from the light, in sides per side: lit where positive."""
    px = height.shape[0]
    dx = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3, scale=px / 8)
    dy = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3, scale=px / 8)
    return -(np.float32(np.cos(angle)) * dx + np.float32(np.sin(angle)) * dy)


def lit(colour: np.ndarray, height: np.ndarray, strength: float, gloss: float = 0.0) -> np.ndarray:
    """Return colours (px, px, 3) under light: darker on the far side, lighter on the near, with highlights."""
    rise = np.tanh(slope(height) * np.float32(strength))
    shaded = colour * (1 + 0.45 * np.minimum(rise, 0) + 0.22 * np.maximum(rise, 0))[..., None]
    if gloss:
        shaded = shaded + (np.float32(gloss) * np.maximum(rise - 0.35, 0) ** 2)[..., None]
    return np.clip(shaded, 0, 1).astype(np.float32)
