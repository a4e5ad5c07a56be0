"""Compositions under a sky: a night over a village, a sea, hills, a valley with a river, a town by the water.

Conventions: each returns its board and the round lights (x, y, radius), in sides of the picture.
"""

from __future__ import annotations

import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.board import Board, below, ellipse, smooth
from engine.datasets.style_pictures.noise import fractal, grid
from engine.datasets.style_pictures.palettes import Palette

Composed = tuple[Board, list[tuple[float, float, float]]]


def night(chance: Chance, colours: Palette, px: int) -> Composed:
    """A sky of stars and moon over hills, a village and a dark tree."""
    horizon = chance.between(0.66, 0.78)
    board = _sky(chance, colours, px, chance.between(0.3, 0.45), chance.between(0.45, 0.65), horizon)
    suns = _stars(chance, board, colours, horizon)
    for level, value in ((0, 0.42), (0.05, 0.28), (0.11, 0.16)):
        _ridge(chance, board, horizon + level, 0.05, colours.tone(value))
    _village(chance, board, colours, horizon + 0.12)
    if chance.happens(0.75):
        _cypress(chance, board, colours, chance.one_of((chance.between(0.1, 0.28), chance.between(0.75, 0.9))))
    return board, suns


def sea(chance: Chance, colours: Palette, px: int) -> Composed:
    """A low sun over water with waves and boats."""
    horizon = chance.between(0.36, 0.56)
    board = _sky(chance, colours, px, chance.between(0.5, 0.7), chance.between(0.85, 1.0), horizon)
    sun = (chance.between(0.25, 0.75), horizon - chance.between(0.02, 0.2), chance.between(0.05, 0.11))
    _glow(board, sun, colours.glow, 3.0)
    board.ellipse(sun[:2], (sun[2], sun[2]), colours.accent * 0.4 + colours.glow * 0.6)
    for i in range(9):
        depth = (i / 9) ** 1.5
        value = 0.62 - 0.52 * depth + chance.around(0, 0.06)
        _waves(chance, board, horizon + (1 - horizon) * depth, 0.004 + 0.03 * depth, colours.tone(value))
    for _ in range(26):
        depth = chance.unit() ** 1.5
        y = horizon + 0.01 + depth * (0.95 - horizon)
        half = (0.02 + 0.05 * depth) * chance.between(0.5, 1.4)
        x = sun[0] + chance.around(0, 0.03 + 0.06 * depth)
        board.ellipse((x, y), (half, 0.004 + 0.006 * depth), colours.glow * 0.7 + colours.accent * 0.3)
    for _ in range(1 + chance.whole(3)):
        _boat(chance, board, colours, horizon)
    return board, [sun]


def hills(chance: Chance, colours: Palette, px: int) -> Composed:
    """Ridge behind ridge, paler with distance, under a sun."""
    horizon = chance.between(0.3, 0.5)
    board = _sky(chance, colours, px, chance.between(0.6, 0.8), chance.between(0.9, 1.0), horizon + 0.15)
    sun = (chance.between(0.2, 0.8), chance.between(0.14, horizon - 0.02), chance.between(0.05, 0.1))
    _glow(board, sun, colours.glow, 2.5)
    board.ellipse(sun[:2], (sun[2], sun[2]), colours.accent)
    n = 5 + chance.whole(3)
    for i in range(n):
        part = i / (n - 1)
        colour = colours.tone(0.72 * (1 - part) ** 0.8 + 0.02)
        _ridge(chance, board, horizon + (0.95 - horizon) * part**1.2, 0.11 * (1 - 0.5 * part), colour)
    return board, [sun]


def valley(chance: Chance, colours: Palette, px: int) -> Composed:
    """Fields in strips on both sides of a winding river, mountains behind, trees in front."""
    horizon = chance.between(0.3, 0.42)
    board = _sky(chance, colours, px, chance.between(0.45, 0.65), chance.between(0.85, 1.0), horizon)
    suns = [(chance.between(0.2, 0.8), chance.between(0.1, 0.2), chance.between(0.04, 0.08))]
    _glow(board, suns[0], colours.glow, 2.5)
    board.ellipse(suns[0][:2], (suns[0][2],) * 2, colours.glow)
    _ridge(chance, board, horizon, 0.14, colours.tone(0.35))
    for i in range(9):
        depth = (i / 9) ** 1.4
        colour = colours.tone(chance.between(0.2, 0.8)) if chance.happens(0.8) else colours.accent
        _ridge(chance, board, horizon + 0.04 + (0.98 - horizon) * depth, 0.02 + 0.04 * depth, colour)
    _river(chance, board, colours, horizon + 0.06)
    for _ in range(3 + chance.whole(5)):
        _tree(chance, board, colours, chance.between(0.0, 1.0), chance.between(horizon + 0.25, 0.98), horizon)
    return board, suns


def town(chance: Chance, colours: Palette, px: int) -> Composed:
    """Houses and towers at a quay, and what the water gives back of them."""
    quay = chance.between(0.58, 0.7)
    board = _sky(chance, colours, px, chance.between(0.3, 0.6), chance.between(0.75, 1.0), quay)
    sun = (chance.between(0.15, 0.85), chance.between(0.12, 0.3), chance.between(0.04, 0.08))
    _glow(board, sun, colours.glow, 3.0)
    board.ellipse(sun[:2], (sun[2], sun[2]), colours.glow)
    for row, (value, tall) in enumerate(((0.5, 0.34), (0.3, 0.24))):
        x = -0.05
        while x < 1.0:
            wide = chance.between(0.05, 0.13)
            high = tall * chance.between(0.5, 1.25)
            _house(chance, board, colours, (x, quay), (wide, high), value + chance.around(0, 0.12), row == 1)
            x += wide * chance.between(0.8, 1.05)
    _mirror(chance, board, colours, quay)
    return board, [sun]


def _sky(chance: Chance, colours: Palette, px: int, top: float, low: float, horizon: float) -> Board:
    """Return a board whose sky goes from one tone to another, with clouds."""
    board = Board(px, colours.deep)
    _, y = grid(px)
    clouds = fractal(chance, px, (2.5, 5), octaves=4)
    board.colour[:] = colours.tone(top + (low - top) * np.clip(y / horizon, 0, 1) ** 1.4 + 0.09 * clouds)
    return board


def _stars(chance: Chance, board: Board, colours: Palette, horizon: float) -> list[tuple[float, float, float]]:
    moon = (chance.one_of((chance.between(0.7, 0.88), chance.between(0.12, 0.3))), chance.between(0.12, 0.24), 0.075)
    lights = [moon]
    for _ in range(60):
        star = (chance.between(0.03, 0.97), chance.between(0.04, horizon - 0.15), chance.between(0.012, 0.03))
        if all(np.hypot(star[0] - x, star[1] - y) > 3.2 * (star[2] + r) for x, y, r in lights) and len(lights) < 12:
            lights.append(star)
    for light in lights:
        _glow(board, light, colours.accent * 0.55 + colours.glow * 0.45, 3.2)
        board.ellipse(light[:2], (light[2], light[2]), colours.glow)
    board.ellipse((moon[0] + 0.012, moon[1]), (0.05, 0.05), colours.accent)
    return lights


def _glow(board: Board, light: tuple[float, float, float], colour: np.ndarray, reach: float) -> None:
    x, y = grid(board.px)
    away = np.hypot(x - light[0], y - light[1]) / (light[2] * reach)
    strength = np.exp(-(away**2))[..., None] * np.float32(0.75)
    board.colour += (colour - board.colour) * strength


def _ridge(chance: Chance, board: Board, level: float, rough: float, colour: np.ndarray) -> None:
    """Lay ground whose edge is a sum of waves with random phases."""
    x = np.linspace(-0.02, 1.02, 120)
    y = np.full_like(x, level)
    for octave in range(5):
        turn = 2 * np.pi * (chance.unit() + x * (0.7 + 0.6 * chance.unit()) * 1.9**octave)
        y += rough * 0.55**octave * np.sin(turn)
    board.polygon(below(x, y), colour)


def _waves(chance: Chance, board: Board, level: float, high: float, colour: np.ndarray) -> None:
    x = np.linspace(-0.02, 1.02, 160)
    turn = 2 * np.pi * (chance.unit() + x * chance.between(0.12, 0.2) / (high + 0.008))
    crest = np.abs(np.sin(turn / 2 + 0.7 * np.sin(turn / 3 + 6 * chance.unit()))) ** 0.7
    board.polygon(below(x, level - high * crest), colour)


def _village(chance: Chance, board: Board, colours: Palette, level: float) -> None:
    x = chance.between(0.2, 0.35)
    while x < 0.95:
        wide, high = chance.between(0.04, 0.08), chance.between(0.03, 0.06)
        _house(
            chance,
            board,
            colours,
            (x, level + chance.around(0.04, 0.015)),
            (wide, high),
            chance.between(0.1, 0.45),
            True,
        )
        x += wide * chance.between(0.9, 1.8)
    spire = chance.between(0.4, 0.8)
    roof = np.array([[spire - 0.014, level], [spire, level - 0.19], [spire + 0.014, level]])
    board.polygon(roof, colours.tone(0.08))


def _house(
    chance: Chance,
    board: Board,
    colours: Palette,
    foot: tuple[float, float],
    size: tuple[float, float],
    value: float,
    lamps: bool,
) -> None:
    (x, y), (wide, high) = foot, size
    wall = np.array([[x, y - high], [x + wide, y - high], [x + wide, y + 0.06], [x, y + 0.06]])
    board.polygon(wall, colours.tone(value))
    if chance.happens(0.6):
        gable = np.array([[x - 0.005, y - high], [x + wide / 2, y - high - 0.5 * wide], [x + wide + 0.005, y - high]])
        board.polygon(gable, colours.accent * 0.6 if chance.happens(0.4) else colours.tone(value - 0.15))
    if not lamps:
        return
    for row in range(max(1, int(high / 0.05))):
        for column in range(max(1, int(wide / 0.035))):
            if chance.happens(0.55):
                left, top = x + 0.01 + 0.033 * column, y - high + 0.012 + 0.045 * row
                pane = np.array([[0, 0], [0.014, 0], [0.014, 0.02], [0, 0.02]]) + np.array([left, top])
                board.polygon(pane, colours.glow * 0.5 + colours.accent * 0.5)


def _cypress(chance: Chance, board: Board, colours: Palette, foot: float) -> None:
    """Lay a flame of a tree, from the lower edge far into the sky."""
    top, half = chance.between(0.1, 0.35), chance.between(0.05, 0.09)
    for part, value in ((1.0, 0.0), (0.55, 0.14)):
        y = np.linspace(1.02, top + 0.06 * (1 - part), 14)
        along = (1.02 - y) / (1.02 - top)
        width = half * part * (1 - along) ** 0.7 * (0.75 + 0.25 * np.sin(9 * along + 6 * chance.unit()))
        sway = 0.02 * np.sin(5 * along + 6 * chance.unit())
        outline = np.concatenate([np.stack([foot + sway - width, y], 1), np.stack([foot + sway + width, y], 1)[::-1]])
        board.polygon(smooth(outline), colours.tone(value))


def _boat(chance: Chance, board: Board, colours: Palette, horizon: float) -> None:
    depth = chance.between(0.05, 0.6)
    x, y, side = chance.between(0.12, 0.88), horizon + depth * (0.95 - horizon), 0.04 + 0.16 * depth
    sails = ((-0.04, -0.9, -0.55), (0.05, -0.75, 0.4))
    for mast, high, out in sails:
        sail = np.array([[mast, -0.12], [mast, high], [mast + out, -0.16]]) * side + (x, y)
        board.polygon(sail, colours.accent if chance.happens(0.5) else colours.glow)
    hull = np.array([[-0.6, -0.1], [0.6, -0.1], [0.4, 0.12], [-0.42, 0.12]]) * side + (x, y)
    board.polygon(smooth(hull, 40), colours.deep)


def _river(chance: Chance, board: Board, colours: Palette, top: float) -> None:
    along = np.linspace(0, 1, 30)
    y = top + (1.05 - top) * along**1.3
    bend, phase = chance.between(0.1, 0.2), 6 * chance.unit()
    x = chance.between(0.35, 0.65) + bend * np.sin(5 * along**0.6 + phase) * (0.3 + 0.7 * along)
    half = 0.006 + 0.1 * along**1.5
    banks = np.concatenate([np.stack([x - half, y], 1), np.stack([x + half, y], 1)[::-1]])
    board.polygon(banks, colours.tone(0.85))
    middle = np.concatenate([np.stack([x - half * 0.4, y], 1), np.stack([x + half * 0.55, y], 1)[::-1]])
    board.polygon(middle, colours.glow)


def _tree(chance: Chance, board: Board, colours: Palette, x: float, y: float, horizon: float) -> None:
    side = 0.03 + 0.13 * (y - horizon) / (1 - horizon)
    trunk = np.array([[-0.08, 0], [-0.04, -0.9], [0.04, -0.9], [0.08, 0]]) * side + (x, y)
    board.polygon(trunk, colours.deep)
    for i in range(6):
        centre = (x + chance.around(0, 0.35) * side, y - side * chance.between(0.7, 1.7))
        radius = side * chance.between(0.3, 0.6)
        board.polygon(ellipse(centre, (radius, radius * 0.85)), colours.tone(0.12 + 0.07 * i))


def _mirror(chance: Chance, board: Board, colours: Palette, quay: float) -> None:
    """Turn what stands above the quay upside down into the water, broken by ripples."""
    px = board.px
    line = round(quay * px)
    rows = np.arange(line, px)
    ripple = (0.012 * np.sin(np.arange(px - line) ** 0.8 * 320 / px * chance.between(0.5, 0.8)) * px).astype(int)
    for row, shift in zip(rows, ripple, strict=True):
        source = max(0, 2 * line - row - 1)
        board.colour[row] = 0.7 * np.roll(board.colour[source], shift, 0) + 0.3 * colours.tone(0.3)
        board.region[row] = np.roll(board.region[source], shift) + 1000
    board.polygon(np.array([[0, quay - 0.008], [1, quay - 0.008], [1, quay + 0.012], [0, quay + 0.012]]), colours.deep)
