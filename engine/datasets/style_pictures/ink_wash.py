"""Ink wash: mountains that sink into mist, bamboo, or a branch in blossom, in grey ink on soft paper, with a red seal.

Ink adds up as density, and the paper's light goes with e^(−density).

Conventions: densities are (px, px) float32; the ink is a warm or a cool black.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.board import ellipse
from engine.datasets.style_pictures.kind import Kind
from engine.datasets.style_pictures.noise import fractal, grid, step, warped
from engine.datasets.style_pictures.palettes import rgb
from engine.datasets.style_pictures.paper import tooth, washed

_SHIFT = 4


def paint(chance: Chance, px: int) -> np.ndarray:
    """Paint one."""
    theme = chance.weighted({"mountains": 3, "bamboo": 2, "blossom": 2})
    paper = rgb(chance.one_of(("f2ead8", "efe6cf", "f4efe4", "e9dcc0"))) * (1 + 0.03 * washed(chance, px))[..., None]
    density, flowers = {"mountains": _mountains, "bamboo": _bamboo, "blossom": _blossom}[theme](chance, px)
    density *= 1 + 0.12 * tooth(chance, px)
    density += 0.07 * np.maximum(fractal(chance, px, 2, 4), 0)
    ink = 1 - rgb(chance.one_of(("1b1a1c", "1d1712", "141b24")))
    picture = paper * np.exp(-np.maximum(density, 0)[..., None] * ink * 1.15)
    red = rgb(chance.one_of(("b3261e", "9c2a3c", "c2452d")))
    picture *= np.exp(-np.maximum(flowers, 0)[..., None] * (1 - red) * 1.7)
    return np.clip(_sealed(chance, picture, red), 0, 1).astype(np.float32)


def _mountains(chance: Chance, px: int) -> tuple[np.ndarray, np.ndarray]:
    """Return ridges, each dark along its edge and lost in mist below, and birds over them."""
    x, y = grid(px)
    density, n = np.zeros((px, px), np.float32), 4 + chance.whole(3)
    texture = fractal(chance, px, (26, 9), 4)
    for i in range(n):
        part = i / (n - 1)
        level, phases = 0.26 + 0.6 * part + chance.around(0, 0.03), chance.numbers(6)
        line = sum(0.11 * 0.55**k * np.sin(2 * np.pi * (1.1 * 1.9**k * x[0] + phases[k])) for k in range(6))
        line = line * (1.15 - 0.6 * part) + 0.006 * fractal(chance, px, 40, 3)[0]
        below = y - (level + line.astype(np.float32))
        wash = np.exp(-np.maximum(below, 0) / (0.09 + 0.07 * chance.unit())) * step(below, -0.002, 0.005)
        strokes = 1 + 0.55 * np.clip(texture - 0.2, -1, 1.6) * np.exp(-np.maximum(below, 0) / 0.08)
        density = density * (1 - 0.8 * step(below, 0, 0.05)) + wash * strokes * (0.3 + 1.5 * part**1.3)
    if chance.happens(0.6):
        at = (chance.between(0.2, 0.8), chance.between(0.1, 0.2))
        ring = np.abs(np.hypot(x - at[0], y - at[1]) - 0.07)
        density += 0.25 * np.exp(-ring / 0.02) * (np.hypot(x - at[0], y - at[1]) > 0.07)
    _birds(chance, density)
    return density, np.zeros_like(density)


def _bamboo(chance: Chance, px: int) -> tuple[np.ndarray, np.ndarray]:
    """Return stalks in joints, pale ones behind, with pointed leaves."""
    density = np.zeros((px, px), np.float32)
    for i in range(5 + chance.whole(3)):
        strength = 0.25 + 1.1 * (i / 6) ** 1.5
        _stalk(chance, density, chance.between(0.05, 0.95), chance.between(0.014, 0.03), strength)
    return density, np.zeros_like(density)


def _blossom(chance: Chance, px: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a crooked branch with twigs, and its flowers."""
    density, flowers = np.zeros((px, px), np.float32), np.zeros((px, px), np.float32)
    side = chance.one_of((-1.0, 1.0))
    tips = _grown(chance, density, np.array([0.5 - 0.52 * side, chance.between(0.7, 0.95)]), -0.6, 0.03, side, 7)
    for x, y in tips:
        for _ in range(1 + chance.whole(3)):
            at, radius = (x + chance.around(0, 0.025), y + chance.around(0, 0.025)), chance.between(0.014, 0.03)
            for k in range(5):
                turn = 1.257 * k + chance.around(0, 0.12)
                petal = (at[0] + 0.8 * radius * np.cos(turn), at[1] + 0.8 * radius * np.sin(turn))
                _stamp(flowers, ellipse(petal, (0.75 * radius, 0.55 * radius), turn), chance.between(0.25, 0.8))
            _stamp(density, ellipse(at, (0.12 * radius,) * 2), 1.2)
    soft = cv2.GaussianBlur(flowers, (0, 0), px / 220)
    return density, 0.6 * flowers + 0.9 * np.maximum(flowers - soft, 0) + 0.25 * soft


def _grown(
    chance: Chance, density: np.ndarray, at: np.ndarray, angle: float, width: float, side: float, left: int
) -> list[np.ndarray]:
    """Draw a piece of a branch and what grows from it; return where flowers stand."""
    points, tips = [at], []
    for _ in range(5):
        angle = np.clip(angle + chance.around(0, 0.28), -1.5, 0.7)
        at = at + np.array([side * np.cos(angle), np.sin(angle)]) * 0.042
        points.append(at)
    _dry_stroke(chance, density, np.array(points), width, 1.5)
    if left and -0.1 < at[0] < 1.1:
        tips += _grown(chance, density, at, angle * 0.8, width * 0.74, side, left - 1)
        if chance.happens(0.85):
            turned = angle + chance.one_of((-1, 1)) * chance.between(0.5, 1.0)
            tips += _grown(chance, density, at, turned, width * 0.55, side, left - 2 if left > 1 else 0)
    return [*tips, *points[2::2]] if width < 0.014 else tips


def _stalk(chance: Chance, density: np.ndarray, foot: float, width: float, strength: float) -> None:
    lean, y, x = chance.around(0, 0.12), 1.05, foot
    while y > -0.1:
        long = chance.between(0.13, 0.2)
        end = np.array([x + lean * long, y - long])
        _dry_stroke(
            chance,
            density,
            np.array([[x, y - 0.004], (np.array([x, y]) + end) / 2, end + np.array([0, 0.006])]),
            width,
            strength,
        )
        if chance.happens(0.8):
            _leaves(chance, density, end, strength)
        x, y = end


def _leaves(chance: Chance, density: np.ndarray, at: np.ndarray, strength: float) -> None:
    side = chance.one_of((-1.0, 1.0))
    twig = at + np.array([side * chance.between(0.05, 0.12), chance.around(-0.03, 0.03)])
    _dry_stroke(chance, density, np.stack([at, (at + twig) / 2, twig]), 0.004, strength)
    for _ in range(3 + chance.whole(3)):
        angle, long = chance.around(0.75, 0.45), chance.between(0.08, 0.17)
        ahead = np.array([side * np.cos(angle), np.sin(angle)])
        across = np.array([-ahead[1], ahead[0]]) * long * 0.09
        t = np.linspace(0, 1, 16)[:, None]
        swell = np.sin(np.pi * t**0.7)
        middle = twig + ahead * long * t + np.array([0, 0.02]) * t**2
        outline = np.concatenate([middle - across * swell, (middle + across * swell)[::-1]])
        _stamp(density, outline, strength * chance.between(0.6, 1.1))


def _dry_stroke(chance: Chance, density: np.ndarray, path: np.ndarray, width: float, strength: float) -> None:
    """Draw a stroke of many hairs, some without ink."""
    px, hairs = len(density), 11
    ahead = np.gradient(path, axis=0)
    normal = np.stack([-ahead[:, 1], ahead[:, 0]], 1) / (np.linalg.norm(ahead, axis=1, keepdims=True) + 1e-9)
    for hair in np.linspace(-0.5, 0.5, hairs):
        inked = strength * (0.45 + 0.55 * chance.unit()) * (1.15 if abs(hair) > 0.4 else 0.85)
        points = np.round((path + normal * hair * width) * (px * 2**_SHIFT)).astype(np.int32)
        mask = np.zeros_like(density, np.uint8)
        thick = max(1, round(1.4 * width * px / hairs))
        low = np.clip(points.min(0) // 2**_SHIFT - thick - 2, 0, px)
        high = np.clip(points.max(0) // 2**_SHIFT + thick + 3, 0, px)
        if chance.happens(0.12) or (high <= low).any():
            continue
        cv2.polylines(mask, [points], False, 255, thick, cv2.LINE_AA, _SHIFT)
        window = (slice(low[1], high[1]), slice(low[0], high[0]))
        np.maximum(density[window], mask[window] * np.float32(inked / 255), out=density[window])


def _stamp(density: np.ndarray, outline: np.ndarray, strength: float) -> None:
    mask = np.zeros_like(density, np.uint8)
    cv2.fillPoly(mask, [np.round(outline * (len(density) * 2**_SHIFT)).astype(np.int32)], 255, cv2.LINE_AA, _SHIFT)
    np.maximum(density, mask * np.float32(strength / 255), out=density)


def _birds(chance: Chance, density: np.ndarray) -> None:
    home = np.array([chance.between(0.2, 0.8), chance.between(0.1, 0.25)])
    for _ in range(chance.whole(6)):
        at, side = home + np.array([chance.around(0, 0.07), chance.around(0, 0.03)]), chance.between(0.01, 0.018)
        wings = np.array(
            [[-1, -0.35], [-0.5, -0.5], [0, 0], [0.5, -0.5], [1, -0.35], [0.5, -0.3], [0, 0.18], [-0.5, -0.3]]
        )
        _stamp(density, wings * side + at, 1.2)


def _sealed(chance: Chance, picture: np.ndarray, red: np.ndarray) -> np.ndarray:
    """Press a square seal of strokes into a corner, unevenly."""
    px = len(picture)
    x0, y0, side = chance.one_of((0.06, 0.87)), chance.between(0.82, 0.88), 0.07
    x, y = grid(px)
    u, v = (x - x0) / side, (y - y0) / side
    frame = np.maximum(np.abs(u - 0.5), np.abs(v - 0.5))
    marks = (chance.numbers(5, 5) < 0.55).astype(np.float32)
    cut = cv2.resize(marks, (px, px), interpolation=cv2.INTER_NEAREST)
    rows, columns = np.clip((v * 5).astype(int), 0, 4), np.clip((u * 5).astype(int), 0, 4)
    cut = marks[rows, columns]
    face = step(0.5 - frame, 0, 0.06) * (1 - cut * step(0.38 - frame, 0, 0.05))
    face = warped(face.astype(np.float32), 0.0018 * fractal(chance, px, 60, 2), 0.0018 * fractal(chance, px, 60, 2))
    face *= np.clip(0.85 + 0.2 * fractal(chance, px, 100, 2), 0, 1)
    return picture + (red - picture) * face[..., None]


KIND = Kind(
    "Ink wash",
    "Mountains in mist, bamboo or blossom in a few greys of ink on soft paper, with a red seal.",
    (21, 14, 7, 19, 8),
    paint,
)
