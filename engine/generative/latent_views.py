"""What is painted to look around in z: a grid over a plane, one place of it, and sheets of pictures.

    z(x, y) = z₀ + x u + y v,   x and y at even distances in [−r, r], y from r down to −r as the rows of a sheet

Conventions: z is (N, L); pictures are (N, C, side, side) in [0, 1]; a sheet is (C, H, W).
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.errors import ShapeError, constraint
from engine.generative.sampling import NO_TRUNCATION, Plane, Sampling, latents


def face_latents(seed: int, n: int, latent: int, truncation: float = NO_TRUNCATION) -> Tensor:
    """Return z (n, L) of faces 0 … n − 1 of a seed; more of them leave the first as they are."""
    return latents(Sampling(n=n, truncation=truncation, seed=seed), latent)


def plane_grid(plane: Plane, n: int, reach: float) -> Tensor:
    """Return z (n · n, L) over the plane, row after row from the top."""
    steps = torch.linspace(-reach, reach, n)
    y, x = torch.meshgrid(-steps, steps, indexing="ij")
    return plane.at(x.flatten(), y.flatten())


def plane_place(plane: Plane, x: float, y: float) -> Tensor:
    """Return z (1, L) at one place of the plane."""
    return plane.at(torch.tensor([x]), torch.tensor([y]))


def no_latent(latent: int) -> Tensor:
    """Return the middle of z, (L,): zeros."""
    return torch.zeros(latent)


def on_sheet(
    pictures: Tensor, columns: int, gap: int = 0, larger: int = 1, ground: tuple[int, int, int] | None = None
) -> Tensor:
    """Return pictures (N, C, side, side) row after row on a sheet (C, H, W).

    Args:
        pictures: in [0, 1].
        columns: how many in a row.
        gap: pixels between two pictures.
        larger: each pixel becomes a square of this many on a side.
        ground: the sheet's colour, 0 … 255 each; white without it.

    Raises:
        ShapeError: there are no pictures, or they are of another shape.
    """
    if pictures.ndim != 4 or not len(pictures):
        raise ShapeError(constraint("pictures", "of shape (N, C, side, side)", tuple(pictures.shape)))
    n, channels, side, _ = pictures.shape
    rows, cell = -(-n // columns), side + gap
    sheet = torch.ones(channels, rows * cell - gap, min(columns, n) * cell - gap)
    if ground is not None:
        sheet *= torch.tensor(ground).view(3, 1, 1) / 255
    for k, picture in enumerate(pictures):
        top, left = k // columns * cell, k % columns * cell
        sheet[:, top : top + side, left : left + side] = picture
    return sheet.repeat_interleave(larger, 1).repeat_interleave(larger, 2)


def inked(pictures: Tensor, ground: tuple[int, int, int], ink: tuple[int, int, int]) -> Tensor:
    """Return grey pictures (N, 1, side, side), 1 for ink, in two colours of 0 … 255: (N, 3, side, side)."""
    low, high = (torch.tensor(colour).view(1, 3, 1, 1) / 255 for colour in (ground, ink))
    return low + pictures * (high - low)
