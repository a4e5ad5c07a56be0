"""The spectrogram: how much of each frequency a sound has, moment by moment.

    X[k, m] = Σ_n w[n] x[m·H + n − N/2] e^(−2πi k n / N)      f_k = k r / N,   t_m = m H / r
    power[k, m] = mean over the channels of |X[k, m]|² / S[k],    S[k] = (Σ w / 2)²,  at k = 0 and N/2 (Σ w)²

w is a window of N samples, H the hop, r the sample rate. S makes a tone of amplitude A show the amplitude A, whatever
the window: 0 dB is a tone at full scale. A long window tells near frequencies apart (they must differ by about 2 r / N
for Hann's) but not what happens within it; a short one the other way round.

Conventions: a window is periodic, as long as the FFT, and centred on its time; the sound is continued with silence.
A spectrogram is (F, frames) with F = N / 2 + 1 rounded down; "linear" is the amplitude √power, "power" the power, "log"
log₁₀ power and "db" ten times that, nowhere below the floor.

Reference: D. Gabor, "Theory of communication", J. IEE 93 (1946); F. Harris, "On the use of windows for harmonic
analysis with the discrete Fourier transform", Proc. IEEE 66 (1978).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torchaudio.functional as F
from torch import Tensor

from engine.errors import ResourceLimit, ShapeError, constraint
from engine.spectral_analysis.settings import SpectrogramSettings
from engine.spectral_analysis.waveforms import check_sample_rate, check_waveform

MAX_VALUES = 30_000_000  # of all channels: complex, 240 MB

_WINDOWS = {
    "hann": torch.hann_window,
    "hamming": torch.hamming_window,
    "blackman": torch.blackman_window,
    "rectangular": torch.ones,
}
UNITS = {"linear": "amplitude", "power": "power", "log": "log₁₀ power", "db": "dB"}


@dataclass(frozen=True, eq=False)
class Spectrogram:
    """Values over frequency and time.

    Attributes:
        values: (F, frames).
        frequencies_hz: (F,) of each row, or the middle of its band.
        times_s: (frames,) the middle of each column.
        unit: "amplitude", "power", "log₁₀ power" or "dB", relative to a tone at full scale.
    """

    values: Tensor
    frequencies_hz: Tensor
    times_s: Tensor
    unit: str


def window_of(settings: SpectrogramSettings, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return w (N,)."""
    return _WINDOWS[settings.window](settings.window_length, dtype=dtype)


def stft(waveform: Tensor, settings: SpectrogramSettings, centred: bool = True) -> Tensor:
    """Return X, complex (C, F, frames), of a waveform (C, T).

    Args:
        waveform: float (C, T).
        settings: window and hop; the scale does not matter.
        centred: False begins the first window at the first sample and ends the last before the sound does.

    Raises:
        ShapeError: not (C, T), or shorter than 2 samples, or than the window where it is not centred.
        InvalidInput: NaN, infinity or whole numbers.
        ResourceLimit: more than `MAX_VALUES` values.
    """
    check_waveform(waveform)
    n_channels, length = waveform.shape
    if not centred and length < settings.window_length:
        bound = f"at least as long as the window, {settings.window_length} samples"
        raise ShapeError(constraint("The sound", bound, length, "Choose a shorter window."))
    n_values = n_channels * (1 + length // settings.hop_length) * (settings.window_length // 2 + 1)
    if n_values > MAX_VALUES:
        advice = "Choose a longer hop, or a shorter part of the sound."
        raise ResourceLimit(constraint("The spectrogram", f"of at most {MAX_VALUES} values", n_values, advice))
    return F.spectrogram(
        waveform,
        pad=0,
        window=window_of(settings, waveform.dtype).to(waveform.device),
        n_fft=settings.window_length,
        hop_length=settings.hop_length,
        win_length=settings.window_length,
        power=None,
        normalized=False,
        center=centred,
        pad_mode="constant",
    )


def power_of(spectrum: Tensor) -> Tensor:
    """Return the mean over the channels of |X|², (F, frames), of X (C, F, frames)."""
    return (spectrum.real.square() + spectrum.imag.square()).mean(0)


def full_scale(settings: SpectrogramSettings) -> Tensor:
    """Return S (F, 1), float64: |X|² of a tone of amplitude 1 at each frequency."""
    total = window_of(settings, torch.float64).sum()
    scale = torch.full((settings.window_length // 2 + 1, 1), total.item() / 2, dtype=torch.float64)
    scale[0] = total  # a constant has no second half at a negative frequency
    if settings.window_length % 2 == 0:
        scale[-1] = total
    return scale.square()


def scaled(power: Tensor, settings: SpectrogramSettings) -> Tensor:
    """Return power in the scale that is asked for."""
    if settings.scale == "power":
        return power
    if settings.scale == "linear":
        return power.sqrt()
    logarithm = power.clamp(min=10 ** (settings.floor_db / 10)).log10()
    return logarithm if settings.scale == "log" else 10 * logarithm


def spectrogram(waveform: Tensor, sample_rate: int, settings: SpectrogramSettings) -> Spectrogram:
    """Return the spectrogram of a waveform (C, T).

    Args:
        waveform: float (C, T), full scale at ±1.
        sample_rate: r in Hz.
        settings: window, hop and scale.

    Raises:
        ShapeError: not (C, T), or shorter than 2 samples.
        InvalidInput: NaN, infinity or whole numbers; a sample rate below 1 Hz.
        ResourceLimit: more than `MAX_VALUES` values; `overview` has no such bound.
    """
    check_sample_rate(sample_rate)
    power = power_of(stft(waveform, settings))
    power = power / full_scale(settings).to(power)
    frames = torch.arange(power.shape[1], dtype=torch.float64)
    times_s = frames * settings.hop_length / sample_rate
    return Spectrogram(
        scaled(power, settings), bin_frequencies_hz(settings, sample_rate), times_s, UNITS[settings.scale]
    )


def bin_frequencies_hz(settings: SpectrogramSettings, sample_rate: int) -> Tensor:
    """Return f_k (F,), float64."""
    return torch.arange(settings.window_length // 2 + 1, dtype=torch.float64) * sample_rate / settings.window_length
