"""Distributions on the plane: equally weighted Gaussians around fixed centres.

    p(x) = 1/K Σ_k N(x; c_k, σ² I)

Eight centres make a ring of Gaussians, many close ones a curve or an area, and drawn points are centres too. So each
of them can be sampled, has a density, and says to which of its parts a point belongs. A part is what a generator may
leave out: one Gaussian, or a piece of a curve.

Conventions: points are (N, 2), about the origin, inside [−3, 3]².

Reference: L. Metz, B. Poole, D. Pfau, J. Sohl-Dickstein, "Unrolled Generative Adversarial Networks", ICLR 2017 (ring).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.errors import InvalidInput, ShapeError, constraint

REACH = 3.0  # the plane that is shown, and where points may be drawn: [−REACH, REACH]²
MOST_DRAWN = 150
PIECES = 8  # parts of a curve
DRAWN = "drawn"
NAMES = {
    "ring": "ring of 8",
    "grid": "grid of 25",
    "gaussian": "one Gaussian",
    "blobs": "two far blobs",
    "line": "a line",
    "moons": "two moons",
    "spiral": "a spiral",
    "checkerboard": "checkerboard",
    DRAWN: "your own drawing",
}


@dataclass(frozen=True, eq=False)
class PlaneData:
    """A distribution on the plane.

    Attributes:
        centres: (K, 2).
        sigma: standard deviation around each centre, in both directions.
        parts: (K,) int64, which part each centre belongs to, from 0.
        n_parts: how many parts there are.
    """

    centres: Tensor
    sigma: float
    parts: Tensor
    n_parts: int

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """Return n points, (n, 2)."""
        chosen = torch.randint(len(self.centres), (n,), generator=generator)
        noise = torch.randn(n, 2, generator=generator, dtype=self.centres.dtype)
        return self.centres[chosen].add_(noise, alpha=self.sigma)

    def density(self, x: Tensor) -> Tensor:
        """Return p at points x, (N, 2) → (N,)."""
        squared = torch.cdist(x, self.centres).square()
        return torch.exp(-squared / (2 * self.sigma**2)).mean(1) / (2 * math.pi * self.sigma**2)


def plane_data(name: str, sigma: float = 0.1, points: Tensor | np.ndarray | None = None) -> PlaneData:
    """Return the distribution of a name.

    Args:
        name: one of `NAMES`.
        sigma: the spread of a drawing's points; the others have their own.
        points: (N, 2), what was drawn; for "drawn" alone.

    Raises:
        InvalidInput: another name, or nothing is drawn.
        ShapeError: the points are not (N, 2).
    """
    if name == DRAWN:
        return _drawn(points, sigma)
    if name not in _MAKERS:
        raise InvalidInput(constraint("data", f"one of {', '.join(NAMES)}", name))
    return _MAKERS[name]()


def _drawn(points: Tensor | np.ndarray | None, sigma: float) -> PlaneData:
    if points is None or not len(points):
        raise InvalidInput("There must be at least one point to imitate; none is drawn yet. Press on the canvas.")
    points = torch.as_tensor(points)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ShapeError(constraint("points", "(N, 2)", tuple(points.shape)))
    if len(points) > MOST_DRAWN or not points.isfinite().all() or points.abs().max() > REACH:
        raise InvalidInput(constraint("points", f"at most {MOST_DRAWN}, each within ±{REACH:g}", tuple(points.shape)))
    return _gaussians(points.to(torch.float32), sigma)


def _gaussians(centres: Tensor, sigma: float) -> PlaneData:
    return PlaneData(centres, sigma, torch.arange(len(centres)), len(centres))


def _ring() -> PlaneData:
    angle = torch.arange(8) * (2 * math.pi / 8)
    return _gaussians(2 * torch.stack([angle.cos(), angle.sin()], 1), 0.1)


def _grid() -> PlaneData:
    steps = torch.arange(-2.0, 3.0)
    return _gaussians(torch.cartesian_prod(steps, steps), 0.07)


def _one_gaussian() -> PlaneData:
    return _gaussians(torch.tensor([[1.2, 0.8]]), 0.4)


def _blobs() -> PlaneData:
    return _gaussians(torch.tensor([[-2.0, 0.0], [2.0, 0.0]]), 0.25)


def _curve(points: Tensor, sigma: float, n_curves: int = 1) -> PlaneData:
    """Cut curves, whose points follow one another at even distances, into pieces."""
    n_parts = PIECES
    return PlaneData(points, sigma, torch.arange(len(points)) * n_parts // len(points), n_parts)


def _line() -> PlaneData:
    t = torch.linspace(-1, 1, 240)
    return _curve(torch.stack([2.2 * t, 1.1 * t], 1), 0.08)


def _moons() -> PlaneData:
    t = torch.linspace(0, math.pi, 160)
    upper = torch.stack([1.5 * t.cos() - 0.75, 1.5 * t.sin() - 0.35], 1)
    return _curve(torch.cat([upper, -upper]), 0.1)


def _spiral() -> PlaneData:
    turns = 1.75 * 2 * math.pi
    fine = torch.linspace(0.12, 1, 4000)  # r = 2.4 t, angle = turns · t
    length = torch.cumsum(torch.sqrt(1 + (turns * fine) ** 2), 0)
    even = torch.searchsorted(length, torch.linspace(float(length[0]), float(length[-1]), 400)).clamp(max=3999)
    t = fine[even]
    return _curve(torch.stack([2.4 * t * (turns * t).cos(), 2.4 * t * (turns * t).sin()], 1), 0.08)


def _checkerboard() -> PlaneData:
    inner = (torch.arange(12) + 0.5) / 12
    cells = [(i, j) for i in range(-2, 2) for j in range(-2, 2) if (i + j) % 2 == 0]
    centres = torch.cat([torch.cartesian_prod(inner + i, inner + j) for i, j in cells])
    return PlaneData(centres, 0.03, torch.arange(len(cells)).repeat_interleave(len(inner) ** 2), len(cells))


_MAKERS: dict[str, Callable[[], PlaneData]] = {
    "ring": _ring,
    "grid": _grid,
    "gaussian": _one_gaussian,
    "blobs": _blobs,
    "line": _line,
    "moons": _moons,
    "spiral": _spiral,
    "checkerboard": _checkerboard,
}
