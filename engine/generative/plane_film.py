"""The two-dimensional game as a film: D as a heat map, real points and generated ones, a frame for each kept step.

    colour of a place    blue where D takes it for real, orange where for generated, nearly white where it cannot tell

Conventions: frames are uint8 (SIDE_PX, SIDE_PX, 3), y upwards, over [−REACH, REACH]²; a point is a square of 5 pixels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.errors import InvalidInput
from engine.generative.duel_view import DuelSnapshot
from engine.generative.plane_data import REACH
from engine.io.video import VideoWriter

SIDE_PX = 480
MOST_FRAMES = 600
FPS = 24.0
REAL, GENERATED = (0, 114, 178), (201, 79, 0)
_RAMP = np.array([(234, 170, 120), (244, 244, 242), (132, 182, 218)], float)  # D = 0, ½, 1
_RADIUS = 2  # px of a point about its middle


def duel_film(snapshots: Sequence[DuelSnapshot], real: np.ndarray) -> bytes:
    """Return the game as an H.264 MP4, evenly thinned to `MOST_FRAMES`.

    Args:
        snapshots: oldest first.
        real: points (N, 2) of the distribution.

    Raises:
        InvalidInput: there is no snapshot.
    """
    if not snapshots:
        raise InvalidInput("A film must have at least one step.")
    chosen = np.linspace(0, len(snapshots) - 1, min(len(snapshots), MOST_FRAMES)).round().astype(int)
    with VideoWriter(SIDE_PX, SIDE_PX, FPS) as writer:
        for k in chosen:
            writer.add(duel_frame(snapshots[k], real))
        return writer.finish()


def duel_frame(snapshot: DuelSnapshot, real: np.ndarray) -> np.ndarray:
    """Return one step as a picture."""
    field = snapshot.field.numpy()
    cells = np.arange(SIDE_PX) * len(field) // SIDE_PX
    picture = _coloured(field)[cells[::-1]][:, cells].copy()  # the grid's first row is the lowest
    _dot(picture, real, REAL)
    _dot(picture, snapshot.samples.numpy(), GENERATED)
    return picture


def _coloured(field: np.ndarray) -> np.ndarray:
    channels = [np.interp(field, [0, 127.5, 255], _RAMP[:, k]) for k in range(3)]
    return np.stack(channels, -1).round().astype(np.uint8)


def _dot(picture: np.ndarray, points: np.ndarray, colour: tuple[int, int, int]) -> None:
    """Draw points (N, 2) in place; those outside, or not finite, are left out."""
    points = points[np.isfinite(points).all(1) & (np.abs(points) < REACH).all(1)]
    column = ((points[:, 0] + REACH) / (2 * REACH) * SIDE_PX).astype(int)
    row = ((REACH - points[:, 1]) / (2 * REACH) * SIDE_PX).astype(int)
    for down in range(-_RADIUS, _RADIUS + 1):
        for across in range(-_RADIUS, _RADIUS + 1):
            picture[(row + down).clip(0, SIDE_PX - 1), (column + across).clip(0, SIDE_PX - 1)] = colour
