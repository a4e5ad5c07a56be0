"""The face itself: neck, ears, head, eyes, brows, nose, mouth, beard, freckles, wrinkles.

Conventions: (0, 0) is the middle of the head, which is 29 wide and 33 high; the chin is at y = 16.8.
"""

from __future__ import annotations

import numpy as np

from engine.datasets.avatars.attributes import Avatar
from engine.datasets.avatars.canvas import Canvas, Colour, arc, ellipse, mirrored, mix, smooth

SKINS: dict[str, Colour] = {
    "porcelain": (255, 228, 208),
    "peach": (250, 200, 160),
    "honey": (222, 164, 112),
    "bronze": (174, 118, 78),
    "cocoa": (122, 78, 58),
}
IRISES: dict[str, Colour] = {"brown": (112, 62, 26), "blue": (40, 124, 226), "green": (42, 158, 76)}
INK: Colour = (42, 34, 48)
WHITE: Colour = (255, 255, 255)
ROSE: Colour = (240, 88, 96)
EYE_X, EYE_Y = 5.8, 0.6

_HEAD = smooth(mirrored(((0, -16.6), (8.6, -14.6), (13.9, -7), (14.5, 1), (12.8, 8.8), (7.6, 14.8), (0, 16.8))))
_NECK = np.array([(-5, 10), (5, 10), (5.4, 24), (0, 27), (-5.4, 24)])
_NECK_SHADE = smooth(((-5, 13), (5, 13), (5.1, 17.5), (0, 19.6), (-5.1, 17.5)))
_BEARD = smooth(
    mirrored(((0, 6.9), (5.2, 7.2), (9.2, 4.6), (13, 0), (15, 1), (14.4, 9), (10.4, 16.2), (0, 20))), steps=4
)
_MOUSTACHE = smooth(mirrored(((0, 7.0), (3.2, 6.3), (6.6, 8.0), (8.4, 7.2), (6.2, 10.0), (2.4, 9.6), (0, 8.8))), 4)
_FRECKLES = [(x * side, y) for x, y in ((6.6, 5.6), (9.2, 5.2), (7.9, 7.5), (10.6, 7.2)) for side in (-1, 1)]
_FRECKLES += [(-2.6, 4.6), (2.6, 4.6)]
_LAUGH_LINES = [np.array([(4.3 * s, 5.2), (6.3 * s, 7.0), (6.9 * s, 9.6)]) for s in (-1, 1)]
_CROWS_FEET = [np.array([(10.2 * s, y), (12.6 * s, y + dy)]) for s in (-1, 1) for y, dy in ((-0.3, -1.5), (1.5, 0.8))]


def paint_neck(canvas: Canvas, avatar: Avatar) -> None:
    """Paint neck and ears, behind the head."""
    skin = SKINS[avatar.skin]
    canvas.fill(_NECK, mix(skin, INK, 0.08))
    canvas.fill(_NECK_SHADE, mix(skin, INK, 0.24))


def paint_head(canvas: Canvas, avatar: Avatar) -> None:
    """Paint ears, head, cheeks, freckles and wrinkles."""
    skin = SKINS[avatar.skin]
    shade = mix(skin, INK, 0.16)
    for side in (-1, 1):
        canvas.fill(ellipse(14.6 * side, 2, 2.9, 4), skin)
        canvas.fill(ellipse(14.9 * side, 2.2, 1.4, 2.3), shade)
    canvas.fill(_HEAD, skin)
    for side in (-1, 1):
        canvas.fill(ellipse(9.1 * side, 6.6, 3.0, 2.1), mix(skin, ROSE, 0.3))
    if avatar.freckles == "yes":
        for x, y in _FRECKLES:
            canvas.fill(ellipse(x, y, 0.62), mix(skin, (110, 40, 10), 0.62))
    if avatar.age == "old":
        _paint_wrinkles(canvas, mix(skin, INK, 0.34))


def _paint_wrinkles(canvas: Canvas, colour: Colour) -> None:
    for y, half_width in ((-9.8, 5.0), (-7.9, 6.0)):
        canvas.stroke(arc(0, y, half_width, -0.6), colour, 0.75)
    for line in (*_LAUGH_LINES, *_CROWS_FEET):
        canvas.stroke(line, colour, 0.75)
    for side in (-1, 1):
        canvas.stroke(arc(EYE_X * side, EYE_Y + 4.2, 2.6, 0.9), colour, 0.7)


def paint_features(canvas: Canvas, avatar: Avatar, hair: Colour) -> None:
    """Paint beard, nose, mouth, eyes and brows."""
    skin = SKINS[avatar.skin]
    if avatar.beard == "full":
        canvas.fill(_BEARD, hair)
    _paint_mouth(canvas, avatar.smile, skin)
    if avatar.beard != "none":
        canvas.fill(_MOUSTACHE, hair if avatar.beard == "moustache" else mix(hair, INK, 0.15))
    canvas.fill(ellipse(0, 4.5, 1.9, 1.5), mix(skin, mix(ROSE, INK, 0.4), 0.3))
    for side in (-1, 1):
        _paint_eye(canvas, avatar, side)
        brow = arc(EYE_X * side, -4.9, 3.1, -1.3)
        canvas.stroke(brow + np.linspace(0.5 * side, -0.5 * side, 9)[:, None] * (0, 1), mix(hair, INK, 0.3), 1.35)


def _paint_mouth(canvas: Canvas, smile: float, skin: Colour) -> None:
    half_width, depth = 3.0 + 2.6 * smile, -0.7 + 3.1 * smile
    opening = 4.2 * max(0.0, smile - 0.42)
    y = 11.0 - 0.5 * depth
    lips = mix(skin, (150, 30, 50), 0.72)
    upper, lower = arc(0, y, half_width, depth), arc(0, y, half_width, depth + opening)
    if opening > 0.25:
        canvas.fill(np.concatenate([upper, lower[::-1]]), (122, 24, 44))
        teeth = arc(0, y, half_width, depth + 0.55 * opening)
        canvas.fill(np.concatenate([upper, teeth[::-1]]), WHITE)
        canvas.stroke(np.concatenate([upper, lower[::-1]]), lips, 0.7, closed=True)
    else:
        canvas.stroke(upper, lips, 1.25)


def _paint_eye(canvas: Canvas, avatar: Avatar, side: int) -> None:
    x = EYE_X * side
    if avatar.eyes == "closed":
        canvas.stroke(arc(x, EYE_Y + 0.4, 3.0, 1.7), INK, 1.15)
        canvas.stroke(np.array([(x + 2.9 * side, EYE_Y + 0.6), (x + 3.9 * side, EYE_Y - 0.1)]), INK, 0.9)
        return
    look = x + 0.75 * avatar.gaze
    canvas.fill(ellipse(x, EYE_Y, 3.35, 3.7), WHITE)
    canvas.fill(ellipse(look, EYE_Y + 0.25, 2.45, 2.7), IRISES[avatar.eye_colour])
    canvas.fill(ellipse(look, EYE_Y + 0.3, 1.2, 1.4), INK)
    canvas.fill(ellipse(look - 0.8, EYE_Y - 0.85, 0.8), WHITE)
    canvas.stroke(arc(x, EYE_Y - 1.2, 3.3, -2.6), INK, 0.95)
