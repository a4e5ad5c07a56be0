"""What is drawn over pictures: the colours, and small filled tags with a text.

Conventions: pictures are uint8 (H, W, 3), RGB; a colour is (red, green, blue), 0 … 255; lines are about 1/250 and texts
about 1/32 of the shorter side.

Reference: Okabe and Ito, Color Universal Design (2008), for the colours.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Color = tuple[int, int, int]
SKY: Color = (86, 180, 233)
ORANGE: Color = (230, 159, 0)
GREEN: Color = (0, 158, 115)
PURPLE: Color = (204, 121, 167)
YELLOW: Color = (240, 228, 66)
VERMILION: Color = (213, 94, 0)
VIOLET: Color = (130, 150, 255)
PALETTE: tuple[Color, ...] = (SKY, ORANGE, GREEN, PURPLE, YELLOW, VERMILION, VIOLET)
INK: Color = (15, 20, 24)


def line_px(image: np.ndarray) -> int:
    """Return how wide lines on this picture are."""
    return max(1, round(min(image.shape[:2]) / 250))


def text_px(image: np.ndarray) -> int:
    """Return how high texts on this picture are."""
    return max(11, round(min(image.shape[:2]) / 32))


@lru_cache(maxsize=1024)
def tag(text: str, color: Color, text_px: int) -> np.ndarray:
    """Return a filled tag with dark text in it, uint8 (h, w, 3)."""
    font = _font(text_px)
    left, _, right, _ = font.getbbox(text)
    pad = max(2, text_px // 4)
    _, high, _, low = font.getbbox("Ág")  # one height for all texts
    picture = Image.new("RGB", (right - left + 2 * pad, low - high + 2 * pad), color)
    ImageDraw.Draw(picture).text((pad - left, pad - high), text, INK, font=font)
    return np.asarray(picture)


@lru_cache(maxsize=16)
def _font(text_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.load_default(text_px)


def put(out: np.ndarray, tag: np.ndarray, x0: int, y0: int) -> None:
    """Put a tag above the place (x0, y0), or below where there is no room; never over the border."""
    height, width = min(tag.shape[0], out.shape[0]), min(tag.shape[1], out.shape[1])
    top = y0 - height if y0 >= height else y0
    top, left = (int(np.clip(at, 0, most)) for at, most in ((top, out.shape[0] - height), (x0, out.shape[1] - width)))
    out[top : top + height, left : left + width] = tag[:height, :width]
