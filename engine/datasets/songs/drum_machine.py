"""A drum machine: kick, toms, snare, clap, hats and cymbals made of falling sines and filtered noise.

Conventions: sound is float32 (2, T) at 44.1 kHz; notes are played ones, in seconds, with the keys of `drum_patterns`.
"""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, sosfilt

from engine.datasets.chance import Chance
from engine.datasets.songs.drum_patterns import CLAP, CLOSED, KICK, OPEN, PEDAL, SNARE, STICK, TOMS
from engine.datasets.songs.notes import Note
from engine.datasets.songs.sounds import SAMPLE_RATE_HZ

MADE_HERE = (KICK, SNARE, 40, STICK, CLAP, CLOSED, PEDAL, OPEN, *TOMS)  # the other pieces are left to a font


def drum_set(chance: Chance) -> dict[int, np.ndarray]:
    """Draw a drum machine's settings and return the stroke (T,) of each piece that it has."""
    tuned = chance.between(0.85, 1.2)
    toms = {
        key: falling(chance, 190 * 0.86**i * tuned, 1.5, 0.03, chance.between(0.15, 0.35)) for i, key in enumerate(TOMS)
    }
    snare = _snare(chance, tuned)
    hat_hz, metal = chance.between(5000, 9000), chance.happens(0.5)
    hats = {key: _hat(chance, hat_hz, metal, s) for key, s in ((CLOSED, 0.03), (PEDAL, 0.05), (OPEN, 0.22))}
    return {
        **toms,
        **hats,
        KICK: _kick(chance),
        SNARE: snare,
        40: snare,
        STICK: _sum(noise(chance, 0.012, 1500, 6000), falling(chance, 900 * tuned, 1.3, 0.005, 0.015)),
        CLAP: _clap(chance),
    }


def strike(notes: list[Note], strokes: dict[int, np.ndarray], n_samples: int, chance: Chance) -> np.ndarray:
    """Return the sound (2, n_samples) of the notes whose piece there is, each piece at a place of its own."""
    out = np.zeros((2, n_samples), np.float32)
    places = {key: 0.5 if key == KICK else chance.between(0.25, 0.75) for key in strokes}
    for note in notes:
        begin = round(note.start * SAMPLE_RATE_HZ)
        if note.key not in strokes or begin >= n_samples:
            continue
        stroke = strokes[note.key][: n_samples - begin] * note.velocity**1.5
        out[0, begin : begin + len(stroke)] += np.cos(places[note.key] * np.pi / 2) * stroke
        out[1, begin : begin + len(stroke)] += np.sin(places[note.key] * np.pi / 2) * stroke
    return out


def falling(chance: Chance, hz: float, ratio: float, fall_s: float, decay_s: float) -> np.ndarray:
    """Return a sine that falls from `ratio` times a frequency to it, and dies away."""
    t = np.arange(_length(decay_s * 5)) / SAMPLE_RATE_HZ
    frequency = hz * (1 + (ratio - 1) * np.exp(-t / fall_s))
    return (np.sin(2 * np.pi * np.cumsum(frequency) / SAMPLE_RATE_HZ) * np.exp(-t / decay_s)).astype(np.float32)


def noise(chance: Chance, decay_s: float, low_hz: float, high_hz: float) -> np.ndarray:
    """Return noise between two frequencies that dies away."""
    n = _length(decay_s * 5)
    sections = butter(2, [low_hz, high_hz], "bandpass", fs=SAMPLE_RATE_HZ, output="sos")
    sound = sosfilt(sections, chance.numbers(n) * 2 - 1) * np.exp(-np.arange(n) / (decay_s * SAMPLE_RATE_HZ))
    return (sound / max(np.abs(sound).max(), 1e-9)).astype(np.float32)


def _length(seconds: float) -> int:
    return max(16, round(seconds * SAMPLE_RATE_HZ))


def _sum(*parts: np.ndarray) -> np.ndarray:
    out = np.zeros(max(map(len, parts)), np.float32)
    for part in parts:
        out[: len(part)] += part
    return out


def _kick(chance: Chance) -> np.ndarray:
    decay_s = chance.between(0.08, 0.3) if chance.happens(0.7) else chance.between(0.3, 0.7)
    body = falling(chance, chance.between(42, 62), chance.between(2.5, 8), chance.between(0.008, 0.03), decay_s)
    click = noise(chance, 0.004, 800, 7000) * chance.between(0.05, 0.5)
    drive = chance.between(0.5, 3)
    return np.tanh(drive * _sum(body, click)) / np.tanh(drive)


def _snare(chance: Chance, tuned: float) -> np.ndarray:
    hz, decay_s = chance.between(160, 220) * tuned, chance.between(0.05, 0.12)
    skins = [falling(chance, hz * ratio, 1.4, 0.01, decay_s) for ratio in (1.0, 1.6)]
    wires = noise(chance, chance.between(0.05, 0.15), chance.between(800, 2000), chance.between(9000, 16000))
    return _sum(0.6 * skins[0], 0.3 * skins[1], wires * chance.between(0.4, 1.0))


def _clap(chance: Chance) -> np.ndarray:
    burst = noise(chance, chance.between(0.06, 0.15), chance.between(700, 1200), chance.between(4000, 9000))
    delays = [0, *(round(chance.between(0.007, 0.012) * i * SAMPLE_RATE_HZ) for i in (1, 2))]
    short = burst * np.exp(-np.arange(len(burst)) / 200.0)
    return _sum(*(np.pad(short if i < 2 else burst, (delay, 0)) for i, delay in enumerate(delays)))


def _hat(chance: Chance, hz: float, metal: bool, decay_s: float) -> np.ndarray:
    sound = noise(chance, decay_s * chance.between(0.7, 1.5), hz, 18000)
    if metal:  # squares that are no harmonics of each other
        t = np.arange(len(sound)) / SAMPLE_RATE_HZ
        rings = sum(np.sign(np.sin(2 * np.pi * f * t)) for f in (2080, 3280, 4290, 5410, 6030, 8010))
        sections = butter(2, hz, "highpass", fs=SAMPLE_RATE_HZ, output="sos")
        sound = sound * 0.5 + sosfilt(sections, rings) * 0.15 * np.exp(-t / decay_s)
    return sound.astype(np.float32)
