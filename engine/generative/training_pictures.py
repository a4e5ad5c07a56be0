"""What a visitor's training learns from: avatars and glyphs drawn for it, or pictures of their own.

Conventions: pictures are uint8 (N, C, side, side); drawing is a generator of `Preparing`, a slice at a time, which
returns (pictures, labels or None) as a generator does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import safetensors.torch
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.datasets.avatars import draw_bytes, some_avatars
from engine.datasets.glyphs import DIGITS, make_glyphs, shape_of, typefaces
from engine.errors import InvalidInput, ShapeError, constraint
from engine.io import limits
from engine.runtime.seeds import child_seed

AVATARS, GLYPHS, OWN = "avatars", "glyphs", "own"
SOURCES = {AVATARS: "avatars", GLYPHS: "digits", OWN: "your own pictures"}
_SLICE = {AVATARS: 40, GLYPHS: 200}


@dataclass(frozen=True)
class Preparing:
    """Before the training: `drawn` of `n_pictures` are there. `step` counts up to 0."""

    step: int
    total_steps: int
    drawn: int
    n_pictures: int


def draw_pictures(source: str, n: int, side: int, seed: int, total_steps: int) -> Iterator[Preparing]:
    """Yield the progress of drawing n pictures of a world; return them and their labels."""
    parts: list[Tensor] = []
    labels: list[Tensor] = []
    size = _SLICE[source]
    if source == GLYPHS:
        for face in typefaces():  # the first time a shape is asked for it is drawn: a slice of its own
            yield Preparing(-((n + size - 1) // size), total_steps, 0, n)
            for digit in DIGITS:
                shape_of(face, digit)
    for first in range(0, n, size):
        yield Preparing(-((n - first + size - 1) // size), total_steps, first, n)
        count = min(size, n - first)
        if source == AVATARS:
            parts.append(resized(draw_bytes(some_avatars(count, seed, first)), side))
        else:
            glyphs, digits = make_glyphs(count, child_seed(seed, f"glyphs {first}"))
            parts.append(resized((glyphs * 255).round().byte(), side))
            labels.append(digits)
    return torch.cat(parts), torch.cat(labels) if labels else None


def checked(pictures: Tensor, side: int) -> Tensor:
    """Return a visitor's pictures at the size asked for.

    Raises:
        ShapeError: not (N, 3, s, s) uint8.
        InvalidInput: too few or too many.
    """
    if pictures.ndim != 4 or pictures.shape[1] != 3 or pictures.dtype != torch.uint8:
        got = f"{pictures.dtype} {tuple(pictures.shape)}"
        raise ShapeError(constraint("pictures", "uint8 of shape (N, 3, side, side)", got))
    least, most = limits.MIN_FOLDER_PICTURES, limits.MAX_FOLDER_PICTURES
    if not least <= len(pictures) <= most:
        raise InvalidInput(constraint("The pictures", f"{least} to {most:,}", len(pictures)))
    return resized(pictures, side)


def some_pictures(source: str, n: int, side: int, seed: int) -> Tensor:
    """Return the first n pictures of those that `draw_pictures` draws for this seed; n at most 40."""
    if source == AVATARS:
        return resized(draw_bytes(some_avatars(n, seed, 0)), side)
    return resized((make_glyphs(n, child_seed(seed, "glyphs 0"))[0] * 255).round().byte(), side)


def resized(pictures: Tensor, side: int) -> Tensor:
    """Return uint8 pictures at this size."""
    if pictures.shape[-1] == side:
        return pictures
    parts = [
        F.interpolate(part.float(), (side, side), mode="bilinear", antialias=True, align_corners=False)
        for part in pictures.split(500)
    ]
    return torch.cat([part.clamp(0, 255).round().byte() for part in parts])


def pictures_file(pictures: Tensor) -> bytes:
    """Return pictures as a safetensors file, under the name "pictures"."""
    return safetensors.torch.save({"pictures": pictures.contiguous()})
