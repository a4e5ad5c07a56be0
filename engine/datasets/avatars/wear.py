"""What is worn: shirt, glasses, hat, earrings. Shirt and hat take their colours from the background's palette.

Conventions: as in `face`; the shirt has (0, 0) at the middle of the upper edge.
"""

from __future__ import annotations

import numpy as np

from engine.datasets.avatars.attributes import Avatar
from engine.datasets.avatars.canvas import Canvas, Colour, arc, ellipse, mirrored, mix, smooth
from engine.datasets.avatars.face import EYE_X, EYE_Y, INK, WHITE

PALETTES: dict[str, tuple[Colour, Colour]] = {  # background, shirt
    "sky": ((158, 208, 242), (238, 122, 92)),
    "mint": ((170, 224, 192), (92, 92, 168)),
    "sand": ((248, 222, 160), (48, 140, 140)),
    "rose": ((248, 184, 192), (70, 120, 180)),
    "lilac": ((206, 188, 240), (240, 180, 62)),
}
GOLD: Colour = (250, 200, 40)
BERET: Colour = (196, 40, 62)
PARTY: tuple[Colour, Colour] = ((255, 92, 150), (64, 200, 220))

_SHOULDERS = smooth(mirrored(((0, 56.4), (10, 56.8), (21, 59.6), (27.5, 66), (27, 78), (0, 78))))
_COLLAR = smooth(((-7, 56.4), (7, 56.4), (4.8, 60.6), (0, 62), (-4.8, 60.6)))
_BERET = smooth(
    ((-14.5, -13.4), (-13, -19.6), (-2, -24.4), (11, -24.2), (19.6, -18.6), (17.4, -13.4), (8, -14.6), (-4, -14.6))
)
_CONE = np.array([(-7.4, -16.6), (-4.2, -15.2), (0, -14.8), (4.2, -15.2), (7.4, -16.6), (0, -31)])
_SQUARE = np.array([(-1, -0.86), (-0.86, -1), (0.86, -1), (1, -0.86), (1, 0.6), (0.6, 1), (-0.6, 1), (-1, 0.6)])


def paint_shirt(canvas: Canvas, avatar: Avatar) -> None:
    """Paint shoulders and collar."""
    shirt = PALETTES[avatar.background][1]
    canvas.fill(_SHOULDERS, shirt)
    canvas.fill(_COLLAR, mix(shirt, WHITE, 0.35))


def paint_lenses(canvas: Canvas, avatar: Avatar, skin: Colour) -> None:
    """Paint the glass, behind the eyes."""
    if avatar.glasses != "none":
        for side in (-1, 1):
            canvas.fill(_rim(avatar.glasses, side), mix(skin, WHITE, 0.4))


def paint_frames(canvas: Canvas, avatar: Avatar) -> None:
    """Paint the frames of the glasses, before the eyes."""
    if avatar.glasses == "none":
        return
    colour = INK if avatar.glasses == "square" else (176, 60, 40)
    for side in (-1, 1):
        canvas.stroke(_rim(avatar.glasses, side), colour, 1.2, closed=True)
        canvas.stroke(np.array([(11 * side, EYE_Y - 0.6), (14.4 * side, EYE_Y - 0.2)]), colour, 1.1)
    canvas.stroke(arc(0, EYE_Y - 0.2, 0.9, -0.7, 5), colour, 1.1)


def _rim(kind: str, side: int) -> np.ndarray:
    if kind == "round":
        return ellipse((EYE_X + 0.2) * side, EYE_Y, 5.0, 5.1)
    return _SQUARE * (5.1, 4.5) + ((EYE_X + 0.2) * side, EYE_Y + 0.1)


def paint_hat(canvas: Canvas, avatar: Avatar) -> None:
    """Paint the hat, which sits high enough for the hair to be seen."""
    if avatar.hat == "beret":
        canvas.stroke(np.array([(4.4, -23), (5.2, -26.4)]), mix(BERET, INK, 0.35), 1.5)
        canvas.fill(_BERET, BERET)
        canvas.stroke(np.array([(-13.6, -14), (-4, -15.2), (8, -15.2), (17, -14)]), mix(BERET, INK, 0.35), 1.3)
        canvas.stroke(np.array([(-6, -20), (-1, -22.2)]), mix(BERET, WHITE, 0.4), 1.2)
    elif avatar.hat == "party":
        canvas.fill(_CONE, PARTY[0])
        for low, high in ((0.12, 0.34), (0.56, 0.74)):
            ys = -16.4 - 14.6 * np.array([low, high, high, low])
            xs = 7.4 * np.array([-(1 - low), -(1 - high), 1 - high, 1 - low])
            canvas.fill(np.stack([xs, ys], 1), PARTY[1])
        canvas.fill(ellipse(0, -29.6, 2.3), GOLD)


def paint_earrings(canvas: Canvas, avatar: Avatar) -> None:
    """Paint a gold drop below each ear."""
    if avatar.earrings == "yes":
        for side in (-1, 1):
            canvas.fill(ellipse(15.2 * side, 7.6, 1.9, 2.1), mix(GOLD, INK, 0.35))
            canvas.fill(ellipse(15.2 * side, 7.5, 1.4, 1.6), GOLD)
