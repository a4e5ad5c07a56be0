"""The composition of a print: leaning waves with foam before a far cone of a mountain.

Conventions: as in `landscapes`.
"""

from __future__ import annotations

import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.board import Board, ellipse
from engine.datasets.style_pictures.landscapes import Composed
from engine.datasets.style_pictures.noise import grid
from engine.datasets.style_pictures.palettes import Palette


def great_waves(chance: Chance, colours: Palette, px: int) -> Composed:
    """Rows of waves that lean over, the nearest the highest."""
    board = Board(px, colours.deep)
    _, y = grid(px)
    board.colour[:] = colours.tone(1.0 - 0.45 * np.clip(0.35 - y, 0, 1))
    sun = (chance.between(0.2, 0.8), chance.between(0.14, 0.3), chance.between(0.06, 0.1))
    board.ellipse(sun[:2], (sun[2], sun[2]), colours.accent)
    _mountain(chance, board, colours)
    side = chance.one_of((-1.0, 1.0))
    for row in range(5):
        part = row / 4
        high = 0.05 + 0.25 * part * chance.between(0.75, 1.25)
        _row(chance, board, colours, 0.52 + 0.46 * part, high, 0.22 + 0.5 * part, side)
    return board, [sun]


def _mountain(chance: Chance, board: Board, colours: Palette) -> None:
    x, foot, top = chance.between(0.25, 0.75), 0.62, chance.between(0.3, 0.38)
    across = np.linspace(-1, 1, 41)
    slope = top + (foot - top) * np.abs(across) ** 0.75
    board.polygon(np.stack([x + 0.34 * across, slope], 1), colours.tone(0.3))
    cap = np.abs(across) < 0.3
    lower = top + 0.13 + 0.02 * np.where(np.arange(cap.sum()) % 2, 1, -1)
    snow = np.concatenate(
        [np.stack([x + 0.34 * across[cap], slope[cap]], 1), np.stack([x + 0.3 * across[cap], lower], 1)[::-1]]
    )
    board.polygon(snow, colours.glow)


def _row(chance: Chance, board: Board, colours: Palette, level: float, high: float, long: float, side: float) -> None:
    """Lay one row of waves: the body, stripes that follow the crest, claws and drops of foam."""
    t = np.linspace(-0.8, 1.8, 600)
    turn = 2 * np.pi * (t / long + chance.unit())
    lift = (0.5 + 0.5 * np.cos(turn)) ** 1.8 * (0.8 + 0.2 * np.cos(0.37 * turn + 6 * chance.unit()))
    lean = side * 1.25 * high * lift**2.2
    for step, value in enumerate((0.2, 0.8, 0.25, 0.9, 0.12, 0.62, 0.16)):
        down, fade = 0.16 * high * step**1.15, 1 - 0.13 * step
        x, y = t + lean * fade, level - 1.35 * high * lift * fade + down
        body = np.concatenate([np.stack([x, y], 1), [[1.9, 1.1], [-0.9, 1.1]]])
        board.polygon(body, colours.tone(value))
    crest = np.stack([t + lean, level - 1.35 * high * lift], 1)
    tips = np.flatnonzero(lift > 0.45)
    for i in tips[::3]:
        radius = high * chance.between(0.03, 0.11) * lift[i]
        out = np.array([side * 0.6, -0.5]) * high * 0.09 * chance.unit()
        board.polygon(ellipse(tuple(crest[i] + out), (radius, radius * 0.8)), colours.glow)
    for _ in range(len(tips) // 6):
        x, y = crest[tips[chance.whole(len(tips))]]
        drop = (x + side * high * chance.between(0.0, 0.9), y - high * chance.between(-0.2, 0.5))
        radius = 0.014 * high + 0.003 * chance.unit()
        board.ellipse(drop, (radius, radius), colours.glow)
