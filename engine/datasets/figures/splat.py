"""From tubes to pixels: which point of which tube is the nearest one behind each pixel.

The surface p(t, θ) is sampled about as finely as the pixels, on the side that faces the camera alone; a depth buffer
keeps the nearest sample of each pixel, and pixels between samples are closed. With the ring's half axes a and b, its
axis e and radius r, the normal is

    n ∝ cos θ · a r/|a|² + sin θ · b r/|b|² − (dr/dl) e,

so the visible part of a ring is an arc, |θ − θ₀| < arccos(−A/N), with the amplitude N and offset A of n's depth.

Conventions: camera axes are x right, y up, z toward the camera; pixels are x right, y down.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from engine.datasets.figures.surface import RINGS, Surface

_SPACING = 1.05  # between samples, in pixels; what falls between them is filled
_MAX_STEPS = 4000
_LEAK_M = 0.008  # a pixel this far behind all that surrounds it is a hole
_NOTHING = -1e3
_AROUND = np.indices((3, 3)).reshape(2, 9) - 1


@dataclass(frozen=True)
class Camera:
    """Where a person's metres are in the picture.

    Attributes:
        view: (3, 3), its rows are the camera's axes in the person's.
        anchor: (3,) metres, the point of the person's axes that is at `origin`.
        origin: (x, y) pixels.
        scale: pixels to a metre, at the anchor.
        distance: metres from the camera to the anchor; near things are larger.
    """

    view: np.ndarray
    anchor: np.ndarray
    origin: tuple[float, float]
    scale: float
    distance: float

    def turned(self, points: np.ndarray) -> np.ndarray:
        """Return points (…, 3) in camera axes, metres, from the anchor."""
        return (points - self.anchor) @ self.view.T

    def project(self, turned: np.ndarray) -> np.ndarray:
        """Return the pixels (…, 2) of points in camera axes."""
        scale = self.scale / (1 - np.minimum(turned[..., 2] / self.distance, 0.8))
        return np.stack([self.origin[0] + scale * turned[..., 0], self.origin[1] - scale * turned[..., 1]], -1)


@dataclass(frozen=True)
class Fragments:
    """The visible samples, one to a covered pixel of the window.

    Attributes:
        pixel: (n,) index into the flattened window.
        part: (n,) int.
        along: (n,) 0 … 1 from one end of the part to the other.
        angle: (n,) radians, 0 along the ring's first half axis and π/2 along the second.
        length, round: (n,) metres along the part and around it.
        normal: (n, 3), camera axes.
        depth: (n,) metres toward the camera.
        covered: (n,) bool, clothed.
    """

    pixel: np.ndarray
    part: np.ndarray
    along: np.ndarray
    angle: np.ndarray
    length: np.ndarray
    round: np.ndarray
    normal: np.ndarray
    depth: np.ndarray
    covered: np.ndarray


def splat(surface: Surface, camera: Camera, low: tuple[int, int], size: tuple[int, int]) -> Fragments:
    """Return what is seen of a surface in camera axes in a window of `size` (width, height) pixels at `low`."""
    order = np.argsort(surface.centre[..., 2].mean(1))  # the nearest last, which saves passes of the depth buffer
    rings, part, length = _rings(surface.taken(order), camera)
    part = order[part]
    start, step, count = _arcs(rings, camera, low, size)
    kept = count > 0
    rings, part, length, start, step, count = (v[kept] for v in (rings, part, length, start, step, count))
    ring = np.repeat(np.arange(len(count), dtype=np.int32), count)
    local = np.arange(len(ring), dtype=np.float32) - np.repeat((np.cumsum(count) - count).astype(np.float32), count)
    angle = np.repeat(start, count) + local * np.repeat(step, count)
    cos, sin = np.cos(angle), np.sin(angle)
    own = np.ascontiguousarray(rings[:, :9].T)
    x, y, z = (np.repeat(own[i], count) + cos * np.repeat(own[3 + i], count) + sin * np.repeat(own[6 + i], count)
               for i in range(3))  # fmt: skip
    scale = np.float32(camera.scale) / (1 - np.minimum(z * np.float32(1 / camera.distance), np.float32(0.8)))
    # Shifted by one, because a cast to whole numbers rounds toward 0.
    column = (x * scale + np.float32(camera.origin[0] - low[0] + 1)).astype(np.int32) - 1
    row = (np.float32(camera.origin[1] - low[1] + 1) - y * scale).astype(np.int32) - 1
    inside = np.flatnonzero((column.view(np.uint32) < size[0]) & (row.view(np.uint32) < size[1]))
    pixel, best = _nearest((row * size[0] + column)[inside], z[inside], size)
    best = inside[best]
    ring, angle, cos, sin = ring[best], angle[best], cos[best, None], sin[best, None]
    chosen = rings[ring]
    normal = chosen[:, 9:12] * cos + chosen[:, 12:15] * sin + chosen[:, 15:18]
    normal /= np.sqrt((normal * normal).sum(1, keepdims=True)) + np.float32(1e-9)
    return Fragments(
        pixel,
        part[ring],
        chosen[:, 18],
        angle,
        length[ring],
        angle * chosen[:, 19],
        normal,
        z[best],
        chosen[:, 20] > 0.5,
    )


def _nearest(pixel: np.ndarray, depth: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the covered pixels, and for each the index of its nearest sample."""
    buffer = np.full(size[0] * size[1], _NOTHING, np.float32)
    winner = np.zeros(size[0] * size[1], np.int32)  # index + 1
    left = np.arange(len(pixel))
    while len(left):  # each pass writes a nearer sample to every pixel that has one
        at = pixel[left]
        buffer[at], winner[at] = depth[left], left + 1
        left = left[depth[left] > buffer[at]]
    _close(buffer.reshape(size[1], size[0]), winner.reshape(size[1], size[0]))
    covered = np.flatnonzero(winner)
    return covered, winner[covered] - 1


def _close(depth: np.ndarray, winner: np.ndarray) -> None:
    """Give each pixel that fell between samples, empty or open to what is behind, its nearest neighbour's, in place."""
    closed = cv2.morphologyEx(depth, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    row, column = np.nonzero(closed > depth + np.float32(_LEAK_M))
    rows = np.clip(row[:, None] + _AROUND[0], 0, depth.shape[0] - 1)
    columns = np.clip(column[:, None] + _AROUND[1], 0, depth.shape[1] - 1)
    best = depth[rows, columns].argmax(1)
    chosen = np.arange(len(row))
    winner[row, column] = winner[rows[chosen, best], columns[chosen, best]]


def _rings(surface: Surface, camera: Camera) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rings close enough together for the picture, (R, 21), with their parts and positions in metres.

    Columns: middle 3, half axes 3 + 3, the normal's three terms 3 + 3 + 3, along, radius, clothed.
    """
    centre, across, front = surface.centre, surface.across, surface.front
    width, depth = np.sqrt((across**2).sum(2)), np.sqrt((front**2).sum(2))
    gap = np.diff(centre, axis=1)
    turn, tilt = np.diff(across, axis=1)[..., :2], np.diff(front, axis=1)[..., :2]
    pixels = np.sqrt((gap[..., :2] ** 2).sum(2)) + np.sqrt(np.maximum((turn**2).sum(2), (tilt**2).sum(2)))
    near = camera.scale / (1 - np.minimum(centre[..., 2].max(1) / camera.distance, 0.8))
    count = np.clip(np.ceil((pixels.sum(1) * near) / _SPACING), 3, _MAX_STEPS).astype(int)
    path = np.concatenate([np.zeros((len(centre), 1)), np.cumsum(pixels + 1e-6, 1)], 1)
    total = path[:, -1] + 1e-6
    offset = np.cumsum(total) - total
    part = np.repeat(np.arange(len(count)), count)
    local = np.arange(len(part)) - np.repeat(np.cumsum(count) - count, count)
    wanted = offset[part] + (local + 0.5) / count[part] * path[part, -1]
    index = np.interp(wanted, (path + offset[:, None]).ravel(), np.arange(path.size))
    table = _ring_table(centre, across, front, width, depth, gap)
    before = np.minimum(index.astype(int), path.size - 2)
    rest = (index - before).astype(np.float32)[:, None]
    rings = table[before] * (1 - rest) + table[before + 1] * rest
    clothed = rings[:, 18] < surface.cover_end[part]
    rings[:, 20] = clothed
    looser = 1 + surface.thickness / np.sqrt(width * depth).max(1)
    rings[:, 3:9] *= np.where(clothed, looser[part], 1).astype(np.float32)[:, None]
    return rings, part, rings[:, 21]


def _ring_table(
    centre: np.ndarray, across: np.ndarray, front: np.ndarray, width: np.ndarray, depth: np.ndarray, gap: np.ndarray
) -> np.ndarray:
    radius = np.sqrt(width * depth)
    step = np.sqrt((gap**2).sum(2)) + 1e-9
    slope = np.clip(np.diff(radius) / step, -8, 8)
    slope = np.concatenate([slope[:, :1], (slope[:, 1:] + slope[:, :-1]) / 2, slope[:, -1:]], 1)
    axis = gap / step[..., None]
    axis = np.concatenate([axis[:, :1], axis[:, 1:] + axis[:, :-1], axis[:, -1:]], 1)
    axis /= np.sqrt((axis**2).sum(2, keepdims=True)) + 1e-9
    safe = np.maximum(radius, 1e-4)[..., None]
    first = across * (safe / np.maximum(width, 1e-4)[..., None] ** 2)
    second = front * (safe / np.maximum(depth, 1e-4)[..., None] ** 2)
    along = np.broadcast_to(np.linspace(0, 1, RINGS), width.shape)[..., None]
    metres = np.concatenate([np.zeros((len(width), 1)), np.cumsum(step, 1)], 1)
    columns = [centre, across, front, first, second, -slope[..., None] * axis, along, safe, np.zeros_like(safe)]
    return np.concatenate([*columns, metres[..., None]], 2, dtype=np.float32).reshape(-1, 22)


def _arcs(
    rings: np.ndarray, camera: Camera, low: tuple[int, int], size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each ring the first angle, the step and the number of samples on the side that faces the camera."""
    nz, mz, offset = rings[:, 11], rings[:, 14], rings[:, 17]
    amplitude = np.hypot(nz, mz) + np.float32(1e-6)
    half = np.arccos(np.clip(-offset / amplitude, -1, 1))
    half = np.where(half > 0, np.minimum(half + np.float32(0.12), np.float32(np.pi)), 0)
    near = np.float32(camera.scale) / (1 - np.minimum(rings[:, 2] / np.float32(camera.distance), np.float32(0.8)))
    reach = np.maximum(np.hypot(rings[:, 3], rings[:, 4]), np.hypot(rings[:, 6], rings[:, 7])) * near
    x = rings[:, 0] * near + np.float32(camera.origin[0] - low[0])
    y = np.float32(camera.origin[1] - low[1]) - rings[:, 1] * near
    seen = (x > -1.5 * reach) & (x < size[0] + 1.5 * reach) & (y > -1.5 * reach) & (y < size[1] + 1.5 * reach)
    count = np.where(seen & (half > 0), np.minimum(np.ceil(2 * half * reach / _SPACING) + 1, _MAX_STEPS), 0).astype(int)
    middle = np.arctan2(mz, nz)
    step = 2 * half / np.maximum(count - 1, 1).astype(np.float32)
    return middle - half, step.astype(np.float32), count
