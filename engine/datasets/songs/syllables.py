"""Syllables for a singer: espeak-ng speaks invented words; what is kept of each is its changing spectral envelope.

    log H(f) = smoothed log|X(f)| + j · its Hilbert transform        (minimum phase, by the folded cepstrum)

Pitch and length are taken away, vowels and consonants stay: a voice (`voice`) gives them a melody's. The logarithm of a
minimum-phase response is linear in log|X|, so that responses between two frames are found by interpolation.

Conventions: frames are 128 samples at 22.05 kHz apart (5.8 ms); responses are given at 1025 frequencies from 0 to
22.05 kHz, the upper half of which is extrapolated.

Reference: A. Oppenheim, R. Schafer, "Discrete-Time Signal Processing", on the complex cepstrum.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import fft
from scipy.ndimage import uniform_filter1d

from engine.datasets.chance import Chance
from engine.errors import EngineError, constraint

SPEECH_RATE_HZ = 22050
HOP, WINDOW, N_FFT = 128, 512, 1024
FRAME_S = HOP / SPEECH_RATE_HZ
BIN_HZ = SPEECH_RATE_HZ / N_FFT
N_BINS = 1025
LIFTER = 90  # samples of the cepstrum that are kept: finer than formants, coarser than harmonics of 110 Hz
TIMEOUT_S = 20
WAV_HEADER = 44
PITCH = "60"  # of 0 to 99: high enough for three periods in a window
LANGUAGES = ("en-us", "en-gb", "es", "it", "de", "fr", "pt-br", "nl", "sv", "pl", "tr", "id")
ONSETS = (
    "",
    "b",
    "d",
    "g",
    "p",
    "t",
    "k",
    "m",
    "n",
    "l",
    "r",
    "s",
    "f",
    "v",
    "w",
    "h",
    "sh",
    "ch",
    "st",
    "tr",
    "bl",
    "y",
)
VOWELS = ("a", "e", "i", "o", "u", "a", "o", "ai", "au", "ee", "oo")
CODAS = ("", "", "", "", "n", "m", "l", "r", "s", "t", "nd", "k")


@dataclass(frozen=True)
class Syllable:
    """One syllable without pitch.

    Attributes:
        responses: (F, 1025) complex64, the logarithm of the vocal tract's response in each frame.
        voiced: (F,) 0 to 1, how much of a frame is tone and not noise.
        vowel: first frame of the vowel, and the first after it.
    """

    responses: np.ndarray
    voiced: np.ndarray
    vowel: tuple[int, int]


def random_word(chance: Chance) -> str:
    """Draw an invented syllable in letters."""
    return chance.one_of(ONSETS) + chance.one_of(VOWELS) + chance.one_of(CODAS)


def spoken_syllables(chance: Chance, espeak: Path, n: int, variants: tuple[str, ...], shift: float) -> list[Syllable]:
    """Return about `n` syllables of one speaker.

    Args:
        chance: draws the language, the speaker and the words.
        espeak: the program.
        n: how many words are spoken; a few may be lost.
        variants: espeak-ng's names of speakers to choose from, such as "f2".
        shift: how many times higher its formants are to be, as in a shorter vocal tract.

    Raises:
        EngineError: the program cannot be run, or says nothing.
    """
    voice = f"{chance.one_of(LANGUAGES)}+{chance.one_of(variants)}"
    words = [random_word(chance) for _ in range(n)]
    speech = speak(espeak, words, voice, speed=round(chance.between(130, 170)))
    takes = [take for take in map(analysed, parted(speech)) if take.vowel[1] - take.vowel[0] >= 5]
    if not takes:
        raise EngineError(constraint("What espeak-ng says", "a voice", f"none from {voice}", "Install it again."))
    brighter = brightening(takes, chance.around(-19, 4), chance.around(-34, 4))
    return [pronounced(take, shift, brighter) for take in takes]


def speak(espeak: Path, words: list[str], voice: str, speed: int) -> np.ndarray:
    """Return words spoken one by one, with silence between them, as samples (T,) in [−1, 1] at 22.05 kHz."""
    command = [str(espeak), "-v", voice, "-s", str(speed), "-p", PITCH, "--stdin", "--stdout"]
    try:
        ran = subprocess.run(
            command, input=".\n".join(words).encode(), capture_output=True, timeout=TIMEOUT_S, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        advice = "Install the package espeak-ng."
        raise EngineError(constraint("espeak-ng", "a program that runs", str(espeak), advice)) from error
    rate_hz = int.from_bytes(ran.stdout[24:28], "little")
    if rate_hz != SPEECH_RATE_HZ:
        raise EngineError(constraint("espeak-ng's sample rate", f"{SPEECH_RATE_HZ} Hz", rate_hz, "Install it again."))
    samples = ran.stdout[
        WAV_HEADER : len(ran.stdout) // 2 * 2
    ]  # written to a pipe, the header does not know the length
    return np.frombuffer(samples, "<i2").astype(np.float32) / 32768


def parted(speech: np.ndarray, gap_s: float = 0.12) -> list[np.ndarray]:
    """Return the parts of a recording between silences of at least `gap_s`, those of 0.1 to 1.2 s."""
    loud = np.flatnonzero(np.abs(speech) > 0.004)
    cuts = np.flatnonzero(np.diff(loud) > gap_s * SPEECH_RATE_HZ)
    firsts = loud[np.concatenate([[0], cuts + 1])] if len(loud) else []
    lasts = loud[np.concatenate([cuts, [len(loud) - 1]])] if len(loud) else []
    parts = [speech[first : last + 1] for first, last in zip(firsts, lasts, strict=True)]
    return [part for part in parts if 0.1 <= len(part) / SPEECH_RATE_HZ <= 1.2]


@dataclass(frozen=True)
class Take:
    """One syllable as spoken: log magnitudes (F, 513), voicing (F,), the vowel's first frame and the one after."""

    log_magnitude: np.ndarray
    voiced: np.ndarray
    vowel: tuple[int, int]


def analysed(samples: np.ndarray) -> Take:
    """Return the envelope, voicing and vowel of one spoken syllable (T,); the vowel's loudest formant is 0."""
    padded = np.pad(samples, (WINDOW // 2, WINDOW))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP] * np.hanning(WINDOW).astype(np.float32)
    power = np.abs(fft.rfft(frames, N_FFT)) ** 2  # (F, 513)
    voiced = _voicing(power)
    smooth = _smoothed(np.log(power + 1e-7) / 2)
    first, last = _vowel(power, voiced)
    voiced[first:last] = 1.0
    level = smooth[first:last, 5:230].max(1).mean() if last > first else 0.0
    return Take(smooth - level, voiced, (first, last))


def brightening(takes: list[Take], middle_db: float, high_db: float) -> np.ndarray:
    """Return what to add to the log magnitudes (513,) of vowels for a singer's spectrum; a speaker's is darker.

    Args:
        takes: of one speaker.
        middle_db: wanted level of 1.2 to 4 kHz, against that of 0.2 to 1 kHz, the mean over the vowels.
        high_db: wanted level of 5 to 9 kHz.
    """
    mean = np.concatenate([take.log_magnitude[slice(*take.vowel)] for take in takes]).mean(0)
    low, middle, high = (
        mean[round(a / BIN_HZ) : round(b / BIN_HZ)].mean() for a, b in ((200, 1e3), (1200, 4e3), (5e3, 9e3))
    )
    gains = [wanted / 8.686 - (now - low) for wanted, now in ((middle_db, middle), (high_db, high))]
    octaves = np.log2(np.maximum(np.arange(N_FFT // 2 + 1), 1) * BIN_HZ / 700)
    return np.interp(octaves, np.log2([1, 2400 / 700, 7000 / 700]), [0.0, *np.clip(gains, -1.5, 4.5)])


def pronounced(take: Take, shift: float, brighter: np.ndarray) -> Syllable:
    """Return a syllable for singing: formants moved up by `shift`, its tones made brighter, its noises left."""
    log_magnitude = take.log_magnitude + brighter * take.voiced[:, None]
    responses = _minimum_phase(_stretched(log_magnitude, shift))
    return Syllable(responses.astype(np.complex64), take.voiced, take.vowel)


def _voicing(power: np.ndarray) -> np.ndarray:
    """Return how periodic each frame is, from the highest autocorrelation at the lags of 75 to 350 Hz."""
    lags = slice(SPEECH_RATE_HZ // 350, SPEECH_RATE_HZ // 75)
    taken = fft.irfft(np.abs(fft.rfft(np.hanning(WINDOW), N_FFT)) ** 2)[: lags.stop]  # by the window itself
    found = fft.irfft(power)[:, : lags.stop]
    periodic = (found[:, lags] / taken[lags]).max(1) / (found[:, 0] / taken[0] + 1e-6)
    return np.clip((periodic - 0.4) / 0.3, 0, 1).astype(np.float32)


def _smoothed(log_magnitude: np.ndarray) -> np.ndarray:
    cepstrum = fft.irfft(log_magnitude)
    taper = np.zeros(N_FFT // 2 + 1)
    taper[:LIFTER] = 0.5 + 0.5 * np.cos(np.pi * np.arange(LIFTER) / LIFTER)
    taper[: LIFTER // 2] = 1.0
    return fft.rfft(cepstrum * np.concatenate([taper, taper[-2:0:-1]])).real


def _vowel(power: np.ndarray, voiced: np.ndarray) -> tuple[int, int]:
    """Return the longest run of voiced frames within 14 dB of the loudest; a frame counts with its neighbours."""
    energy = uniform_filter1d(power[:, 10:150].sum(1), 5)  # 0.2 to 3.2 kHz, where vowels are loud
    loud = (energy > energy.max() * 0.04) & (uniform_filter1d(voiced, 5) > 0.5)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], loud.astype(int), [0]])))
    if not len(edges):
        return 0, 0
    runs = edges.reshape(-1, 2)
    first, last = runs[np.argmax(runs[:, 1] - runs[:, 0])]
    return int(first), int(last)


def _stretched(log_magnitude: np.ndarray, shift: float) -> np.ndarray:
    """Return envelopes with formants moved up by `shift`; above what was recorded they fall by 9 dB an octave."""
    bins = np.arange(N_BINS) / shift
    known = 470  # 10.1 kHz
    low = np.minimum(bins, known - 1).astype(int)
    share = np.minimum(bins, known - 1) - low
    inside = log_magnitude[:, low] * (1 - share) + log_magnitude[:, np.minimum(low + 1, known)] * share
    beyond = np.maximum(np.log2(np.maximum(bins, 1) / known), 0)
    level = log_magnitude[:, 380:known].mean(1, keepdims=True)
    return np.where(bins < known, inside, level) - beyond * 9 / 8.686


def _minimum_phase(log_magnitude: np.ndarray) -> np.ndarray:
    cepstrum = fft.irfft(log_magnitude)
    n = cepstrum.shape[1]
    cepstrum[:, 1 : n // 2] *= 2
    cepstrum[:, n // 2 + 1 :] = 0
    return fft.rfft(cepstrum)
