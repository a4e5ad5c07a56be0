"""A person's skeleton: bones of one physique, joints with limits, and where the joints are in a pose.

A pose is a table of angles. Joint j turns its own frame by

    Rⱼ = Rx(flexion) Rz(abduction) Ry(twist),    Gⱼ = G_parent Rⱼ,    xⱼ = x_parent + G_parent bⱼ

with the bone bⱼ in its parent's frame, so the bones keep their lengths in every pose.

Conventions: metres; x to the person's left, y up, z forward. Angles in degrees; all are 0 when the person stands with
the arms hanging. Flexion brings a limb forward (a knee's brings the shin back), abduction brings it away from the
middle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.datasets.chance import Chance

JOINTS = (
    "pelvis", "spine", "chest", "neck", "head",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip
PELVIS, SPINE, CHEST, NECK, HEAD = range(5)
SHOULDER, ELBOW, WRIST, HIP, KNEE, ANKLE = (5, 6), (7, 8), (9, 10), (11, 12), (13, 14), (15, 16)  # left, right
PARENTS = (-1, 0, 1, 2, 3, 2, 2, 5, 6, 7, 8, 0, 0, 11, 12, 13, 14)
FLEXION, ABDUCTION, TWIST = range(3)
_MIDDLE = {
    PELVIS: ((-100, 100), (-100, 100), (-180, 180)),
    SPINE: ((-15, 40), (-18, 18), (-20, 20)),
    CHEST: ((-15, 40), (-18, 18), (-25, 25)),
    NECK: ((-25, 35), (-20, 20), (-35, 35)),
    HEAD: ((-30, 30), (-20, 20), (-40, 40)),
}
_SIDES = {
    SHOULDER: ((-55, 180), (-45, 170), (-90, 90)),
    ELBOW: ((0, 150), (0, 0), (-80, 80)),
    WRIST: ((-60, 70), (-25, 25), (0, 0)),
    HIP: ((-25, 125), (-25, 65), (-45, 45)),
    KNEE: ((0, 150), (0, 0), (0, 0)),
    ANKLE: ((-25, 50), (-15, 15), (-15, 15)),
}
_ROWS = {**_MIDDLE, **{joint: rows for pair, rows in _SIDES.items() for joint in pair}}
LIMITS = np.array([_ROWS[joint] for joint in range(len(JOINTS))], float)  # (17, 3, 2), degrees
# Turning by the right hand about x takes what hangs backward and what stands forward.
_SIGNS = np.ones((len(JOINTS), 3))
_SIGNS[[*SHOULDER, *ELBOW, *WRIST, *HIP], FLEXION] = -1
_SIGNS[[joint for pair in _SIDES for joint in pair[1:]], 1:] = -1  # the right side mirrors the left
_RAISED_CLAVICLE = np.radians(24)  # with the arm straight up


@dataclass(frozen=True)
class Physique:
    """One person's measures.

    Attributes:
        bones: (17, 3) metres, each joint in its parent's frame; a shoulder's is taken from the neck.
        head: the head's height over that of a head 0.235 m high.
        girth: limbs' thickness over that of an average adult.
        waist, hips, shoulders: the trunk's widths over an average adult's.
        scale: the whole body's size over that of an adult of 1.78 m.
    """

    bones: np.ndarray
    head: float
    girth: float
    waist: float
    hips: float
    shoulders: float
    scale: float


@dataclass(frozen=True)
class Posture:
    """A pose worked out.

    Attributes:
        joints: (17, 3) metres, with the ground at y = 0.
        frames: (17, 3, 3), their columns are the joints' own axes x, y, z.
        angles: (17, 3) degrees, the pose itself.
    """

    joints: np.ndarray
    frames: np.ndarray
    angles: np.ndarray


def physique(chance: Chance) -> Physique:
    """Draw a child or an adult, thin or heavy."""
    child = chance.happens(0.2)
    scale = chance.between(0.55, 0.88) if child else chance.around(0.97, 0.05)
    slim = chance.unit()  # from broad shoulders to broad hips
    weight = float(np.exp(chance.around(0.0, 0.16))) * (1.06 if child else 1.0)
    legs, arms, trunk = (chance.around(1.0, 0.035) for _ in range(3))
    legs *= 1 - 0.25 * max(0.0, 0.9 - scale)
    shoulders, hips = 1.06 - 0.14 * slim, 0.93 + 0.16 * slim
    shoulders *= 0.93 if child else 1.0
    bones = np.zeros((len(JOINTS), 3))
    bones[[SPINE, CHEST, NECK], 1] = np.array([0.11, 0.15, 0.22]) * trunk
    bones[HEAD] = (0, 0.088 * trunk, 0.02)
    for side, sign in enumerate((1, -1)):
        bones[SHOULDER[side]] = (sign * 0.176 * shoulders, -0.05, 0)
        bones[ELBOW[side], 1], bones[WRIST[side], 1] = -0.29 * arms, -0.255 * arms
        bones[HIP[side]] = (sign * 0.092 * hips, 0, 0)
        bones[KNEE[side], 1], bones[ANKLE[side], 1] = -0.43 * legs, -0.41 * legs
    head = chance.around(1.0, 0.04) * (scale**0.45 if scale < 0.9 else scale**0.8)
    bones *= scale
    bones[HEAD] *= head / scale
    return Physique(bones, head, weight**0.7 * scale, weight**1.15 * scale, hips * weight**0.8 * scale,
                    shoulders * weight**0.5 * scale, scale)  # fmt: skip


def within_limits(pose: np.ndarray) -> np.ndarray:
    """Return the pose (17, 3) with every angle moved to the nearest one that its joint allows."""
    return np.clip(pose, LIMITS[..., 0], LIMITS[..., 1])


def stand_up(body: Physique, pose: np.ndarray, lift: float = 0.0) -> Posture:
    """Return where the joints of a pose (17, 3) are, the lowest part of the body `lift` metres over the ground."""
    turns = _rotations(np.radians(pose) * _SIGNS)
    frames, joints = np.empty((len(JOINTS), 3, 3)), np.zeros((len(JOINTS), 3))
    frames[0] = turns[0]
    for joint in range(1, len(JOINTS)):
        parent = PARENTS[joint]
        bone = _shoulder_bone(body, pose, joint) if joint in SHOULDER else body.bones[joint]
        joints[joint] = joints[parent] + frames[parent] @ bone
        frames[joint] = frames[parent] @ turns[joint]
    joints[:, 1] += lift - _lowest(body, joints, frames)
    return Posture(joints, frames, pose)


def _shoulder_bone(body: Physique, pose: np.ndarray, joint: int) -> np.ndarray:
    """Return the shoulder in the chest's frame: it rises with the arm, at a constant distance from the neck."""
    flexion, abduction = np.radians(pose[joint, :2])
    height = (1 - np.cos(flexion) * np.cos(abduction)) / 2  # 0 hanging, 1 straight up
    angle = _RAISED_CLAVICLE * height * (1 if joint == SHOULDER[0] else -1)
    cos, sin = np.cos(angle), np.sin(angle)
    x, y, z = body.bones[joint]
    return body.bones[NECK] + (cos * x - sin * y, sin * x + cos * y, z)


def _rotations(angles: np.ndarray) -> np.ndarray:
    """Return Rx Rz Ry (n, 3, 3) for the radians (n, 3) about x, z and y."""
    (cx, cz, cy), (sx, sz, sy) = np.cos(angles).T, np.sin(angles).T
    rows = np.array(
        [
            [cz * cy, -sz, cz * sy],
            [cx * sz * cy + sx * sy, cx * cz, cx * sz * sy - sx * cy],
            [sx * sz * cy - cx * sy, sx * cz, sx * sz * sy + cx * cy],
        ]
    )
    return np.ascontiguousarray(rows.transpose(2, 0, 1))


def _lowest(body: Physique, joints: np.ndarray, frames: np.ndarray) -> float:
    """Return the height of the lowest of heels, toes, knees, hands, pelvis, chest and head."""
    feet = list(ANKLE)
    heels = joints[feet] + frames[feet] @ (np.array([0, -0.085, -0.05]) * body.scale)
    toes = joints[feet] + frames[feet] @ (np.array([0, -0.085, 0.17]) * body.scale)
    others = [*KNEE, *ELBOW, *WRIST, PELVIS, CHEST, HEAD]
    radii = np.array([0.06] * 2 + [0.04] * 4 + [0.11 * 1.0, 0.11, 0.05]) * body.girth
    return float(min(heels[:, 1].min(), toes[:, 1].min(), (joints[others, 1] - radii).min()))
