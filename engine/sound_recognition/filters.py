"""What the first layer listens for: the kernels that M5 learned, beside the mel filters that MelCnn was given.

    response in dB:  20 log₁₀ |FFT(kernel)| − its own maximum;     a kernel's place is the frequency of that maximum

Conventions: kernels are (n, taps), responses (n, F) over frequencies (F,) in Hz, both ordered by place, lowest first.

Reference: the comparison of learned with mel filters follows T. Sainath et al., "Learning the speech front-end with raw
waveform CLDNNs", Interspeech 2015.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from engine.sound_recognition.mel_cnn import MelCnn
    from engine.sound_recognition.waveform_cnn import M5

N_FFT = 1024
FLOOR_DB = -40.0


@dataclass(frozen=True, eq=False)
class Filters:
    """A bank of filters.

    Attributes:
        hz: (F,).
        responses_db: (n, F), at most 0, cut off at −40.
        places_hz: (n,), where each is strongest, ascending.
        kernels: (n, taps) with a largest value of 1; None for mel filters, which are given as spectra.
    """

    hz: Tensor
    responses_db: Tensor
    places_hz: Tensor
    kernels: Tensor | None = None


def learned_filters(network: M5) -> Filters:
    """Return the kernels of the first convolution, by their place."""
    kernels = network.conv1.weight.detach()[:, 0]  # (n, taps)
    hz = torch.fft.rfftfreq(N_FFT, 1 / network.sample_rate)
    strength = torch.fft.rfft(kernels, N_FFT).abs()
    order = strength.argmax(1).argsort(stable=True)
    scaled = kernels / kernels.abs().amax(1, keepdim=True).clamp(min=1e-12)
    return Filters(hz, _decibels(strength[order]), hz[strength.argmax(1)[order]], scaled[order])


def mel_filters(network: MelCnn) -> Filters:
    """Return the triangles of the mel spectrogram; they weigh power, so their decibels are 10 log₁₀."""
    weights = network.spectrogram.filters
    hz = torch.linspace(0, network.sample_rate / 2, weights.shape[1])
    return Filters(hz, _decibels(weights.sqrt()), hz[weights.argmax(1)])


def _decibels(strength: Tensor) -> Tensor:
    top = strength.amax(1, keepdim=True).clamp(min=1e-12)
    return (20 * (strength / top).clamp(min=1e-6).log10()).clamp(min=FLOOR_DB)
