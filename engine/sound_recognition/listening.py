"""From any recording to the windows that a network looks at.

    mono: x = mean of the channels;   resampled to the network's rate;   windows x[k h : k h + T],  k = 0, 1, …

A recording shorter than a window stands in its middle, with silence on both sides.

Conventions: recordings are float (C, T) in [−1, 1] at a rate in Hz; what is heard is float32 (T,) at the network's
rate; times are those of the middle of a window, in seconds of the recording.
"""

from __future__ import annotations

from fractions import Fraction

import torch
import torchaudio.functional as F
from torch import Tensor

from engine.errors import InvalidInput, ShapeError, constraint

FINEST = 1000  # of the ratio of two rates, as a fraction: a kernel for 44101 → 8000 would fill the memory
MARGIN_S = 0.25  # resampled on both sides of a window that is cut out of a long recording
SILENCE = 10 ** (-60 / 20)  # highest sample of what is called silent


def as_heard(waveform: Tensor, sample_rate: int, new_rate: int) -> Tensor:
    """Return a recording (C, T) as (T',) at the network's rate.

    Raises:
        ShapeError: not (C, T) with at least one sample.
        InvalidInput: NaN or infinite samples, or a rate that is not positive.
    """
    if waveform.ndim != 2 or not waveform.numel():
        raise ShapeError(constraint("The sound", "of shape (C, T) with at least one sample", tuple(waveform.shape)))
    if not torch.isfinite(waveform).all():
        raise InvalidInput(constraint("The sound", "made of finite numbers", "NaN or infinity", "Export it again."))
    mono = waveform.float().mean(0)
    if sample_rate == new_rate:
        return mono
    ratio = _ratio(sample_rate, new_rate)
    return F.resample(mono, ratio.denominator, ratio.numerator)


def is_silent(waveform: Tensor) -> bool:
    """Return whether no sample of a recording reaches −60 dB of full scale."""
    return bool(waveform.abs().amax() < SILENCE)


def windows(heard: Tensor, sample_rate: int, length: int, hop_s: float) -> tuple[Tensor, Tensor]:
    """Cut what is heard (T,) into windows (W, length), and return them with the time (W,) of the middle of each.

    The last window ends where the sound does.

    Raises:
        InvalidInput: a hop that is not positive.
    """
    if not hop_s > 0:
        raise InvalidInput(constraint("The hop", "more than 0 s", hop_s))
    n = len(heard)
    if n <= length:
        before = (length - n) // 2
        return torch.nn.functional.pad(heard, (before, length - n - before))[None], torch.tensor([n / 2 / sample_rate])
    hop = max(1, round(hop_s * sample_rate))
    starts = torch.arange(0, n - length + hop, hop).clamp(max=n - length)
    cut = heard[starts[:, None] + torch.arange(length)]
    return cut, (starts + length / 2) / sample_rate


def window_of(waveform: Tensor, sample_rate: int, new_rate: int, length: int, moment_s: float) -> Tensor:
    """Return the window (1, length) about a moment of a recording (C, T); no more of it is resampled than that needs.

    Raises:
        ShapeError, InvalidInput: as `as_heard`.
    """
    ratio, n = _ratio(sample_rate, new_rate), waveform.shape[-1]
    total = -(-n * ratio.numerator // ratio.denominator)  # samples at the new rate
    if waveform.ndim != 2 or total <= length:
        return windows(as_heard(waveform, sample_rate, new_rate), new_rate, length, 1.0)[0]
    start = min(max(round(moment_s * new_rate) - length // 2, 0), total - length)
    margin = round(MARGIN_S * sample_rate)
    first = (
        max(0, int(start / ratio) - margin) // ratio.denominator * ratio.denominator
    )  # where both rates have a sample
    heard = as_heard(waveform[:, first : int((start + length) / ratio) + margin], sample_rate, new_rate)
    begin = start - first * ratio.numerator // ratio.denominator
    return heard[None, begin : begin + length]


def _ratio(sample_rate: int, new_rate: int) -> Fraction:
    if sample_rate < 1:
        raise InvalidInput(constraint("The sample rate", "at least 1 Hz", sample_rate))
    return Fraction(new_rate, sample_rate).limit_denominator(FINEST)
