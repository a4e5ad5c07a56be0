"""Hair: what lies behind the head, and what lies before it, for each style.

Conventions: as in `face`; the head's top is at y = −16.6.
"""

from __future__ import annotations

import numpy as np

from engine.datasets.avatars.attributes import Avatar
from engine.datasets.avatars.canvas import Canvas, Colour, ellipse, mirrored, mix, smooth
from engine.datasets.avatars.face import INK, WHITE

COLOURS: dict[str, Colour] = {
    "black": (40, 34, 46),
    "brown": (96, 52, 24),
    "blond": (244, 202, 92),
    "red": (212, 82, 34),
    "blue": (66, 112, 214),
}
GREY: Colour = (218, 218, 224)
GREYING = 0.5  # how much of an old one's hair is grey

_CAP = smooth(
    (
        (-14.8, 2.0),
        (-15.9, -6),
        (-12.6, -15.4),
        (-4, -19.8),
        (6, -19.6),
        (13.4, -14.8),
        (15.9, -6),
        (14.8, 2.0),
        (13.3, -4.2),
        (9.5, -9.6),
        (1.5, -9.2),
        (-5.5, -11.4),
        (-11, -8.8),
        (-13.3, -4.2),
    )
)
_SPIKES = np.array(
    [
        (-14.6, 1.5),
        (-17.4, -5),
        (-15.6, -7.4),
        (-18.6, -13.5),
        (-13.8, -13.4),
        (-14, -21),
        (-8.4, -17.6),
        (-5, -25),
        (-0.6, -19.4),
        (4.4, -25.4),
        (7.6, -18.2),
        (14, -21.6),
        (13.6, -13.8),
        (18.8, -13.6),
        (15.8, -7.4),
        (17.4, -5),
        (14.6, 1.5),
        (12.6, -6.4),
        (8.6, -10.4),
        (5.6, -7.6),
        (2, -11.2),
        (-1.6, -7.8),
        (-5.4, -11.2),
        (-8.8, -8),
        (-12.6, -6.4),
    ]
)
_BOB_BACK = smooth(mirrored(((0, -20), (12, -17.4), (18.2, -7), (19.2, 5), (18.6, 14.6), (13, 16.8), (0, 14))))
_FRINGE = smooth(
    (
        (-15, 4),
        (-16.2, -6),
        (-12.4, -16),
        (0, -20.2),
        (12.4, -16),
        (16.2, -6),
        (15, 4),
        (13, -4.8),
        (8, -6.4),
        (0, -6.8),
        (-8, -6.4),
        (-13, -4.8),
    )
)
_LONG_BACK = smooth(mirrored(((0, -20), (12, -17.6), (18, -7), (18.4, 8), (20.8, 22), (17, 29), (0, 29))))
_PARTED = smooth(
    (
        (-15.2, 7),
        (-16.6, -5),
        (-12.4, -16),
        (0, -20.4),
        (12.4, -16),
        (16.6, -5),
        (15.2, 7),
        (13.6, -1),
        (10.2, -7.8),
        (2.4, -13.6),
        (-4.6, -9.4),
        (-11.2, -5.6),
        (-13.6, -1),
    )
)
_CURLS_BACK = [(-15, 4, 4.4), (15, 4, 4.4), (-17, -3, 5), (17, -3, 5), (-16, -10.5, 5.4), (16, -10.5, 5.4)]
_CURLS_BACK += [(-10.6, -16.6, 5.6), (10.6, -16.6, 5.6), (0, -19, 6.4)]
_CURLS = [(-12.6, -8.6, 3.6), (-8.2, -12.4, 4.2), (-2.8, -13, 4.4), (2.8, -13, 4.4), (8.2, -12.4, 4.2)]
_CURLS += [(12.6, -8.6, 3.6)]
_SHINE = {
    "short": (-6.4, -15.6),
    "spiky": (-6.4, -14.4),
    "curly": (-8.6, -16.8),
    "bob": (-8.2, -12.2),
    "long": (-9, -12.6),
    "buns": (-6.4, -15.6),
}


def hair_colour(avatar: Avatar) -> Colour:
    """Return the colour of hair, brows and beard: half grey where the face is old."""
    colour = COLOURS[avatar.hair_colour]
    return mix(colour, GREY, GREYING) if avatar.age == "old" else colour


def paint_back(canvas: Canvas, avatar: Avatar, colour: Colour) -> None:
    """Paint what lies behind neck and head."""
    deep = mix(colour, INK, 0.22)
    if avatar.hair == "bob":
        canvas.fill(_BOB_BACK, deep)
    elif avatar.hair == "long":
        canvas.fill(_LONG_BACK, deep)
    elif avatar.hair == "curly":
        for curl in _CURLS_BACK:
            canvas.fill(ellipse(*curl), mix(colour, INK, 0.1))
    elif avatar.hair == "buns":
        for side in (-1, 1):
            canvas.fill(ellipse(13.2 * side, -17.4, 5.9), colour)
            canvas.stroke(ellipse(13.2 * side, -17.4, 3.2), deep, 0.9, closed=True)


def paint_front(canvas: Canvas, avatar: Avatar, colour: Colour) -> None:
    """Paint what lies on the head."""
    if avatar.hair == "curly":
        canvas.fill(_CAP, colour)
        for curl in _CURLS:
            canvas.fill(ellipse(*curl), colour)
        for x, y, r in (*_CURLS[1:5], _CURLS_BACK[6], _CURLS_BACK[7]):
            canvas.stroke(ellipse(x, y, 0.55 * r)[12:25], mix(colour, INK, 0.25), 0.8)
    else:
        outline = {"spiky": _SPIKES, "bob": _FRINGE, "long": _PARTED}.get(avatar.hair, _CAP)
        canvas.fill(outline, colour)
    x, y = _SHINE[avatar.hair]
    canvas.stroke(np.array([(x, y), (x + 2.4, y - 1.3), (x + 5.0, y - 1.9)]), mix(colour, WHITE, 0.42), 1.2)
