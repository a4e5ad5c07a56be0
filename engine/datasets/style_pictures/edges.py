"""How far each pixel is from the nearest edge between two regions of a composition.

Conventions: distances are in sides of the picture, (px, px) float32.
"""

from __future__ import annotations

import cv2
import numpy as np


def enlarged(region: np.ndarray, px: int) -> np.ndarray:
    """Return regions at another size, (px, px) int."""
    return cv2.resize(region.astype(np.float32), (px, px), interpolation=cv2.INTER_NEAREST).astype(int)


def from_edges(region: np.ndarray, soften: float = 0.0025) -> np.ndarray:
    """Return the distance to the nearest edge, evened over `soften`."""
    px = len(region)
    edge = np.zeros((px, px), np.uint8)
    edge[:, 1:] |= region[:, 1:] != region[:, :-1]
    edge[1:] |= region[1:] != region[:-1]
    if not edge.any():
        return np.ones((px, px), np.float32)
    away = cv2.distanceTransform(1 - edge, cv2.DIST_L2, 5).astype(np.float32) / px
    return cv2.GaussianBlur(away, (0, 0), max(soften * px, 0.4))
