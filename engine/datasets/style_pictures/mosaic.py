"""Mosaic: square stones laid along the contours, each a little uneven in shade and tilt, with grout between.

The stones' middles spread by Lloyd's rounds in a metric that turns with the flow, d = max(|u|, |v|), whose cells are
squares (Hausner).

Conventions: see `flow`; a stone's side is √(1/n) of the picture's, less the joint.

Reference: Hausner 2001, Simulating Decorative Mosaics.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy.spatial import cKDTree

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.compositions import Sketch, compose
from engine.datasets.style_pictures.flow import angle_at, flow
from engine.datasets.style_pictures.kind import Kind
from engine.datasets.style_pictures.noise import fractal, grid
from engine.datasets.style_pictures.palettes import Palette, palette
from engine.datasets.style_pictures.relief import lit
from engine.datasets.style_pictures.strokes import scattered

_ROUNDS, _GRID_PX, _SHIFT = 5, 180, 4


def paint(chance: Chance, px: int) -> np.ndarray:
    """Paint one."""
    colours = palette(chance, ("jewel", "sea", "ochre", "fire", "clay", "meadow", "night", "citrus"))
    sketch = compose(chance, colours, ("fish", "fish", "bird", "bird", "discs", "bouquet", "great waves", "bands"))
    angles = flow(chance, sketch, cells=1.2, edges=3.0, turning=1.0)
    middles = _spread(angles, scattered(chance, 1300 + chance.whole(900), 0.0))
    turn = angle_at(angles, middles) + 0.06 * (chance.numbers(len(middles)) - 0.5)
    stones = _stone_colours(chance, sketch, colours, middles)
    canvas = _laid(chance, px, colours, middles, turn, stones)
    colour, height = canvas[..., :3].astype(np.float32) / 255, canvas[..., 3].astype(np.float32) / 255
    height = cv2.GaussianBlur(height, (0, 0), max(0.5, px * 0.0012)) * 0.012
    height += 0.0007 * fractal(chance, px, 60, 3)
    colour = colour * (1 + 0.05 * fractal(chance, px, 90, 3))[..., None]
    return lit(colour, height, 0.9, gloss=0.35)


def _spread(angles: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return points moved to the middles of their square cells, a few rounds."""
    pixels = np.stack(grid(_GRID_PX), -1).reshape(-1, 2).astype(np.float64)
    for _ in range(_ROUNDS):
        turn = angle_at(angles, points)
        near = cKDTree(points).query(pixels, k=5)[1]
        away = pixels[:, None] - points[near]
        cos, sin = np.cos(turn[near]), np.sin(turn[near])
        u, v = cos * away[..., 0] + sin * away[..., 1], cos * away[..., 1] - sin * away[..., 0]
        own = near[np.arange(len(near)), np.argmin(np.maximum(np.abs(u), np.abs(v)), 1)]
        count = np.maximum(np.bincount(own, minlength=len(points)), 1)[:, None]
        sums = np.stack([np.bincount(own, pixels[:, k], minlength=len(points)) for k in (0, 1)], 1)
        points = np.where(sums > 0, sums / count, points)
    return points


def _stone_colours(chance: Chance, sketch: Sketch, colours: Palette, at: np.ndarray) -> np.ndarray:
    own = sketch.at(at)
    shade = 0.72 + 0.5 * chance.numbers(len(at), 1)
    other = colours.colours[(chance.numbers(len(at)) * 7).astype(int)]
    share = np.where(chance.numbers(len(at), 1) < 0.1, 0.55, 0.06)
    return np.clip((own * (1 - share) + other * share) * shade, 0, 1)


def _laid(
    chance: Chance, px: int, colours: Palette, middles: np.ndarray, turn: np.ndarray, stones: np.ndarray
) -> np.ndarray:
    """Return RGB and height (px, px, 4): each stone in its own bed of grout."""
    canvas = np.zeros((px, px, 4), np.uint8)
    grout = colours.deep * 0.55 + np.float32(0.1)
    canvas[..., :3] = grout * 255
    side = 1 / np.sqrt(len(middles))
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])[None] * (
        1 + 0.16 * (chance.numbers(len(middles), 4, 2) - 0.5)
    )
    cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
    turned = np.stack(
        [cos * corners[..., 0] - sin * corners[..., 1], sin * corners[..., 0] + cos * corners[..., 1]], -1
    )
    high = 150 + 105 * chance.numbers(len(middles))
    for half, bed in ((0.5 * side, True), (0.43 * side, False)):
        outlines = np.round((middles[:, None] + half * turned) * (px * 2**_SHIFT)).astype(np.int32)
        if bed:
            beds = outlines
    for i in range(len(middles)):
        cv2.fillConvexPoly(canvas, beds[i], (*(grout * 255).tolist(), 0), cv2.LINE_AA, _SHIFT)
        cv2.fillConvexPoly(canvas, outlines[i], (*(stones[i] * 255).tolist(), high[i]), cv2.LINE_AA, _SHIFT)
    return canvas


KIND = Kind(
    "Mosaic",
    "Small stones set along the contours in dark grout, each with its own shade and tilt.",
    (16, 10, 20, 14, 11),
    paint,
)
