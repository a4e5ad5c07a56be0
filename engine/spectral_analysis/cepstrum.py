"""MFCC: the cosines that the levels of the mel bands are made of.

    L_m = 10 log₁₀ Σ_k H_m[k] |X[k]|²          cut off 80 dB below the highest
    c_k = √(2 / M) Σ_m L_m cos(π k (m + ½) / M),   c_0 with √(1 / M)          (the DCT-II, orthonormal)
    L̂_m = Σ_k c_k √(2 / M) cos(π k (m + ½) / M)                               (back, from the coefficients kept)

c_0 is the loudness. The next few tell the slow form of the spectrum (the vowel, the instrument), the higher ones its
fine teeth (the pitch): to keep the first 13 is to keep the form.

Conventions: computed by `torchaudio.transforms.MFCC`, of the mean power over the channels. Windows are as in
`spectrograms`; |X|² is not relative to full scale here.

Reference: S. Davis, P. Mermelstein, "Comparison of parametric representations for monosyllabic word recognition", IEEE
TASSP 28 (1980).
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import torch
import torchaudio
from torch import Tensor

from engine.spectral_analysis.mel import mel_filters
from engine.spectral_analysis.overview import checked_span, frame_count, frame_powers
from engine.spectral_analysis.settings import MelSettings, SpectrogramSettings
from engine.spectral_analysis.spectrograms import power_of, stft, window_of
from engine.spectral_analysis.waveforms import check_sample_rate, check_waveform


@dataclass(frozen=True, eq=False)
class Cepstrum:
    """Coefficients over time.

    Attributes:
        coefficients: (n_mfcc, frames).
        levels_db: (M, frames), the L that they are made of.
        times_s: (frames,) the middle of each window.
    """

    coefficients: Tensor
    levels_db: Tensor
    times_s: Tensor


def mfcc_transform(sample_rate: int, settings: SpectrogramSettings, mel: MelSettings) -> torchaudio.transforms.MFCC:
    """Return torchaudio's transform with these settings; the scale of `settings` does not matter.

    Raises:
        InvalidInput: a sample rate below 1 Hz, or one whose half is not above the lowest frequency.
    """
    mel_filters(mel, settings.window_length, sample_rate)  # refuses what torchaudio would not say clearly
    filters = {
        "n_fft": settings.window_length,
        "hop_length": settings.hop_length,
        "f_min": mel.low_hz,
        "f_max": min(mel.high_hz, sample_rate / 2),
        "n_mels": mel.n_mels,
        "window_fn": lambda _: window_of(settings),
        "pad_mode": "constant",
        "norm": "slaney" if mel.norm == "area" else None,
        "mel_scale": mel.mel_scale,
    }
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "At least one mel filterbank has all zero values")
        return torchaudio.transforms.MFCC(sample_rate, mel.n_mfcc, melkwargs=filters)


def mfcc(waveform: Tensor, sample_rate: int, settings: SpectrogramSettings, mel: MelSettings) -> Tensor:
    """Return the cepstral coefficients (n_mfcc, frames) of a waveform (C, T); the scale of `settings` does not matter.

    Raises:
        ShapeError, InvalidInput, ResourceLimit: as `spectrogram` and `mel_filters` do.
    """
    check_sample_rate(sample_rate)
    return _from_power(power_of(stft(waveform, settings)), mfcc_transform(sample_rate, settings, mel))[0]


def mfcc_overview(
    waveform: Tensor,
    sample_rate: int,
    settings: SpectrogramSettings,
    mel: MelSettings,
    n_columns: int = 1200,
    span: tuple[int, int] | None = None,
) -> Cepstrum:
    """Return coefficients of a sound of any length at no more than `n_columns` of its windows, evenly spread.

    Args:
        waveform: float (C, T).
        sample_rate: in Hz.
        settings: window and hop.
        mel: filters and coefficients.
        n_columns: the most windows to look at.
        span: as in `spectrogram_overview`.

    Raises:
        ShapeError: not (C, T), or shorter than 2 samples, or the part is.
        InvalidInput: NaN, infinity or whole numbers; a rate below 1 Hz, or too low for the filters.
    """
    check_waveform(waveform)
    check_sample_rate(sample_rate)
    start, stop = checked_span(waveform, span)
    transform = mfcc_transform(sample_rate, settings, mel)
    n_frames = frame_count(stop - start, settings)
    every = math.ceil(n_frames / n_columns)
    chosen = torch.arange(every // 2, n_frames, every)
    weights = transform.MelSpectrogram.mel_scale.fb  # (F, M)
    powers = [power.to(weights) @ weights for power in frame_powers(waveform, settings, chosen[:, None], start)]
    coefficients, levels_db = _from_bands(torch.cat(powers).T, transform)
    return Cepstrum(coefficients, levels_db, chosen.to(torch.float64) * settings.hop_length / sample_rate)


def from_coefficients(coefficients: Tensor, n_mels: int) -> Tensor:
    """Return the levels (M, …) that coefficients (n_mfcc, …) describe: the sum of their cosines."""
    basis = torchaudio.functional.create_dct(len(coefficients), n_mels, norm="ortho").to(coefficients)  # (M, n_mfcc)
    return torch.tensordot(basis, coefficients, 1)


def _from_power(power: Tensor, transform: torchaudio.transforms.MFCC) -> tuple[Tensor, Tensor]:
    """Return coefficients and levels of power (F, frames)."""
    weights = transform.MelSpectrogram.mel_scale.fb
    return _from_bands(weights.T @ power.to(weights), transform)


def _from_bands(bands: Tensor, transform: torchaudio.transforms.MFCC) -> tuple[Tensor, Tensor]:
    """Return coefficients and levels of the power of the bands (M, frames)."""
    levels_db = transform.amplitude_to_DB(bands)
    return transform.dct_mat.T @ levels_db, levels_db
