"""Boxes, names and masks drawn on a picture, quickly enough for live video.

Conventions: as in `engine.io.marks`. A class keeps its colour from picture to picture: `palette[label % len(palette)]`.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from engine.detection.detections import Detections
from engine.io.marks import INK, PALETTE, Color, line_px, put, tag, text_px

MASK_ALPHA = 0.45


def annotate(image: np.ndarray, found: Detections, palette: Sequence[Color] = PALETTE) -> np.ndarray:
    """Return a copy of the picture with the detections drawn on it, the best on top.

    Args:
        image: uint8 (H, W, 3), RGB.
        found: with boxes in the picture's pixels.
        palette: the classes' colours.
    """
    out = np.ascontiguousarray(image).copy()
    colors = [palette[label % len(palette)] for label in found.labels.tolist()]
    if found.masks is not None:
        for mask, color in zip(found.masks.numpy(), colors, strict=True):
            out[mask] = ((1 - MASK_ALPHA) * out[mask] + MASK_ALPHA * np.array(color)).astype(np.uint8)
    width, height_px = line_px(out), text_px(out)
    rows = list(zip(found.boxes.tolist(), found.labels.tolist(), found.scores.tolist(), colors, strict=True))
    for box, label, score, color in reversed(rows):
        x0, y0, x1, y1 = (round(value) for value in box)
        cv2.rectangle(out, (x0, y0), (x1, y1), INK, width + 2, cv2.LINE_AA)
        cv2.rectangle(out, (x0, y0), (x1, y1), color, width, cv2.LINE_AA)
        put(out, tag(f"{found.names[label]} {100 * score:.0f} %", color, height_px), x0, y0)
    return out
