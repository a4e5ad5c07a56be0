"""The colour of each visible point of a person: cloth, skin and face under one light.

    colour = albedo · (ambient(n) + diffuse · max(0, n·l)) + gloss · (n·h)ᵏ

with the light's direction l, the half vector h, and the normal n bent by folds of the cloth.

Conventions: camera axes (x right, y up, z toward the camera); colours are RGB in [0, 255].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.datasets.figures.look import INNER, SKIN, TOP, Look
from engine.datasets.figures.patterns import TILE, cloth, folds, prints
from engine.datasets.figures.splat import Fragments
from engine.datasets.figures.surface import HEADPART, TRUNK, Surface


@dataclass(frozen=True)
class Light:
    """A light far away: where it is (unit vector in camera axes), its colour (3,), and that of the sky (3,)."""

    toward: np.ndarray
    colour: np.ndarray
    sky: np.ndarray


def shade(seen: Fragments, surface: Surface, look: Look, light: Light) -> np.ndarray:
    """Return the colours (n, 3) float32 of the fragments."""
    kind = surface.kind[seen.part]
    material = np.where(seen.covered, surface.cover[seen.part], surface.material[seen.part])
    trunk = np.flatnonzero(kind == TRUNK)
    if look.jacket:
        front = (np.sin(seen.angle[trunk]) > 0.97) & (seen.along[trunk] > 0.35)
        material[trunk[front & (material[trunk] == TOP)]] = INNER
    albedo = _albedo(seen, material, look)
    _print(albedo, seen, trunk, material, look)
    head = np.flatnonzero(kind == HEADPART)
    if len(head):
        _face(albedo, seen, head, look)
    return _lit(albedo, seen, material, look, light)


def _albedo(seen: Fragments, material: np.ndarray, look: Look) -> np.ndarray:
    frequency = (look.frequency * TILE).astype(np.float32)[material]
    row = (seen.length * frequency).astype(np.int32) & (TILE - 1)
    column = (seen.round * frequency + TILE * 64).astype(np.int32) & (TILE - 1)
    mixed = cloth()[look.pattern[material], row, column][:, None]
    first, second = look.first.astype(np.float32), look.second.astype(np.float32)
    return first[material] + (second - first)[material] * mixed


def _print(albedo: np.ndarray, seen: Fragments, trunk: np.ndarray, material: np.ndarray, look: Look) -> None:
    if look.print_on_chest < 0 or not len(trunk):
        return
    front = np.sin(seen.angle[trunk]) > 0
    across, up = np.cos(seen.angle[trunk]) * 1.25, (seen.along[trunk] - 0.64) * 4.4
    x, y = ((0.5 + 0.5 * across) * 63).astype(int), ((0.5 - 0.5 * up) * 63).astype(int)
    inside = (x >= 0) & (x < 64) & (y >= 0) & (y < 64) & front & (material[trunk] == TOP)
    chosen = trunk[inside]
    ink = prints()[look.print_on_chest, y[inside], x[inside]][:, None]
    other = look.first[INNER].astype(np.float32)
    albedo[chosen] += (other - albedo[chosen]) * ink


def _face(albedo: np.ndarray, seen: Fragments, head: np.ndarray, look: Look) -> None:
    """Paint eyes, brows, mouth, cheeks, beard and glasses onto the front of the skull, in place."""
    # Metres: x to the person's left, y up; the skull's rings are not equally spaced, so `length` is used.
    side, front = np.cos(seen.angle[head]), np.sin(seen.angle[head])
    x, y = side * 0.074, seen.along[head] * 11
    colour = albedo[head]
    faces = front > 0
    skin = look.first[SKIN].astype(np.float32)

    def blend(weight, target):
        colour[:] += (np.asarray(target, np.float32) - colour) * (np.clip(weight, 0, 1) * faces)[:, None]

    level = np.interp(y, np.arange(12), _LEVELS).astype(np.float32)
    if look.beard:
        jaw = np.clip((0.062 - level) / 0.012, 0, 1) + np.clip((0.088 - level) / 0.01, 0, 1) * (np.abs(x) > 0.045)
        blend(0.75 * look.beard * jaw, look.first[1] * 0.9)
    rosy = skin * np.array([1.02, 0.86, 0.84], np.float32)
    blend(0.5 * np.exp(-(((np.abs(x) - 0.042) / 0.016) ** 2) - ((level - 0.083) / 0.016) ** 2), rosy)
    curve = level - 0.049 - 6 * look.smile * x * x
    blend(1.5 - np.hypot(x / 0.023, curve / 0.0075) * 1.5, skin * np.array([0.78, 0.5, 0.5], np.float32))
    blend(1.3 - np.hypot(x / 0.021, curve / 0.002) * 1.3, skin * 0.3)
    blend(0.55 * np.exp(-(((np.abs(x) - 0.032) / 0.017) ** 2) - ((level - 0.124) / 0.011) ** 2), skin * 0.62)
    eye = np.hypot((np.abs(x) - 0.032) / 0.0145, (level - 0.121) / 0.0065)
    blend(2.5 - 2.5 * eye, (232, 228, 222))
    blend(2.2 - 2.2 * np.hypot((np.abs(x) - 0.032) / 0.0075, (level - 0.121) / 0.0075), (36, 26, 22))
    brow = np.hypot((np.abs(x) - 0.034) / 0.02, (level - 0.139 + 2.0 * (np.abs(x) - 0.03) ** 2) / 0.0042)
    blend(1.5 - 1.5 * brow, look.first[1] * 0.8)
    blend(0.7 * np.exp(-(((np.abs(x) - 0.009) / 0.006) ** 2) - ((level - 0.079) / 0.004) ** 2), skin * 0.4)
    if look.glasses:
        lens = np.hypot((np.abs(x) - 0.032) / 0.026, (level - 0.12) / 0.02)
        ring = np.clip(1.6 - np.abs(lens - 1) * 7, 0, 1) if look.glasses < 1 else np.clip(4 - 4 * lens, 0, 1)
        blend(np.maximum(ring, (np.abs(level - 0.126) < 0.003) * 1.0), (22, 20, 22))
    albedo[head] = colour


_LEVELS = (-0.008, 0.0, 0.012, 0.04, 0.066, 0.092, 0.122, 0.155, 0.185, 0.21, 0.229, 0.237)


def _lit(albedo: np.ndarray, seen: Fragments, material: np.ndarray, look: Look, light: Light) -> np.ndarray:
    normal = seen.normal
    fold = look.folds.astype(np.float32)[material] * np.float32(0.16)
    row = (seen.length * (TILE * 1.7)).astype(np.int32) & (TILE - 1)
    column = (seen.round * (TILE * 1.7) + 64 * TILE).astype(np.int32) & (TILE - 1)
    slopes = folds()
    x = normal[:, 0] + fold * slopes[0, row, column]
    y = normal[:, 1] + fold * slopes[1, row, column]
    toward = light.toward.astype(np.float32)
    lambert = x * toward[0] + y * toward[1] + normal[:, 2] * toward[2]
    direct = np.maximum(lambert * np.float32(0.88) + np.float32(0.12), 0)[:, None] * light.colour.astype(np.float32)
    ambient = (np.float32(0.72) + np.float32(0.28) * y)[:, None] * light.sky.astype(np.float32)
    half = toward + np.array([0, 0, 1], np.float32)
    half /= np.linalg.norm(half)
    mirror = np.maximum(x * half[0] + y * half[1] + normal[:, 2] * half[2], 0) ** 14
    shine = look.gloss.astype(np.float32)[material] * mirror * np.float32(120)
    rim = np.float32(0.86) + np.float32(0.14) * normal[:, 2]  # a body's edge is a little darker
    return albedo * (direct + ambient) * rim[:, None] + shine[:, None] * light.colour.astype(np.float32)
