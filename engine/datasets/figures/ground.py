"""Grounds: what is behind the people, from an empty studio to a crowded street.

Conventions: see `paper`; a ground is (H, W, 3) uint8. The horizon is in units from the top.
"""

from __future__ import annotations

import colorsys

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.figures.look import cloth_colour
from engine.datasets.figures.paper import Paper, blob, box, ellipse, floor, noise, wallpaper
from engine.datasets.figures.patterns import cloth, smooth_noise
from engine.datasets.figures.things import BEHIND, thing

_GROUNDS = {  # hue, saturation, value
    "grass": (0.27, 0.45, 0.42),
    "asphalt": (0.6, 0.06, 0.45),
    "sand": (0.1, 0.35, 0.72),
    "snow": (0.58, 0.05, 0.9),
    "earth": (0.08, 0.4, 0.4),
    "court": (0.55, 0.5, 0.5),
    "paving": (0.09, 0.1, 0.62),
}


def ground(chance: Chance, height: int, width: int, unit: int, horizon: float) -> np.ndarray:
    """Draw a ground."""
    kind = chance.weighted({"outdoors": 5, "indoors": 4, "studio": 1, "clutter": 2})
    paper = Paper(np.zeros((height, width, 3), np.uint8), unit)
    {"outdoors": _outdoors, "indoors": _indoors, "studio": _studio, "clutter": _clutter}[kind](chance, paper, horizon)
    picture = paper.picture
    if chance.happens(0.35):
        blur = chance.between(0.001, 0.013) * unit  # out of focus
        picture = cv2.GaussianBlur(picture, (0, 0), max(blur, 0.3))
    whole = np.zeros(2), np.array([width, height])
    grain = noise(chance, unit, 4, chance.between(0.6, 1.6)).window(*whole)
    low = noise(chance, unit, 0, chance.between(0.15, 0.5)).window(*whole)
    fine, coarse = np.float32(chance.between(0.1, 0.5)), np.float32(chance.between(0.0, 0.8))
    light = 1 - (fine + coarse) / 2 + grain * fine + low * coarse
    return np.minimum(picture * light[..., None], 255).astype(np.uint8)


def _outdoors(chance: Chance, paper: Paper, horizon: float) -> None:
    w, h = paper.width, paper.height
    sky = _hsv(chance.between(0.53, 0.63), chance.between(0.0, 0.55), chance.between(0.55, 1.0))
    pale = sky + (255 - sky) * chance.between(0.2, 0.8)
    clouds = noise(chance, paper.unit, 0, chance.between(0.3, 0.8))
    paper.textured(box(0, 0, w, max(horizon, 0.05) + 0.02), sky, pale, clouds)
    _far(chance, paper, horizon)
    name = chance.one_of(tuple(_GROUNDS))
    hue, saturation, value = _GROUNDS[name]
    value *= chance.between(0.6, 1.15)
    first = _hsv(hue + chance.between(-0.03, 0.03), saturation * chance.between(0.6, 1.4), value)
    second = first * chance.between(0.65, 1.3)
    tile = cloth()[3 + chance.whole(2)] if name == "paving" else smooth_noise()[2 + chance.whole(3)]
    field = floor(chance, tile, paper.picture.shape[1], paper.unit, horizon)
    paper.textured(box(0, horizon, w, h), first, second, field)
    for _ in range(chance.whole(3)):
        x, slope, wide = chance.between(-0.2, w), chance.between(-2, 2), chance.between(0.004, 0.05)
        stripe = np.array([(x, horizon), (x + slope - wide, h), (x + slope + wide, h)])
        paper.fill(stripe, _hsv(chance.unit(), chance.between(0, 0.3), chance.between(0.5, 1)))
    _scatter(chance, paper, horizon, 2 + chance.whole(7))


def _far(chance: Chance, paper: Paper, horizon: float) -> None:
    """Hills, trees or houses along the horizon."""
    w = paper.width
    kind = chance.one_of(("trees", "houses", "hills", "fence", "none", "trees"))
    if kind in ("trees", "hills"):
        x = np.linspace(-0.05, w + 0.05, 24 if kind == "hills" else 60)
        top = horizon - chance.between(0.03, 0.35) * (0.6 + 0.8 * np.interp(x, np.linspace(0, w, 9), chance.numbers(9)))
        if kind == "trees":
            top -= 0.04 * chance.numbers(len(x))
        outline = np.concatenate([np.stack([x, top], 1), [(w + 0.05, horizon + 0.02), (-0.05, horizon + 0.02)]])
        colour = _hsv(chance.between(0.2, 0.45), chance.between(0.1, 0.6), chance.between(0.15, 0.6))
        leaves = noise(chance, paper.unit, 3, chance.between(0.5, 1.0))
        paper.textured(outline, colour * 0.5, colour * 1.35, leaves)
    elif kind == "houses":
        x = -0.1
        while x < w:
            wide, tall = chance.between(0.15, 0.6), chance.between(0.15, 0.9)
            wall = _hsv(chance.between(0.0, 0.15), chance.between(0, 0.4), chance.between(0.3, 0.95))
            paper.fill(box(x, horizon - tall, x + wide, horizon + 0.02), wall)
            _windows(chance, paper, x, horizon - tall, wide, tall)
            x += wide + chance.between(0, 0.1)
    elif kind == "fence":
        colour, tall = cloth_colour(chance), chance.between(0.08, 0.4)
        for x in np.arange(0, w, chance.between(0.03, 0.12)):
            paper.line(np.array([(x, horizon), (x, horizon - tall)]), colour, 0.006)
        for part in (0.2, 0.9):
            paper.line(np.array([(0, horizon - part * tall), (w, horizon - part * tall)]), colour, 0.01)


def _windows(chance: Chance, paper: Paper, x: float, y: float, wide: float, tall: float) -> None:
    columns, rows = 1 + chance.whole(4), 1 + chance.whole(5)
    glass = _hsv(0.6, chance.between(0, 0.4), chance.between(0.1, 0.8))
    gap_x, gap_y = wide / (columns + 0.5), tall / (rows + 0.5)
    for i in range(columns):
        for j in range(rows):
            left, top = x + gap_x * (i + 0.4), y + gap_y * (j + 0.4)
            paper.fill(box(left, top, left + 0.6 * gap_x, top + 0.65 * gap_y), glass)


def _indoors(chance: Chance, paper: Paper, horizon: float) -> None:
    w, h = paper.width, paper.height
    wall = _hsv(chance.unit(), chance.between(0, 0.3) ** 1.2, chance.between(0.25, 0.98))
    edge = horizon + chance.between(0.05, 0.3)
    field = noise(chance, paper.unit, 0, chance.between(0.2, 0.6))
    if chance.happens(0.25):
        across = cloth()[chance.one_of((2, 3, 4, 5, 2))]
        field = wallpaper(across, paper.unit, chance.between(0.5, 1.5))
    paper.textured(box(0, 0, w, h), wall, wall * chance.between(0.75, 1.1), field)
    if chance.happens(0.4):
        corner = chance.between(0, w)
        paper.fill(np.array([(corner, 0), (w, 0), (w, edge + 0.2), (corner, edge)]), wall * chance.between(0.7, 1.15))
    first = _hsv(chance.between(0.02, 0.15), chance.between(0, 0.6), chance.between(0.15, 0.85))
    tile = chance.one_of((smooth_noise()[1], smooth_noise()[4], cloth()[3], cloth()[1], cloth()[2]))
    field = floor(chance, tile, paper.picture.shape[1], paper.unit, edge - 0.15)
    paper.textured(box(0, edge, w, h), first, first * chance.between(0.7, 1.2), field)
    if chance.happens(0.5):
        paper.line(np.array([(0, edge), (w, edge)]), wall * 0.5, chance.between(0.005, 0.03))
    for _ in range(chance.whole(4)):  # pictures, windows, doors
        x, y = chance.between(-0.1, w), chance.between(0, max(edge - 0.3, 0.05))
        wide, tall = chance.between(0.1, 0.5), chance.between(0.1, 0.6)
        paper.fill(box(x - 0.015, y - 0.015, x + wide + 0.015, y + tall + 0.015), cloth_colour(chance))
        field = noise(chance, paper.unit, 1 + chance.whole(2), chance.between(0.4, 1.2))
        paper.textured(box(x, y, x + wide, y + tall), cloth_colour(chance), cloth_colour(chance), field)
    _scatter(chance, paper, edge, 2 + chance.whole(8))


def _studio(chance: Chance, paper: Paper, horizon: float) -> None:
    first = _hsv(chance.unit(), chance.between(0, 0.5), chance.between(0.05, 0.98))
    field = noise(chance, paper.unit, 0, chance.between(0.05, 0.25))
    paper.textured(box(0, 0, paper.width, paper.height), first, first * chance.between(0.5, 1.2), field)
    if chance.happens(0.4):
        paper.fill(box(0, horizon + 0.15, paper.width, paper.height), first * chance.between(0.6, 1.0))


def _clutter(chance: Chance, paper: Paper, horizon: float) -> None:
    """Shapes of all sizes over one another: photographs have edges at every scale."""
    first, second = cloth_colour(chance), cloth_colour(chance)
    field = noise(chance, paper.unit, 4, 0.7)
    paper.textured(box(0, 0, paper.width, paper.height), first, second, field)
    for i in range(50):
        radius = 0.5 * 0.94**i + 0.015
        x, y = chance.between(0, paper.width), chance.between(0, paper.height)
        kind, colour = chance.unit(), cloth_colour(chance)
        if kind < 0.35:
            turn, flat = chance.between(0, np.pi), chance.between(0.2, 1)
            shape = ellipse(x, y, radius, radius * flat, turn, 4 if chance.happens(0.6) else 20)
        else:
            shape = blob(chance, x, y, radius, 5 + chance.whole(12))
        if i < 14 and chance.happens(0.6):
            paper.textured(shape, colour, cloth_colour(chance), field)
        else:
            paper.fill(shape, colour)
    _scatter(chance, paper, horizon, chance.whole(5))


def _scatter(chance: Chance, paper: Paper, horizon: float, n: int) -> None:
    """Things stand on the ground, small ones far away first."""
    depths = np.sort(chance.numbers(n) ** 1.5)
    for depth in depths:
        size = 0.1 + 0.55 * depth
        y = horizon + (paper.height - horizon) * depth * 0.7
        thing(chance, paper, chance.one_of(BEHIND), chance.between(-0.05, paper.width + 0.05), y, size)


def _hsv(hue: float, saturation: float, value: float) -> np.ndarray:
    return np.array(colorsys.hsv_to_rgb(hue % 1, min(max(saturation, 0), 1), min(max(value, 0), 1))) * 255
