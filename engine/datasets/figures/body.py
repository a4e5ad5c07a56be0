"""A person's body in a posture, as tubes: limbs, trunk, neck, hands and feet.

Conventions: metres of an adult of 1.78 m, multiplied by the physique; axes as in `skeleton`. Half axes: `across` to the
person's left and `front` forward, for what stands upright.
"""

from __future__ import annotations

import numpy as np

from engine.datasets.figures.look import BOTTOM, SHOE, SKIN, SOCK, TOP, Look
from engine.datasets.figures.skeleton import (
    ANKLE,
    CHEST,
    ELBOW,
    HEAD,
    HIP,
    KNEE,
    NECK,
    PELVIS,
    SHOULDER,
    SPINE,
    WRIST,
    Physique,
    Posture,
)
from engine.datasets.figures.surface import RINGS, TRUNK, Surface, join, loft, tubes

_UPPER_ARM = (0.05, 0.053, 0.051, 0.046, 0.043, 0.041)
_FOREARM = (0.042, 0.045, 0.043, 0.037, 0.031, 0.027)
_PALM = (0.027, 0.039, 0.043, 0.04, 0.033, 0.02)
_THUMB = (0.014, 0.014, 0.014, 0.013, 0.012, 0.01)
_THIGH = (0.09, 0.092, 0.084, 0.073, 0.063, 0.058)
_SHIN = (0.056, 0.058, 0.058, 0.049, 0.04, 0.037)
_FOOT = (0.036, 0.04, 0.041, 0.046, 0.045, 0.034)
_INSTEP = (0.04, 0.042, 0.046, 0.046, 0.044, 0.04)
_FOOT_POINTS = ((0, -0.045, -0.045), (0, -0.06, 0.165), (0, 0.05, 0))  # heel, toe, where the shoe ends
_NECK = (0.075, 0.064, 0.058, 0.056, 0.056, 0.057)
# The trunk from the crotch to the root of the neck: height from the hips (+) in parts of the way to the neck, half
# width, half depth, and how far its middle is before the spine.
_TRUNK_HEIGHT = np.array([-0.21, -0.2, -0.13, -0.02, 0.12, 0.27, 0.45, 0.62, 0.78, 0.9, 0.98, 1.04])
_TRUNK_WIDTH = np.array([0.02, 0.1, 0.155, 0.172, 0.162, 0.142, 0.146, 0.16, 0.173, 0.172, 0.14, 0.06])
_TRUNK_DEPTH = np.array([0.02, 0.075, 0.105, 0.115, 0.108, 0.098, 0.102, 0.112, 0.112, 0.095, 0.075, 0.045])
_TRUNK_FRONT = np.array([-0.01, -0.012, -0.015, -0.015, 0.0, 0.008, 0.008, 0.01, 0.006, -0.004, -0.01, -0.012])


def body(person: Physique, posture: Posture, look: Look) -> Surface:
    """Return the body without its head."""
    surfaces = [_trunk(person, posture, look), _limbs(person, posture, look)]
    if look.skirt:
        surfaces.append(_skirt(person, posture, look))
    return join(*surfaces)


def _trunk(person: Physique, posture: Posture, look: Look) -> Surface:
    """Return the trunk, along a curve through pelvis, spine, chest and neck, turning from the hips to the shoulders."""
    spine = [PELVIS, SPINE, CHEST, NECK]
    joints, frames = posture.joints[spine], posture.frames[spine]
    lengths = np.linalg.norm(np.diff(joints, axis=0), axis=1)
    places = np.concatenate([[0], np.cumsum(lengths)]) / lengths.sum()
    heights = _TRUNK_HEIGHT
    inside = np.clip(heights, 0, 1)
    # Smooth weights of the four joints, so that a bent back is round.
    weights = np.stack([np.interp(inside, places, row) for row in np.eye(4)], 1)
    weights[1:-1] = (weights[:-2] + 2 * weights[1:-1] + weights[2:]) / 4
    centre = weights @ joints
    axes = np.einsum("rj,jab->rab", weights, frames)
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    centre += axes[:, :, 1] * ((heights - inside) * lengths.sum())[:, None]
    lower = np.interp(heights, [0.1, 0.35, 0.6], [1, 0.5, 0])
    upper = np.interp(heights, [0.4, 0.7], [0, 1])
    waist = np.clip(1 - lower - upper, 0, 1)
    width = _TRUNK_WIDTH * (lower * person.hips + upper * person.shoulders + waist * person.waist)
    depth = _TRUNK_DEPTH * (0.5 * person.girth + 0.5 * person.waist)
    belly = max(0.0, person.waist / person.scale - 1) * 0.1 * np.exp(-(((heights - 0.3) / 0.25) ** 2)) * person.scale
    depth = depth + belly + look.bust * 0.035 * person.scale * np.exp(-(((heights - 0.68) / 0.1) ** 2)) * 0.5
    loose = look.top_loose * np.interp(heights, [-0.1, 0.1, 0.95, 1.0], [0, 1, 1, 0.2])
    front = (
        _TRUNK_FRONT * person.scale
        + belly
        + look.bust * 0.016 * person.scale * np.exp(-(((heights - 0.68) / 0.1) ** 2))
    )
    centre += axes[:, :, 2] * front[:, None]
    across, forward = axes[:, :, 0] * (width + loose)[:, None], axes[:, :, 2] * (depth + loose)[:, None]
    return loft(centre, across, forward, TOP, TRUNK, BOTTOM, look.waistline)


def _limbs(person: Physique, posture: Posture, look: Look) -> Surface:
    """Return arms, legs and neck in one go: a row is start, end, width's direction, profile, flatness and clothes."""
    rows = [_neck(person, posture, look)]
    for side in (0, 1):
        rows += _arm(person, posture, look, side) + _leg(person, posture, look, side)
    start, end, across, widths, flatness, bare, cover, cover_end, thickness = zip(*rows, strict=True)
    arrays = (np.array(values) for values in (start, end, across, widths, flatness))
    return tubes(*arrays, list(bare), list(cover), list(cover_end), list(thickness))


def _neck(person: Physique, posture: Posture, look: Look) -> tuple:
    neck, head = posture.joints[NECK], posture.joints[HEAD]
    end = head + posture.frames[HEAD] @ (np.array([0, 0.04, 0.01]) * person.scale)
    widths = _scaled(_NECK, 0.5 * person.girth + 0.5 * person.head)
    return (neck - 0.15 * (head - neck), end, posture.frames[NECK][:, 0], widths, 1.0, SKIN, TOP, look.collar, 0.008)


def _arm(person: Physique, posture: Posture, look: Look, side: int) -> list[tuple]:
    joints, frames, size, sign = posture.joints, posture.frames, person.scale, 1 - 2 * side
    shoulder, elbow, wrist = SHOULDER[side], ELBOW[side], WRIST[side]
    lean = 0.6 * person.girth + 0.4 * size
    palm, at = frames[wrist], joints[wrist]
    tip = at + palm @ (np.array([0, -0.165, 0]) * size)
    thumb = [at + palm @ (np.array(p) * size) for p in ((-0.01 * sign, -0.03, 0.02), (-0.015 * sign, -0.1, 0.062))]
    bare = SHOE if look.gloves else SKIN
    upper, lower = min(look.sleeve, 1.0) * 1.01, max(look.sleeve - 1, 0) * 1.01
    widths = _scaled(_UPPER_ARM, person.girth), _scaled(_FOREARM, lean)
    loose = look.top_loose + 0.004
    return [
        (joints[shoulder], joints[elbow], frames[shoulder][:, 0], widths[0], 1.0, SKIN, TOP, upper, loose),
        (joints[elbow], at, frames[elbow][:, 0], widths[1], 1.0, SKIN, TOP, lower, loose * 0.9),
        (at, tip, palm[:, 2], _scaled(_PALM, size), 0.5, bare, bare, 0.0, 0.0),
        (*thumb, palm[:, 0], _scaled(_THUMB, size), 1.0, bare, bare, 0.0, 0.0),
    ]


def _leg(person: Physique, posture: Posture, look: Look, side: int) -> list[tuple]:
    joints, frames, size = posture.joints, posture.frames, person.scale
    hip, knee, ankle = HIP[side], KNEE[side], ANKLE[side]
    lean = 0.6 * person.girth + 0.4 * size
    calf, foot = frames[knee][:, 2] * (-0.012 * size), frames[ankle]
    heel, toe, collar = (joints[ankle] + foot @ (np.array(p) * size) for p in _FOOT_POINTS)
    sole, sock = (SKIN, SKIN) if look.barefoot else (SHOE, SOCK)
    shin = SOCK if look.sock > 0.5 and look.leg < 1 else SKIN  # long socks
    upper, lower = min(look.leg, 1.0) * 1.01, max(look.leg - 1, 0) * 1.01
    widths = _scaled(_THIGH, person.girth), _scaled(_SHIN, lean)
    loose = look.leg_loose + 0.004
    start, end = joints[knee] + calf, joints[ankle] + calf * 0.5
    return [
        (joints[hip], joints[knee], frames[hip][:, 0], widths[0], 1.0, SKIN, BOTTOM, upper, loose),
        (start, end, frames[knee][:, 0], widths[1], 1.05, shin, BOTTOM, lower, loose * 1.3),
        (heel, toe, foot[:, 0], _scaled(_FOOT, size), 0.85, sole, sole, 0.0, 0.0),
        (collar, heel * 0.6 + toe * 0.4, foot[:, 0], _scaled(_INSTEP, size), 0.9, sock, sole, 1.01, 0.004),
    ]


def _skirt(person: Physique, posture: Posture, look: Look) -> Surface:
    """Return a skirt from the waist over both thighs to its hem."""
    joints = posture.joints
    length = look.skirt
    knees, ankles = joints[list(KNEE)], joints[list(ANKLE)]
    middle = [joints[SPINE], joints[PELVIS], knees.mean(0), ankles.mean(0)]
    steps = np.linspace(0.0, 1 + length, RINGS)
    centre = np.stack([np.interp(steps, [0, 1, 2, 3], axis) for axis in np.array(middle).T], 1)
    hips, frame = joints[list(HIP)], posture.frames[PELVIS]
    spread = [np.zeros(3), (hips[0] - hips[1]) / 2, (knees[0] - knees[1]) / 2, (ankles[0] - ankles[1]) / 2]
    apart = np.stack([np.interp(steps, [0, 1, 2, 3], axis) for axis in np.array(spread).T], 1)
    side, fore = frame[:, 0], frame[:, 2]
    sideways, forward = np.abs(apart @ side), np.abs(apart @ fore)
    flare = look.flare * np.clip(steps - 0.7, 0, None) * person.scale
    base = np.interp(steps, [0, 0.6, 1, 2], [0.152, 0.172, 0.178, 0.1]) * person.hips
    width = base + flare + np.clip(sideways - 0.06, 0, 0.3)
    depth = np.interp(steps, [0, 0.6, 1, 2], [0.105, 0.12, 0.125, 0.1]) * person.girth + flare + forward
    way = np.gradient(centre, axis=0)
    way /= np.linalg.norm(way, axis=1, keepdims=True) + 1e-9
    first = side - (way @ side)[:, None] * way
    first /= np.linalg.norm(first, axis=1, keepdims=True) + 1e-9
    second = np.cross(way, first)
    return loft(centre, first * width[:, None], -second * depth[:, None], BOTTOM, TRUNK)


def _scaled(profile: tuple[float, ...], factor: float) -> list[float]:
    return [value * factor for value in profile]
