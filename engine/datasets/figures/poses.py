"""Poses by action, as functions of a phase and of sixteen numbers of style.

Conventions: poses are tables (17, 3) of degrees, see `skeleton`; a style is 16 numbers in [0, 1). A cycle's phase is in
turns. A posture is returned together with how far the body is over the ground, in metres of an adult.
"""

from __future__ import annotations

import numpy as np

from engine.datasets.figures.skeleton import (
    ABDUCTION,
    ANKLE,
    CHEST,
    ELBOW,
    FLEXION,
    HEAD,
    HIP,
    JOINTS,
    KNEE,
    LIMITS,
    NECK,
    PELVIS,
    SHOULDER,
    SPINE,
    TWIST,
    WRIST,
)

N_STYLE = 16
_ARMS = {  # shoulder's flexion, abduction and twist; elbow's flexion; each from … to
    "hanging": ((-8, 12), (4, 14), (-20, 20), (4, 25)),
    "on the hip": ((-35, -10), (35, 55), (-60, -40), (85, 110)),
    "in a pocket": ((-15, 5), (12, 26), (-45, -20), (35, 60)),
    "crossed": ((25, 42), (5, 15), (-75, -55), (95, 118)),
    "before the belly": ((5, 25), (5, 15), (-60, -35), (60, 95)),
    "to the face": ((45, 75), (0, 25), (-45, -10), (125, 148)),
    "holding": ((20, 45), (0, 20), (-35, 0), (80, 115)),
    "forward": ((70, 110), (-5, 35), (-30, 40), (0, 45)),
    "sideways": ((-10, 20), (65, 105), (-30, 60), (0, 60)),
    "up": ((150, 180), (0, 35), (-30, 60), (0, 45)),
    "back": ((-50, -20), (5, 25), (-60, -20), (5, 60)),
    "behind the head": ((95, 130), (75, 105), (40, 85), (120, 148)),
    "anywhere": ((-45, 170), (-20, 150), (-80, 80), (0, 140)),
}


def mix(low: float, high: float, number: float) -> float:
    """Return low + (high − low) · number."""
    return low + (high - low) * number


def upright() -> np.ndarray:
    """Return the pose in which all angles are 0."""
    return np.zeros((len(JOINTS), 3))


def stand(style: np.ndarray) -> np.ndarray:
    """Return a relaxed standing pose: weight on one leg, arms hanging."""
    pose = upright()
    for side in (0, 1):
        set_arm(pose, side, "hanging", style[4 * side : 4 * side + 4])
    lean = mix(-5, 5, style[8])
    apart = mix(2, 11, style[9] ** 2)
    pose[PELVIS, ABDUCTION], pose[SPINE, ABDUCTION] = lean, -lean
    pose[HIP[0], ABDUCTION], pose[HIP[1], ABDUCTION] = apart - lean, apart + lean
    free = int(style[10] * 2)
    bent = mix(0, 22, style[11] ** 2)
    bend_leg(pose, free, bent * 0.6, bent)
    pose[HIP[free], TWIST] = mix(0, 25, style[12])
    pose[HEAD, TWIST], pose[NECK, TWIST] = mix(-28, 28, style[13]), mix(-14, 14, style[13])
    pose[HEAD, FLEXION] = mix(-8, 18, style[14])
    return pose


def set_arm(pose: np.ndarray, side: int, kind: str, numbers: np.ndarray) -> None:
    """Put one arm in a held position; `numbers` are four in [0, 1)."""
    flexion, abduction, twist, elbow = (mix(*ends, n) for ends, n in zip(_ARMS[kind], numbers, strict=True))
    pose[SHOULDER[side]] = flexion, abduction, twist
    pose[ELBOW[side], FLEXION] = elbow


def bend_leg(pose: np.ndarray, side: int, hip: float, knee: float) -> None:
    """Bend a hip and a knee, the foot kept level as far as the ankle goes."""
    pose[HIP[side], FLEXION], pose[KNEE[side], FLEXION] = hip, knee
    pose[ANKLE[side], FLEXION] = np.clip(hip - knee, *LIMITS[ANKLE[side], FLEXION])


def walk(phase: float, style: np.ndarray) -> tuple[np.ndarray, float]:
    """Return one moment of a step; at phase 1/4 the left heel strikes."""
    pose, swing = upright(), mix(0.7, 1.25, style[0])
    for side in (0, 1):
        turn = 2 * np.pi * (phase + side / 2)
        hip = 5 + 25 * swing * np.sin(turn)
        knee = 7 + 50 * swing * _bump(turn + 0.45, 0.75) + 8 * _bump(turn - 2.3, 0.5)
        bend_leg(pose, side, hip, knee)
        pose[ANKLE[side], FLEXION] = 3 - 8 * np.sin(turn) + 18 * _bump(turn + 1.4, 0.5)
        pose[HIP[side], ABDUCTION] = mix(-1, 4, style[1])
        pose[SHOULDER[side]] = -mix(10, 32, style[2]) * np.sin(turn) + 4, mix(3, 12, style[3]), -10
        pose[ELBOW[side], FLEXION] = mix(8, 40, style[4]) + 10 * (1 - np.sin(turn))
    pose[PELVIS, TWIST], pose[CHEST, TWIST] = -5 * np.sin(2 * np.pi * phase), 9 * np.sin(2 * np.pi * phase)
    pose[SPINE, FLEXION] = mix(-2, 9, style[5])
    pose[HEAD, TWIST] = mix(-25, 25, style[6])
    return pose, 0.0


def run(phase: float, style: np.ndarray) -> tuple[np.ndarray, float]:
    """Return one moment of a stride, with two flights to a turn."""
    pose, effort = upright(), mix(0.75, 1.25, style[0])
    for side in (0, 1):
        turn = 2 * np.pi * (phase + side / 2)
        bend_leg(pose, side, 18 + 42 * effort * np.sin(turn), 22 + 88 * effort * _bump(turn + 0.9, 1.0))
        pose[ANKLE[side], FLEXION] = 5 + 25 * _bump(turn + 1.6, 0.8)
        pose[SHOULDER[side]] = -5 - 42 * effort * np.sin(turn), mix(6, 22, style[2]), -20
        pose[ELBOW[side], FLEXION] = mix(75, 105, style[3]) - 12 * np.sin(turn)
    pose[PELVIS, TWIST], pose[CHEST, TWIST] = -8 * np.sin(2 * np.pi * phase), 18 * np.sin(2 * np.pi * phase)
    pose[PELVIS, FLEXION], pose[SPINE, FLEXION] = mix(2, 14, style[4]), mix(2, 8, style[5])
    for side in (0, 1):
        pose[HIP[side], FLEXION] += pose[PELVIS, FLEXION] * 0.6
    return pose, 0.11 * effort * abs(np.sin(2 * np.pi * (phase - 0.125))) ** 1.5


def crouch(depth: float, style: np.ndarray) -> np.ndarray:
    """Return a squat: 0 is upright, 1 is deep."""
    pose = upright()
    apart = mix(6, 28, style[0])
    for side in (0, 1):
        pose[HIP[side]] = mix(85, 118, style[1]) * depth, apart * (0.5 + 0.5 * depth), 0.6 * apart * depth
        pose[KNEE[side], FLEXION] = mix(100, 138, style[1]) * depth
        pose[ANKLE[side], FLEXION] = -25 * depth
        pose[SHOULDER[side]] = mix(15, 95, style[2]) * depth, 8 + 12 * style[3] * depth, -40 * depth * (style[2] < 0.4)
        pose[ELBOW[side], FLEXION] = 8 + mix(0, 115, style[4]) * depth
    pose[PELVIS, FLEXION] = mix(12, 34, style[5]) * depth
    pose[SPINE, FLEXION] = mix(0, 16, style[6]) * depth
    pose[NECK, FLEXION] = -mix(5, 22, style[7]) * depth
    return pose


def jump(phase: float, style: np.ndarray) -> tuple[np.ndarray, float]:
    """Return one moment of a jump: down to phase 0.35, in the air from 0.45 to 0.75, caught and upright at 1."""
    flight = np.clip((phase - 0.45) / 0.3, 0, 1)
    air = 4 * flight * (1 - flight)
    depth = 0.6 * _bump((phase - 0.28) * 14, 1.3) + 0.5 * _bump((phase - 0.82) * 16, 1.2)
    pose = crouch(depth * mix(0.7, 1.1, style[8]), style)
    raised = _bump((phase - 0.6) * 9, 1.2)
    tuck, spread = mix(0, 85, style[9] ** 2), mix(0, 40, style[10] ** 2)
    for side in (0, 1):
        pose[SHOULDER[side], FLEXION] = mix(60, 172, style[11]) * raised - 38 * _bump((phase - 0.28) * 14, 1.2)
        pose[SHOULDER[side], ABDUCTION] += mix(0, 75, style[12]) * raised
        pose[ELBOW[side], FLEXION] *= 1 - 0.6 * raised
        pose[HIP[side], FLEXION] += 0.75 * tuck * air
        pose[KNEE[side], FLEXION] += tuck * air
        pose[HIP[side], ABDUCTION] += spread * air
        pose[ANKLE[side], FLEXION] += 35 * air
    return pose, mix(0.15, 0.5, style[13]) * air


def wave(phase: float, raised: float, style: np.ndarray) -> np.ndarray:
    """Return one moment of waving: `raised` from 0, the arm hanging, to 1; the hand moves once to and fro in a turn."""
    pose = stand(style)
    side = int(style[15] * 2)
    upper, beat = mix(55, 130, style[12]), np.sin(2 * np.pi * phase)
    goal = np.array([mix(0, 50, style[13]), upper, mix(60, 90, style[14]) * (upper < 110)])
    pose[SHOULDER[side]] = pose[SHOULDER[side]] * (1 - raised) + goal * raised
    bend = mix(100, 25, (upper - 55) / 75) + mix(18, 34, style[11]) * beat
    pose[ELBOW[side], FLEXION] = pose[ELBOW[side], FLEXION] * (1 - raised) + max(bend, 2) * raised
    pose[WRIST[side], ABDUCTION] = 15 * beat * raised
    return pose


def point(raised: float, style: np.ndarray) -> np.ndarray:
    """Return one moment of pointing at something with a straight arm; `raised` from 0 to 1."""
    pose = stand(style)
    side = int(style[15] * 2)
    goal = np.array([mix(55, 130, style[12]), mix(-10, 85, style[13]), 0])
    pose[SHOULDER[side]] = pose[SHOULDER[side]] * (1 - raised) + goal * raised
    pose[ELBOW[side], FLEXION] = pose[ELBOW[side], FLEXION] * (1 - raised) + mix(0, 12, style[14]) * raised
    turn = (goal[1] if side == 0 else -goal[1]) * 0.5 * raised
    pose[HEAD, TWIST], pose[HEAD, FLEXION] = turn, mix(12, -12, style[12]) * raised
    return pose


def sit(down: float, style: np.ndarray) -> np.ndarray:
    """Return one moment of sitting down on a chair: `down` from 0, standing, to 1."""
    rest, pose = stand(style), upright()
    for side in (0, 1):
        pose[HIP[side]] = mix(78, 98, style[0]), mix(0, 24, style[1]), mix(-5, 20, style[2])
        pose[KNEE[side], FLEXION] = mix(60, 105, style[3]) - 12 * style[4 + side]
        pose[ANKLE[side], FLEXION] = mix(-10, 20, style[5])
        pose[SHOULDER[side]] = mix(8, 45, style[6 + side]), mix(2, 18, style[8]), mix(-35, 5, style[9])
        pose[ELBOW[side], FLEXION] = mix(35, 95, style[10 + side])
    pose[SPINE, FLEXION] = pose[CHEST, FLEXION] = mix(-6, 20, style[13])
    pose[HEAD, TWIST], pose[HEAD, FLEXION] = mix(-35, 35, style[14]), mix(-8, 22, style[12])
    between = rest * (1 - down) + pose * down
    between[PELVIS, FLEXION] += 30 * np.sin(np.pi * down)  # one leans forward on the way
    return between


def _bump(x: float, width: float) -> float:
    """Return exp(−(x/width)²) with x brought into (−π, π]: one smooth bump to a turn of radians."""
    x = (x + np.pi) % (2 * np.pi) - np.pi
    return float(np.exp(-((x / width) ** 2)))
