"""Reduced views: a long sound in as many columns as there are pixels, soon, and in little memory.

    low, high, rms of column i: of the samples i·s … (i + 1)·s − 1
    spectrum of column i: at each frequency the highest power of the windows chosen in it

A column of the waveform sees every sample, so no peak is missed. A column of the spectrogram looks at no more than
`WINDOWS_PER_COLUMN` of its windows, evenly spread; where a sound is so long that it has more, a very short event may
fall between them. A short sound is seen whole: the columns then are the frames of `spectrograms`.

Conventions: all columns but the last are equally long; there are at most as many as are asked for. What is held beside
the sound is one channel of it, and the picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

from engine.errors import InvalidInput, ShapeError, constraint
from engine.spectral_analysis.mel import mel_filters
from engine.spectral_analysis.settings import MelSettings, SpectrogramSettings
from engine.spectral_analysis.spectrograms import (
    UNITS,
    Spectrogram,
    bin_frequencies_hz,
    full_scale,
    scaled,
    window_of,
)
from engine.spectral_analysis.waveforms import check_sample_rate, check_waveform

MAX_COLUMNS = 4096
WINDOWS_PER_COLUMN = 4
_SAMPLES_AT_ONCE = 2**18


@dataclass(frozen=True, eq=False)
class WaveformOverview:
    """What to draw of a long waveform.

    Attributes:
        low, high: (C, n) the lowest and the highest sample of each column.
        rms: (C, n) the root mean square of each column.
        times_s: (n + 1,) where the columns begin, and where the sound ends.
    """

    low: Tensor
    high: Tensor
    rms: Tensor
    times_s: Tensor


def waveform_overview(waveform: Tensor, sample_rate: int, n_columns: int = 1200) -> WaveformOverview:
    """Return lows, highs and levels of a waveform (C, T) in at most `n_columns` columns.

    Raises:
        ShapeError: not (C, T), or shorter than 2 samples.
        InvalidInput: NaN, infinity or whole numbers; a rate below 1 Hz; columns not from 1 to 4096.
    """
    _check(waveform, sample_rate, n_columns)
    length = waveform.shape[1]
    size = math.ceil(length / n_columns)
    whole = length - length % size
    parts = [waveform[:, :whole].unflatten(1, (-1, size))] if whole else []
    if whole < length:
        parts.append(waveform[:, None, whole:])
    levels = [torch.linalg.vector_norm(part, dim=2) / math.sqrt(part.shape[2]) for part in parts]
    starts = torch.arange(0, length, size, dtype=torch.float64)
    times_s = torch.cat([starts, starts.new_tensor([length])]) / sample_rate
    low, high = (torch.cat([extreme(part, 2) for part in parts], 1) for extreme in (torch.amin, torch.amax))
    return WaveformOverview(low, high, torch.cat(levels, 1), times_s)


def spectrogram_overview(
    waveform: Tensor,
    sample_rate: int,
    settings: SpectrogramSettings,
    n_columns: int = 1200,
    mel: MelSettings | None = None,
    span: tuple[int, int] | None = None,
) -> Spectrogram:
    """Return a spectrogram, or a mel spectrogram, of a waveform (C, T) in at most `n_columns` columns.

    Args:
        waveform: float (C, T) of any length.
        sample_rate: in Hz.
        settings: window, hop and scale. Windows are chosen from those that the hop gives.
        n_columns: the most columns to return.
        mel: the filters of a mel spectrogram; None for none.
        span: the first sample of a part and the one after its last; None for all. The windows at its ends reach into
            what is around it. Times count from the beginning of the part.

    Raises:
        ShapeError: not (C, T), or shorter than 2 samples, or the part is.
        InvalidInput: NaN, infinity or whole numbers; a rate below 1 Hz, or too low for the filters; columns not from 1
            to 4096.
    """
    _check(waveform, sample_rate, n_columns)
    start, stop = checked_span(waveform, span)
    frequencies_hz = bin_frequencies_hz(settings, sample_rate)
    weights = None
    if mel is not None:
        filters = mel_filters(mel, settings.window_length, sample_rate)
        weights, frequencies_hz = filters.weights, filters.corners_hz[1:-1]
    n_frames = frame_count(stop - start, settings)
    per_column = math.ceil(n_frames / n_columns)
    chosen = chosen_frames(n_frames, per_column)  # (n, k)
    blocks = [
        _weighted(power, settings, weights).unflatten(0, (-1, chosen.shape[1])).amax(1)
        for power in frame_powers(waveform, settings, chosen, start)
    ]
    middles = torch.arange(len(chosen), dtype=torch.float64) * per_column + (per_column - 1) / 2
    times_s = middles * settings.hop_length / sample_rate
    values = scaled(torch.cat(blocks).T.contiguous(), settings)
    return Spectrogram(values, frequencies_hz, times_s, UNITS[settings.scale])


def checked_span(waveform: Tensor, span: tuple[int, int] | None) -> tuple[int, int]:
    """Return the first sample of a part of a waveform (C, T), and the one after its last; None stands for all.

    Raises:
        ShapeError: shorter than 2 samples, or beyond the sound.
    """
    start, stop = span or (0, waveform.shape[1])
    if start < 0 or not start + 2 <= stop <= waveform.shape[1]:
        bound = f"at least 2 of the samples from 0 to {waveform.shape[1]}"
        raise ShapeError(constraint("The part", bound, (start, stop), "Choose a longer part."))
    return start, stop


def frame_count(n_samples: int, settings: SpectrogramSettings) -> int:
    """Return how many windows lie in so many samples: as many as `stft` has."""
    return 1 + (n_samples - settings.window_length % 2) // settings.hop_length


def chosen_frames(n_frames: int, per_column: int) -> Tensor:
    """Return which frames each column looks at, (n, k), k at most `WINDOWS_PER_COLUMN`; the last may repeat."""
    k = min(per_column, WINDOWS_PER_COLUMN)
    within = (torch.arange(k) * per_column + per_column // 2) // k
    first = torch.arange(0, n_frames, per_column)
    return (first[:, None] + within).clamp(max=n_frames - 1)


def frame_powers(waveform: Tensor, settings: SpectrogramSettings, chosen: Tensor, start: int = 0) -> Iterator[Tensor]:
    """Yield the mean over the channels of |X|² (columns · k, F) of the chosen frames (columns, k), some at a time.

    Frame 0 has its middle at the sample `start`; a window that reaches beyond the sound sees silence there.
    """
    length, hop = settings.window_length, settings.hop_length
    window = window_of(settings, waveform.dtype)
    at_once = max(1, _SAMPLES_AT_ONCE // (length * chosen.shape[1]))
    half = length // 2
    for columns in chosen.split(at_once):
        places = columns.flatten() * hop - half + start
        power = torch.zeros(len(places), half + 1, dtype=waveform.dtype)
        for channel in waveform:
            spectrum = torch.fft.rfft(_windows(channel, places, length) * window)
            power += spectrum.real.square() + spectrum.imag.square()
        yield power / len(waveform)


def _windows(channel: Tensor, places: Tensor, length: int) -> Tensor:
    """Return the samples (n, length) of a channel (T,) from each place on; silence before and after it."""
    inside = (places >= 0) & (places + length <= len(channel))
    windows = channel.new_zeros(len(places), length)
    if inside.any():
        windows[inside] = channel.unfold(0, length, 1)[places[inside]]
    for row in (~inside).nonzero().flatten().tolist():
        start = places[row].item()
        part = channel[max(start, 0) : max(start + length, 0)]
        windows[row] = pad(part, (max(-start, 0), length - len(part) - max(-start, 0)))
    return windows


def _weighted(power: Tensor, settings: SpectrogramSettings, weights: Tensor | None) -> Tensor:
    """Return power (n, F) relative to full scale, or what filters (M, F) let through of it, (n, M)."""
    scale = full_scale(settings).T  # (1, F)
    return power / scale.to(power) if weights is None else power @ (weights / scale).to(power).T


def _check(waveform: Tensor, sample_rate: int, n_columns: int) -> None:
    check_waveform(waveform)
    check_sample_rate(sample_rate)
    if not isinstance(n_columns, int) or isinstance(n_columns, bool) or not 1 <= n_columns <= MAX_COLUMNS:
        raise InvalidInput(constraint("n_columns", f"a whole number from 1 to {MAX_COLUMNS}", n_columns))
