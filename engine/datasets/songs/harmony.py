"""Keys, modes and chord progressions: chords by stacking thirds of a scale.

Conventions: pitch classes count semitones from C; degrees count from 1. A chord's `tones` are semitones above its root,
ascending. Positions are in steps (`notes`).
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.datasets.chance import Chance

MODES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
}
MODE_WEIGHTS = {"major": 8.0, "minor": 7.0, "dorian": 2.0, "mixolydian": 2.0, "lydian": 0.5, "phrygian": 0.5}
MAJOR_LOOPS = (
    (1, 5, 6, 4), (1, 6, 4, 5), (6, 4, 1, 5), (1, 4, 5, 4), (1, 4, 1, 5), (1, 3, 4, 5), (1, 5, 6, 3, 4, 1, 4, 5),
    (1, 4, 6, 5), (4, 5, 3, 6), (1, 7, 4, 1), (1, 2, 4, 1), (1, 1, 4, 4), (1, 6, 3, 5), (2, 4, 1, 5), (1,), (1, 4),
)  # fmt: skip
MINOR_LOOPS = (
    (1, 6, 3, 7), (1, 7, 6, 7), (1, 4, 1, 5), (1, 6, 7, 1), (1, 4, 7, 3), (1, 7, 6, 5), (1, 3, 7, 4), (1, 1, 4, 1),
    (6, 7, 1, 1), (1, 5, 6, 4), (1, 2, 5, 1), (1, 7), (1,), (1, 4), (1, 6, 4, 5),
)  # fmt: skip
JAZZ_LOOPS = (
    (2, 5, 1, 6),
    (1, 6, 2, 5),
    (3, 6, 2, 5),
    (2, 5, 1, 1),
    (1, 4, 3, 6, 2, 5, 1, 1),
    (1, 4, 7, 3, 6, 2, 5, 1),
)
BLUES = (1, 1, 1, 1, 4, 4, 1, 1, 5, 4, 1, 5)
NEXT = {1: (2, 3, 4, 5, 6), 2: (5, 4, 7), 3: (6, 4), 4: (1, 5, 2, 6), 5: (1, 6, 4), 6: (2, 4, 5, 3), 7: (1, 3)}


@dataclass(frozen=True)
class Key:
    """A tonic (pitch class, 0 to 11) and a mode of MODES."""

    tonic: int
    mode: str

    @property
    def scale(self) -> tuple[int, ...]:
        """Return its seven pitch classes, from the tonic up."""
        return tuple((self.tonic + step) % 12 for step in MODES[self.mode])

    @property
    def is_minor(self) -> bool:
        """Return whether its third is the small one."""
        return MODES[self.mode][2] == 3


@dataclass(frozen=True)
class Chord:
    """A chord over a stretch of the song: root (pitch class), tones above it, start and length in steps."""

    root: int
    tones: tuple[int, ...]
    start: float
    length: float

    @property
    def pitches(self) -> tuple[int, ...]:
        """Return its pitch classes, from the root up."""
        return tuple((self.root + tone) % 12 for tone in self.tones)


def random_key(chance: Chance) -> Key:
    """Draw a key."""
    return Key(chance.whole(12), chance.weighted(MODE_WEIGHTS))


def stacked(key: Key, degree: int, n_tones: int) -> tuple[int, tuple[int, ...]]:
    """Return root and tones of the chord on a degree: every other note of the scale."""
    mode = MODES[key.mode]
    root = mode[(degree - 1) % 7]
    heights = [mode[(degree - 1 + 2 * i) % 7] + 12 * ((degree - 1 + 2 * i) // 7) for i in range(n_tones)]
    return (key.tonic + root) % 12, tuple(height - root for height in heights)


def random_loop(chance: Chance, key: Key, kind: str) -> tuple[int, ...]:
    """Draw the degrees of a progression; `kind` is "loop", "jazz" or "blues"."""
    if kind == "blues":
        return BLUES
    if kind == "jazz" and chance.happens(0.8):
        return chance.one_of(JAZZ_LOOPS)
    if chance.happens(0.25):
        degrees = [1]
        while len(degrees) < 4:
            degrees.append(chance.one_of(NEXT[degrees[-1]]))
        return tuple(degrees)
    return chance.one_of(MINOR_LOOPS if key.is_minor else MAJOR_LOOPS)


def coloured(chance: Chance, key: Key, degree: int, n_tones: int, kind: str) -> tuple[int, tuple[int, ...]]:
    """Return root and tones of one chord, sometimes altered: suspended, borrowed, a dominant seventh, a bare fifth."""
    root, tones = stacked(key, degree, n_tones)
    if n_tones == 2:
        return root, (0, 7)
    if kind == "blues":
        return root, (0, 4, 7, 10)
    if degree == 5 and chance.happens(0.4):
        return root, (0, 4, 7, 10)[: max(n_tones, 3)]
    if chance.happens(0.08):
        return root, (0, chance.one_of((2, 5)), 7)
    if chance.happens(0.04):
        return root, (0, 7 - tones[1], 7)  # the other third
    return root, tones


def progression(
    chance: Chance, key: Key, kind: str, n_tones: int, first_step: float, n_steps: float, chord_steps: float
) -> list[Chord]:
    """Return the chords of one section: a loop, gone round until its end.

    Args:
        chance: where the choices come from.
        key: of the song.
        kind: as in `random_loop`.
        n_tones: of a chord: 2 (root and fifth) to 5 (a ninth).
        first_step: where the section begins.
        n_steps: how long it is.
        chord_steps: how long a chord is.
    """
    loop = [coloured(chance, key, degree, n_tones, kind) for degree in random_loop(chance, key, kind)]
    chords, at, i = [], first_step, 0
    while at < first_step + n_steps:
        root, tones = loop[i % len(loop)]
        chords.append(Chord(root, tones, at, min(chord_steps, first_step + n_steps - at)))
        at, i = at + chord_steps, i + 1
    return chords


def voicing(chord: Chord, centre: float) -> list[int]:
    """Return the keys of a chord nearest to a centre, ascending: so that hands move little from chord to chord."""
    return sorted({pitch + 12 * round((centre - pitch) / 12) for pitch in chord.pitches})


def nearest(pitches: tuple[int, ...], key: float) -> int:
    """Return the MIDI key nearest to `key` whose pitch class is one of `pitches`."""
    return min((pitch + 12 * round((key - pitch) / 12) for pitch in pitches), key=lambda near: abs(near - key))
