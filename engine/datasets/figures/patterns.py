"""Tiles made once: patterns of cloth, prints for the chest, noise for folds and grounds.

Conventions: a tile is (256, 256) float32 and repeats in both directions; patterns lie in [0, 1].
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import torch

TILE = 256
PATTERNS = ("plain", "rings", "stripes", "checks", "plaid", "dots", "camouflage", "strands", "band", "blocks")
N_PRINTS = 12
_SEED = 20240611  # of the tiles, which are the same in every picture


@cache
def cloth() -> np.ndarray:
    """Return the patterns (10, 256, 256): rows run along a limb, columns around it."""
    v, u = np.meshgrid(np.arange(TILE) / TILE, np.arange(TILE) / TILE)  # u: rows, along
    wave = [np.sin(2 * np.pi * k * x) for k, x in ((3, u), (3, v), (4, u), (4, v))]
    noise = smooth_noise()
    tiles = [
        np.zeros((TILE, TILE)),
        wave[0] > 0.1,
        wave[1] > 0.35,
        0.5 * (wave[2] > 0) + 0.5 * (wave[3] > 0),
        0.45 * (np.sin(4 * np.pi * u) > 0.4)
        + 0.35 * (np.sin(4 * np.pi * v) > 0.4)
        + 0.2 * (np.sin(12 * np.pi * u) > 0.8),
        wave[2] * wave[3] > 0.45,
        np.clip((noise[1] - 0.5) * 14, -0.5, 0.5) + 0.5,
        cv2.resize(noise[3][:, ::2], (TILE, TILE)),
        (np.abs(u - 0.5) < 0.12) | (np.abs(u - 0.9) < 0.03),
        u > 0.5,
    ]
    return np.ascontiguousarray(np.stack([np.asarray(tile, np.float32) for tile in tiles]))


@cache
def prints() -> np.ndarray:
    """Return what is printed on a chest (12, 64, 64) in [0, 1]: numbers, letters and badges."""
    tiles = np.zeros((N_PRINTS, 64, 64), np.uint8)
    words = ("10", "7", "23", "A", "88", "RUN", "NYC", "4", "55")
    for tile, word in zip(tiles, words, strict=False):
        scale = 1.9 if len(word) < 3 else 0.95
        (width, height), _ = cv2.getTextSize(word, cv2.FONT_HERSHEY_DUPLEX, scale, 5)
        cv2.putText(tile, word, ((64 - width) // 2, (64 + height) // 2), cv2.FONT_HERSHEY_DUPLEX, scale, 255, 5)
    cv2.circle(tiles[9], (32, 32), 20, 255, -1)
    cv2.rectangle(tiles[10], (6, 18), (58, 44), 255, -1)
    cv2.fillPoly(tiles[11], [np.array([(32, 6), (58, 56), (6, 56)], np.int32)], 255)
    return np.float32(tiles) / 255


@cache
def smooth_noise() -> np.ndarray:
    """Return repeating noise in [0, 1] at five scales, (5, 256, 256); the last has all scales, as photographs have."""
    generator = torch.Generator().manual_seed(_SEED)
    white = torch.randn((5, TILE, TILE), generator=generator).numpy()
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(TILE) * TILE, np.fft.fftfreq(TILE) * TILE))
    tiles = []
    for i, cut in enumerate((4, 9, 22, 60, 0)):
        weight = np.exp(-((frequency / cut) ** 2)) if cut else 1 / np.maximum(frequency, 2) ** 1.1
        tile = np.fft.ifft2(np.fft.fft2(white[i]) * weight).real
        tiles.append(np.clip(0.5 + 0.22 * (tile - tile.mean()) / tile.std(), 0, 1))
    return np.ascontiguousarray(np.stack(tiles), np.float32)


@cache
def folds() -> np.ndarray:
    """Return the slopes of folded cloth (2, 256, 256), along and around, about unit strength; longer along the limb."""
    noise = smooth_noise()
    height = noise[1] * 2 + noise[2] * 0.8
    height = cv2.resize(height[: TILE // 2], (TILE, TILE))
    slopes = np.stack([np.roll(height, -2, 0) - np.roll(height, 2, 0), np.roll(height, -2, 1) - np.roll(height, 2, 1)])
    return np.ascontiguousarray(slopes / slopes.std(), np.float32)


@cache
def grain() -> np.ndarray:
    """Return a sensor's noise (256, 256, 3) of unit strength, alike in the three colours in part."""
    generator = torch.Generator().manual_seed(_SEED + 1)
    white = torch.randn((TILE, TILE, 4), generator=generator).numpy()
    return np.ascontiguousarray(0.8 * white[..., 3:] + 0.6 * white[..., :3], np.float32)
