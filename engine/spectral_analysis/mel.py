"""The mel scale: frequencies spaced as they are heard, and bands spaced in mel.

    HTK:     m = 2595 log₁₀(1 + f / 700)
    Slaney:  m = 3 f / 200  up to 1 kHz (15 mel),  above it  m = 15 + 27 ln(f / 1000) / ln 6.4
    filter i: a triangle over f from c_{i−1} up to 1 at c_i and down to c_{i+1}, the c equally spaced in mel
    equal area: the triangle times 2 / (c_{i+1} − c_{i−1})

Low filters are narrow and high ones wide: a step of a semitone matters as much, not a step of a hertz. Where a filter
is narrower than a bin of the spectrum, it sees one bin or none.

Conventions: filters are (M, F) float64; mel spectrograms are relative to a tone at full scale, as in `spectrograms`.

Reference: S. Young et al., "The HTK Book"; M. Slaney, "Auditory Toolbox", Interval Research 1998-010.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import InvalidInput, constraint
from engine.spectral_analysis.settings import MEL_SCALES, MelSettings, SpectrogramSettings
from engine.spectral_analysis.spectrograms import (
    UNITS,
    Spectrogram,
    full_scale,
    power_of,
    scaled,
    stft,
)
from engine.spectral_analysis.waveforms import check_sample_rate

_SLANEY_HZ_PER_MEL = 200 / 3
_SLANEY_BREAK_HZ = 1000.0
_SLANEY_BREAK_MEL = 15.0
_SLANEY_STEP = math.log(6.4) / 27  # a mel above the break multiplies the frequency by e to this


def hz_to_mel(frequencies_hz: Tensor, mel_scale: str = "slaney") -> Tensor:
    """Return mel, float64 of any shape, of frequencies from 0 Hz."""
    _check_scale(mel_scale)
    f = frequencies_hz.to(torch.float64)
    if mel_scale == "htk":
        return 2595 * (1 + f / 700).log10()
    above = _SLANEY_BREAK_MEL + (f / _SLANEY_BREAK_HZ).clamp(min=1e-9).log() / _SLANEY_STEP
    return torch.where(f < _SLANEY_BREAK_HZ, f / _SLANEY_HZ_PER_MEL, above)


def mel_to_hz(mels: Tensor, mel_scale: str = "slaney") -> Tensor:
    """Return frequencies in Hz, float64 of any shape, of mel from 0."""
    _check_scale(mel_scale)
    m = mels.to(torch.float64)
    if mel_scale == "htk":
        return 700 * (10 ** (m / 2595) - 1)
    above = _SLANEY_BREAK_HZ * ((m - _SLANEY_BREAK_MEL) * _SLANEY_STEP).exp()
    return torch.where(m < _SLANEY_BREAK_MEL, m * _SLANEY_HZ_PER_MEL, above)


@dataclass(frozen=True, eq=False)
class MelFilters:
    """A bank of M filters.

    Attributes:
        weights: (M, F) float64.
        corners_hz: (M + 2,) where the first begins, the middle of each, and where the last ends.
    """

    weights: Tensor
    corners_hz: Tensor

    def narrow(self, bin_hz: float) -> Tensor:
        """Return (M,) bool: whether a filter is narrower, where it is half as high, than the distance of two bins."""
        return (self.corners_hz[2:] - self.corners_hz[:-2]) / 2 < bin_hz

    def empty(self) -> Tensor:
        """Return (M,) bool: whether a filter lies between two bins and lets nothing through."""
        return (self.weights == 0).all(1)


def mel_filters(settings: MelSettings, n_fft: int, sample_rate: int) -> MelFilters:
    """Return the filters for spectra of `n_fft` samples; one that is narrower than a bin may be empty.

    Raises:
        InvalidInput: a sample rate below 1 Hz, or one whose half is not above the lowest frequency.
    """
    check_sample_rate(sample_rate)
    high_hz = min(settings.high_hz, sample_rate / 2)
    if settings.low_hz >= high_hz:
        bound = f"below half the sample rate, {sample_rate / 2:g} Hz"
        raise InvalidInput(constraint("lowest frequency", bound, settings.low_hz, "Choose a lower one."))
    low, high = hz_to_mel(torch.tensor([settings.low_hz, high_hz], dtype=torch.float64), settings.mel_scale).tolist()
    corners = mel_to_hz(torch.linspace(low, high, settings.n_mels + 2, dtype=torch.float64), settings.mel_scale)
    f = torch.arange(n_fft // 2 + 1, dtype=torch.float64) * sample_rate / n_fft
    below, centre, above = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    weights = torch.minimum((f - below) / (centre - below), (above - f) / (above - centre)).clamp(min=0)
    if settings.norm == "area":
        weights = weights * 2 / (above - below)
    return MelFilters(weights, corners)


def mel_spectrogram(waveform: Tensor, sample_rate: int, settings: SpectrogramSettings, mel: MelSettings) -> Spectrogram:
    """Return the mel spectrogram (M, frames) of a waveform (C, T), its rows at the middle of the filters.

    Raises:
        ShapeError, InvalidInput, ResourceLimit: as `spectrogram` and `mel_filters` do.
    """
    filters = mel_filters(mel, settings.window_length, sample_rate)
    power = power_of(stft(waveform, settings))
    values = (filters.weights / full_scale(settings).T).to(power) @ power
    times_s = torch.arange(values.shape[1], dtype=torch.float64) * settings.hop_length / sample_rate
    return Spectrogram(scaled(values, settings), filters.corners_hz[1:-1], times_s, UNITS[settings.scale])


def _check_scale(mel_scale: str) -> None:
    if mel_scale not in MEL_SCALES:
        raise InvalidInput(constraint("mel scale", f"one of {', '.join(MEL_SCALES)}", mel_scale))
