"""Boxes, names and masks drawn on a picture, quickly enough for live video.

Conventions: pictures are uint8 (H, W, 3), RGB; a colour is (red, green, blue), 0 … 255; the line is about 1/250 of the
shorter side wide. A class keeps its colour from picture to picture: `palette[label % len(palette)]`.

Reference: Okabe and Ito, Color Universal Design (2008), for the colours.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from engine.detection.detections import Detections

Color = tuple[int, int, int]
PALETTE: tuple[Color, ...] = (
    (86, 180, 233),
    (230, 159, 0),
    (0, 158, 115),
    (204, 121, 167),
    (240, 228, 66),
    (213, 94, 0),
    (130, 150, 255),
)
INK: Color = (15, 20, 24)
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
    short = min(out.shape[:2])
    width, text_px = max(1, round(short / 250)), max(11, round(short / 32))
    rows = list(zip(found.boxes.tolist(), found.labels.tolist(), found.scores.tolist(), colors, strict=True))
    for box, label, score, color in reversed(rows):
        x0, y0, x1, y1 = (round(value) for value in box)
        cv2.rectangle(out, (x0, y0), (x1, y1), INK, width + 2, cv2.LINE_AA)
        cv2.rectangle(out, (x0, y0), (x1, y1), color, width, cv2.LINE_AA)
        _put(out, _tag(f"{found.names[label]} {100 * score:.0f} %", color, text_px), x0, y0)
    return out


@lru_cache(maxsize=1024)
def _tag(text: str, color: Color, text_px: int) -> np.ndarray:
    """Return a filled tag with dark text in it, uint8 (h, w, 3)."""
    font = _font(text_px)
    left, _, right, _ = font.getbbox(text)
    pad = max(2, text_px // 4)
    _, high, _, low = font.getbbox("Ág")  # one height for all texts
    tag = Image.new("RGB", (right - left + 2 * pad, low - high + 2 * pad), color)
    ImageDraw.Draw(tag).text((pad - left, pad - high), text, INK, font=font)
    return np.asarray(tag)


@lru_cache(maxsize=16)
def _font(text_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.load_default(text_px)


def _put(out: np.ndarray, tag: np.ndarray, x0: int, y0: int) -> None:
    """Put a tag above the corner (x0, y0), or below where there is no room; never over the border."""
    height, width = min(tag.shape[0], out.shape[0]), min(tag.shape[1], out.shape[1])
    top = y0 - height if y0 >= height else y0
    top, left = (int(np.clip(at, 0, most)) for at, most in ((top, out.shape[0] - height), (x0, out.shape[1] - width)))
    out[top : top + height, left : left + width] = tag[:height, :width]
