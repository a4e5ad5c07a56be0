"""The four networks as they are built: what each task hears, and how large each network is.

Conventions: sample rates in Hz, windows in samples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.sound_recognition.mel_cnn import MelCnn
    from engine.sound_recognition.waveform_cnn import M5

DIGITS_HZ, DIGITS_WINDOW, N_DIGITS = 8_000, 8_000, 11
INSTRUMENTS_HZ, INSTRUMENTS_WINDOW, N_INSTRUMENTS = 16_000, 16_000, 13


def mel_cnn_digits() -> MelCnn:
    """Return an untrained MelCnn for digits: 40 bands, frames of 32 ms every 10 ms."""
    from engine.sound_recognition.mel_cnn import MelCnn

    return MelCnn(N_DIGITS, DIGITS_HZ, DIGITS_WINDOW, n_mels=40, n_fft=256, hop_length=80)


def m5_digits() -> M5:
    """Return an untrained M5 for digits: filters of 10 ms every 0.5 ms."""
    from engine.sound_recognition.waveform_cnn import M5

    return M5(N_DIGITS, DIGITS_HZ, DIGITS_WINDOW, taps=80, stride=4, channels=(48, 64, 128, 192))


def mel_cnn_instruments() -> MelCnn:
    """Return an untrained MelCnn for instruments: 64 bands, frames of 32 ms every 16 ms."""
    from engine.sound_recognition.mel_cnn import MelCnn

    return MelCnn(N_INSTRUMENTS, INSTRUMENTS_HZ, INSTRUMENTS_WINDOW, n_mels=64, n_fft=512, hop_length=256)


def m5_instruments() -> M5:
    """Return an untrained M5 for instruments: filters of 10 ms every 0.5 ms."""
    from engine.sound_recognition.waveform_cnn import M5

    return M5(N_INSTRUMENTS, INSTRUMENTS_HZ, INSTRUMENTS_WINDOW, taps=160, stride=8, channels=(48, 64, 128, 192))


BUILDS = {
    "MEL_CNN_DIGITS_V1": mel_cnn_digits,
    "M5_DIGITS_V1": m5_digits,
    "MEL_CNN_INSTRUMENTS_V1": mel_cnn_instruments,
    "M5_INSTRUMENTS_V1": m5_instruments,
}  # by the name of the weights
