"""What a camera does to a picture: blur, low contrast, colour cast, grain, the losses of JPEG.

Conventions: pictures are (H, W, 3) uint8 or float32, RGB in [0, 255].
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.figures.patterns import TILE, grain


def photograph(chance: Chance, picture: np.ndarray, unit: int, frame: int = 0) -> np.ndarray:
    """Return the picture (H, W, 3) as some camera gives it, float32 in [0, 255]; the grain differs by frame."""
    out = _exposed(chance, np.asarray(picture, np.float32))
    if chance.happens(0.25):
        out = cv2.GaussianBlur(out, (0, 0), max(chance.between(0.001, 0.006) * unit, 0.3))
    if chance.happens(0.08):
        out = _moved(chance, out, unit)
    if chance.happens(0.75):
        out = _grainy(chance, out, frame)
    out = np.clip(out, 0, 255)
    if chance.happens(0.6):
        quality = int(chance.between(30, 95))
        coded = cv2.imencode(".jpg", out.astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        out = cv2.imdecode(coded, cv2.IMREAD_COLOR).astype(np.float32)
    return out


def _exposed(chance: Chance, picture: np.ndarray) -> np.ndarray:
    """Contrast, brightness, a cast of colour, and sometimes less colour or none, as one linear map; then a gamma."""
    contrast = chance.between(0.4, 0.85) if chance.happens(0.15) else chance.between(0.95, 1.5)
    brightness = chance.around(12, 16) + 128 * (1 - contrast) + (chance.between(-40, 40) if chance.happens(0.15) else 0)
    cast = 1 + (chance.numbers(3) - 0.5) * (0.25 if chance.happens(0.3) else 0.06)
    colour = 0.0 if chance.happens(0.06) else chance.between(0.4, 1.15)
    grey = np.array([0.299, 0.587, 0.114])
    mix = (colour * np.eye(3) + (1 - colour) * grey) * (contrast * cast[:, None])
    out = cv2.transform(picture, np.concatenate([mix, np.full((3, 1), brightness)], 1).astype(np.float32))
    np.clip(out, 0, 255, out=out)
    gamma = float(np.exp(chance.around(0, 0.18)))
    table = (255 * (np.arange(256) / 255) ** gamma).astype(np.float32)
    return table[out.astype(np.uint8)]


def _moved(chance: Chance, picture: np.ndarray, unit: int) -> np.ndarray:
    """Return the picture blurred along a line, as by a hand that shakes."""
    length, turn = max(chance.between(0.008, 0.03) * unit, 2), chance.between(0, np.pi)
    size = int(length) | 1
    kernel = np.zeros((size, size), np.float32)
    middle, reach = size // 2, length / 2
    ends = [(round(middle + s * reach * np.cos(turn)), round(middle + s * reach * np.sin(turn))) for s in (-1, 1)]
    cv2.line(kernel, *ends, 1)
    return cv2.filter2D(picture, -1, kernel / max(kernel.sum(), 1))


def _grainy(chance: Chance, picture: np.ndarray, frame: int) -> np.ndarray:
    """Add the sensor's noise, as large at any number of pixels."""
    height, width = picture.shape[:2]
    level = 1.5 + 12 * chance.unit() ** 3
    x, y = chance.whole(TILE), chance.whole(TILE)
    noise = np.roll(grain(), (x + 101 * frame, y + 37 * frame), (0, 1))
    if max(height, width) > TILE:
        noise = np.tile(noise, (-(-height // TILE), -(-width // TILE), 1))
    return picture + noise[:height, :width] * np.float32(level)
