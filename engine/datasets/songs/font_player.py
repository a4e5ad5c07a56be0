"""Playing notes with an instrument of a sound font.

Conventions: sound is float32 (2, T) at 44.1 kHz; notes are played ones, in seconds (`notes`). A channel is used alone
and reset before each part, so that a part sounds the same whatever was played before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.songs.notes import Note
from engine.datasets.songs.sounds import SAMPLE_RATE_HZ, Sounds, loaded

DRUMS = 128
BEND_SEMITONES = 4.0
GLIDE_S, VIBRATO_AFTER_S, BEND_EVERY_S = 0.08, 0.3, 0.015
ALL_SOUNDS_OFF, RESET_CONTROLLERS = 120, 121
CENTRE = 8192


@dataclass(frozen=True)
class Patch:
    """An instrument: a font, its bank (128 for drum kits) and preset."""

    font: Path
    bank: int
    preset: int


def find_patch(chance: Chance, sounds: Sounds, bank: int, preset: int) -> Patch:
    """Draw a font that has the instrument; where none has it, the first preset of the bank in a font drawn."""
    having = [font for font in sounds.fonts if loaded(font)[0].sfpreset_name(loaded(font)[1], bank, preset)]
    return Patch(chance.one_of(having), bank, preset) if having else Patch(chance.one_of(sounds.fonts), bank, 0)


def play(notes: list[Note], patch: Patch, n_samples: int, cents: float = 0.0, vibrato: float = 0.0) -> np.ndarray:
    """Return the sound (2, n_samples) of notes.

    Args:
        notes: in seconds; those that begin after the end are left out.
        patch: the instrument.
        n_samples: the length at 44.1 kHz.
        cents: how far all is tuned up.
        vibrato: depth in semitones, for an instrument of one voice; its slides are heard only with it.
    """
    synth, font = loaded(patch.font)
    for controller in (ALL_SOUNDS_OFF, RESET_CONTROLLERS):
        synth.control_change(0, controller, 0)
    synth.generate(SAMPLE_RATE_HZ // 4)  # what was left of another part fades
    synth.program_select(0, font, 0 if patch.bank == DRUMS else patch.bank, patch.preset, patch.bank == DRUMS)
    synth.set_tuning(0, cents / 100)
    synth.pitchbend_range(0, BEND_SEMITONES)
    synth.pitchbend(0, CENTRE)
    buffer = memoryview(bytearray(n_samples * 8))  # 2 channels of 4 bytes
    at = 0
    for when, order, key, value in sorted(_events(notes, n_samples, vibrato)):
        if when > at:
            synth.generate(when - at, buffer[at * 8 : when * 8])
            at = when
        if order == 0:
            synth.noteoff(0, key)
        elif order == 1:
            synth.pitchbend(0, value)
        else:
            synth.noteon(0, key, value)
    if at < n_samples:
        synth.generate(n_samples - at, buffer[at * 8 :])
    return np.ascontiguousarray(np.frombuffer(buffer, np.float32).reshape(n_samples, 2).T)


def _events(notes: list[Note], n_samples: int, vibrato: float) -> list[tuple[int, int, int, int]]:
    """Return (sample, 0 off, 1 bend or 2 on, key, velocity or bend); a key struck again is let go before."""
    events, struck = [], {}
    for note in sorted(notes, key=lambda note: -note.start):
        on = round(note.start * SAMPLE_RATE_HZ)
        off = min(round((note.start + note.length) * SAMPLE_RATE_HZ), struck.get(note.key, n_samples))
        if on >= n_samples or off <= on:
            continue
        struck[note.key] = on
        events += [(off, 0, note.key, 0), (on, 2, note.key, max(1, round(note.velocity * 127)))]
        if vibrato:
            events += _bends(note, n_samples, vibrato)
    return [event for event in events if event[0] < n_samples]


def _bends(note: Note, n_samples: int, vibrato: float) -> list[tuple[int, int, int, int]]:
    """Return the bends of one note: a slide into it, then vibrato once it has been held a little."""
    bends = []
    for i in range(int(note.length / BEND_EVERY_S) + 1):
        t = i * BEND_EVERY_S
        semitones = -note.slide * max(0.0, 1 - t / GLIDE_S)
        if t > VIBRATO_AFTER_S:
            depth = vibrato * min(1.0, (t - VIBRATO_AFTER_S) / 0.3)
            semitones += depth * math.sin(2 * math.pi * 5.3 * t)
        elif t > GLIDE_S + BEND_EVERY_S:
            continue
        share = min(max(semitones / BEND_SEMITONES, -1.0), 1.0)
        bends.append((round((note.start + t) * SAMPLE_RATE_HZ), 1, 0, min(CENTRE + round(share * CENTRE), 16383)))
    return bends
