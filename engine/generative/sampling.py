"""Choosing z: at random, on the way between corners, and on a plane.

    at random       z = Φ⁻¹(Φ(−t) + u (Φ(t) − Φ(−t))),  u uniform: a normal distribution cut at ± t (truncation)
    straight        z(t) = (1 − t) a + t b
    spherical       z(t) = [sin((1 − t) Ω) a + sin(t Ω) b] / sin Ω,  Ω the angle between a and b        (slerp)
    on a plane      z(x, y) = z₀ + x u + y v

In many dimensions nearly all of a normal distribution lies in a thin shell of radius √L. The straight way between two
of its points passes through the inside, where the generator has never been asked; the spherical one stays in the shell.

Conventions: z is float32 (…, L). The same seed gives the same u for every truncation, so that pictures change smoothly
with it; t = 4 or more cuts nothing that is ever seen. Between four corners, x runs first, then y.

Reference: T. White, "Sampling generative networks", 2016 (slerp); A. Brock et al., "BigGAN", 2019 (truncation).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import InvalidInput, ShapeError, constraint
from engine.runtime.seeds import child_seed, generator
from engine.settings import check, integer, real

WAYS = {"spherical": "spherical (slerp)", "straight": "straight"}
NO_TRUNCATION = 4.0
MAX_PICTURES = 256
MAX_FRAMES = 600
_PARALLEL = 1e-4  # below this angle, in radians, both ways are the same


@dataclass(frozen=True)
class Sampling:
    """Which z are drawn."""

    n: int = integer(64, 1, MAX_PICTURES, label="number of pictures")
    truncation: float = real(
        NO_TRUNCATION, 0.1, NO_TRUNCATION, step=0.1, label="truncation t", help="Small: all alike and safe. 4: none."
    )
    seed: int = integer(0, 0, 2**31 - 1, label="seed")

    def __post_init__(self) -> None:
        check(self)


def latents(settings: Sampling, latent: int) -> Tensor:
    """Return z (N, L) from the normal distribution, cut at ± truncation."""
    chance = generator(child_seed(settings.seed, "latents"))
    uniform = torch.rand(settings.n, latent, generator=chance, dtype=torch.float64)
    below = torch.special.ndtr(torch.tensor(-settings.truncation, dtype=torch.float64))
    if settings.truncation >= NO_TRUNCATION:
        below = torch.zeros((), dtype=torch.float64)
    return torch.special.ndtri((below + uniform * (1 - 2 * below)).clamp(1e-9, 1 - 1e-9)).float()


def straight(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Return the points (T, L) on the straight way from a (L,) to b (L,) at t (T,) in [0, 1]."""
    _check_ends(a, b, t)
    return torch.lerp(a, b, t[:, None])


def spherical(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Return the points (T, L) on the arc from a (L,) to b (L,) at t (T,) in [0, 1].

    Where both point the same way, or opposite ways, there is no one arc, and the way is straight.
    """
    _check_ends(a, b, t)
    first, second, part = a.double(), b.double(), t.double()[:, None]
    lengths = first.norm() * second.norm()
    if lengths == 0:
        return straight(a, b, t)
    angle = torch.arccos((first @ second / lengths).clamp(-1, 1))
    if angle.sin() < _PARALLEL:
        return straight(a, b, t)
    mixed = ((1 - part) * angle).sin() * first + (part * angle).sin() * second
    return (mixed / angle.sin()).to(a.dtype)


def between(a: Tensor, b: Tensor, t: Tensor, way: str) -> Tensor:
    """Return the points (T, L) on one of the `WAYS` from a to b.

    Raises:
        InvalidInput: there is no such way.
        ShapeError: the ends are not two vectors of one length.
    """
    if way not in WAYS:
        raise InvalidInput(constraint("way", f"one of {', '.join(WAYS)}", way))
    return (spherical if way == "spherical" else straight)(a, b, t)


def strip(a: Tensor, b: Tensor, n: int, way: str) -> Tensor:
    """Return n points (n, L) from a to b, both included."""
    _check_number("n", n, 2)
    return between(a, b, torch.linspace(0, 1, n), way)


def square(corners: Tensor, rows: int, columns: int, way: str) -> Tensor:
    """Return the points (rows, columns, L) between four corners (4, L): upper left and right, lower left and right."""
    if corners.ndim != 2 or len(corners) != 4:
        raise ShapeError(constraint("corners", "of shape (4, L)", tuple(corners.shape)))
    _check_number("rows", rows, 2)
    upper, lower = strip(corners[0], corners[1], columns, way), strip(corners[2], corners[3], columns, way)
    return torch.stack([strip(a, b, rows, way) for a, b in zip(upper, lower, strict=True)], 1)


def tour(corners: Tensor, n: int, way: str, is_closed: bool = True) -> Tensor:
    """Return about n points (n, L) from corner to corner (K, L), K ≥ 2, and back to the first: frames of a film.

    It slows down at every corner: t = (1 − cos π s) / 2.
    """
    if corners.ndim != 2 or len(corners) < 2:
        raise ShapeError(constraint("corners", "of shape (K, L) with at least two", tuple(corners.shape)))
    _check_number("n", n, 2)
    ends = torch.cat([corners, corners[:1]]) if is_closed else corners
    each = max(1, round(n / (len(ends) - 1)))
    t = (1 - torch.cos(torch.pi * torch.arange(each) / each)) / 2
    ways = [between(a, b, t, way) for a, b in itertools.pairwise(ends)]
    return torch.cat(ways if is_closed else [*ways, corners[-1:]])


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane through z: a point and two directions of length 1 at right angles, each (L,)."""

    origin: Tensor
    across: Tensor
    up: Tensor

    def at(self, x: Tensor, y: Tensor) -> Tensor:
        """Return z (N, L) at x (N,) and y (N,), in units of z's standard deviation."""
        return self.origin + x[:, None] * self.across + y[:, None] * self.up


def plane_through(origin: Tensor, across: Tensor, up: Tensor) -> Plane:
    """Return the plane of two directions; the second is made to stand upright on the first.

    Raises:
        InvalidInput: they are parallel, or of no length.
    """
    across = across.double()
    up = up.double()
    if across.norm() > 0:
        up = up - (up @ across) / across.square().sum() * across
    if across.norm() < 1e-9 or up.norm() < 1e-6:
        raise InvalidInput("The two directions must not be the same. Choose another one for one of the axes.")
    return Plane(origin, (across / across.norm()).to(origin.dtype), (up / up.norm()).to(origin.dtype))


def random_plane(latent: int, seed: int) -> Plane:
    """Return a plane through 0 in a random position."""
    directions = torch.randn(2, latent, generator=generator(child_seed(seed, "plane")))
    return plane_through(torch.zeros(latent), *directions)


def _check_ends(a: Tensor, b: Tensor, t: Tensor) -> None:
    if a.ndim != 1 or a.shape != b.shape or t.ndim != 1:
        got = (tuple(a.shape), tuple(b.shape), tuple(t.shape))
        raise ShapeError(constraint("a, b and t", "of shapes (L,), (L,) and (T,)", got))


def _check_number(name: str, value: int, low: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= MAX_FRAMES:
        raise InvalidInput(constraint(name, f"a whole number from {low} to {MAX_FRAMES}", value))
