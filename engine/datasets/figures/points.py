"""The named points of a person: COCO's 17 keypoints, and the four that MPII has besides.

Conventions: metres in the person's axes; left is the person's left.
"""

from __future__ import annotations

import numpy as np

from engine.datasets.figures.head import face_points
from engine.datasets.figures.look import Look
from engine.datasets.figures.skeleton import (
    ANKLE,
    ELBOW,
    HEAD,
    HIP,
    KNEE,
    NECK,
    PELVIS,
    SHOULDER,
    WRIST,
    Physique,
    Posture,
)
from engine.datasets.figures.splat import Camera

KEYPOINT_NAMES = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle",
)  # fmt: skip
EXTRA_NAMES = ("head_top", "upper_neck", "thorax", "pelvis")
POINT_NAMES = KEYPOINT_NAMES + EXTRA_NAMES
LIMBS = ((5, 7), (7, 9), (6, 8), (8, 10), (11, 13), (13, 15), (12, 14), (14, 16))  # of constant length in every pose
# How far the body's surface may lie before the point, in metres of an adult, for the point to count as visible.
_REACH = np.array([0.03, 0.03, 0.03, 0.03, 0.03, 0.11, 0.11, 0.075, 0.075, 0.06, 0.06, 0.165, 0.165, 0.1, 0.1,
                   0.085, 0.085, 0.12, 0.13, 0.15, 0.18])  # fmt: skip
_JOINTS = [joint for pair in (SHOULDER, ELBOW, WRIST, HIP, KNEE, ANKLE) for joint in pair]


def points(person: Physique, posture: Posture, look: Look) -> np.ndarray:
    """Return keypoints and extras (21, 3)."""
    face = face_points(person, posture, look)
    joints = posture.joints
    return np.concatenate([face[:5], joints[_JOINTS], face[5:], joints[[HEAD, NECK, PELVIS]]])


def reach(person: Physique, look: Look) -> np.ndarray:
    """Return the thickness in metres (21,) of what belongs to each point."""
    loose = np.zeros(len(_REACH))
    loose[5:11], loose[11:17] = look.top_loose, look.leg_loose
    return _REACH * max(person.girth, person.scale) + 1.3 * loose


def head_size(person: Physique, posture: Posture, look: Look, camera: Camera) -> float:
    """Return 0.6 times the diagonal of the upright box round the head, in units of the camera's picture."""
    angle = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    rows = []
    for level, radius in ((0.0, 0.5), (0.06, 0.9), (0.13, 1.0), (0.19, 0.9), (0.235, 0.3)):
        ring = np.stack([0.077 * radius * np.cos(angle), np.full(12, level), 0.012 + 0.1 * radius * np.sin(angle)], 1)
        rows.append(ring)
    local = np.concatenate(rows) * (look.face[0], look.face[1], 1)
    flat = camera.project(camera.turned(posture.joints[HEAD] + (local * person.head) @ posture.frames[HEAD].T))
    return 0.6 * float(np.hypot(*np.ptp(flat, axis=0)))
