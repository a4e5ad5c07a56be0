"""Decibels: ratios as sums. Level, peak and gain of a sound.

    L = 20 log₁₀(a / a₀) = 10 log₁₀(p / p₀)       a an amplitude, p ∝ a² a power

+3 dB is twice the power (exactly +3.01), +6 dB twice the amplitude (+6.02), +20 dB ten times the amplitude and a
hundred times the power; +10 dB sounds about twice as loud. Gains that follow each other are added.

Conventions: dBFS is relative to an amplitude of 1, for the peak and for the RMS alike: a tone at full scale has the
peak 0 dBFS and the RMS −3.01 dBFS. Silence has −∞. Ratios are numbers or tensors; a tensor's type is kept.

Reference: ISO 80000-3; for loudness S. S. Stevens, "The measurement of loudness", JASA 27 (1955).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from engine.errors import InvalidInput, constraint
from engine.spectral_analysis.waveforms import check_waveform

MAX_GAIN_DB = 120.0


def amplitude_to_db(ratio: float | Tensor) -> float | Tensor:
    """Return 20 log₁₀ of an amplitude ratio from 0."""
    return _log10(ratio, 20.0)


def power_to_db(ratio: float | Tensor) -> float | Tensor:
    """Return 10 log₁₀ of a power ratio from 0."""
    return _log10(ratio, 10.0)


def db_to_amplitude(db: float | Tensor) -> float | Tensor:
    """Return the amplitude ratio 10^(L / 20)."""
    return 10 ** (db / 20)


def db_to_power(db: float | Tensor) -> float | Tensor:
    """Return the power ratio 10^(L / 10)."""
    return 10 ** (db / 10)


def rms_dbfs(waveform: Tensor) -> Tensor:
    """Return the level (C,) of each channel of a waveform (C, T): of its root mean square, in dBFS.

    Raises:
        ShapeError: not (C, T), or shorter than 2 samples.
        InvalidInput: NaN, infinity or whole numbers.
    """
    check_waveform(waveform)
    parts = [torch.linalg.vector_norm(part, dim=1) for part in waveform.split(2**16, dim=1)]  # long sums lose digits
    return amplitude_to_db(torch.linalg.vector_norm(torch.stack(parts), dim=0) / math.sqrt(waveform.shape[1]))


def peak_dbfs(waveform: Tensor) -> Tensor:
    """Return the level (C,) of the largest sample of each channel, in dBFS; above 0 it is cut off when played.

    Raises:
        ShapeError: not (C, T), or shorter than 2 samples.
        InvalidInput: NaN, infinity or whole numbers.
    """
    check_waveform(waveform)
    low, high = torch.aminmax(waveform, dim=1)
    return amplitude_to_db(torch.maximum(-low, high))


def gain(waveform: Tensor, gain_db: float) -> Tensor:
    """Return the waveform (C, T) louder by `gain_db`, which may take it beyond ±1; nothing is cut off.

    Raises:
        ShapeError: not (C, T), or shorter than 2 samples.
        InvalidInput: NaN, infinity or whole numbers; more than ±120 dB.
    """
    check_waveform(waveform)
    if not -MAX_GAIN_DB <= gain_db <= MAX_GAIN_DB:
        raise InvalidInput(constraint("gain", f"from −{MAX_GAIN_DB:g} to {MAX_GAIN_DB:g} dB", gain_db))
    return waveform * db_to_amplitude(gain_db)


def _log10(ratio: float | Tensor, factor: float) -> float | Tensor:
    if isinstance(ratio, Tensor):
        if (ratio < 0).any():
            raise InvalidInput(constraint("ratio", "at least 0", ratio.min().item()))
        return factor * ratio.log10()
    if not ratio >= 0:  # also refuses NaN
        raise InvalidInput(constraint("ratio", "at least 0", ratio))
    return factor * math.log10(ratio) if ratio else -math.inf
