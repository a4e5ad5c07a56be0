"""How near a separated source is to the true one: SNR, SI-SDR, MUSDB's SDR; and any measure over time.

    SNR    = |s|² / |s − ŝ|²                    every difference is an error, of loudness too
    SI-SDR = |α s|² / |α s − ŝ|²,  α = ŝ·s / |s|²     the loudness of the estimate does not matter
    SDR of MUSDB = median over windows of 1 s of |s|² / |s − ŝ|², channels together

`bss_eval` tells in addition which kind of error it is.

Conventions: ŝ is the estimate, s the reference. Ratios are in dB: +inf where there is no error at all (of SI-SDR always
for one sample), NaN where both energies are 0, that is, for SI-SDR where either is silent, for SNR where both are;
−inf for the SNR of a silent reference. Energies are summed in float64.

Reference: J. Le Roux, S. Wisdom, H. Erdogan, J. Hershey, "SDR – half-baked or well done?", ICASSP 2019 (no mean is
taken away there, nor here). F.-R. Stöter, A. Liutkus, N. Ito, "The 2018 signal separation evaluation campaign",
LVA/ICA 2018: its SDR is that of BSS-eval version 4, in which no filter is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from engine.errors import InvalidInput, ShapeError, constraint


def snr(estimate: Tensor, reference: Tensor) -> Tensor:
    """Return the signal-to-noise ratio (…) in dB of estimates (…, T).

    Raises:
        ShapeError: the two have not the same shape, or no samples.
        InvalidInput: NaN, infinity or whole numbers.
    """
    _check(estimate, reference)
    return _db(_energy(reference), _energy(reference - estimate)).to(estimate.dtype)


def si_sdr(estimate: Tensor, reference: Tensor) -> Tensor:
    """Return the scale-invariant signal-to-distortion ratio (…) in dB of estimates (…, T).

    The channels of a stereo sound count each for itself; flatten them, `(…, C, T)` to `(…, C·T)`, for one ratio. It can
    be differentiated, as a loss is.

    Raises:
        ShapeError: the two have not the same shape, or no samples.
        InvalidInput: NaN, infinity or whole numbers.
    """
    terms = si_sdr_terms(estimate, reference)
    return _db(terms.wanted, terms.unwanted).to(estimate.dtype)


@dataclass(frozen=True, eq=False)
class SiSdrTerms:
    """What the SI-SDR is made of, each (…): α, |α s|² and |α s − ŝ|²."""

    scale: Tensor
    wanted: Tensor
    unwanted: Tensor


def si_sdr_terms(estimate: Tensor, reference: Tensor) -> SiSdrTerms:
    """Return the terms of `si_sdr` of estimates (…, T); errors as there."""
    _check(estimate, reference)
    correlation = (estimate * reference).sum(-1, dtype=torch.float64)
    scale = (correlation / _energy(reference)).to(estimate.dtype)
    target = scale[..., None] * reference
    return SiSdrTerms(scale, _energy(target), _energy(target - estimate))


@dataclass(frozen=True, eq=False)
class FramewiseSdr:
    """SDR in windows.

    Attributes:
        median: (S,) dB over the windows that have a value; NaN where none has.
        frames: (S, N) dB.
        starts_s: (N,) where each window begins.
    """

    median: Tensor
    frames: Tensor
    starts_s: Tensor


def framewise_sdr(
    estimates: Tensor, references: Tensor, sample_rate: int, window_s: float = 1.0, hop_s: float = 1.0
) -> FramewiseSdr:
    """Return the SDR of MUSDB of sources (S, C, T).

    As in its program, a window in which any reference or any estimate is silent has no value for any source, and what
    does not fill a last window is left out; a sound shorter than a window is one window.

    Raises:
        ShapeError: not (S, C, T) both.
        InvalidInput: NaN, infinity or whole numbers; a window or hop shorter than a sample.
    """
    _check(estimates, references)
    if estimates.ndim != 3:
        raise ShapeError(constraint("estimates and references", "of shape (S, C, T)", tuple(estimates.shape)))
    window, hop = (round(time_s * sample_rate) for time_s in (window_s, hop_s))
    moments = list(over_time(_windowed_sdr, (estimates, references), window, hop))
    frames = torch.stack([moment.value for moment in moments], 1)
    starts_s = torch.tensor([moment.start for moment in moments], dtype=torch.float64) / sample_rate
    medians = [row[~row.isnan()].quantile(0.5) if not row.isnan().all() else row[0] for row in frames]
    return FramewiseSdr(torch.stack(medians), frames, starts_s)


@dataclass(frozen=True, eq=False)
class Moment:
    """A measure of one window, the samples from `start` to before `stop`."""

    step: int
    total_steps: int
    start: int
    stop: int
    value: Any


def over_time(
    measure: Callable[..., Any], signals: Sequence[Tensor], window: int, hop: int | None = None
) -> Iterator[Moment]:
    """Yield `measure(*parts)` of each window of the signals, such as (estimate, reference) for `si_sdr`.

    Args:
        measure: from parts of the signals, (…, window), to a value that is kept as it is.
        signals: tensors (…, T) of one length.
        window, hop: in samples; the hop is the window where it is None. What does not fill a last window is left out;
            a sound shorter than a window is one window.

    Raises:
        ShapeError: no signals, or not of one length.
        InvalidInput: a window or hop that is not a whole number from 1.
    """
    hop = window if hop is None else hop
    for name, value in (("window", window), ("hop", hop)):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise InvalidInput(constraint(name, "a whole number of samples, at least 1", value))
    lengths = [signal.shape[-1] if signal.ndim else 0 for signal in signals]
    if len(set(lengths)) != 1 or not lengths[0]:
        raise ShapeError(constraint("signals", "of one length, with at least 1 sample", lengths))
    length = lengths[0]
    n_windows = max(1, (length - window) // hop + 1)
    for k in range(n_windows):
        start, stop = k * hop, min(k * hop + window, length)
        yield Moment(k + 1, n_windows, start, stop, measure(*(signal[..., start:stop] for signal in signals)))


def check_samples(name: str, signals: Tensor) -> None:
    """Refuse samples that are not finite floating-point numbers."""
    is_float = signals.is_floating_point()
    if not is_float or not torch.isfinite(torch.stack(torch.aminmax(signals.detach()))).all():
        got = "NaN or infinity" if is_float else str(signals.dtype)
        raise InvalidInput(constraint(name, "made of finite floating-point samples", got, "Export the sound again."))


def _windowed_sdr(estimates: Tensor, references: Tensor) -> Tensor:
    energies = [_energy(signals.flatten(1)) for signals in (references, references - estimates, estimates)]
    is_silent = (energies[0] == 0).any() | (energies[2] == 0).any()
    return _db(energies[0], energies[1]).masked_fill(is_silent, torch.nan)


def _energy(signals: Tensor) -> Tensor:
    return signals.square().sum(-1, dtype=torch.float64)


def _db(wanted: Tensor, unwanted: Tensor) -> Tensor:
    return 10 * torch.log10(wanted / unwanted)


def _check(estimate: Tensor, reference: Tensor) -> None:
    shapes = (tuple(estimate.shape), tuple(reference.shape))
    if shapes[0] != shapes[1] or not estimate.ndim or not estimate.numel():
        raise ShapeError(constraint("estimate and reference", "(…, T), both the same, not empty", shapes))
    check_samples("estimate", estimate)
    check_samples("reference", reference)
