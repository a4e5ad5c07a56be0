"""Compositions of plants and things: a garden with a path, flowers in a vase, fruit on a table.

Conventions: each returns its board and the round things (x, y, radius) that a flow may turn around.
"""

from __future__ import annotations

import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.board import Board, ellipse, smooth
from engine.datasets.style_pictures.noise import fractal, grid
from engine.datasets.style_pictures.palettes import Palette

Composed = tuple[Board, list[tuple[float, float, float]]]


def garden(chance: Chance, colours: Palette, px: int) -> Composed:
    """A meadow of flowers, larger towards the front, with a path to a line of trees."""
    board = Board(px, colours.deep)
    _, y = grid(px)
    horizon = chance.between(0.24, 0.38)
    wind = fractal(chance, px, (4, 10), 4)
    board.colour[:] = np.where(
        (y < horizon)[..., None], colours.tone(0.75 + 0.1 * wind), colours.tone(0.38 + 0.16 * wind - 0.1 * y)
    )
    for _ in range(16):
        x, radius = chance.between(-0.05, 1.05), chance.between(0.04, 0.12)
        board.ellipse((x, horizon - 0.3 * radius), (radius, radius * 1.2), colours.tone(chance.between(0.05, 0.35)))
    _path(chance, board, colours, horizon)
    blooms = (colours.accent, colours.glow, colours.tone(0.8), colours.accent * 0.5 + colours.glow * 0.5)
    for part in sorted(chance.numbers(150)):
        at = (chance.unit(), horizon + 0.05 + part**1.3 * (0.97 - horizon))
        flower(chance, board, at, 0.006 + 0.045 * part**1.6, chance.one_of(blooms), colours)
    return board, []


def bouquet(chance: Chance, colours: Palette, px: int) -> Composed:
    """Flowers in a vase before a wall."""
    board = _room(chance, colours, px, table := chance.between(0.74, 0.84))
    centre = chance.between(0.42, 0.58)
    _vase(chance, board, colours, centre, table)
    heads = [_place(chance, (centre, 0.38), 0.3) for _ in range(46)]
    for x, y in heads:
        _leaf(board, (centre, table - 0.2), (x, y), colours.tone(chance.between(0.15, 0.5)))
    for x, y in heads[:20]:
        _leaf(
            board,
            (x, y),
            (x + chance.around(0, 0.08), y + chance.between(0.0, 0.1)),
            colours.tone(chance.between(0.2, 0.5)),
        )
    blooms = (colours.accent, colours.glow, colours.tone(0.85), colours.tone(0.65), colours.accent * 0.7)
    placed = []
    for x, y in heads[14:]:
        radius = chance.between(0.03, 0.085)
        flower(chance, board, (x, y), radius, chance.one_of(blooms), colours)
        placed.append((x, y, radius))
    return board, placed[-8:]


def still_life(chance: Chance, colours: Palette, px: int) -> Composed:
    """Fruit, a bottle and a bowl on a cloth."""
    board = _room(chance, colours, px, table := chance.between(0.55, 0.66))
    _bottle(board, colours, chance.between(0.2, 0.35), table + 0.12, chance.between(0.4, 0.5))
    bowl = chance.between(0.6, 0.7)
    rounds = [
        (bowl + chance.around(0, 0.1), table - 0.02 + chance.around(0, 0.04), chance.between(0.06, 0.09))
        for _ in range(6)
    ]
    for x, y, radius in rounds:
        _fruit(chance, board, colours, (x, y), radius)
    turn = np.linspace(0, np.pi, 24)
    rim = np.stack([bowl + 0.22 * np.cos(turn), table + 0.02 + 0.17 * np.sin(turn)], 1)
    board.polygon(rim, colours.tone(0.85))
    board.polygon((rim - rim.mean(0)) * (0.6, 0.7) + rim.mean(0) + (0.05, 0.0), colours.tone(0.6))
    front = [
        (chance.between(0.1, 0.9), chance.between(table + 0.22, 0.92), chance.between(0.06, 0.1)) for _ in range(5)
    ]
    for x, y, radius in sorted(front, key=lambda one: one[1]):
        _fruit(chance, board, colours, (x, y), radius)
    return board, [*rounds, *front]


def flower(
    chance: Chance, board: Board, centre: tuple[float, float], radius: float, colour: np.ndarray, colours: Palette
) -> None:
    """Lay petals around a heart; the lower petals are darker."""
    n, turned, x, y = 5 + chance.whole(5), 6.3 * chance.unit(), *centre
    flat = chance.between(0.6, 1.0)
    for i in range(n):
        angle = turned + 2 * np.pi * i / n
        at = (x + 0.6 * radius * np.cos(angle), y + 0.6 * radius * flat * np.sin(angle))
        shade = 0.82 + 0.18 * np.cos(angle + 2.2) + chance.around(0, 0.05)
        board.ellipse(at, (0.5 * radius, 0.34 * radius), np.clip(colour * shade, 0, 1), angle)
    heart = colours.accent if np.abs(colour - colours.accent).sum() > 0.5 else colours.glow
    board.ellipse(centre, (0.25 * radius, 0.25 * radius * flat), heart * 0.9)


def _room(chance: Chance, colours: Palette, px: int, table: float) -> Board:
    """Return a board with a wall that is lighter on one side and a table."""
    board = Board(px, colours.deep)
    x, y = grid(px)
    side = chance.one_of((-1.0, 1.0))
    wall = chance.between(0.3, 0.6) + 0.22 * side * (x - 0.5) + 0.06 * fractal(chance, px, 3, 4)
    board.colour[:] = colours.tone(wall)
    for i in range(chance.whole(7)):
        at = (i + 0.5) / 6 + chance.around(0, 0.02)
        strip = np.array([[at, 0], [at + 0.04, 0], [at + 0.04, table], [at, table]])
        board.polygon(strip, colours.tone(chance.between(0.3, 0.75)), 0.5)
    cloth = colours.tone(chance.one_of((0.12, 0.8)) + 0.1 * side * (x - 0.5) - 0.1 * (y - table))
    edge = np.array([[-0.02, table], [1.02, table + chance.around(0, 0.02)], [1.02, 1.02], [-0.02, 1.02]])
    board.polygon(edge, cloth)
    return board


def _place(chance: Chance, centre: tuple[float, float], reach: float) -> tuple[float, float]:
    angle, away = 2 * np.pi * chance.unit(), reach * np.sqrt(chance.unit())
    return centre[0] + away * np.cos(angle), centre[1] + 0.9 * away * np.sin(angle)


def _path(chance: Chance, board: Board, colours: Palette, horizon: float) -> None:
    along = np.linspace(0, 1, 24)
    x = chance.between(0.35, 0.65) + chance.around(0, 0.12) * np.sin(4 * along + 6 * chance.unit())
    half, y = 0.01 + 0.13 * along**1.6, horizon + (1.05 - horizon) * along
    sides = np.concatenate([np.stack([x - half, y], 1), np.stack([x + half, y], 1)[::-1]])
    board.polygon(sides, colours.tone(0.88))


def _leaf(board: Board, start: tuple[float, float], end: tuple[float, float], colour: np.ndarray) -> None:
    start, end = np.array(start), np.array(end)
    across = np.array([start[1] - end[1], end[0] - start[0]]) * 0.09
    middle = (start + end) / 2
    board.polygon(smooth(np.array([start, middle + across, end, middle - across]), 30), colour)


def _vase(chance: Chance, board: Board, colours: Palette, x: float, table: float) -> None:
    half, top, foot = chance.between(0.09, 0.13), table - 0.24, table + 0.08
    heights = np.array([top, top + 0.06, top + 0.18, foot])
    widths = half * np.array([0.75, 0.55, 1.0, 0.5])
    board.ellipse((x + 0.07, foot), (half * 1.5, 0.025), colours.deep)
    for part, value in ((1.0, 0.25), (0.7, 0.5), (0.25, 0.9)):
        shift = x - 0.3 * half * (1 - part)
        left, right = (np.stack([shift + side * part * widths, heights], 1) for side in (-1, 1))
        outline = np.concatenate([smooth(left, 20, closed=False), smooth(right, 20, closed=False)[::-1]])
        board.polygon(outline, colours.tone(value))
    for i in range(3):
        board.ellipse((x, top + 0.1 + 0.05 * i), (half * 0.8, 0.008), colours.accent)


def _bottle(board: Board, colours: Palette, x: float, foot: float, high: float) -> None:
    heights = foot - high * np.array([0, 0.05, 0.55, 0.72, 1.0])
    for part, shift, value in ((1.0, 0.0, 0.06), (0.55, -0.012, 0.28), (0.14, -0.03, 0.95)):
        widths = 0.075 * part * np.array([0.9, 1.0, 1.0, 0.36, 0.32])
        left, right = (np.stack([x + shift + side * widths, heights], 1) for side in (-1, 1))
        board.polygon(np.concatenate([left, right[::-1]]), colours.tone(value))


def _fruit(chance: Chance, board: Board, colours: Palette, centre: tuple[float, float], radius: float) -> None:
    """Lay a ball: shadow, body in three tones, highlight."""
    x, y = centre
    body = chance.one_of(
        (colours.accent, colours.tone(0.6), colours.tone(0.75), colours.accent * 0.6 + colours.glow * 0.4)
    )
    board.polygon(ellipse((x + 0.4 * radius, y + 0.85 * radius), (1.3 * radius, 0.3 * radius)), colours.deep, 0.6)
    for part, shade in ((1.0, 0.55), (0.84, 0.8), (0.6, 1.05)):
        at = (x - 0.3 * radius * (1 - part), y - 0.5 * radius * (1 - part))
        board.ellipse(at, (radius * part, radius * part * 0.96), np.clip(body * shade, 0, 1))
    board.ellipse((x - 0.35 * radius, y - 0.4 * radius), (0.14 * radius, 0.1 * radius), colours.glow)
