"""From a layout to pixels: ground, people from far to near with their shadows, things before them, lens.

Conventions: pictures are (H, W, 3) float32, RGB in [0, 255], until they are labelled.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import torch

from engine.datasets.chance import Chance
from engine.datasets.figures.body import body
from engine.datasets.figures.ground import ground
from engine.datasets.figures.head import head
from engine.datasets.figures.labels import Drawn, FigurePicture, label
from engine.datasets.figures.layout import Layout, Person
from engine.datasets.figures.lens import photograph
from engine.datasets.figures.paper import Paper
from engine.datasets.figures.props import props
from engine.datasets.figures.shade import shade
from engine.datasets.figures.splat import Camera, splat
from engine.datasets.figures.surface import THING, Surface, join
from engine.datasets.figures.things import BEFORE, thing
from engine.runtime.seeds import generator

_FINE_BELOW_PX = 100  # a person of fewer pixels to the metre is drawn twice as fine, a larger one is smoothed


def backdrop(layout: Layout, height: int, width: int) -> np.ndarray:
    """Return what is behind the people, (H, W, 3) uint8."""
    return ground(Chance(generator(layout.ground)), height, width, min(height, width), layout.horizon)


def render(layout: Layout, height: int, width: int, behind: np.ndarray | None = None) -> FigurePicture:
    """Draw a layout; `behind` is its backdrop, if it is at hand."""
    unit = min(height, width)
    canvas = (backdrop(layout, height, width) if behind is None else behind).astype(np.float32)
    drawn = [_draw(canvas, person, layout, unit) for person in layout.people]
    cover = _front(Chance(generator(layout.front)), canvas, layout, unit)
    picture = photograph(Chance(generator(layout.lens)), canvas, unit, layout.frame)
    image = torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1) * np.float32(1 / 255)))
    return label(image, layout, drawn, cover)


def _draw(canvas: np.ndarray, person: Person, layout: Layout, unit: int) -> Drawn:
    """Draw a person and their shadow onto `canvas`."""
    height, width = canvas.shape[:2]
    fine = 2 if unit * person.camera.scale < _FINE_BELOW_PX else 1
    scale = unit * fine
    origin = (person.camera.origin[0] * scale, person.camera.origin[1] * scale)
    camera = replace(person.camera, origin=origin, scale=person.camera.scale * scale)
    surface = _surface(person)
    low, size = _window(surface, camera, height, width, fine)
    body_cover, whole = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    if min(size) <= 0:
        return Drawn(body_cover, whole, np.zeros((0, 0), np.float32), low, fine)
    seen = splat(surface, camera, low, size)
    colours = shade(seen, surface, person.look, layout.light)
    depth = np.full(size[0] * size[1], -np.inf, np.float32)
    depth[seen.pixel] = seen.depth
    cover = np.zeros(size[0] * size[1], np.float32)
    cover[seen.pixel] = 1
    depth, cover = depth.reshape(size[1], size[0]), cover.reshape(size[1], size[0])
    colours *= _creases(depth, cover, camera.scale).ravel()[seen.pixel, None]
    rows = np.empty((len(colours), 5), np.float32)  # colour, all, body
    rows[:, :3], rows[:, 3], rows[:, 4] = np.clip(colours, 0, 255), 1, surface.kind[seen.part] != THING
    sheet = np.zeros((size[0] * size[1], 5), np.float32)
    sheet[seen.pixel] = rows
    sheet = sheet.reshape(size[1], size[0], 5)
    small = (size[0] // fine, size[1] // fine)
    if fine > 1:
        sheet = cv2.resize(sheet, small, interpolation=cv2.INTER_AREA)
    else:
        sheet = cv2.GaussianBlur(sheet, (3, 3), 0.55)
    window = (slice(low[1] // fine, low[1] // fine + small[1]), slice(low[0] // fine, low[0] // fine + small[0]))
    body_cover[window], whole[window] = sheet[..., 4], sheet[..., 3]
    _shadow(canvas, whole, person, layout, unit)
    target = canvas[window]
    target *= 1 - sheet[..., 3:4]
    target += sheet[..., :3]
    return Drawn(body_cover, whole, depth, low, fine)


def _surface(person: Person) -> Surface:
    """Return the person and what they carry, in camera axes."""
    p = person
    things = props(p.props, p.physique, p.posture, p.seat or p.posture, p.numbers)
    whole = join(body(p.physique, p.posture, p.look), head(p.physique, p.posture, p.look), *things)
    moved = replace(whole, centre=whole.centre - p.camera.anchor)
    return moved.seen_from(p.camera.view)


def _window(
    surface: Surface, camera: Camera, height: int, width: int, fine: int
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return where the surface is in the picture: the corner and the size, multiples of `fine`."""
    flat = camera.project(surface.centre)
    near = camera.scale / (1 - np.minimum(surface.centre[..., 2] / camera.distance, 0.8))
    reach_px = np.sqrt((surface.across**2).sum(2) + (surface.front**2).sum(2)) * near * 1.1
    lowest = np.floor((flat - reach_px[..., None]).min((0, 1)) / fine).astype(int)
    highest = np.ceil((flat + reach_px[..., None]).max((0, 1)) / fine).astype(int)
    lowest, highest = np.clip(lowest, 0, (width, height)), np.clip(highest, 0, (width, height))
    low, size = (lowest * fine).tolist(), ((highest - lowest) * fine).tolist()
    return (low[0], low[1]), (size[0], size[1])


def _creases(depth: np.ndarray, cover: np.ndarray, scale: float) -> np.ndarray:
    """Return how much light reaches each point (h, w): less where what surrounds it is nearer to the camera."""
    size = max(int(0.09 * scale) | 1, 3)
    filled = np.where(cover > 0, depth, 0)
    mean = cv2.blur(filled, (size, size)) / np.maximum(cv2.blur(cover, (size, size)), 1e-3)
    return 1 - np.clip((mean - filled) * 5.0, 0, 0.55)


def _shadow(canvas: np.ndarray, whole: np.ndarray, person: Person, layout: Layout, unit: int) -> None:
    """Darken the ground under a person, and where the sun throws their outline."""
    feet = person.camera.turned(person.posture.joints * np.array([1, 0, 1.0]))
    flat = person.camera.project(feet[[15, 16, 0]]) * unit
    x, y = flat.mean(0)
    scale = person.camera.scale * unit
    shadow = np.zeros(canvas.shape[:2], np.float32)
    axes = (max(0.3 * scale + abs(flat[0, 0] - flat[1, 0]) / 2, 1), max(0.09 * scale, 1))
    if -axes[0] < x < canvas.shape[1] + axes[0] and y < canvas.shape[0] + axes[1]:
        cv2.ellipse(shadow, ((float(x), float(y)), (2 * axes[0], 2 * axes[1]), 0.0), 0.6, -1)
    if layout.sunny > 0.55:
        slant, low = -layout.light.toward[0] * 1.4, 0.35 * (layout.sunny - 0.3)
        move = np.array([[1, -slant, slant * y], [0, low, (1 - low) * y]])
        shadow = np.maximum(shadow, 0.75 * cv2.warpAffine(whole, move, shadow.shape[::-1]))
    small = cv2.blur(shadow, (max(int(0.06 * scale) | 1, 3),) * 2)
    canvas *= (1 - small * (0.35 + 0.3 * layout.sunny))[..., None]


def _front(chance: Chance, canvas: np.ndarray, layout: Layout, unit: int) -> np.ndarray:
    """Draw things before the people; return their coverage (H, W) in [0, 1]."""
    cover = np.zeros(canvas.shape[:2], np.uint8)
    if not chance.happens(0.35):
        return cover.astype(np.float32)
    paper = Paper(np.clip(canvas, 0, 255).astype(np.uint8), unit, cover)
    for _ in range(1 + chance.whole(2)):
        kind = chance.one_of(BEFORE)
        y = paper.height * (chance.between(0.7, 0.95) if kind in ("panel", "bar") else chance.between(0.85, 1.3))
        thing(chance, paper, kind, chance.between(0, paper.width), y, chance.between(0.15, 0.65))
    picture = paper.picture
    if chance.happens(0.3):
        sigma = chance.between(0.004, 0.015) * unit
        picture = cv2.GaussianBlur(picture, (0, 0), max(sigma, 0.3))
    alpha = (cover * np.float32(1 / 255))[..., None]
    grain = np.float32(chance.between(0.7, 1.1))
    canvas += (picture * grain - canvas) * alpha
    return alpha[..., 0]
