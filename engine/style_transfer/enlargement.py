"""Enlarging the result of a small picture along the edges of the large one: the guided filter.

In every small window the result is a linear function of the photograph's colours there, y ≈ A x + b, fitted by least
squares with ε |A|²; A and b, averaged over the windows and enlarged, are put onto the large photograph:

    A = cov(x, y)ᵀ (cov(x) + ε)⁻¹,   b = mean(y) − A mean(x),   large result = A↑ X + b↑

Strokes keep their shape, edges become as sharp as those of the large photograph, and what comes out at a place depends
on nothing far away: tiles have no seams.

Conventions: pictures are float (3, H, W) in [0, 1]; windows are squares of 2 · RADIUS + 1 pixels of the small picture.

Reference: K. He, J. Sun, X. Tang, "Guided image filtering", IEEE TPAMI 2013; K. He, J. Sun, "Fast guided filter", 2015.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

RADIUS = 2
EPSILON = 1e-3


@dataclass(frozen=True)
class LocalColours:
    """A and b at every place of the small picture: (1, 12, h, w), the nine of A row by row and then b."""

    coefficients: Tensor

    def enlarge(self, picture: Tensor, place: tuple[int, int], whole: tuple[int, int]) -> Tensor:
        """Return the large result of a tile.

        Args:
            picture: (3, H, W), the photograph in the tile.
            place: (top, left) of the tile.
            whole: (H, W) of the large picture.
        """
        grid = _grid(picture.shape[1:], place, whole).to(picture)
        found = F.grid_sample(self.coefficients, grid, "bilinear", "border", align_corners=False)[0]
        matrix, offset = found[:9].view(3, 3, *picture.shape[1:]), found[9:]
        return ((matrix * picture[None]).sum(1) + offset).clamp(0, 1)


def local_colours(picture: Tensor, result: Tensor) -> LocalColours:
    """Return what makes the result of a small picture: both (3, h, w)."""
    x, y = picture[None].double(), result[None].double()
    mean_x, mean_y = _mean(x), _mean(y)
    covariance = _mean(_outer(x, x)) - _outer(mean_x, mean_x)  # (1, 9, h, w)
    mixed = _mean(_outer(y, x)) - _outer(mean_y, mean_x)  # rows: y
    matrix = torch.linalg.solve(_at_places(covariance) + EPSILON * torch.eye(3, dtype=x.dtype), _at_places(mixed).mT)
    a = matrix.mT  # (h, w, 3, 3)
    b = mean_y[0].permute(1, 2, 0) - (a @ mean_x[0].permute(1, 2, 0)[..., None])[..., 0]
    stacked = torch.cat([a.flatten(2), b], 2).permute(2, 0, 1)[None]
    return LocalColours(_mean(stacked).float())


def _mean(x: Tensor) -> Tensor:
    """Return the mean over the window at each place; at the border over what there is of it."""
    return F.avg_pool2d(x, 2 * RADIUS + 1, 1, RADIUS, count_include_pad=False)


def _outer(x: Tensor, y: Tensor) -> Tensor:
    return (x[:, :, None] * y[:, None]).flatten(1, 2)


def _at_places(x: Tensor) -> Tensor:
    return x[0].permute(1, 2, 0).unflatten(2, (3, 3))


def _grid(size: tuple[int, int], place: tuple[int, int], whole: tuple[int, int]) -> Tensor:
    """Return where the pixels of a tile lie in the whole, (1, H, W, 2) from −1 to 1, x first."""
    rows, columns = ((2 * (torch.arange(n) + at) + 1) / of - 1 for n, at, of in zip(size, place, whole, strict=True))
    return torch.stack(torch.meshgrid(columns, rows, indexing="xy"), -1)[None]
