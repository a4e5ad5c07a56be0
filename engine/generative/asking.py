"""Asking a conditional generator for classes, and reading what it makes.

    x_{r,k} = G(z_r, c_k), one z a row, or G(z_{r,k}, c_k);   p(c | x) from a classifier that was trained on real ones

Conventions: pictures are (N, 1, 32, 32) in [0, 1], row after row; digits are whole numbers from 0 to 9.

Reference: M. Mirza, S. Osindero, "Conditional generative adversarial nets", 2014.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import InvalidInput, constraint
from engine.generative.latent_views import face_latents
from engine.generative.painter import Painter
from engine.generative.readers import GlyphReader

MAX_DIGITS = 256


@dataclass(frozen=True, eq=False)
class Written:
    """What was written and how it is read.

    Attributes:
        pictures: (N, 1, 32, 32).
        asked, read: the digit asked for, and the likeliest one read, N each.
        sure: probability of the one read.
        as_asked: probability of the one asked for.
        same_z: whether a row has one z.
    """

    pictures: Tensor
    asked: list[int]
    read: list[int]
    sure: list[float]
    as_asked: list[float]
    same_z: bool


def write(
    painter: Painter, reader: GlyphReader, number: str, n_rows: int, seed: int, truncation: float, same_z: bool
) -> Written:
    """Return a number written n_rows times.

    Raises:
        InvalidInput: something else than digits, none, or too many in all.
    """
    if not number or not set(number) <= set("0123456789") or not 1 <= n_rows * len(number) <= MAX_DIGITS:
        raise InvalidInput(constraint("The number", f"1 to {MAX_DIGITS} digits in all", f"{number} × {n_rows}"))
    n = n_rows * len(number)
    labels = torch.tensor([int(c) for c in number]).repeat(n_rows)
    z = face_latents(seed, n_rows if same_z else n, painter.latent, truncation)
    pictures = painter.paint(z.repeat_interleave(len(number), 0) if same_z else z, labels)
    said = reader.probabilities(pictures)
    best = said.argmax(1)
    at = torch.arange(n)
    return Written(pictures, labels.tolist(), best.tolist(), said[at, best].tolist(), said[at, labels].tolist(), same_z)
