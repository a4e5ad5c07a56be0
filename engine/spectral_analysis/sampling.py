"""Sampling: what is kept of a sound at a rate, what becomes of the rest, and how the sound comes back.

    x[n] = x(n / r)            a tone of f Hz gives the same samples as one of |f − round(f / r) r| Hz
    x(t) = Σ_n x[n] sinc(r t − n),   sinc(u) = sin(πu) / (πu)

Nyquist's (and Shannon's) theorem: a sound that has nothing from r / 2 upwards is the only such sound through its
samples, and the sum gives it back exactly. What does lie above r / 2 is not lost but folded down to below it, where no
filter can tell it from what belongs there. So it has to be taken out before: the low-pass filter of a resampler.

Conventions: waveforms (C, T), rates in whole Hz, sample n at the time n / r. A tone at r / 2 itself depends on its
phase: sampled in its zeros it is silence.

Reference: C. Shannon, "Communication in the presence of noise", Proc. IRE 37 (1949); J. O. Smith, "Digital audio
resampling" (the windowed sinc that torchaudio uses).
"""

from __future__ import annotations

import math

import torch
import torchaudio.functional as F
from torch import Tensor

from engine.errors import InvalidInput, ResourceLimit, constraint
from engine.spectral_analysis.settings import ToneSettings
from engine.spectral_analysis.waveforms import check_sample_rate, check_waveform

MAX_KERNEL = 20_000_000  # taps of all phases of a resampler
MAX_DRAWN = 4_000_000  # samples times moments of a reconstruction
MAX_EVERY = 1000
STEEP = 32  # zero crossings of the sinc on each side: between what is kept and what is not lies 1 / 32 of the rate
SOFT_S = 0.02  # in which a tone begins and ends, so that it does not click


def tone(settings: ToneSettings) -> Tensor:
    """Return the samples of a pure tone, float32 (1, T): A sin(2π f n / r + φ), whether r is enough for f or not."""
    n = torch.arange(max(1, round(settings.duration_s * settings.sample_rate)), dtype=torch.float64)
    turns = (n * (settings.frequency_hz / settings.sample_rate)).remainder(1) + settings.phase_deg / 360
    return (10 ** (settings.level_db / 20) * torch.sin(2 * math.pi * turns)).to(torch.float32)[None]


def aliased_frequency_hz(frequency_hz: float, sample_rate: float) -> float:
    """Return the frequency from 0 to r / 2 at which a tone is heard after sampling: |f − round(f / r) r|.

    Raises:
        InvalidInput: a frequency or rate that is not finite, or a rate that is not above 0.
    """
    if not (math.isfinite(frequency_hz) and math.isfinite(sample_rate) and sample_rate > 0):
        raise InvalidInput(constraint("frequency and rate", "finite, the rate above 0", (frequency_hz, sample_rate)))
    return abs(frequency_hz - round(frequency_hz / sample_rate) * sample_rate)


def resample(waveform: Tensor, sample_rate: int, new_rate: int, low_pass: bool = True) -> Tensor:
    """Return the waveform (C, T') at another rate.

    Args:
        waveform: float (C, T).
        sample_rate: its rate in Hz.
        new_rate: the rate in Hz that is wanted.
        low_pass: take out what the new rate cannot carry; False only leaves samples out, as sampling does, and asks for
            a rate that divides the old one.

    Raises:
        ShapeError: not (C, T), or shorter than 2 samples.
        InvalidInput: NaN, infinity or whole numbers; rates below 1 Hz; no divisor where samples are left out.
        ResourceLimit: two rates so nearly without a common divisor that the filter would be too large.
    """
    check_waveform(waveform)
    check_sample_rate(sample_rate)
    check_sample_rate(new_rate, "new_rate")
    if not low_pass:
        if sample_rate % new_rate:
            divisors = [str(sample_rate // k) for k in range(2, 9) if not sample_rate % k]
            advice = f"Choose one of {', '.join(divisors)} Hz." if divisors else "Resample it with the filter."
            raise InvalidInput(constraint("new_rate", f"a divisor of {sample_rate} Hz", new_rate, advice))
        return waveform[:, :: sample_rate // new_rate].contiguous()
    divisor = math.gcd(sample_rate, new_rate)
    n_taps = (new_rate // divisor) * (sample_rate // divisor + 2 * 6 * max(1, sample_rate // new_rate))
    if n_taps > MAX_KERNEL:
        advice = "Choose a rate with a larger common divisor, such as 8000, 16000, 22050 or 44100."
        raise ResourceLimit(constraint("The filter", f"of at most {MAX_KERNEL} taps", n_taps, advice))
    return F.resample(waveform, sample_rate, new_rate)


def fewer_samples(waveform: Tensor, every: int, low_pass: bool = True) -> Tensor:
    """Return what is left of a waveform (C, T) when it is kept at a rate `every` times lower, at the old rate again.

    Args:
        waveform: float (C, T).
        every: of so many samples one is kept, from 1 to 1000.
        low_pass: take out before what lies above half the lower rate; False only leaves samples out, and folds it down.

    Raises:
        ShapeError: not (C, T), or shorter than 2 samples.
        InvalidInput: NaN, infinity or whole numbers; `every` outside its range.
    """
    check_waveform(waveform)
    if not isinstance(every, int) or not 1 <= every <= MAX_EVERY:
        raise InvalidInput(constraint("every", f"a whole number from 1 to {MAX_EVERY}", every))
    kept = F.resample(waveform, every, 1, STEEP) if low_pass else waveform[:, ::every]
    return F.resample(kept.contiguous(), 1, every, STEEP)[:, : waveform.shape[1]]


def rising_tone(high_hz: float, duration_s: float, sample_rate: int, level_db: float = -12.0) -> Tensor:
    """Return a tone, float32 (1, T), whose frequency grows steadily from 0 to `high_hz`, with soft ends.

    Raises:
        InvalidInput: a rate below 1 Hz, or a length or frequency that is not above 0.
    """
    check_sample_rate(sample_rate)
    if not (math.isfinite(high_hz) and math.isfinite(duration_s) and high_hz > 0 and duration_s * sample_rate >= 2):
        raise InvalidInput(constraint("frequency and length", "above 0", (high_hz, duration_s)))
    t = torch.arange(round(duration_s * sample_rate), dtype=torch.float64) / sample_rate
    phase = 2 * math.pi * high_hz * t.square() / (2 * duration_s)
    ends = torch.minimum(t, duration_s - t) / SOFT_S
    return (10 ** (level_db / 20) * ends.clamp(0, 1) * torch.sin(phase)).to(torch.float32)[None]


def sinc_reconstruction(samples: Tensor, sample_rate: int, times_s: Tensor) -> Tensor:
    """Return x(t) (C, N) between samples (C, T) at times (N,): the sum above, over the samples that are given.

    Near the ends of the part the sum lacks the samples beyond it, which count as 0.

    Raises:
        ShapeError: not (C, T); one sample will do.
        InvalidInput: NaN, infinity or whole numbers; a rate below 1 Hz; times that are not finite (N,).
        ResourceLimit: more than `MAX_DRAWN` samples times moments.
    """
    check_waveform(samples, least_samples=1)
    check_sample_rate(sample_rate)
    if times_s.ndim != 1 or not times_s.is_floating_point() or not torch.isfinite(times_s).all():
        raise InvalidInput(constraint("times_s", "finite, of shape (N,)", tuple(times_s.shape)))
    if samples.shape[1] * len(times_s) > MAX_DRAWN:
        bound = f"at most {MAX_DRAWN} samples times moments"
        raise ResourceLimit(constraint("The drawing", bound, samples.shape[1] * len(times_s), "Draw a shorter part."))
    places = times_s.to(torch.float64)[:, None] * sample_rate - torch.arange(samples.shape[1], dtype=torch.float64)
    return samples @ torch.sinc(places).to(samples).T
