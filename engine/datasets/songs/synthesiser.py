"""A synthesiser: two wave tables, dull and bright, between which an envelope fades, several detuned at once.

    x(t) = Σ_notes Σ_i a(t) [w_dull(φ_i) + b(t) (w_bright(φ_i) − w_dull(φ_i))],    φ_i = ∫ f_i dt

The tables hold only harmonics below half the sample rate, so nothing folds back.

Conventions: sound is float32 (2, T) at 44.1 kHz; notes are played ones, in seconds (`notes`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.songs.notes import Note
from engine.datasets.songs.sounds import SAMPLE_RATE_HZ

TABLE = 2048
N_HARMONICS = 160
SLIDE_S = 0.07


@dataclass(frozen=True)
class Timbre:
    """How a synthesiser is set.

    Attributes:
        harmonics: amplitudes of the harmonics of the bright table, (160,), the first that of the fundamental.
        dull: how many times steeper, in powers of the harmonic's number, the dull table falls.
        cents: detuning of each oscillator.
        attack_s, decay_s, release_s: of the loudness.
        sustain: loudness after the decay, 0 to 1.
        fade_s: how fast the brightness falls; long for an even one.
    """

    harmonics: np.ndarray
    dull: float
    cents: tuple[float, ...]
    attack_s: float
    decay_s: float
    release_s: float
    sustain: float
    fade_s: float


def random_timbre(chance: Chance, role: str) -> Timbre:
    """Draw a timbre for "bass", "pad" or "lead" (which serves riffs and arpeggios too)."""
    k = np.arange(1, N_HARMONICS + 1)
    kind = chance.one_of(("saw", "square", "pulse", "sine", "organ"))
    wave = {
        "saw": 1 / k,
        "square": (k % 2) / k,
        "pulse": np.abs(np.sin(np.pi * k * chance.between(0.1, 0.4))) / k,
        "sine": 1.0 / k**3.5,
        "organ": np.where(np.isin(k, (1, 2, 3, 4, 6, 8)), chance.numbers(N_HARMONICS), 0.0) + (k == 1),
    }[kind]
    cutoff = chance.between(4, 20) if role == "bass" else chance.between(6, 120)
    wave = wave / np.sqrt(1 + (k / cutoff) ** 4)
    if role == "bass":
        wave[0] *= chance.between(1, 2)
    spread = 0.0 if role == "bass" and chance.happens(0.5) else chance.between(3, 16)
    n = 1 if spread == 0 else chance.one_of((2, 3))
    plucked = role != "pad" and chance.happens(0.5)
    return Timbre(
        harmonics=wave.astype(np.float32),
        dull=chance.between(0.5, 2.0),
        cents=tuple(np.linspace(-spread, spread, n)) if n > 1 else (0.0,),
        attack_s=chance.between(0.1, 0.6) if role == "pad" else chance.between(0.002, 0.02),
        decay_s=chance.between(0.1, 0.5),
        release_s=chance.between(0.3, 0.9) if role == "pad" else chance.between(0.03, 0.15),
        sustain=chance.between(0.0, 0.3) if plucked else chance.between(0.6, 1.0),
        fade_s=chance.between(0.05, 0.3) if plucked else chance.between(0.3, 4.0),
    )


def table(harmonics: np.ndarray, key: float) -> np.ndarray:
    """Return one period (2048,) with the harmonics that lie below 20 kHz at this key."""
    n = int(min(N_HARMONICS, 20_000 / hertz(key)))
    spectrum = np.zeros(TABLE // 2 + 1, np.complex64)
    spectrum[1 : n + 1] = harmonics[:n] * -0.5j * TABLE
    return np.fft.irfft(spectrum).astype(np.float32)


def hertz(key: float | np.ndarray) -> float | np.ndarray:
    """Return the frequency of a MIDI key, with A4 = 69 = 440 Hz."""
    return 440.0 * 2 ** ((key - 69) / 12)


def synthesise(notes: list[Note], timbre: Timbre, n_samples: int, cents: float = 0.0) -> np.ndarray:
    """Return the sound (2, n_samples) of notes; the oscillators stand from left to right."""
    out = np.zeros((2, n_samples), np.float32)
    k = np.arange(1, N_HARMONICS + 1, dtype=np.float32)
    dull = timbre.harmonics / k**timbre.dull
    tables: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for note in notes:
        begin = round(note.start * SAMPLE_RATE_HZ)
        n = min(round((note.length + timbre.release_s) * SAMPLE_RATE_HZ), n_samples - begin)
        if n <= 0:
            continue
        if note.key not in tables:
            tables[note.key] = (table(dull, note.key), table(timbre.harmonics, note.key))
        low, high = tables[note.key]
        loud, bright = _envelopes(note, timbre, n)
        for i, detuned in enumerate(timbre.cents):
            index = (_phase(note, detuned + cents, n, 0.37 * i) * TABLE).astype(np.int32) % TABLE
            voice = loud * (low[index] + bright * (high[index] - low[index]))
            side = 0.5 if len(timbre.cents) == 1 else i / (len(timbre.cents) - 1)
            out[0, begin : begin + n] += (1.2 - side) * voice
            out[1, begin : begin + n] += (0.2 + side) * voice
    return out * (0.2 / len(timbre.cents))


def _envelopes(note: Note, timbre: Timbre, n: int) -> tuple[np.ndarray, np.ndarray]:
    t = np.arange(n, dtype=np.float32) / SAMPLE_RATE_HZ
    held = timbre.sustain + (1 - timbre.sustain) * np.exp(-t / timbre.decay_s)
    fading = np.clip((note.length + timbre.release_s - t) / timbre.release_s, 0, 1)
    loud = note.velocity * np.minimum(t / timbre.attack_s, 1) * held * fading**2
    return loud.astype(np.float32), np.exp(-t / timbre.fade_s).astype(np.float32) * note.velocity


def _phase(note: Note, cents: float, n: int, start: float) -> np.ndarray:
    frequency = hertz(note.key + cents / 100) / SAMPLE_RATE_HZ
    t = np.arange(n)
    if not note.slide:
        return start + frequency * t
    semitones = -note.slide * np.clip(1 - t / (SLIDE_S * SAMPLE_RATE_HZ), 0, 1)
    return start + np.cumsum(frequency * 2 ** (semitones / 12))
