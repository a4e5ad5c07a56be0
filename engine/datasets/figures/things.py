"""Things that stand about, and things that stand before people: furniture, trees, poles, boxes, cars, signs, limbs.

Conventions: see `paper`; a thing stands on (x, y) and is about `size` units high.
"""

from __future__ import annotations

import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.figures.look import SKINS, cloth_colour
from engine.datasets.figures.paper import Paper, blob, box, ellipse, noise

BEHIND = (
    "crate",
    "tree",
    "pole",
    "car",
    "chair",
    "shelf",
    "sign",
    "ball",
    "bush",
    "limb",
    "table",
    "person-like",
    "screen",
)
BEFORE = ("crate", "pole", "bush", "table", "limb", "bar", "chair", "ball", "panel")


def thing(chance: Chance, paper: Paper, kind: str, x: float, y: float, size: float) -> None:
    """Draw one thing of a kind."""
    colour = cloth_colour(chance)
    _DRAW[kind](chance, paper, x, y, size, colour)


def _crate(chance: Chance, paper: Paper, x: float, y: float, size: float, colour: np.ndarray) -> None:
    wide, tall, deep = size * chance.between(0.3, 1.2), size * chance.between(0.4, 1), size * chance.between(0.05, 0.3)
    side = deep if chance.happens(0.5) else -deep
    front = box(x - wide / 2, y - tall, x + wide / 2, y)
    if chance.happens(0.5):
        grain = noise(chance, paper.unit, 3, chance.between(0.3, 1))
        paper.textured(front, colour, colour * chance.between(0.6, 1.1), grain)
    else:
        paper.fill(front, colour)
    left, top, right = x - wide / 2, y - tall, x + wide / 2
    lid = [(left, top), (right, top), (right + side, top - deep * 0.6), (left + side, top - deep * 0.6)]
    paper.fill(np.array(lid), colour * 1.2 + 15)
    edge = right if side > 0 else left
    flank = [(edge, top), (edge + side, top - deep * 0.6), (edge + side, y - deep * 0.6), (edge, y)]
    paper.fill(np.array(flank), colour * 0.6)


def _tree(chance: Chance, paper: Paper, x: float, y: float, size: float, colour: np.ndarray) -> None:
    tall, bark = size * chance.between(1.0, 2.2), np.array([70, 52, 38]) * chance.between(0.5, 1.6)
    wide = tall * chance.between(0.02, 0.06)
    trunk = [(x - wide, y), (x - wide * 0.5, y - tall), (x + wide * 0.5, y - tall), (x + wide, y)]
    paper.fill(np.array(trunk), bark)
    _bush(chance, paper, x, y - tall * 0.7, tall * 0.6, colour)


def _bush(chance: Chance, paper: Paper, x: float, y: float, size: float, colour: np.ndarray) -> None:
    green = np.array([60, 95, 40]) * chance.between(0.4, 1.7) + chance.numbers(3) * 30
    leaves = noise(chance, paper.unit, 3, chance.between(0.5, 1.1))
    for _ in range(1 + chance.whole(3)):
        cx, cy = x + size * chance.between(-0.3, 0.3), y - size * chance.between(0.2, 0.6)
        paper.textured(blob(chance, cx, cy, size * chance.between(0.25, 0.5), 26), green * 0.35, green * 1.4, leaves)


def _pole(chance: Chance, paper: Paper, x: float, y: float, size: float, colour: np.ndarray) -> None:
    wide, lean = size * chance.between(0.015, 0.07), chance.around(0, 0.02)
    tall = size * chance.between(1, 3)
    for part, shade in ((1.0, 0.6), (0.55, 1.0), (0.2, 1.35)):
        offset = -0.25 * wide * (1 - part)
        ends = np.array([(x + offset, y), (x + offset + lean * tall, y - tall)])
        paper.line(ends, colour * shade, wide * part)


def _car(chance: Chance, paper: Paper, x: float, y: float, size: float, colour: np.ndarray) -> None:
    w, h = size * 1.6, size * 0.55
    body = np.array(
        [(-0.5, 0), (-0.5, -0.45), (-0.28, -0.52), (-0.16, -0.95), (0.2, -1.0), (0.34, -0.55), (0.5, -0.45), (0.5, 0)]
    )
    paper.fill(np.array([x, y]) + body * (w, h), colour)
    glass = np.array([(-0.22, -0.55), (-0.13, -0.88), (0.17, -0.92), (0.28, -0.55)])
    paper.fill(np.array([x, y]) + glass * (w, h), np.full(3, chance.between(20, 150)))
    paper.fill(np.array([x, y]) + np.array([(-0.5, 0), (-0.5, -0.15), (0.5, -0.15), (0.5, 0)]) * (w, h), colour * 0.5)
    for wheel in (-0.3, 0.32):
        paper.fill(ellipse(x + wheel * w, y, 0.2 * h + 0.01, 0.2 * h + 0.01), np.array([22, 22, 24]))
        paper.fill(ellipse(x + wheel * w, y, 0.1 * h, 0.1 * h), np.array([130, 130, 134]))


def _chair(chance: Chance, paper: Paper, x: float, y: float, size: float, colour: np.ndarray) -> None:
    w, h, bar = size * 0.45, size * 0.9, size * 0.05
    for leg in (-0.5, -0.3, 0.3, 0.5):
        paper.line(np.array([(x + leg * w, y - 0.1 * abs(leg) * h), (x + leg * w, y - 0.48 * h)]), colour * 0.7, bar)
    if chance.happens(0.6):
        paper.fill(box(x - w / 2, y - h, x + w / 2, y - 0.55 * h), colour * 0.85)
    else:
        for post in (-0.5, 0, 0.5):
            paper.line(np.array([(x + post * w, y - h), (x + post * w, y - 0.45 * h)]), colour * 0.8, bar)
        paper.line(np.array([(x - w / 2, y - h), (x + w / 2, y - h)]), colour * 0.9, bar * 1.6)
    seat = [(-0.6, -0.42), (-0.5, -0.52), (0.5, -0.52), (0.6, -0.42)]
    paper.fill(np.array([x, y]) + np.array(seat) * (w, h), colour * 1.15)


def _table(chance: Chance, paper: Paper, x: float, y: float, size: float, colour: np.ndarray) -> None:
    w, h, bar = size * chance.between(1, 2.4), size * 0.6, size * 0.06
    for leg in (-0.46, 0.46):
        paper.line(np.array([(x + leg * w, y), (x + leg * w, y - h)]), colour * 0.6, bar)
    paper.fill(
        np.array([x, y - h]) + np.array([(-0.5, 0), (-0.42, -0.25), (0.42, -0.25), (0.5, 0)]) * (w, size * 0.5),
        colour * 1.1,
    )
    paper.fill(box(x - w / 2, y - h, x + w / 2, y - h + bar), colour * 0.75)
    if chance.happens(0.4):
        paper.fill(box(x - w / 2, y - h, x + w / 2, y), colour * 0.8)
    for _ in range(chance.whole(5)):  # what stands on it
        cx, tall = x + w * chance.between(-0.4, 0.4), size * chance.between(0.05, 0.3)
        paper.fill(box(cx - tall * 0.25, y - h - tall - 0.02, cx + tall * 0.25, y - h - 0.02), cloth_colour(chance))


def _shelf(chance: Chance, paper: Paper, x: float, y: float, size: float, colour: np.ndarray) -> None:
    w, h, rows = size * chance.between(0.5, 1.4), size * 1.2, 2 + chance.whole(3)
    paper.fill(box(x - w / 2, y - h, x + w / 2, y), colour * 0.7)
    for row in range(rows):
        bottom = y - h * (row + 0.1) / rows
        left = x - 0.46 * w
        while left < x + 0.42 * w:
            wide, tall = w * chance.between(0.03, 0.14), h / rows * chance.between(0.4, 0.8)
            paper.fill(box(left, bottom - tall, left + wide, bottom), cloth_colour(chance))
            left += wide * chance.between(1.0, 1.4)


def _sign(chance: Chance, paper: Paper, x: float, y: float, size: float, colour: np.ndarray) -> None:
    w, h, top = size * chance.between(0.4, 1.2), size * chance.between(0.2, 0.5), y - size * chance.between(0.6, 1.2)
    paper.line(np.array([(x, y), (x, top)]), np.array([90, 90, 92]), size * 0.04)
    paper.fill(box(x - w / 2, top - h, x + w / 2, top), colour)
    ink = 255 - colour
    for row in range(1 + chance.whole(3)):  # lines of writing
        level = top - h * (0.25 + 0.25 * row)
        letters = chance.numbers(12, 2)
        for i, (tall, kind) in enumerate(letters):
            left = x - w * 0.42 + i * w * 0.07
            mark = np.array([(0, 0), (0, -tall), (0.04 * kind * 10, -tall * kind), (0.4, 0)])
            paper.line(np.array([left, level]) + mark * (w * 0.05, h * 0.2), ink, h * 0.04)


def _ball(chance: Chance, paper: Paper, x: float, y: float, size: float, colour: np.ndarray) -> None:
    radius = size * chance.between(0.08, 0.25)
    for part in (1.0, 0.8, 0.55, 0.3):
        offset = (1 - part) * 0.4 * radius
        paper.fill(ellipse(x - offset, y - radius - offset, radius * part, radius * part), colour * (1.35 - 0.6 * part))


def _limb(chance: Chance, paper: Paper, x: float, y: float, size: float, colour: np.ndarray) -> None:
    """A round tapered bar in the colour of cloth or skin that belongs to nobody."""
    if chance.happens(0.4):
        colour = SKINS[chance.whole(10)]
    turn, length, wide = chance.between(0, np.pi), size * chance.between(0.4, 1.2), size * chance.between(0.05, 0.14)
    ends = np.array([x, y - size * 0.5]) + np.array([[-0.5], [0.5]]) * length * np.array([np.cos(turn), np.sin(turn)])
    normal = np.array([np.sin(turn), -np.cos(turn)])
    for part, shade in ((1.0, 0.55), (0.8, 0.8), (0.5, 1.0), (0.2, 1.15)):
        paper.line(ends + normal * wide * 0.25 * (1 - part), colour * shade, wide * part)


def _bar(chance: Chance, paper: Paper, x: float, y: float, size: float, colour: np.ndarray) -> None:
    """A rail across the picture, or net or fence."""
    slope, wide = chance.around(0, 0.08), size * chance.between(0.03, 0.12)
    for level in range(1 + chance.whole(3)):
        height = y - level * size * 0.35
        ends = np.array([(-0.1, height - slope), (paper.width + 0.1, height + slope)])
        paper.line(ends, colour * 0.7, wide)
        paper.line(ends - (0, wide * 0.2), colour * 1.15, wide * 0.4)


def _panel(chance: Chance, paper: Paper, x: float, y: float, size: float, colour: np.ndarray) -> None:
    """A board along the lower edge of the picture."""
    grain = noise(chance, paper.unit, 4, chance.between(0.4, 1))
    slope = chance.around(0, 0.04)
    corners = [
        (-0.1, y - slope),
        (paper.width + 0.1, y + slope),
        (paper.width + 0.1, paper.height + 0.1),
        (-0.1, paper.height + 0.1),
    ]
    paper.textured(np.array(corners), colour, colour * 0.75, grain)


def _screen(chance: Chance, paper: Paper, x: float, y: float, size: float, colour: np.ndarray) -> None:
    w, h, top = size * 0.9, size * 0.55, y - size * 1.1
    paper.fill(box(x - w / 2 - 0.01, top - 0.01, x + w / 2 + 0.01, top + h + 0.01), np.array([20, 20, 22]))
    field = noise(chance, paper.unit, 1, 0.8)
    paper.textured(box(x - w / 2, top, x + w / 2, top + h), colour, cloth_colour(chance), field)


def _person_like(chance: Chance, paper: Paper, x: float, y: float, size: float, colour: np.ndarray) -> None:
    """A coat on a stand, or a bottle: upright and rounded, but nobody."""
    w = size * chance.between(0.1, 0.22)
    outline = np.array([(-1, 0), (-1.1, -0.5), (-0.7, -0.75), (-0.2, -0.82), (-0.2, -0.95), (0.2, -0.95), (0.2, -0.82),
                        (0.7, -0.75), (1.1, -0.5), (1, 0)])  # fmt: skip
    paper.fill(np.array([x, y]) + outline * (w, size), colour * 0.7)
    paper.fill(np.array([x - w * 0.15, y]) + outline * (w * 0.5, size * 0.97), colour)


_DRAW = {"crate": _crate, "tree": _tree, "pole": _pole, "car": _car, "chair": _chair, "shelf": _shelf, "sign": _sign,
         "ball": _ball, "bush": _bush, "limb": _limb, "table": _table, "bar": _bar, "panel": _panel, "screen": _screen,
         "person-like": _person_like}  # fmt: skip
