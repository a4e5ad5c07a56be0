"""Poses for pictures that stand still: a moment of an action, with arms that are busy with something else.

Conventions: as in `poses`.
"""

from __future__ import annotations

import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.figures.poses import (
    N_STYLE,
    crouch,
    jump,
    mix,
    point,
    run,
    set_arm,
    sit,
    stand,
    upright,
    walk,
    wave,
)
from engine.datasets.figures.skeleton import (
    ANKLE,
    CHEST,
    ELBOW,
    FLEXION,
    HIP,
    JOINTS,
    KNEE,
    LIMITS,
    NECK,
    PELVIS,
    SHOULDER,
    SPINE,
    TWIST,
)

_ARM_WEIGHTS = {
    "hanging": 8,
    "on the hip": 2.5,
    "in a pocket": 2,
    "crossed": 1.5,
    "before the belly": 3,
    "to the face": 2.5,
    "holding": 4,
    "forward": 2.5,
    "sideways": 2.5,
    "up": 2,
    "back": 0.7,
    "behind the head": 0.7,
    "anywhere": 4,
}


def still(action: str, chance: Chance) -> tuple[np.ndarray, float]:
    """Draw a pose and its lift for a picture that stands still."""
    style, phase = chance.numbers(N_STYLE), chance.unit()
    if action in ("walk", "run", "jump"):
        pose, lift = {"walk": walk, "run": run, "jump": jump}[action](
            0.25 + 0.5 * phase if action == "jump" else phase, style
        )
    else:
        pose, lift = _held(action, phase, style, chance), 0.0
    if action in ("stand", "walk", "sit", "squat"):
        _busy_arms(pose, chance, 0.75 if action in ("stand", "sit") else 0.25)
    spread = chance.between(2, 9)
    pose += (chance.numbers(len(JOINTS), 3) + chance.numbers(len(JOINTS), 3) - 1) * 2 * spread
    pose[PELVIS, TWIST] = 0
    return pose, lift


def _held(action: str, phase: float, style: np.ndarray, chance: Chance) -> np.ndarray:
    if action == "stand":
        return stand(style)
    if action == "wave":
        return wave(phase, 1.0, style)
    if action == "point":
        return point(1.0, style)
    if action == "sit":
        return sit(1.0, style)
    if action == "squat":
        return crouch(mix(0.55, 1.0, phase), style)
    return {"bend": _bend, "sport": _sport, "lie": _lie, "free": _free}[action](style, chance)


def _busy_arms(pose: np.ndarray, chance: Chance, probability: float) -> None:
    both = chance.weighted(_ARM_WEIGHTS) if chance.happens(0.35) else None
    for side in (0, 1):
        if chance.happens(probability):
            set_arm(pose, side, both or chance.weighted(_ARM_WEIGHTS), chance.numbers(4))


def _bend(style: np.ndarray, chance: Chance) -> np.ndarray:
    pose, pitch = upright(), mix(20, 75, style[0])
    pose[PELVIS, FLEXION] = pitch
    pose[SPINE, FLEXION], pose[CHEST, FLEXION] = mix(5, 32, style[1]), mix(5, 30, style[2])
    for side in (0, 1):
        knee = mix(0, 45, style[3]) + 15 * style[4 + side]
        pose[HIP[side]] = pitch + knee * 0.5, mix(2, 16, style[6]), 0
        pose[KNEE[side], FLEXION], pose[ANKLE[side], FLEXION] = knee, -knee * 0.5
        pose[SHOULDER[side]] = mix(40, 115, style[7 + side]), mix(-5, 25, style[9 + side]), mix(-30, 20, style[11])
        pose[ELBOW[side], FLEXION] = mix(0, 60, style[12 + side])
    pose[NECK, FLEXION] = mix(-25, 15, style[14])
    return pose


def _sport(style: np.ndarray, chance: Chance) -> np.ndarray:
    """Wide stances and lunges with strong arms, one leg sometimes in the air."""
    pose = upright()
    lead = int(style[0] * 2)
    lean = mix(0, 40, style[1])
    pose[PELVIS] = lean, mix(-14, 14, style[2]), 0
    pose[HIP[lead]] = mix(20, 100, style[3]) + lean * 0.5, mix(0, 35, style[4]), mix(-15, 30, style[5])
    pose[KNEE[lead], FLEXION] = mix(10, 95, style[6])
    pose[HIP[1 - lead]] = mix(-25, 45, style[7]) + lean * 0.4, mix(0, 40, style[8]), mix(0, 35, style[9])
    pose[KNEE[1 - lead], FLEXION] = mix(5, 85, style[10] ** 1.5)
    pose[ANKLE, FLEXION] = mix(-20, 30, style[11])
    pose[SPINE] = mix(-10, 30, style[12]), mix(-15, 15, style[13]), mix(-18, 18, style[14])
    pose[CHEST] = mix(-8, 22, style[12]), mix(-12, 12, style[13]), mix(-25, 25, style[14])
    pose[NECK, FLEXION] = -lean * 0.4
    kinds = ("anywhere", "forward", "sideways", "up", "holding", "back", "to the face", "anywhere")
    together = chance.happens(0.3)
    kind, numbers = chance.one_of(kinds), chance.numbers(4)
    for side in (0, 1):
        set_arm(pose, side, kind if together else chance.one_of(kinds), numbers if together else chance.numbers(4))
    return pose


def _lie(style: np.ndarray, chance: Chance) -> np.ndarray:
    pose = sit(mix(0.0, 0.8, style[0] ** 2), style) if chance.happens(0.5) else _free(style, chance) * 0.5
    pose[PELVIS, :2] = (
        mix(-100, -70, style[1]) if style[2] < 0.6 else mix(70, 100, style[1]),
        mix(-100, 100, style[3] ** 3),
    )
    return pose


def _free(style: np.ndarray, chance: Chance) -> np.ndarray:
    reach = LIMITS[..., 0] + chance.numbers(len(JOINTS), 3) * (LIMITS[..., 1] - LIMITS[..., 0])
    pose = 0.6 * reach
    pose[[*SHOULDER, *ELBOW]] = reach[[*SHOULDER, *ELBOW]]
    pose[PELVIS] = mix(-20, 35, style[0]), mix(-20, 20, style[1]), 0
    return pose
