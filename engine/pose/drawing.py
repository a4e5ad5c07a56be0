"""Skeletons drawn on a picture, quickly enough for live video.

A bone is as sure as its less sure end: the surer, the wider and the nearer to its colour; one that is not sure enough
is left out. Left, right and middle have colours of their own; left and right are the person's own.

Conventions: as in `engine.io.marks`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from torch import Tensor

from engine.io.marks import INK, ORANGE, SKY, YELLOW, Color, line_px, put, tag, text_px
from engine.pose.angles import ANGLES
from engine.pose.poses import Poses

LEFT, RIGHT, MIDDLE = SKY, ORANGE, YELLOW
BOX: Color = (235, 235, 235)
PALE = 0.45  # how much of its colour a bone has that is hardly sure enough
_FAR_PX = 30_000  # OpenCV's coordinates end soon after
_SUBPIXEL_BITS = 4


def annotate(
    image: np.ndarray,
    poses: Poses,
    least_score: float,
    *,
    traces: Iterable[Sequence[tuple[float, float]]] = (),
    angles: Tensor | None = None,
    people: Sequence[int] = (),
    boxes: bool = False,
) -> np.ndarray:
    """Return a copy of the picture with the poses drawn on it.

    Args:
        image: uint8 (H, W, 3), RGB.
        poses: in the picture's pixels.
        least_score: a joint with a lower score, or with the score 0, is not drawn.
        traces: ways, each of (x, y), oldest first.
        angles: (N, A) degrees in the order of `ANGLES`, to be written at their joints; NaN for none.
        people: a number for each person, written at their box.
        boxes: whether boxes are drawn.
    """
    out = np.ascontiguousarray(image).copy()
    width = line_px(out)
    if boxes:
        _boxes(out, poses, people)
    for line in traces:
        _trace(out, line, width)
    keypoints, scores = poses.keypoints.numpy(), poses.scores.numpy()
    for places, own in zip(np.clip(keypoints, -_FAR_PX, _FAR_PX), scores, strict=True):
        _skeleton(out, places, own, poses, max(least_score, 1e-9), width)
    if angles is not None:
        _angles(out, poses, angles)
    return out


def side_color(*names: str) -> Color:
    """Return the colour of a joint, or of the bone between two: left, right, or middle for neither and for both."""
    sides = {side for name in names for side in ("left", "right") if name.startswith(side)}
    return {("left",): LEFT, ("right",): RIGHT}.get(tuple(sides), MIDDLE)


def _skeleton(
    out: np.ndarray, places: np.ndarray, scores: np.ndarray, poses: Poses, least_score: float, width: int
) -> None:
    """Draw the dark edge of all bones first, so that no bone is cut by its neighbour's."""
    bones = [(a, b) for a, b in poses.skeleton if min(scores[a], scores[b]) >= least_score]
    sure = [min(float(scores[a]), float(scores[b]), 1.0) for a, b in bones]
    widths = [max(1, round(width * (1 + 1.5 * s))) for s in sure]
    for (a, b), wide in zip(bones, widths, strict=True):
        _line(out, places[a], places[b], INK, wide + 2)
    for (a, b), wide, s in zip(bones, widths, sure, strict=True):
        _line(out, places[a], places[b], _toned(side_color(poses.names[a], poses.names[b]), s), wide)
    for k in np.flatnonzero(scores >= least_score):
        center = _fixed(places[k])
        cv2.circle(out, center, (width + 2) << _SUBPIXEL_BITS, INK, -1, cv2.LINE_AA, _SUBPIXEL_BITS)
        color = _toned(side_color(poses.names[k]), min(float(scores[k]), 1.0))
        cv2.circle(out, center, (width + 1) << _SUBPIXEL_BITS, color, -1, cv2.LINE_AA, _SUBPIXEL_BITS)


def _line(out: np.ndarray, a: np.ndarray, b: np.ndarray, color: Color, width: int) -> None:
    cv2.line(out, _fixed(a), _fixed(b), color, width, cv2.LINE_AA, _SUBPIXEL_BITS)


def _fixed(place: Sequence[float]) -> tuple[int, int]:
    """Return a place in OpenCV's sixteenths of a pixel, which count from the middle of the first pixel."""
    return tuple(round((float(v) - 0.5) * 2**_SUBPIXEL_BITS) for v in place)


def _toned(color: Color, score: float) -> Color:
    share = PALE + (1 - PALE) * score
    return tuple(round(share * c + (1 - share) * ink) for c, ink in zip(color, INK, strict=True))


def _boxes(out: np.ndarray, poses: Poses, people: Sequence[int]) -> None:
    for k, box in enumerate(poses.boxes.clamp(-_FAR_PX, _FAR_PX).tolist()):
        x0, y0, x1, y1 = (round(value) for value in box)
        cv2.rectangle(out, (x0, y0), (x1, y1), BOX, 1)
        if len(people):
            put(out, tag(str(people[k]), BOX, text_px(out)), x0, y0)


def _trace(out: np.ndarray, line: Sequence[tuple[float, float]], width: int) -> None:
    if len(line) > 1:
        points = np.array([_fixed(place) for place in np.clip(line, -_FAR_PX, _FAR_PX)], np.int32)
        cv2.polylines(out, [points], False, INK, width + 2, cv2.LINE_AA, _SUBPIXEL_BITS)
        cv2.polylines(out, [points], False, (255, 255, 255), width, cv2.LINE_AA, _SUBPIXEL_BITS)


def _angles(out: np.ndarray, poses: Poses, angles: Tensor) -> None:
    size = text_px(out)
    for places, row in zip(poses.keypoints.clamp(-_FAR_PX, _FAR_PX).tolist(), angles.tolist(), strict=True):
        for (_, joint, _), degrees in zip(ANGLES.values(), row, strict=True):
            if degrees == degrees:  # not NaN
                x, y = places[poses.names.index(joint)]
                put(out, tag(f"{degrees:.0f}°", side_color(joint), size), round(x) + size // 2, round(y))
