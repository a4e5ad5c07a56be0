"""Compositions of few large forms: discs and bars, bands that meander, a bird on a branch, a fish among weeds.

Conventions: each returns its board and the round things (x, y, radius) that a flow may turn around.
"""

from __future__ import annotations

import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.board import Board, below, ellipse, smooth
from engine.datasets.style_pictures.noise import fractal
from engine.datasets.style_pictures.palettes import Palette

Composed = tuple[Board, list[tuple[float, float, float]]]


def discs(chance: Chance, colours: Palette, px: int) -> Composed:
    """Discs, half discs, rings and bars that overlap on a quiet ground."""
    board = Board(px, colours.tone(chance.between(0.8, 1.0)))
    board.colour[:] = colours.tone(0.85 + 0.08 * fractal(chance, px, 2, 3))
    paints = (*colours.ramp[:4], colours.accent, colours.accent, colours.glow)
    rounds = []
    for i in range(17):
        radius = chance.between(0.05, 0.3) * (1 - 0.035 * i)
        x, y, turn = chance.unit(), chance.unit(), 6.3 * chance.unit()
        kind = chance.weighted({"disc": 3, "half": 2, "ring": 2, "bar": 2, "wedge": 1.5})
        colour, outline = chance.one_of(paints), ellipse((x, y), (radius, radius), turn)
        if kind == "bar":
            bar = np.array([[-1.8, -0.1], [1.8, -0.1], [1.8, 0.1], [-1.8, 0.1]]) * radius
            outline = _turned(bar, turn) + np.array([x, y])
        elif kind == "wedge":
            outline = _turned(np.array([[0, -1.2], [1.0, 0.8], [-1.0, 0.8]]) * radius, turn) + np.array([x, y])
        elif kind == "half":
            outline = outline[:21]
        board.polygon(outline, colour)
        if kind == "ring":
            for part in (0.75, 0.5, 0.25):
                board.ellipse((x, y), (radius * part, radius * part), chance.one_of(paints))
        rounds.append((x, y, radius))
    return board, rounds[:6]


def bands(chance: Chance, colours: Palette, px: int) -> Composed:
    """Bands that wind across the picture, one below the other."""
    board = Board(px, colours.tone(0.9))
    x = np.linspace(-0.02, 1.02, 120)
    n, phase = 9 + chance.whole(5), 6.3 * chance.unit()
    for i in range(n):
        y = i / n + 0.1 * np.sin(2.4 * np.pi * x + phase + 0.35 * i) + 0.05 * np.sin(11 * x + 6.3 * chance.unit())
        colour = colours.accent if chance.happens(0.16) else colours.tone(chance.unit())
        board.polygon(below(x, y), colour)
    suns = [(chance.between(0.2, 0.8), chance.between(0.12, 0.4), chance.between(0.09, 0.16))]
    board.ellipse(suns[0][:2], (suns[0][2],) * 2, colours.glow)
    board.ellipse(suns[0][:2], (suns[0][2] * 0.7,) * 2, colours.accent)
    return board, suns


def bird(chance: Chance, colours: Palette, px: int) -> Composed:
    """A bird on a branch with leaves, before a large sun."""
    board = Board(px, colours.tone(0.9))
    board.colour[:] = colours.tone(0.82 + 0.08 * fractal(chance, px, 3, 4))
    sun = (chance.between(0.3, 0.7), chance.between(0.3, 0.45), chance.between(0.2, 0.3))
    board.ellipse(sun[:2], (sun[2], sun[2]), colours.accent)
    level = chance.between(0.68, 0.78)
    _branch(chance, board, colours, level)
    side, x = chance.one_of((-1.0, 1.0)), chance.between(0.42, 0.58)

    def put(points: list[tuple[float, float]], colour: np.ndarray) -> None:
        board.polygon(smooth(np.array(points) * (side * 0.9, 0.9) + (x, level - 0.02)), colour)

    put([(0.12, -0.06), (0.36, 0.2), (0.44, 0.17), (0.2, -0.14)], colours.tone(0.1))  # tail
    put([(-0.22, -0.4), (-0.05, -0.36), (0.16, -0.16), (0.16, -0.03), (0.0, 0.02), (-0.16, -0.1)], colours.tone(0.55))
    put([(-0.14, -0.14), (-0.05, -0.12), (0.06, -0.02), (0.0, 0.015), (-0.1, -0.05)], colours.glow)  # breast
    put([(-0.04, -0.3), (0.12, -0.2), (0.3, 0.05), (0.12, -0.02), (0.0, -0.12)], colours.tone(0.22))  # wing
    put([(-0.01, -0.24), (0.1, -0.17), (0.2, -0.02), (0.08, -0.07)], colours.tone(0.4))
    put(
        [(-0.27, -0.4), (-0.2, -0.47), (-0.1, -0.44), (-0.06, -0.35), (-0.14, -0.29), (-0.23, -0.32)],
        colours.tone(0.22),
    )
    board.polygon(
        np.array([(-0.25, -0.41), (-0.36, -0.36), (-0.24, -0.355)]) * (side * 0.9, 0.9) + (x, level - 0.02),
        colours.deep,
    )
    board.ellipse((x - side * 0.18, level - 0.375), (0.016, 0.016), colours.glow)
    board.ellipse((x - side * 0.182, level - 0.375), (0.008, 0.008), colours.deep)
    return board, [sun]


def fish(chance: Chance, colours: Palette, px: int) -> Composed:
    """Fish between weeds and bubbles."""
    board = Board(px, colours.tone(0.4))
    board.colour[:] = colours.tone(0.42 + 0.12 * fractal(chance, px, (2, 4), 4))
    for _ in range(11):
        _weed(chance, board, colours)
    bubbles = [(chance.unit(), chance.unit(), chance.between(0.012, 0.035)) for _ in range(14)]
    for x, y, radius in bubbles:
        board.ellipse((x, y), (radius, radius), colours.tone(0.85))
        board.ellipse((x, y), (radius * 0.7, radius * 0.7), colours.tone(0.6))
    for i in range(3 + chance.whole(3)):
        centre = (chance.between(0.2, 0.8), (i + chance.between(0.3, 0.7)) / 5)
        _one_fish(chance, board, colours, centre, chance.between(0.16, 0.3))
    return board, bubbles


def _one_fish(chance: Chance, board: Board, colours: Palette, centre: tuple[float, float], side: float) -> None:
    flip, tilt = chance.one_of((-1.0, 1.0)), chance.around(0, 0.2)
    body, stripe = chance.one_of(
        ((colours.accent, colours.glow), (colours.tone(0.85), colours.accent), (colours.deep, colours.accent))
    )

    def put(points: np.ndarray, colour: np.ndarray) -> None:
        board.polygon(_turned(points * (flip * side, side), tilt) + centre, colour)

    put(np.array([[0.35, 0], [0.72, -0.3], [0.62, 0], [0.72, 0.3]]), stripe)
    put(smooth(np.array([[-0.1, -0.2], [0.1, -0.42], [0.25, -0.14]])), stripe)
    put(smooth(np.array([[-0.5, 0.02], [-0.2, -0.24], [0.15, -0.2], [0.42, 0], [0.15, 0.2], [-0.2, 0.24]])), body)
    for x in (-0.12, 0.06, 0.22):
        put(smooth(np.array([[x, -0.2], [x + 0.05, 0], [x, 0.2], [x - 0.04, 0]]), 30), stripe)
    put(ellipse((-0.34, -0.04), (0.045, 0.045)), colours.glow)
    put(ellipse((-0.35, -0.04), (0.02, 0.02)), colours.deep)


def _branch(chance: Chance, board: Board, colours: Palette, level: float) -> None:
    x = np.linspace(-0.05, 1.05, 40)
    y = level + 0.04 * np.sin(5 * x + 6.3 * chance.unit()) * np.abs(x - 0.5) * 2
    thick = 0.012 + 0.02 * x
    board.polygon(np.concatenate([np.stack([x, y - thick], 1), np.stack([x, y + thick], 1)[::-1]]), colours.deep)
    for _ in range(15):
        i = chance.whole(len(x))
        away = np.array([chance.around(0, 0.05), chance.one_of((-1, 1)) * chance.between(0.06, 0.14)])
        start = np.array([x[i], y[i]])
        across = np.array([-away[1], away[0]]) * 0.28
        leaf = np.array([start, start + away * 0.5 + across, start + away, start + away * 0.5 - across])
        board.polygon(smooth(leaf, 30), colours.tone(chance.between(0.2, 0.6)))


def _weed(chance: Chance, board: Board, colours: Palette) -> None:
    foot, top, phase = chance.unit(), chance.between(0.15, 0.7), 6.3 * chance.unit()
    y = np.linspace(1.02, top, 24)
    along = (1.02 - y) / (1.02 - top)
    x = foot + 0.04 * np.sin(7 * along + phase)
    half = chance.between(0.012, 0.03) * (1 - along) ** 0.5
    outline = np.concatenate([np.stack([x - half, y], 1), np.stack([x + half, y], 1)[::-1]])
    board.polygon(outline, colours.tone(chance.between(0.05, 0.35)))


def _turned(points: np.ndarray, angle: float) -> np.ndarray:
    cos, sin = np.cos(angle), np.sin(angle)
    return points @ np.array([[cos, sin], [-sin, cos]])
