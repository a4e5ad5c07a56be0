"""A singing voice: pulses at the melody's pitch, and noise, through the vocal tract of spoken syllables.

    x(t) = Σ_frames h_τ ∗ w_τ [v (e(t) + b n″(t)) + (1 − v) g n(t)],      e(t) = Σ_{k ≤ K} cos kφ(t),   φ' = 2π f₀

Breath is noise differenced twice, which leaves its treble.

A syllable's consonants keep their length, its vowel is as long as the note, and begins with it. The pitch glides from
note to note, comes from below after a rest, wavers slowly, and swings (vibrato) when a note is held.

Conventions: sound is float32 (T,) at 44.1 kHz; notes are played ones, in seconds, one at a time (`notes`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.signal import lfilter

from engine.datasets.chance import Chance
from engine.datasets.songs.notes import Note
from engine.datasets.songs.sounds import SAMPLE_RATE_HZ
from engine.datasets.songs.syllables import FRAME_S, Syllable
from engine.datasets.songs.synthesiser import hertz

HOP, WINDOW, N_FFT = 256, 1024, 2048
CONTROL = 64  # samples between two values of the pitch
NOISE = 7.0  # how much louder noise is than pulses, for a fricative to be as loud as in speech
HIGHEST_HZ = 18_000


@dataclass(frozen=True)
class Manner:
    """How somebody sings.

    Attributes:
        vibrato: from lowest to highest, in semitones.
        vibrato_hz: its rate.
        glide_s: time from one note to the next.
        scoop: semitones below a note from which it is begun after a rest.
        drift: how far the pitch strays, semitones.
        breath: noise in the voice, 0 to 1.
        melisma: how likely a note goes on with the vowel of the one before.
        tilt_db: how much darker the voice is, dB per octave above 1 kHz.
        rough: how much the strength of the pulses varies, relative; 0 for a clean voice.
    """

    vibrato: float
    vibrato_hz: float
    glide_s: float
    scoop: float
    drift: float
    breath: float
    melisma: float
    tilt_db: float
    rough: float = 0.0


def random_manner(chance: Chance) -> Manner:
    """Draw a way of singing."""
    return Manner(
        vibrato=chance.between(0.0, 0.2) if chance.happens(0.3) else chance.between(0.4, 1.8),
        vibrato_hz=chance.between(4.5, 6.5),
        glide_s=chance.between(0.03, 0.14),
        scoop=chance.between(0, 2.5),
        drift=chance.between(0.05, 0.25),
        breath=chance.between(0.01, 0.06) if chance.happens(0.7) else chance.between(0.06, 0.25),
        melisma=chance.between(0.0, 0.3),
        tilt_db=chance.between(-2.5, 2.0),
        rough=chance.between(0.1, 0.6) if chance.happens(0.25) else 0.0,
    )


def one_at_a_time(notes: list[Note]) -> list[Note]:
    """Return notes that end where the next begins."""
    notes = sorted(notes, key=lambda note: note.start)
    ends = [*(note.start for note in notes[1:]), np.inf]
    cut = [(note, min(note.length, end - note.start)) for note, end in zip(notes, ends, strict=True)]
    return [Note(note.start, length, note.key, note.velocity, note.slide) for note, length in cut if length > 0.04]


def sing(chance: Chance, notes: list[Note], syllables: list[Syllable], manner: Manner, n_samples: int) -> np.ndarray:
    """Return the sound (n_samples,) of a voice that sings a melody, each note a syllable drawn or the vowel before."""
    notes = one_at_a_time(notes)
    if not notes:
        return np.zeros(n_samples, np.float32)
    pitch = pitch_curve(chance, notes, manner, n_samples)
    frequency = np.interp(np.arange(n_samples), np.arange(len(pitch)) * CONTROL, hertz(pitch))
    pulses = pulse_train(frequency)
    if manner.rough:
        strength = lfilter([1], [1, -0.5], chance.numbers(len(pitch)) - 0.5)  # mostly below 75 Hz
        uneven = 1 + manner.rough * strength / strength.std()
        pulses *= np.interp(np.arange(n_samples), np.arange(len(pitch)) * CONTROL, uneven).astype(np.float32)
    white = chance.numbers(n_samples + 2) - 0.5
    hiss = lfilter([1, -1], [1, -0.95], white).astype(np.float32) * NOISE * 3.46  # no rumble below 350 Hz
    voice = pulses + manner.breath * np.diff(hiss, 2)
    out = np.zeros(n_samples + N_FFT + WINDOW, np.float32)
    for group in _groups(chance, notes, manner.melisma):
        _add(out, group, chance.one_of(syllables), manner.tilt_db, voice, hiss[2:])
    return out[WINDOW // 2 : WINDOW // 2 + n_samples]


def pulse_train(frequency: np.ndarray) -> np.ndarray:
    """Return e(t) (T,) for a frequency in Hz at each sample: all harmonics up to 18 kHz, equally strong."""
    turns = np.cumsum(frequency / SAMPLE_RATE_HZ)
    phase = (2 * np.pi * (turns - np.floor(turns) - 0.5)).astype(np.float32)  # near 0, where precision is needed
    n = np.floor(HIGHEST_HZ / frequency).astype(np.float32)
    below = np.sin(phase / 2)
    near = np.abs(below) < 1e-4
    kernel = np.sin((n + 0.5) * phase) / np.where(near, np.float32(1), below)  # Dirichlet's
    return np.where(near, 2 * n + 1, kernel) / 2 - np.float32(0.5)


def pitch_curve(chance: Chance, notes: list[Note], manner: Manner, n_samples: int) -> np.ndarray:
    """Return the pitch in semitones (MIDI keys), a value every 64 samples."""
    t = np.arange(n_samples // CONTROL + 2) * CONTROL / SAMPLE_RATE_HZ
    pitch = np.full(len(t), float(notes[0].key))
    ended, key = -1.0, notes[0].key
    for note in notes:
        since = t - note.start
        here = since >= -manner.glide_s / 2
        from_key = key if note.start - ended < 0.1 else note.key - manner.scoop
        from_key = note.key - note.slide if note.slide else from_key
        share = np.clip(since[here] / manner.glide_s + 0.5, 0, 1)
        pitch[here] = from_key + (note.key - from_key) * (0.5 - 0.5 * np.cos(np.pi * share))
        held = np.clip((since[here] - 0.18) / 0.35, 0, 1) * (note.length > 0.3)
        rate_hz = manner.vibrato_hz * chance.between(0.93, 1.07)
        pitch[here] += held * manner.vibrato * 0.5 * np.sin(2 * np.pi * rate_hz * since[here])
        ended, key = note.start + note.length, note.key
    slow = np.exp(-CONTROL / SAMPLE_RATE_HZ / 0.15)
    stray = lfilter([1 - slow], [1, -slow], chance.numbers(len(t)) - 0.5)
    jitter = (chance.numbers(len(t)) - 0.5) * 0.12
    return pitch + manner.drift * stray / max(stray.std(), 1e-9) * 0.7 + jitter


def _groups(chance: Chance, notes: list[Note], melisma: float) -> list[list[Note]]:
    """Return the notes of each syllable."""
    groups: list[list[Note]] = []
    for note in notes:
        joined = groups and note.start - groups[-1][-1].start - groups[-1][-1].length < 0.03
        if joined and chance.happens(melisma):
            groups[-1].append(note)
        else:
            groups.append([note])
    return groups


def _add(
    out: np.ndarray, group: list[Note], syllable: Syllable, tilt_db: float, voice: np.ndarray, hiss: np.ndarray
) -> None:
    """Add one syllable on its notes to `out`, which begins half a window early."""
    first, last = syllable.vowel
    start = max(0.0, group[0].start - first * FRAME_S)
    end = group[-1].start + group[-1].length
    coda_s = min((len(syllable.voiced) - last) * FRAME_S, 0.25)
    begin = int(start * SAMPLE_RATE_HZ / HOP)
    stop = min(int((end + coda_s * 0.5) * SAMPLE_RATE_HZ / HOP) + 1, len(voice) // HOP)
    if stop <= begin:
        return
    t = np.arange(begin, stop) * HOP / SAMPLE_RATE_HZ
    vowel_end = max(group[0].start + 0.05, end - coda_s * 0.5)
    known_s = [start, max(group[0].start, start + 1e-3), max(vowel_end, start + 2e-3), vowel_end + coda_s + 3e-3]
    place = np.interp(t, known_s, [0, first, last - 1, last - 1 + coda_s / FRAME_S])
    loudness = _loudness(t, group, start, vowel_end + coda_s)
    low = np.minimum(place.astype(int), len(syllable.voiced) - 2)
    share = (place - low).astype(np.float32)
    voiced = syllable.voiced[low] * (1 - share) + syllable.voiced[low + 1] * share
    tract = np.exp(syllable.responses[low] * (1 - share)[:, None] + syllable.responses[low + 1] * share[:, None])
    tract *= (_tilt(tilt_db) * loudness[:, None]).astype(np.float32)
    source = _frames(voice, begin, stop) * voiced[:, None]
    source += _frames(hiss, begin, stop) * (1 - voiced)[:, None]
    spectra = torch.fft.rfft(torch.from_numpy(source * _WINDOW), N_FFT) * torch.from_numpy(tract)
    sound = torch.fft.irfft(spectra, N_FFT).numpy()
    for i, frame in enumerate(sound):
        at = (begin + i) * HOP
        out[at : at + N_FFT] += frame


_WINDOW = (np.hanning(WINDOW + 1)[:-1] * HOP * 2 / WINDOW).astype(np.float32)


def _frames(samples: np.ndarray, begin: int, stop: int) -> np.ndarray:
    """Return the windows (n, 1024) around samples begin · 256 …"""
    padded = np.pad(samples[max(0, begin * HOP - WINDOW // 2) : stop * HOP + WINDOW], (0, WINDOW))
    if begin * HOP < WINDOW // 2:
        padded = np.pad(padded, (WINDOW // 2 - begin * HOP, 0))
    return np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[: (stop - begin) * HOP : HOP]


def _tilt(db: float) -> np.ndarray:
    hz = np.arange(N_FFT // 2 + 1) * SAMPLE_RATE_HZ / N_FFT
    octaves = np.log2(np.maximum(hz, 1000) / 1000)
    return 10 ** (-db * octaves / 20)


def _loudness(t: np.ndarray, group: list[Note], start: float, end: float) -> np.ndarray:
    velocity = np.interp(t, [note.start for note in group], [note.velocity for note in group])
    rise = np.clip((t - start) / 0.02 + 0.3, 0, 1)
    fall = np.clip((end - t) / 0.06, 0, 1)
    swell = 0.8 + 0.2 * np.sin(np.pi * np.clip((t - start) / max(end - start, 1e-3), 0, 1))
    return velocity * rise * fall * swell
