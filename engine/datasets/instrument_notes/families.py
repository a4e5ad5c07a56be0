"""The families of instruments, with the presets of General MIDI that belong to each, and how they are played.

Conventions: presets count from 0, keys are MIDI's (60 is middle C).

Reference: MIDI Association, "General MIDI System Level 1".
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """A class of instruments.

    Attributes:
        name: as it is shown.
        presets: of General MIDI; of the drum kits where `is_drums`.
        lowest, highest: the keys that are played.
        chords: how often several keys sound at once.
        effects: how often it is driven into distortion.
        is_drums: whether its keys are drums.
    """

    name: str
    presets: tuple[int, ...]
    lowest: int
    highest: int
    chords: float = 0.3
    effects: float = 0.0
    is_drums: bool = False


FAMILIES = (
    Family("piano", (0, 1, 3), 33, 96, chords=0.5),
    Family("electric piano, clavinet", (2, 4, 5, 6, 7), 33, 88, chords=0.5, effects=0.1),
    Family("organ", (16, 17, 18, 19, 20, 21), 36, 88, chords=0.6, effects=0.1),
    Family("bells, mallets", (8, 9, 10, 11, 12, 13, 14), 55, 100, chords=0.2),
    Family("acoustic guitar", (24, 25), 40, 81, chords=0.5),
    Family("electric guitar", (26, 27, 28, 29, 29, 30, 30), 40, 86, chords=0.3, effects=0.5),
    Family("bass", (32, 33, 34, 35, 36, 37, 38, 39), 26, 55, chords=0.0, effects=0.1),
    Family("strings", (40, 41, 42, 43, 44, 48, 49), 36, 93, chords=0.35),
    Family("brass", (56, 57, 58, 59, 60, 61, 61, 61), 41, 84, chords=0.45),
    Family("reeds", (64, 65, 66, 67, 68, 69, 70, 71), 44, 86, chords=0.2),
    Family("flutes", (72, 73, 74, 75, 77, 79), 58, 98, chords=0.1),
    Family("drums", (0, 8, 16, 24, 25, 32, 40), 35, 59, is_drums=True),
)
OTHER = len(FAMILIES)
OTHER_SOUNDS = Family("other", (52, 53, 54, 88, 91, 92, 95, 97, 99, 120, 121, 122, 123, 124, 125, 126, 127), 40, 84)
LABELS = (*(family.name for family in FAMILIES), OTHER_SOUNDS.name)
