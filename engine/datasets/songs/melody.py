"""Melodies: a motif of rhythm that returns, notes of the scale, chord tones on the beat, phrases with rests to breathe.

Conventions: written notes in steps (`notes`).
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.datasets.chance import Chance
from engine.datasets.songs.harmony import Chord, Key, nearest
from engine.datasets.songs.notes import Note

LENGTHS = {1: 1.0, 2: 5.0, 3: 1.2, 4: 4.0, 6: 1.6, 8: 1.6}  # steps: weight


@dataclass(frozen=True)
class Range:
    """The keys that a voice or an instrument is at ease with; `busy` 0 to 1 is how many short notes it has."""

    low: int
    high: int
    busy: float = 0.5


def motif(chance: Chance, n_steps: int, busy: float) -> list[tuple[int, int, bool]]:
    """Draw a rhythm that fills `n_steps`: start, length, and whether it is a rest."""
    at, rhythm = chance.weighted({0: 5, 2: 2, 4: 1}), []
    weights = {length: weight * (busy if length <= 2 else 1 - busy) for length, weight in LENGTHS.items()}
    while at < n_steps:
        length = min(chance.weighted(weights), n_steps - at)
        rhythm.append((at, length, chance.happens(0.1)))
        at += length
    return rhythm


def chord_at(chords: list[Chord], step: float) -> Chord:
    """Return the chord that sounds at a position; the last one afterwards."""
    return next((chord for chord in chords if step < chord.start + chord.length), chords[-1])


def melody(chance: Chance, key: Key, chords: list[Chord], compass: Range, bar_steps: int) -> list[Note]:
    """Return a melody over the chords of a section.

    Args:
        chance: where the choices come from.
        key: of the song; its scale gives the notes.
        chords: at least one, in a row.
        compass: the keys it may use.
        bar_steps: how long a bar is.
    """
    phrase_steps = bar_steps * chance.one_of((1, 2, 2))
    first, end = int(chords[0].start), int(chords[-1].start + chords[-1].length)
    rhythms = [motif(chance, phrase_steps, compass.busy) for _ in range(2)]
    breath = chance.one_of((2, 4, 4, 6))
    pitch = chance.between(compass.low + 3, compass.high - 3)
    notes: list[Note] = []
    for i, start in enumerate(range(first, end, phrase_steps)):
        if chance.happens(0.07):
            continue  # the others play on alone
        rhythm = rhythms[chance.weighted({0: 3, 1: 1}) if i % 4 != 3 else 1]
        lift = chance.around(0, 2)
        for at, length, is_rest in rhythm:
            if is_rest or at > phrase_steps - breath or start + at >= end:
                continue
            pitch += chance.around(0, 2.2) + 0.12 * ((compass.low + compass.high) / 2 + lift - pitch)
            if chance.happens(0.2) and notes:
                pitch = notes[-1].key
            pitch = min(max(pitch, compass.low), compass.high)
            chord = chord_at(chords, start + at)
            strong = at % 4 == 0 and chance.happens(0.75)
            tone = nearest(chord.pitches if strong else key.scale, pitch)
            held = min(length, phrase_steps - breath // 2 - at) * chance.between(0.85, 1.0)
            slide = chance.one_of((-2.0, -1.0, 1.0)) if chance.happens(0.12) else 0.0
            notes.append(Note(start + at, max(held, 0.6), tone, chance.between(0.6, 0.95), slide))
    return notes


def harmonised(notes: list[Note], key: Key, steps: int) -> list[Note]:
    """Return a second voice, `steps` of the scale above (negative: below) the first; ±7 is the octave."""
    ladder = sorted(pitch + 12 * octave for pitch in key.scale for octave in range(11))
    second = []
    for note in notes:
        rung = min(range(len(ladder)), key=lambda i: abs(ladder[i] - note.key))
        second.append(Note(note.start, note.length, ladder[rung + steps], note.velocity * 0.9, note.slide))
    return second
