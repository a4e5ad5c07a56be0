"""Art deco: rays, fans and stepped towers, the left half the mirror of the right, in enamel and brushed gold.

Conventions: drawn in sides of the picture, x from the middle outwards.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.board import Board, ellipse
from engine.datasets.style_pictures.kind import Kind
from engine.datasets.style_pictures.noise import fractal, grid
from engine.datasets.style_pictures.palettes import Palette, palette, rgb
from engine.datasets.style_pictures.relief import lit

_GOLD = (rgb("7a5a1e"), rgb("d9b25a"), rgb("fbe7ae"))


def paint(chance: Chance, px: int) -> np.ndarray:
    """Paint one."""
    colours = palette(chance, ("night", "sea", "jewel", "fire", "forest", "plum", "ice"))
    side = 2 * px if px < 1024 else px
    board, gold = Board(side, colours.tone(0.12)), Board(side, np.zeros(3, np.float32))
    centre = chance.between(0.5, 0.8)
    _rays(chance, board, gold, colours, centre)
    for part in ("rings", "towers", "fans", "frame"):
        if part in ("frame", "rings") or chance.happens(0.75):
            _PARTS[part](chance, board, gold, colours, centre)
    small = {"dsize": (px, px), "interpolation": cv2.INTER_AREA}
    enamel, metal = cv2.resize(board.colour, **small), cv2.resize(gold.colour[..., 0], **small)
    enamel = enamel * (1 + 0.035 * fractal(chance, px, 40, 4))[..., None]
    return _gilded(chance, enamel, metal, px)


def _gilded(chance: Chance, enamel: np.ndarray, metal: np.ndarray, px: int) -> np.ndarray:
    """Return enamel with raised gold where `metal` is 1: brushed across, with a broad sheen."""
    x, y = grid(px)
    brushed = fractal(chance, px, (4, 160), 2) * 0.09
    sheen = np.clip(0.5 + 0.42 * np.sin(5.5 * (x + y) + 6.3 * chance.unit()) + brushed, 0, 1)[..., None]
    tone = np.where(
        sheen < 0.5, _GOLD[0] + (_GOLD[1] - _GOLD[0]) * 2 * sheen, _GOLD[1] + (_GOLD[2] - _GOLD[1]) * (2 * sheen - 1)
    )
    colour = enamel + (tone - enamel) * metal[..., None]
    raised = cv2.GaussianBlur(metal, (0, 0), max(0.6, px / 420))
    return lit(colour.astype(np.float32), raised * 0.004, 1.2, gloss=0.3)


def _both(board: Board, points: np.ndarray, colour: np.ndarray) -> None:
    """Lay a shape and its mirror image; x is counted from the middle."""
    for side in (-1, 1):
        board.polygon(points * (side, 1) + (0.5, 0), colour)


_ONE = np.ones(3, np.float32)
_NONE = np.zeros(3, np.float32)


def _cover(board: Board, gold: Board, points: np.ndarray, colour: np.ndarray, border: float = 0.0) -> None:
    """Lay enamel over gold, inside a golden border."""
    middle = points.mean(0)
    _both(gold, points, _ONE if border else _NONE)
    _both(board, points, colour)
    if border:
        reach = np.abs(points - middle).max()
        _both(gold, middle + (points - middle) * (1 - border / reach), _NONE)


def _rays(chance: Chance, board: Board, gold: Board, colours: Palette, centre: float) -> None:
    n = 9 + chance.whole(9)
    for i in range(n):
        low, high = (np.pi * 1.02 * (k / n) - np.pi / 2 for k in (i, i + 1))
        ends = np.array([[np.cos(a) * 1.6, centre + np.sin(a) * 1.6] for a in (low, high)])
        _both(
            board,
            np.array([[0, centre], *ends]),
            colours.tone((0.12, 0.42, 0.28)[i % 3]) if i % 4 else colours.accent * 0.8,
        )
        thin = np.array([[np.cos(low + d) * 1.6, centre + np.sin(low + d) * 1.6] for d in (-0.006, 0.006)])
        _both(gold, np.array([[0, centre], *thin]), _ONE)


def _rings(chance: Chance, board: Board, gold: Board, colours: Palette, centre: float) -> None:
    radius = chance.between(0.2, 0.36)
    n = 4 + chance.whole(4)
    for i in range(n):
        r = radius * (1 - i / n)
        disc = ellipse((0, centre), (r, r), n=120)
        for target, colour in ((board, colours.colours[(5, 1, 4, 0, 2)[i % 5]]), (gold, _ONE)):
            _both(target, disc, colour)
        _both(gold, ellipse((0, centre), (r - 0.006,) * 2, n=120), _NONE)


def _towers(chance: Chance, board: Board, gold: Board, colours: Palette, centre: float) -> None:
    """Stepped towers, the highest in the middle."""
    for x, wide, top in ((0.36, 0.09, 0.55), (0.2, 0.08, 0.4), (0.0, 0.1, chance.between(0.14, 0.24))):
        top += chance.around(0, 0.03)
        for k in range(4):
            half, up = wide * (1 - 0.24 * k), top + (0.3 - 0.1 * k) * (1 - top)
            block = np.array([[x - half, up], [x + half, up], [x + half, 1.02], [x - half, 1.02]])
            _cover(board, gold, block, colours.tone(0.08 + 0.09 * k), 0.005)
        for k in (-1, 0, 1):
            at = x + 0.32 * wide * k
            rib = np.array([[at - 0.0035, top + 0.05], [at + 0.0035, top + 0.05], [at + 0.0035, 1], [at - 0.0035, 1]])
            _both(gold, rib, _ONE)
        spire = np.array([[x - 0.012, top + 0.02], [x, top - 0.13], [x + 0.012, top + 0.02]])
        _both(gold, spire, _ONE)


def _fans(chance: Chance, board: Board, gold: Board, colours: Palette, centre: float) -> None:
    """Rows of scales, each a fan of rings."""
    radius, first = chance.between(0.07, 0.11), chance.between(0.72, 0.84)
    rows = int((1.1 - first) / (radius * 0.55)) + 1
    for row in range(rows):
        y = first + radius * (0.6 + 0.55 * row)
        x = 0.0 if row % 2 else radius
        while x < 0.6 + radius:
            for k, part in enumerate((1.0, 0.86, 0.6, 0.34)):
                r = radius * part
                scale = np.concatenate([ellipse((x, y), (r, r), np.pi, 60)[:31], [[x + 0.0, y + 0.3 * radius]]])
                _both(board, scale, colours.colours[(1, 4, 2, 5)[k]] * (1.0 if k % 2 else 0.8))
                _both(gold, scale, _ONE if k == 0 else _NONE)
            x += 2 * radius


def _frame(chance: Chance, board: Board, gold: Board, colours: Palette, centre: float) -> None:
    """A frame of lines with stepped corners."""
    for k, at in enumerate((0.03, 0.045, 0.07)):
        thick = (0.006, 0.003, 0.004)[k]
        for low, high in (((0, at), (0.5 - at, at + thick)), ((0, 1 - at - thick), (0.5 - at, 1 - at))):
            _both(gold, np.array([[low[0], low[1]], [high[0], low[1]], [high[0], high[1]], [low[0], high[1]]]), _ONE)
        _both(
            gold,
            np.array([[0.5 - at - thick, at], [0.5 - at, at], [0.5 - at, 1 - at], [0.5 - at - thick, 1 - at]]),
            _ONE,
        )
    for y in (0.07, 0.93):
        for k in range(3):
            s = 0.09 - 0.03 * k
            block = np.array([[0.43 - s, y - 0.02], [0.45, y - 0.02], [0.45, y + 0.02], [0.43 - s, y + 0.02]])
            block[:, 1] += (k - 1) * 0.022 * (1 if y < 0.5 else -1)
            _cover(board, gold, block, colours.accent if k == 1 else colours.tone(0.2), 0.004)


_PARTS = {"rings": _rings, "towers": _towers, "fans": _fans, "frame": _frame}

KIND = Kind(
    "Art deco",
    "Rays, fans and stepped towers, mirrored about the middle, in enamel between raised lines of gold.",
    (12, 18, 10, 14, 23),
    paint,
)
