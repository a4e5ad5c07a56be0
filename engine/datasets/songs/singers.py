"""Singers: who sings, the melody of each section, and who doubles it or sings in harmony.

Conventions: sound is float32 (2, T) at 44.1 kHz.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.songs.arrangement import Section
from engine.datasets.songs.harmony import Chord, Key
from engine.datasets.songs.melody import Range, harmonised, melody
from engine.datasets.songs.notes import Note, played
from engine.datasets.songs.syllables import Syllable, spoken_syllables
from engine.datasets.songs.tracks import Studio, vocal_track
from engine.datasets.songs.voice import Manner, random_manner, sing
from engine.runtime.seeds import generator

LOUD_ENOUGH = 20  # syllables that a singer knows
MEN = ("m1", "m2", "m3", "m4", "m5", "m6", "m7")
WOMEN = ("f1", "f2", "f3", "f4", "f5")


@dataclass(frozen=True)
class Singer:
    """A kind of singer: speakers of espeak-ng, keys, how much higher the formants are, and how likely they are."""

    speakers: tuple[str, ...]
    low: int
    high: int
    shift: tuple[float, float]
    weight: float


SINGERS = (
    Singer(MEN, 41, 57, (0.88, 1.02), 2.0),
    Singer(MEN, 48, 67, (0.92, 1.08), 4.0),
    Singer(WOMEN, 53, 70, (0.93, 1.06), 3.0),
    Singer(WOMEN, 57, 76, (0.96, 1.12), 4.0),
    Singer(MEN, 58, 77, (1.12, 1.28), 1.0),
    Singer(WOMEN, 62, 81, (1.12, 1.3), 0.7),
)


def vocals(
    chance: Chance, studio: Studio, key: Key, sections: list[tuple[Section, list[Chord]]], bar_steps: int
) -> np.ndarray | None:
    """Return the vocals (2, T) of the sections that have them, or None for none."""
    sung = [(section, chords) for section, chords in sections if section.vocals]
    if not sung:
        return None
    singer = chance.weighted({singer: singer.weight for singer in SINGERS})
    low = chance.whole(max(1, singer.high - singer.low - 11)) + singer.low
    rapped = chance.happens(0.08)
    compass = Range(low, low + 4, 0.97) if rapped else Range(low, low + 12, chance.between(0.25, 0.85))
    seeds = {section.kind: chance.whole(2**31) for section, _ in sung}
    tunes = [
        (section, melody(Chance(generator(seeds[section.kind])), key, chords, compass, bar_steps))
        for section, chords in sung
    ]
    manner = random_manner(chance)
    if rapped:
        manner = replace(manner, vibrato=0.0, scoop=3.0, drift=1.5, melisma=0.0)
    syllables = spoken_syllables(
        chance, studio.sounds.espeak, LOUD_ENOUGH, singer.speakers, chance.between(*singer.shift)
    )
    lines = [(_all(tunes), chance.around(0, 0.05), 1.0)]
    lines += _company(chance, key, tunes)
    voices = [
        (_one(chance, studio, notes, syllables, manner, softer), place) for notes, place, softer in lines if notes
    ]
    return vocal_track(chance, studio, voices) if voices else None


def _company(
    chance: Chance, key: Key, tunes: list[tuple[Section, list[Note]]]
) -> list[tuple[list[Note], float, float]]:
    """Draw the other voices: notes, place, loudness. Most are there in the chorus only."""
    lines = []
    choruses = [(section, notes) for section, notes in tunes if section.kind == "chorus"]
    if chance.happens(0.3):  # the same once more, on one side or both
        apart = chance.between(0.1, 0.9)
        chosen = tunes if chance.happens(0.3) else choruses
        sides = (-apart, apart) if chance.happens(0.5) else (apart,)
        lines += [(_all(chosen), side, chance.between(0.3, 0.8)) for side in sides]
    if chance.happens(0.35):
        chosen = tunes if chance.happens(0.4) else choruses
        steps = chance.one_of((2, 2, -3, -5, 4, 7, -7))
        lines.append((harmonised(_all(chosen), key, steps), chance.between(-0.7, 0.7), chance.between(0.3, 0.7)))
    return lines


def _all(tunes: list[tuple[Section, list[Note]]]) -> list[Note]:
    return [note for _, notes in tunes for note in notes]


def _one(
    chance: Chance, studio: Studio, notes: list[Note], syllables: list[Syllable], manner: Manner, softer: float
) -> np.ndarray:
    heard = played(notes, studio.clock, chance, 0.015, 0.05, chance.around(0.01, 0.012))
    return sing(chance, heard, syllables, manner, studio.n_samples) * np.float32(softer)
