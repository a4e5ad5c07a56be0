"""Bass lines: what a bass plays under a chord, in several manners.

Conventions: written notes in steps (`notes`); keys from E1 (28) to about G3 (55).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from engine.datasets.chance import Chance
from engine.datasets.songs.harmony import Chord
from engine.datasets.songs.notes import Note

LOWEST, HIGHEST = 28, 55
GROOVES = (
    "x..x..x...x..x..",
    "x.....x.x...x...",
    "x..x.......xx.x.",
    "x.xx..x...x.....",
    "x......xx.....x.",
    "x...x.xx..x.x...",
)


def bass_key(pitch: int, lowest: int = LOWEST) -> int:
    """Return the lowest key of a pitch class from `lowest` up."""
    return lowest + (pitch - lowest) % 12


def roots(chance: Chance, chord: Chord, following: Chord, beat: int, groove: str) -> list[Note]:
    """One long note."""
    return [Note(chord.start, chord.length * chance.between(0.8, 1.0), bass_key(chord.root), 0.8)]


def eighths(chance: Chance, chord: Chord, following: Chord, beat: int, groove: str) -> list[Note]:
    """The root in eighths."""
    key, length = bass_key(chord.root), chance.one_of((1.2, 1.8, 1.95))
    return [Note(chord.start + i, length, key, 0.85 if i % beat == 0 else 0.7) for i in range(0, int(chord.length), 2)]


def octaves(chance: Chance, chord: Chord, following: Chord, beat: int, groove: str) -> list[Note]:
    """Root and octave by turns."""
    key = bass_key(chord.root)
    return [Note(chord.start + i, 1.7, key + 12 * (i // 2 % 2), 0.8) for i in range(0, int(chord.length), 2)]


def offbeat(chance: Chance, chord: Chord, following: Chord, beat: int, groove: str) -> list[Note]:
    """Between the beats, as dance music has it."""
    key = bass_key(chord.root, 31)
    return [Note(chord.start + i, 1.6, key, 0.85) for i in range(2, int(chord.length), 4)]


def walking(chance: Chance, chord: Chord, following: Chord, beat: int, groove: str) -> list[Note]:
    """A note to a beat: root first, chord tones, and last a step from the next root."""
    n_beats = max(1, int(chord.length // beat))
    keys = [bass_key(chord.root)]
    for _ in range(1, n_beats):
        tones = [bass_key(pitch) + up for pitch in chord.pitches for up in (0, 12)]
        near = [key for key in tones if 0 < abs(key - keys[-1]) <= 7 and key <= HIGHEST]
        keys.append(chance.one_of(near or tones))
    if n_beats > 1:
        keys[-1] = bass_key(following.root) + chance.one_of((-1, 1, 2, 7))
    return [Note(chord.start + beat * i, beat * 0.93, key, chance.between(0.65, 0.85)) for i, key in enumerate(keys)]


def shuffle(chance: Chance, chord: Chord, following: Chord, beat: int, groove: str) -> list[Note]:
    """Root, third, fifth, sixth, up and down, in eighths."""
    steps = (0, 0, 4, 4, 7, 7, 9, 9) if len(chord.tones) > 2 and chord.tones[1] == 4 else (0, 0, 3, 3, 7, 7, 10, 10)
    key = bass_key(chord.root)
    return [
        Note(chord.start + i, 1.6, key + steps[i // 2 % 8], 0.85 if i % 4 == 0 else 0.65)
        for i in range(0, int(chord.length), 2)
    ]


def alternating(chance: Chance, chord: Chord, following: Chord, beat: int, groove: str) -> list[Note]:
    """Root and fifth, on every second beat."""
    key, fifth = bass_key(chord.root), bass_key((chord.root + 7) % 12)
    stride = 8 if beat == 4 and chord.length % 12 else beat
    return [
        Note(chord.start + i * stride, stride * 0.8, (key, fifth)[i % 2], 0.8)
        for i in range(int(chord.length // stride))
    ]


def latin(chance: Chance, chord: Chord, following: Chord, beat: int, groove: str) -> list[Note]:
    """Root, then fifth on the last eighth before the beat."""
    key, fifth = bass_key(chord.root), bass_key((chord.root + 7) % 12)
    bars = range(int(chord.start), int(chord.start + chord.length), 8)
    return [note for at in bars for note in (Note(at, 5.5, key, 0.8), Note(at + 6, 1.9, fifth, 0.7))]


def groove_line(chance: Chance, chord: Chord, following: Chord, beat: int, groove: str) -> list[Note]:
    """A pattern of sixteenths that returns, its notes mostly root, octave, fifth and seventh."""
    key, notes = bass_key(chord.root), []
    hits = [i for i in range(int(chord.length)) if groove[i % len(groove)] == "x"]
    for i, until in pairwise([*hits, int(chord.length)]):
        up = 0 if i % 16 == 0 else chance.weighted({0: 6, 12: 2, 7: 2, 10: 1, -2: 1, 5: 0.7})
        length = min(until - i, chance.one_of((0.8, 1.6, 3.0)))
        slide = -2.0 if chance.happens(0.06) else 0.0
        notes.append(Note(chord.start + i, length, max(key + up, LOWEST - 4), chance.between(0.6, 0.95), slide))
    return notes


LINES: dict[str, Callable[[Chance, Chord, Chord, int, str], list[Note]]] = {
    "roots": roots, "eighths": eighths, "octaves": octaves, "offbeat": offbeat, "walking": walking, "shuffle": shuffle,
    "alternating": alternating, "latin": latin, "groove": groove_line,
}  # fmt: skip


def bass_part(chance: Chance, line: str, chords: list[Chord], beat_steps: int) -> list[Note]:
    """Return the written bass part over chords in a row, in one of the manners of LINES."""
    groove = chance.one_of(GROOVES)
    if chance.happens(0.3):
        groove = "x" + "".join("x" if chance.happens(0.3) else "." for _ in range(15))
    after = [*chords[1:], chords[0]] if chords else []
    return [
        note
        for chord, following in zip(chords, after, strict=True)
        for note in LINES[line](chance, chord, following, beat_steps, groove)
        if note.start < chord.start + chord.length
    ]
