"""Characters in many typefaces, leaning, turned, bent, thinner and thicker, 32 × 32 in grey.

A shape is looked up at places moved by an affine map and a smooth field, blurred, and cut at a level: a low level makes
strokes thicker, a high one thinner.

    glyph = mean over 2 × 2 of σ(k (blur(shape(A p + u(p))) − level))

Conventions: float32 (N, 1, 32, 32) in [0, 1], 1 is ink; labels int64 (N,), places in the characters given.

Reference: P. Simard, D. Steinkraus, J. Platt, "Best practices for convolutional neural networks", 2003 (bending).
"""

from __future__ import annotations

import functools
import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.datasets.drawn_size import check_whole
from engine.datasets.glyphs.typefaces import CANVAS_PX, shape_of, typefaces
from engine.errors import InvalidInput, constraint
from engine.runtime.seeds import child_seed, generator

SIDE_PX = 32
DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MAX_GLYPHS = 100_000
TURN_DEG, LEAN, STRETCH, SHIFT, BEND = 9.0, 0.25, 0.12, 0.07, 0.055
LEVELS = (0.28, 0.55)
SHARPNESS, LARGER = 14.0, 1.15
_BENDS = 4  # places on a side at which the field of bending is drawn
_PART = 500


def make_glyphs(n: int, seed: int = 0, characters: str = DIGITS, labels: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Return n glyphs (N, 1, 32, 32) in [0, 1] and which character each is, (N,).

    Args:
        n: 1 to 100,000.
        seed: the same seed gives the same glyphs.
        characters: what may come, each as often as the others.
        labels: (N,) places in `characters` to draw, where they are to be these.

    Raises:
        InvalidInput: n is out of range, a character is neither digit nor capital letter, or labels do not fit.
    """
    check_whole("n", n, 1, MAX_GLYPHS)
    if not characters or not set(characters) <= set(DIGITS + LETTERS):
        raise InvalidInput(constraint("characters", "digits and capital letters", characters))
    if labels is not None and (
        labels.shape != (n,) or not 0 <= int(labels.min()) <= int(labels.max()) < len(characters)
    ):
        raise InvalidInput(constraint("labels", f"{n} places from 0 to {len(characters) - 1}", labels.tolist()))
    chance = generator(child_seed(seed, f"glyphs {characters}"))
    if labels is None:
        labels = torch.randint(len(characters), (n,), generator=chance)
    shapes = _shapes(characters)
    faces = torch.randint(len(shapes), (n,), generator=chance)
    parts = [
        distorted(shapes[faces[first : first + _PART], labels[first : first + _PART]], chance)
        for first in range(0, n, _PART)
    ]
    return torch.cat(parts), labels


def distorted(shapes: Tensor, chance: torch.Generator) -> Tensor:
    """Return glyphs (N, 1, 32, 32) of shapes (N, 56, 56), each bent in its own way."""
    n = len(shapes)
    side = 2 * SIDE_PX
    # Reading at ± side / CANVAS_PX would keep a pixel of the shape a pixel of what is averaged afterwards.
    grid = F.affine_grid(_maps(n, chance) * (side / CANVAS_PX / LARGER), (n, 1, side, side), align_corners=False)
    bends = BEND * torch.randn(n, 2, _BENDS, _BENDS, generator=chance)
    grid = grid + F.interpolate(bends, (side, side), mode="bicubic", align_corners=True).permute(0, 2, 3, 1)
    read = F.grid_sample(shapes[:, None], grid, align_corners=False)
    blurred = F.avg_pool2d(F.avg_pool2d(read, 3, 1, 1), 3, 1, 1)
    low, high = LEVELS
    level = low + (high - low) * torch.rand(n, 1, 1, 1, generator=chance)
    return F.avg_pool2d(torch.sigmoid(SHARPNESS * (blurred - level)), 2).clamp(0, 1)


def _maps(n: int, chance: torch.Generator) -> Tensor:
    """Return affine maps (N, 2, 3): turn, lean, stretch and shift."""
    turn = math.radians(TURN_DEG) * (2 * torch.rand(n, generator=chance) - 1)
    lean = LEAN * (2 * torch.rand(n, generator=chance) - 1)
    wide, high = (1 + STRETCH * (2 * torch.rand(2, n, generator=chance) - 1)).unbind()
    shift = SHIFT * (2 * torch.rand(2, n, generator=chance) - 1)
    cos, sin = turn.cos(), turn.sin()
    rows = [wide * cos, wide * (lean * cos - sin), shift[0], high * sin, high * (lean * sin + cos), shift[1]]
    return torch.stack(rows, 1).view(n, 2, 3)


@functools.cache
def _shapes(characters: str) -> Tensor:
    """Return the shapes of all typefaces, (typefaces, characters, 56, 56)."""
    shapes = [[shape_of(face, character) for character in characters] for face in typefaces()]
    return torch.from_numpy(np.array(shapes))
