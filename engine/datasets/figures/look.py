"""What a person wears and looks like: materials with colours and patterns, haircut, hat, lengths of sleeves and legs.

Conventions: colours are RGB in [0, 255]; lengths of sleeves and legs count bones, 1 to the elbow or knee and 2 to the
end.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.figures.patterns import PATTERNS

SKIN, HAIR, TOP, BOTTOM, SHOE, SOCK, HAT, BAG, WOOD, METAL, INNER = range(11)
SKINS = np.array(
    [(252, 222, 204), (244, 208, 182), (236, 190, 158), (222, 170, 132), (205, 150, 112), (180, 124, 88),
     (150, 98, 68), (122, 78, 54), (95, 60, 42), (72, 46, 34)], float,
)  # fmt: skip
_HAIRS = np.array(
    [(22, 18, 16), (34, 26, 22), (52, 36, 26), (78, 52, 34), (112, 76, 46), (160, 118, 70), (204, 168, 108),
     (140, 70, 40), (128, 126, 124), (206, 204, 200)], float,
)  # fmt: skip


@dataclass(frozen=True)
class Look:
    """One person's outfit.

    Attributes:
        first, second: (11, 3) colours of each material, mixed by its pattern.
        pattern: (11,) int, into `patterns.PATTERNS`.
        frequency: (11,) repeats of a pattern's tile to a metre.
        folds: (11,) how strongly the cloth is folded.
        gloss: (11,) how strongly the light is mirrored.
        sleeve, leg, sock: lengths; `skirt` is 0 for none, else its length in bones from the hips.
        collar, waistline: parts of the neck and of the trunk that the cloth covers.
        face: width and height of the face over the average.
    """

    first: np.ndarray
    second: np.ndarray
    pattern: np.ndarray
    frequency: np.ndarray
    folds: np.ndarray
    gloss: np.ndarray
    sleeve: float
    leg: float
    sock: float
    skirt: float
    flare: float
    collar: float
    waistline: float
    top_loose: float
    leg_loose: float
    bust: float
    gloves: bool
    barefoot: bool
    haircut: str
    hat: str
    beard: float
    glasses: float
    smile: float
    jacket: bool
    print_on_chest: int
    face: tuple[float, float]


def cloth_colour(chance: Chance) -> np.ndarray:
    """Draw a colour that people wear: greys, whites, blacks and blues often, bright ones sometimes."""
    kind = chance.unit()
    if kind < 0.22:
        return np.array([chance.between(10, 70)] * 3) * (1 + 0.1 * (chance.numbers(3) - 0.5))
    if kind < 0.42:
        return np.array([chance.between(150, 250)] * 3) * (1 + 0.08 * (chance.numbers(3) - 0.5))
    if kind < 0.56:
        hue, saturation, value = chance.between(0.55, 0.68), chance.between(0.2, 0.8), chance.between(0.2, 0.75)
    elif kind < 0.7:
        hue, saturation, value = chance.between(0.03, 0.13), chance.between(0.15, 0.5), chance.between(0.3, 0.85)
    else:
        hue, saturation, value = chance.unit(), chance.between(0.45, 0.95), chance.between(0.3, 0.95)
    return np.array(colorsys.hsv_to_rgb(hue, saturation, value)) * 255


def look(chance: Chance) -> Look:
    """Draw an outfit."""
    first = np.stack([cloth_colour(chance) for _ in range(11)])
    skin = SKINS[int(chance.between(0, 9))]
    skin = skin + (SKINS[-1] - skin) * 0.1 * chance.unit() + chance.numbers(3) * 8 - 4
    first[SKIN] = skin
    dark = skin.sum() < 400 or chance.happens(0.35)
    first[HAIR] = _HAIRS[chance.whole(4 if dark else 10)] * chance.between(0.8, 1.15)
    first[SHOE] = first[SHOE] if chance.happens(0.4) else np.array([chance.between(15, 60)] * 3)
    if chance.happens(0.4):
        first[BOTTOM] = np.array([(38, 44, 62), (28, 28, 32), (70, 92, 130), (150, 134, 108)][chance.whole(4)]) * 1.0
    uniform = chance.happens(0.12)
    if uniform:
        first[BOTTOM] = first[TOP]
    first[SOCK] = first[SOCK] if chance.happens(0.3) else chance.between(200, 245)
    first[WOOD] = np.array([chance.between(60, 180), 0, 0])
    first[WOOD, 1:] = first[WOOD, 0] * np.array([0.72, 0.5])
    first[METAL] = chance.between(40, 200)
    toward = np.stack([cloth_colour(chance) for _ in range(11)])
    second = first + (toward - first) * (0.35 + 0.65 * chance.numbers(11, 1))
    second[HAIR], second[SKIN] = first[HAIR] * 0.55, first[SKIN] * 0.94
    pattern = np.zeros(11, int)
    pattern[[HAIR]] = PATTERNS.index("strands")
    pattern[WOOD] = PATTERNS.index("strands")
    if chance.happens(0.5):
        pattern[TOP] = 1 + chance.whole(len(PATTERNS) - 1)
    if chance.happens(0.15):
        pattern[BOTTOM] = 1 + chance.whole(len(PATTERNS) - 1)
    if chance.happens(0.3):
        pattern[[HAT, BAG]] = 1 + chance.whole(len(PATTERNS) - 1)
    frequency = 1.0 + 3.5 * chance.numbers(11)
    frequency[[HAIR, WOOD]] = 6.0
    folds = 0.15 + 0.75 * chance.numbers(11)
    folds[[SKIN, SHOE, METAL]] = 0.08
    folds[HAIR] = 0.5
    gloss = 0.06 * chance.numbers(11) ** 2
    gloss[[SKIN, HAIR, SHOE, METAL]] = 0.13, 0.2, 0.15, 0.5
    return Look(first, second, pattern, frequency, folds, gloss, **_cut(chance))


def _cut(chance: Chance) -> dict[str, object]:
    """Draw the shapes of clothes, hair and face."""
    skirted = chance.happens(0.14)
    winter = chance.happens(0.25)
    sleeve = 2.0 if winter else chance.weighted({0.0: 1, 0.55: 4, 0.8: 1, 1.3: 0.7, 2.0: 4.5})
    leg = 2.0 if winter else chance.weighted({0.12: 0.3, 0.6: 1.3, 0.95: 1.5, 1.5: 0.5, 2.0: 6})
    womanly = skirted or chance.happens(0.4)
    haircut = chance.weighted({"long": 5, "short": 2, "bun": 1.5, "ponytail": 2.5, "afro": 0.6}) if womanly else \
        chance.weighted({"bald": 1.2, "short": 8, "long": 0.4, "afro": 0.5})  # fmt: skip
    long = chance.weighted({0.12: 1, 2.0: 0.5}) if skirted else leg
    return {
        "sleeve": sleeve * chance.between(0.92, 1.04) if sleeve < 2 else 2.0,
        "leg": long * chance.between(0.94, 1.05) if long < 2 else 2.0,
        "sock": chance.unit() ** 2,
        "skirt": chance.between(0.45, 1.75) if skirted else 0.0,
        "flare": chance.between(0.02, 0.2),
        "collar": chance.one_of((0.0, 0.0, 0.25, 0.45, 0.9 if winter else 0.3)),
        "waistline": chance.between(0.15, 0.42),
        "top_loose": chance.between(0.0, 0.01) if not winter else chance.between(0.012, 0.034),
        "leg_loose": chance.between(0.0, 0.022),
        "bust": chance.between(0.5, 1.3) if womanly else 0.0,
        "gloves": winter and chance.happens(0.4),
        "barefoot": not winter and chance.happens(0.08),
        "haircut": haircut,
        "hat": chance.weighted({"none": 7, "cap": 1.2, "beanie": 1.5 if winter else 0.3, "hat": 0.6, "helmet": 0.9}),
        "beard": 0.0 if womanly or chance.happens(0.7) else chance.between(0.3, 1.0),
        "glasses": chance.weighted({0.0: 8, 0.5: 1, 1.0: 1.2}),
        "smile": chance.between(-0.3, 1.0),
        "jacket": chance.happens(0.5 if winter else 0.12),
        "print_on_chest": chance.whole(12) if chance.happens(0.3) else -1,
        "face": (chance.around(1.0, 0.04), chance.around(1.0, 0.03)),
    }  # fmt: skip
