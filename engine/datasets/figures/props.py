"""Things that people have with them: chairs, sticks, bags, balls. They are no part of the person's mask.

Conventions: metres in the person's axes, the ground at y = 0.
"""

from __future__ import annotations

import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.figures.look import BAG, METAL, WOOD
from engine.datasets.figures.skeleton import CHEST, PELVIS, SHOULDER, WRIST, Physique, Posture
from engine.datasets.figures.surface import THING, Surface, join, tubes

SEATS = ("chair", "stool", "block")
_WEIGHTS = {"none": 9, "stick": 1.6, "two sticks": 0.4, "handbag": 0.8, "backpack": 1.0, "ball": 0.6, "phone": 0.7}


def choose(action: str, chance: Chance) -> tuple[str, ...]:
    """Draw what a person who does this has with them."""
    carried = chance.weighted(_WEIGHTS)
    seat = (chance.one_of(("chair", "chair", "stool", "block")),) if action == "sit" and chance.happens(0.9) else ()
    return (*seat, *(() if carried == "none" else (carried,)))


def props(
    names: tuple[str, ...], person: Physique, posture: Posture, seat: Posture, numbers: np.ndarray
) -> tuple[Surface, ...]:
    """Return the things by name, seats under the posture `seat`; `numbers` are eight in [0, 1) that vary them."""
    return tuple(_MAKE[name](person.scale, seat if name in SEATS else posture, numbers) for name in names)


def _capsules(
    start: list, end: list, across: list, widths: list[float], flatness: list[float], material: int
) -> Surface:
    n = len(start)
    ends, profile = (np.array(start, float), np.array(end, float)), np.array(widths)[:, None].repeat(6, 1)
    clothes = [material] * n, [material] * n, [0.0] * n, [0.0] * n
    return tubes(*ends, np.array(across, float), profile, np.array(flatness, float), *clothes, THING)


def _chair(size: float, posture: Posture, numbers: np.ndarray) -> Surface:
    frame = posture.frames[PELVIS]
    forward = np.array([frame[0, 2], 0, frame[2, 2]])
    forward /= np.linalg.norm(forward) + 1e-9
    left, up = np.array([forward[2], 0, -forward[0]]), np.array([0, 1.0, 0])
    seat = posture.joints[PELVIS] - up * 0.125 * size
    wide = (0.19 + 0.08 * numbers[0]) * size
    back, fore = seat - forward * 0.14 * size, seat + forward * 0.24 * size
    start, end, across, widths, flat = [back], [fore], [left], [wide], [0.12]
    bottom = np.array([1, 0, 1.0])
    for corner in (
        back + 0.85 * wide * left,
        back - 0.85 * wide * left,
        fore + 0.85 * wide * left,
        fore - 0.85 * wide * left,
    ):
        start.append(corner)
        end.append(corner * bottom)
        across.append(left)
        widths.append(0.018 * size)
        flat.append(1.0)
    if numbers[1] < 0.75:
        start.append(back - forward * 0.07 * size + up * 0.1 * size)
        end.append(back - forward * (0.1 + 0.1 * numbers[2]) * size + up * (0.3 + 0.3 * numbers[3]) * size)
        across.append(left)
        widths.append(wide)
        flat.append(0.1)
    return _capsules(start, end, across, widths, flat, WOOD if numbers[4] < 0.5 else BAG)


def _stool(size: float, posture: Posture, numbers: np.ndarray) -> Surface:
    seat = posture.joints[PELVIS] - np.array([0, 0.135, 0]) * size
    foot, half = seat * np.array([1, 0, 1.0]), np.array([0.1 * size, 0, 0])
    start, end = [foot, foot - half, seat - half], [seat, foot + half, seat + half]
    across, widths = [(1, 0, 0), (0, 0, 1), (0, 0, 1)], [0.03 * size, 0.14 * size, 0.15 * size]
    return _capsules(start, end, across, widths, [1.0, 0.15, 0.2], METAL)


def _block(size: float, posture: Posture, numbers: np.ndarray) -> Surface:
    """A wall, a log or a sofa to sit on."""
    height = max(posture.joints[PELVIS][1] - 0.1 * size, 0.1)
    middle = posture.joints[PELVIS] * np.array([1, 0, 1.0]) + np.array([0, height / 2, 0])
    half = np.array([(0.3 + 0.9 * numbers[0]) * size, 0, 0])
    return _capsules(
        [middle - half], [middle + half], [(0, 1, 0)], [height / 2], [1.1], WOOD if numbers[4] < 0.5 else BAG
    )


def _stick(size: float, posture: Posture, numbers: np.ndarray, side: int | None = None) -> Surface:
    """A bat, a racket's or a ski's pole: from the hand, across the palm."""
    wrist = WRIST[int(numbers[0] * 2) if side is None else side]
    frame = posture.frames[wrist]
    hand = posture.joints[wrist] + frame @ (np.array([0, -0.09, 0.01]) * size)
    way = frame[:, 2] * (1 if numbers[1] < 0.7 else -1) + 0.5 * (numbers[2:5] - 0.5)
    way /= np.linalg.norm(way)
    length, wide = (0.5 + 0.8 * numbers[5]) * size, (0.009 + 0.022 * numbers[6] ** 2) * size
    start, end = [hand - way * 0.12 * size], [hand + way * length]
    across, widths, flat = [frame[:, 0]], [wide], [1.0]
    if numbers[7] < 0.35:  # a racket's head, or a paddle
        start, end = [*start, hand + way * (length - 0.02)], [*end, hand + way * (length + 0.2 * size)]
        across, widths, flat = [*across, frame[:, 1]], [*widths, 0.11 * size], [*flat, 0.1]
    return _capsules(start, end, across, widths, flat, WOOD if numbers[4] < 0.5 else METAL)


def _two_sticks(size: float, posture: Posture, numbers: np.ndarray) -> Surface:
    thin = numbers * np.array([1, 1, 1, 1, 1, 1, 0.1, 1])
    thin[7] = 1.0
    return join(_stick(size, posture, thin, 0), _stick(size, posture, thin, 1))


def _handbag(size: float, posture: Posture, numbers: np.ndarray) -> Surface:
    wrist = WRIST[int(numbers[0] * 2)]
    hand = posture.joints[wrist] + posture.frames[wrist] @ (np.array([0, -0.1, 0]) * size)
    drop, half = np.array([0, -0.2 * size, 0]), (0.06 + 0.1 * numbers[1]) * size
    return _capsules([hand, hand + drop], [hand + drop, hand + drop * (1.6 + numbers[2])], [(0, 0, 1), (0, 0, 1)],
                     [0.008 * size, half], [1.0, 0.4], BAG)  # fmt: skip


def _backpack(size: float, posture: Posture, numbers: np.ndarray) -> Surface:
    frame, chest = posture.frames[CHEST], posture.joints[CHEST]
    top = chest + frame @ (np.array([0, 0.14, -0.17]) * size)
    low = chest + frame @ (np.array([0, -0.16 - 0.12 * numbers[0], -0.18]) * size)
    start, end, across, widths, flat = [top], [low], [frame[:, 0]], [(0.1 + 0.06 * numbers[1]) * size], [0.7]
    for shoulder in SHOULDER:  # the straps, over the shoulders and down the front
        over = 0.75 * posture.joints[shoulder] + 0.25 * chest + frame @ (np.array([0, 0.085, 0.02]) * size)
        front = 0.6 * posture.joints[shoulder] + 0.4 * chest + frame @ (np.array([0, -0.1, 0.125]) * size)
        start, end = [*start, top, over], [*end, over, front]
        across, widths, flat = (
            [*across, frame[:, 0], frame[:, 0]],
            [*widths, 0.022 * size, 0.022 * size],
            [*flat, 0.5, 0.5],
        )
    return _capsules(start, end, across, widths, flat, BAG)


def _ball(size: float, posture: Posture, numbers: np.ndarray) -> Surface:
    wrist = WRIST[int(numbers[0] * 2)]
    radius = (0.035 + 0.09 * numbers[1]) * size
    middle = posture.joints[wrist] + posture.frames[wrist] @ np.array([0, -0.14 * size - 0.8 * radius, radius])
    return _capsules([middle], [middle + np.array([0, 1e-3, 0])], [(1, 0, 0)], [radius], [1.0], BAG)


def _phone(size: float, posture: Posture, numbers: np.ndarray) -> Surface:
    wrist = WRIST[int(numbers[0] * 2)]
    frame = posture.frames[wrist]
    hand = posture.joints[wrist] + frame @ (np.array([0, -0.1, 0.03]) * size)
    low, top = hand - frame[:, 1] * 0.06 * size, hand + frame[:, 1] * 0.05 * size
    return _capsules([low], [top], [frame[:, 2]], [0.036 * size], [0.2], METAL)


_MAKE = {"chair": _chair, "stool": _stool, "block": _block, "stick": _stick, "two sticks": _two_sticks,
         "handbag": _handbag, "backpack": _backpack, "ball": _ball, "phone": _phone}  # fmt: skip
