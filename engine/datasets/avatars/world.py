"""Cartoon faces as pictures: `draw` one, `draw_avatars` several, `make_avatars` n of a seed.

Conventions: pictures are float32 RGB in [0, 1], (3, 64, 64) or (N, 3, 64, 64); as bytes, uint8 of the same shapes.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from engine.datasets.avatars.attributes import Avatar, random_avatars
from engine.datasets.avatars.canvas import OVERSAMPLING, SIDE_PX, Canvas, ellipse, mix
from engine.datasets.avatars.face import SKINS, WHITE, paint_features, paint_head, paint_neck
from engine.datasets.avatars.hair import hair_colour, paint_back, paint_front
from engine.datasets.avatars.wear import (
    PALETTES,
    paint_earrings,
    paint_frames,
    paint_hat,
    paint_lenses,
    paint_shirt,
)
from engine.datasets.drawn_size import check_whole
from engine.runtime.seeds import child_seed, generator

MAX_AVATARS = 100_000
HEAD = (32.0, 37.5, 1.14)  # where the middle of the head is, and how much larger than in `face` it is drawn
NECK_BELOW = 16.0  # the head turns about a point this far below its middle


def draw(avatar: Avatar) -> Tensor:
    """Return one face, (3, 64, 64) in [0, 1]."""
    return _planes(paint(avatar)).float() / 255


def draw_avatars(avatars: Sequence[Avatar]) -> Tensor:
    """Return faces, (N, 3, 64, 64) in [0, 1]."""
    return draw_bytes(avatars).float() / 255


def draw_bytes(avatars: Sequence[Avatar]) -> Tensor:
    """Return faces as bytes, (N, 3, 64, 64) uint8: a quarter of the memory."""
    pictures = [_planes(paint(avatar)) for avatar in avatars]
    return torch.stack(pictures) if pictures else torch.empty(0, 3, SIDE_PX, SIDE_PX, dtype=torch.uint8)


def make_avatars(n: int, seed: int = 0, first: int = 0) -> tuple[Tensor, list[Avatar]]:
    """Return n random faces (N, 3, 64, 64) in [0, 1], and what they are.

    Args:
        n: 1 to 100,000.
        seed: the same seed gives the same faces.
        first: how many faces of this seed to leave out before: parts may be drawn apart.

    Raises:
        InvalidInput: n or first is out of range.
    """
    check_whole("n", n, 1, MAX_AVATARS)
    check_whole("first", first, 0, 10**9)
    avatars = some_avatars(n, seed, first)
    return draw_avatars(avatars), avatars


def some_avatars(n: int, seed: int = 0, first: int = 0) -> list[Avatar]:
    """Return faces first … first + n − 1 of a seed; each has a generator of its own."""
    return [random_avatars(1, generator(child_seed(seed, f"avatar {i}")))[0] for i in range(first, first + n)]


def paint(avatar: Avatar) -> np.ndarray:
    """Return one face, (64, 64, 3) uint8."""
    canvas = Canvas(_ground(avatar.background))
    hair, skin = hair_colour(avatar), SKINS[avatar.skin]
    head = (*HEAD, avatar.width, avatar.tilt_deg, NECK_BELOW)
    canvas.frame(*head)
    paint_back(canvas, avatar, hair)
    canvas.frame(*HEAD)
    paint_neck(canvas, avatar)
    canvas.frame(HEAD[0], 0)
    paint_shirt(canvas, avatar)
    canvas.frame(*head)
    paint_head(canvas, avatar)
    paint_lenses(canvas, avatar, skin)
    paint_features(canvas, avatar, hair)
    paint_front(canvas, avatar, hair)
    paint_frames(canvas, avatar)
    paint_hat(canvas, avatar)
    paint_earrings(canvas, avatar)
    return canvas.finished()


@functools.cache
def _ground(background: str) -> np.ndarray:
    """Return what is behind: the background's colour with a paler disc."""
    colour = PALETTES[background][0]
    side = SIDE_PX * OVERSAMPLING
    canvas = Canvas(np.full((side, side, 3), colour, np.uint8))
    canvas.fill(ellipse(32, 34, 28), mix(colour, WHITE, 0.3))
    return canvas.pixels


def _planes(pixels: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))
