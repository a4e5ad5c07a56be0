"""The head: skull and jaw, nose, ears, hair of several cuts, hats; and where the face's keypoints are.

Conventions: metres of an adult's head in the head's own frame, from the upper end of the neck; x to the person's left,
y up, z forward. Half axes: `across` to the left, `front` forward.
"""

from __future__ import annotations

import numpy as np

from engine.datasets.figures.look import HAIR, HAT, SKIN, Look
from engine.datasets.figures.skeleton import HEAD, Physique, Posture
from engine.datasets.figures.surface import BODY, HEADPART, Surface

TOP_OF_HEAD = 0.238
# Rows of twelve rings: height, half width, foremost and hindmost z.
_SKULL = (
    (-0.008, 0.0, 0.012, 0.04, 0.066, 0.092, 0.122, 0.155, 0.185, 0.21, 0.229, 0.237),
    (0.0, 0.024, 0.043, 0.058, 0.066, 0.071, 0.075, 0.077, 0.072, 0.058, 0.034, 0.0),
    (0.062, 0.082, 0.092, 0.1, 0.104, 0.106, 0.105, 0.103, 0.094, 0.075, 0.046, 0.0),
    (0.03, 0.0, -0.025, -0.05, -0.066, -0.078, -0.088, -0.093, -0.09, -0.077, -0.05, -0.005),
)
_NOSE = (
    (0.128, 0.126, 0.122, 0.117, 0.112, 0.106, 0.1, 0.094, 0.089, 0.084, 0.08, 0.078),
    (0.0, 0.005, 0.007, 0.008, 0.009, 0.01, 0.012, 0.015, 0.018, 0.018, 0.013, 0.0),
    (0.1, 0.107, 0.109, 0.112, 0.116, 0.12, 0.124, 0.128, 0.13, 0.127, 0.118, 0.1),
    (0.09,) * 12,
)
_EAR = (
    (0.145, 0.143, 0.139, 0.134, 0.128, 0.121, 0.114, 0.107, 0.1, 0.094, 0.089, 0.086),
    (0.0, 0.005, 0.008, 0.01, 0.011, 0.011, 0.01, 0.009, 0.008, 0.008, 0.006, 0.0),
    (0.0, 0.009, 0.013, 0.015, 0.016, 0.015, 0.014, 0.012, 0.011, 0.01, 0.008, 0.002),
    (-0.004, -0.015, -0.019, -0.021, -0.022, -0.021, -0.018, -0.014, -0.01, -0.006, -0.002, 0.0),
)
_SHORT_HAIR = (
    (0.045, 0.055, 0.07, 0.09, 0.115, 0.14, 0.163, 0.183, 0.205, 0.226, 0.242, 0.248),
    (0.0, 0.035, 0.06, 0.073, 0.08, 0.083, 0.083, 0.082, 0.075, 0.06, 0.035, 0.0),
    (-0.05, -0.03, -0.02, -0.012, -0.004, 0.01, 0.05, 0.098, 0.104, 0.088, 0.054, 0.0),
    (-0.055, -0.07, -0.081, -0.09, -0.098, -0.102, -0.104, -0.103, -0.099, -0.085, -0.056, -0.01),
)
_LONG_HAIR = (
    (-0.16, -0.155, -0.12, -0.08, -0.04, 0.0, 0.05, 0.1, 0.15, 0.19, 0.225, 0.25),
    (0.0, 0.055, 0.085, 0.093, 0.096, 0.096, 0.096, 0.094, 0.092, 0.085, 0.06, 0.0),
    (-0.05, -0.03, -0.02, -0.012, 0.0, 0.008, 0.01, 0.012, 0.03, 0.099, 0.07, 0.0),
    (-0.06, -0.09, -0.105, -0.11, -0.112, -0.114, -0.116, -0.118, -0.116, -0.108, -0.08, -0.01),
)
_BUN = (
    (0.15, 0.152, 0.158, 0.167, 0.178, 0.19, 0.202, 0.213, 0.222, 0.228, 0.232, 0.233),
    (0.0, 0.015, 0.026, 0.035, 0.041, 0.044, 0.043, 0.039, 0.033, 0.024, 0.014, 0.0),
    (-0.115, -0.1, -0.09, -0.081, -0.075, -0.072, -0.073, -0.077, -0.083, -0.092, -0.102, -0.115),
    (-0.115, -0.13, -0.14, -0.149, -0.155, -0.158, -0.157, -0.153, -0.147, -0.138, -0.128, -0.115),
)
_PONYTAIL = (
    (-0.09, -0.085, -0.06, -0.03, 0.0, 0.03, 0.06, 0.09, 0.12, 0.15, 0.175, 0.185),
    (0.0, 0.012, 0.022, 0.028, 0.032, 0.034, 0.034, 0.032, 0.028, 0.022, 0.015, 0.0),
    (-0.12, -0.11, -0.1, -0.096, -0.095, -0.096, -0.097, -0.096, -0.092, -0.086, -0.084, -0.09),
    (-0.125, -0.135, -0.146, -0.155, -0.16, -0.165, -0.167, -0.165, -0.157, -0.145, -0.13, -0.1),
)
_AFRO = (
    (0.04, 0.05, 0.075, 0.11, 0.145, 0.18, 0.21, 0.24, 0.265, 0.285, 0.298, 0.303),
    (0.0, 0.055, 0.09, 0.11, 0.12, 0.122, 0.12, 0.112, 0.096, 0.072, 0.042, 0.0),
    (-0.05, -0.02, -0.005, 0.004, 0.03, 0.105, 0.128, 0.125, 0.11, 0.083, 0.048, 0.0),
    (-0.06, -0.1, -0.125, -0.14, -0.147, -0.148, -0.145, -0.135, -0.118, -0.092, -0.058, -0.015),
)
_CAP = (
    (0.135, 0.137, 0.142, 0.15, 0.16, 0.172, 0.186, 0.202, 0.218, 0.234, 0.247, 0.252),
    (0.07, 0.085, 0.087, 0.087, 0.086, 0.085, 0.084, 0.08, 0.072, 0.058, 0.034, 0.0),
    (0.02, 0.07, 0.108, 0.112, 0.112, 0.112, 0.111, 0.107, 0.097, 0.08, 0.048, 0.0),
    (-0.1, -0.106, -0.108, -0.108, -0.108, -0.107, -0.105, -0.1, -0.092, -0.078, -0.05, -0.01),
)
_PEAK = (
    (0.16, 0.1605, 0.161, 0.162, 0.163, 0.164, 0.165, 0.166, 0.167, 0.168, 0.1685, 0.169),
    (0.03, 0.055, 0.066, 0.07, 0.071, 0.071, 0.071, 0.071, 0.07, 0.066, 0.055, 0.03),
    (0.16, 0.178, 0.184, 0.186, 0.187, 0.187, 0.187, 0.187, 0.186, 0.184, 0.178, 0.16),
    (0.06,) * 12,
)
_BRIM = (
    (0.158, 0.1585, 0.159, 0.16, 0.161, 0.162, 0.163, 0.164, 0.165, 0.166, 0.1665, 0.167),
    (0.1, 0.15, 0.17, 0.178, 0.18, 0.18, 0.18, 0.18, 0.178, 0.17, 0.15, 0.1),
    (0.1, 0.15, 0.175, 0.184, 0.187, 0.187, 0.187, 0.187, 0.184, 0.175, 0.15, 0.1),
    (-0.1, -0.15, -0.17, -0.178, -0.18, -0.18, -0.18, -0.18, -0.178, -0.17, -0.15, -0.1),
)
_HELMET = (
    (0.08, 0.085, 0.1, 0.12, 0.14, 0.16, 0.18, 0.2, 0.222, 0.245, 0.263, 0.27),
    (0.085, 0.095, 0.101, 0.103, 0.104, 0.104, 0.102, 0.097, 0.087, 0.068, 0.04, 0.0),
    (-0.03, -0.01, 0.0, 0.02, 0.085, 0.128, 0.13, 0.126, 0.114, 0.09, 0.054, 0.0),
    (-0.1, -0.11, -0.118, -0.122, -0.125, -0.126, -0.124, -0.119, -0.108, -0.088, -0.058, -0.015),
)
HAIRCUTS = {"bald": (), "short": (_SHORT_HAIR,), "long": (_SHORT_HAIR, _LONG_HAIR), "bun": (_SHORT_HAIR, _BUN),
            "ponytail": (_SHORT_HAIR, _PONYTAIL), "afro": (_AFRO,)}  # fmt: skip
HATS = {"none": (), "cap": (_CAP, _PEAK), "beanie": (_CAP,), "hat": (_CAP, _BRIM), "helmet": (_HELMET,)}
_TABLE = {name: np.array(rows).T for name, rows in {"skull": _SKULL, "nose": _NOSE, "ear": _EAR}.items()}
# Nose, eyes and ears, on the surface; the top of the head.
FACE_POINTS = np.array(
    [(0, 0.089, 0.131), (0.032, 0.122, 0.095), (-0.032, 0.122, 0.095), (0.082, 0.116, -0.004), (-0.082, 0.116, -0.004),
     (0, TOP_OF_HEAD, -0.005)]
)  # fmt: skip


def head(person: Physique, posture: Posture, look: Look) -> Surface:
    """Return the head with its hair and hat; its first part is the skull."""
    parts = [(_TABLE["skull"], SKIN, 0.0), (_TABLE["nose"], SKIN, 0.0)]
    parts += [(_TABLE["ear"], SKIN, 0.078), (_TABLE["ear"], SKIN, -0.078)]
    cuts = HAIRCUTS[look.haircut]
    if look.hat in ("helmet", "beanie", "cap") and look.haircut in ("afro", "bun"):
        cuts = HAIRCUTS["short"]
    parts += [(np.array(rows).T, HAIR, 0.0) for rows in cuts]
    parts += [(np.array(rows).T, HAT, 0.0) for rows in HATS[look.hat]]
    table = np.stack([rows for rows, _, _ in parts])  # (P, 12, 4)
    frame = posture.frames[HEAD]
    local = np.zeros((*table.shape[:2], 3))
    local[..., 0] = np.array([x for _, _, x in parts])[:, None]
    local[..., 1], local[..., 2] = table[..., 0], (table[..., 2] + table[..., 3]) / 2
    wide, high = look.face
    width = table[..., 1] * wide
    local[..., 0] *= wide
    local[..., 1] *= high
    centre = posture.joints[HEAD] + (local * person.head) @ frame.T
    across = frame[:, 0] * (width * person.head)[..., None]
    front = frame[:, 2] * ((table[..., 2] - table[..., 3]) / 2 * person.head)[..., None]
    n = len(parts)
    kind = np.full(n, BODY)
    kind[0] = HEADPART
    none = np.zeros(n)
    return Surface(
        centre, across, front, np.array([material for _, material, _ in parts]), np.zeros(n, int), none, none, kind
    )


def face_points(person: Physique, posture: Posture, look: Look) -> np.ndarray:
    """Return nose, left and right eye, left and right ear and the top of the head (6, 3) in the person's axes."""
    points = FACE_POINTS * (look.face[0], look.face[1], 1)
    return posture.joints[HEAD] + (points * person.head) @ posture.frames[HEAD].T
