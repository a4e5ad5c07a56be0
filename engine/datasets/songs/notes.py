"""Notes, and the clock that turns written positions into seconds.

Conventions: written music counts in steps; a step is a sixteenth note, a bar has 16 of them (4/4) or 12 (3/4, 6/8).
Played music counts in seconds. Keys are MIDI's (60 is middle C), velocities lie in (0, 1].
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from engine.datasets.chance import Chance

METRES = {"4/4": (16, 4), "3/4": (12, 4), "6/8": (12, 6)}  # steps of a bar, steps of a beat


@dataclass(frozen=True)
class Note:
    """One note; start and length in steps when written, in seconds when played.

    Attributes:
        start: when it begins.
        length: how long it is held, > 0.
        key: MIDI key, 0 to 127.
        velocity: how hard it is struck, in (0, 1].
        slide: semitones from where its pitch glides into the key, 0 for none.
    """

    start: float
    length: float
    key: int
    velocity: float
    slide: float = 0.0


class Clock:
    """When a step sounds: tempo, swing, and a tempo that wanders a little, as that of people does.

    Swing s delays the middle of each pair of eighths (or sixteenths) by s thirds of its half: s = 1 is a triplet feel.
    """

    def __init__(
        self, metre: str, tempo_bpm: float, swing: float = 0.0, swing_steps: int = 4, drift: np.ndarray | None = None
    ) -> None:
        """Start a clock.

        Args:
            metre: a key of METRES.
            tempo_bpm: beats in a minute; a beat of 6/8 is a dotted quarter.
            swing: 0 for even, 1 for triplets; ignored in 6/8.
            swing_steps: 4 swings the eighths, 2 the sixteenths.
            drift: relative deviation of the tempo, one number to a bar; None for a machine's.
        """
        self.bar_steps, self.beat_steps = METRES[metre]
        self.tempo_bpm = tempo_bpm
        self.step_s = 60 / tempo_bpm / self.beat_steps
        self._swing = 0.0 if metre == "6/8" else swing
        self._pair = swing_steps
        stretch = np.ones(1) if drift is None or not len(drift) else 1 + np.asarray(drift)
        self._bars = np.arange(len(stretch) + 1) * self.bar_steps
        self._seconds = np.concatenate([[0.0], np.cumsum(stretch * self.bar_steps * self.step_s)])

    def seconds(self, steps: np.ndarray | float) -> np.ndarray:
        """Return the time of positions in steps; past the last bar of the drift the tempo is even."""
        steps = np.asarray(steps, float)
        inside = steps % self._pair / self._pair
        middle = 0.5 + self._swing / 6
        warped = np.interp(inside, [0, 0.5, 1], [0, middle, 1])
        steps = steps - steps % self._pair + warped * self._pair
        beyond = np.maximum(steps - self._bars[-1], 0) * self.step_s
        return np.interp(steps, self._bars, self._seconds) + beyond


def played(
    notes: Iterable[Note],
    clock: Clock,
    chance: Chance,
    loose_s: float = 0.008,
    uneven: float = 0.08,
    lag_s: float = 0.0,
) -> list[Note]:
    """Return written notes as a person plays them, in seconds, ascending.

    Args:
        notes: written notes.
        clock: the song's.
        chance: where the deviations come from.
        loose_s: standard deviation of the starts.
        uneven: standard deviation of the velocities.
        lag_s: by how much all of them are late, as one plays behind the beat.
    """
    heard = []
    for note in notes:
        start, end = clock.seconds(np.array([note.start, note.start + note.length]))
        begins = max(0.0, float(start) + chance.around(lag_s, loose_s))
        velocity = min(1.0, max(0.05, chance.around(note.velocity, uneven)))
        heard.append(Note(begins, max(0.03, float(end - start)), note.key, velocity, note.slide))
    return sorted(heard, key=lambda note: (note.start, note.key))
