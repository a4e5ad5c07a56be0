"""Bodies as tubes: a part is a row of elliptic rings along an axis, and its surface is

    p(t, θ) = c(t) + cos θ · a(t) + sin θ · b(t)

with the ring's middle c and its half axes a and b interpolated between 12 rings to a part.

Conventions: metres; arrays are (parts, rings, 3). A part of a surface is clothed up to `cover_end` of its length.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RINGS = 12
# A capsule: three rings for each round end, six between them.
_CAP = np.array([1.0, 0.8, 0.42])
_CAP_WIDTH = np.sqrt(1 - _CAP**2)


@dataclass(frozen=True)
class Surface:
    """The parts of one person, or of one thing.

    Attributes:
        centre, across, front: (P, 12, 3) the rings' middles and half axes.
        material, cover: (P,) int, of the bare and of the clothed stretch.
        cover_end: (P,) from 0 (bare) to 1 (clothed to the end), a fraction of the rings' own length.
        thickness: (P,) metres by which the clothed stretch is thicker.
        kind: (P,) int: 0 a thing, 1 a part of the body, 2 the head, 3 the trunk.
    """

    centre: np.ndarray
    across: np.ndarray
    front: np.ndarray
    material: np.ndarray
    cover: np.ndarray
    cover_end: np.ndarray
    thickness: np.ndarray
    kind: np.ndarray

    def seen_from(self, view: np.ndarray) -> Surface:
        """Return the same surface in the axes of a camera: rows of `view` (3, 3)."""
        turned = (values @ view.T for values in (self.centre, self.across, self.front))
        return Surface(*turned, self.material, self.cover, self.cover_end, self.thickness, self.kind)

    def taken(self, order: np.ndarray) -> Surface:
        """Return the surface with its parts in another order."""
        return Surface(*(getattr(self, name)[order] for name in self.__dataclass_fields__))


THING, BODY, HEADPART, TRUNK = range(4)


def join(*surfaces: Surface) -> Surface:
    """Return one surface with the parts of all."""
    names = Surface.__dataclass_fields__
    return Surface(*(np.concatenate([getattr(surface, name) for surface in surfaces]) for name in names))


def tubes(
    start: np.ndarray, end: np.ndarray, across: np.ndarray, widths: np.ndarray, flatness: np.ndarray,
    material: list[int], cover: list[int], cover_end: list[float], thickness: list[float], kind: int = BODY,
) -> Surface:  # fmt: skip
    """Return capsules with a profile from `start` to `end` (P, 3).

    Args:
        across: (P, 3) about the direction of the first half axis; made perpendicular to the tube.
        widths: (P, 6) metres, the first half axis at equal steps.
        flatness: (P,) the second half axis over the first.
    """
    axis = end - start
    length = np.linalg.norm(axis, axis=1, keepdims=True)
    axis = axis / np.maximum(length, 1e-6)
    first = across - (across * axis).sum(1, keepdims=True) * axis
    first /= np.maximum(np.linalg.norm(first, axis=1, keepdims=True), 1e-6)
    second = np.cross(first, axis)
    low, high = widths[:, :1], widths[:, -1:]
    steps = np.linspace(0, 1, 6)
    reach = np.minimum(1.0, flatness)[:, None]  # a flat tube's ends are flat too
    offset = np.concatenate([-low * _CAP * reach, steps * length, length + high * _CAP[::-1] * reach], 1)
    width = np.concatenate([low * _CAP_WIDTH, widths, high * _CAP_WIDTH[::-1]], 1)
    centre = start[:, None] + axis[:, None] * offset[..., None]
    a = first[:, None] * width[..., None]
    b = second[:, None] * (width * flatness[:, None])[..., None]
    n = len(start)
    return Surface(centre, a, b, np.array(material), np.array(cover), np.array(cover_end, float),
                   np.array(thickness, float), np.full(n, kind))  # fmt: skip


def loft(
    centre: np.ndarray, across: np.ndarray, front: np.ndarray, material: int, kind: int,
    cover: int = 0, cover_end: float = 0.0, thickness: float = 0.0,
) -> Surface:  # fmt: skip
    """Return one part from its own rings (12, 3)."""
    return Surface(centre[None], across[None], front[None], np.array([material]), np.array([cover]),
                   np.array([cover_end]), np.array([thickness]), np.array([kind]))  # fmt: skip
