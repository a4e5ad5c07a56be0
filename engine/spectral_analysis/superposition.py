"""Two sounds at once: what their sum is like, from how they go together.

    |a + b|² = |a|² + |b|² + 2 ⟨a, b⟩          two equal ones: +6.02 dB;  b = −a: silence;  unrelated: +3.01 dB
    turned by φ:  x_φ = cos φ · x − sin φ · H(x)      H the Hilbert transform: each frequency a quarter turn later
    x + x_φ:  10 log₁₀(2 + 2 cos φ) dB = 20 log₁₀ |2 cos(φ / 2)| dB louder than x

Conventions: waveforms (C, T); the whole waveform is taken as one period. What has no phase to turn, the constant part
and half the sample rate, is left out.

Reference: A. Oppenheim, R. Schafer, "Discrete-Time Signal Processing", on the Hilbert transform.
"""

from __future__ import annotations

import cmath
import math

import torch
from torch import Tensor

from engine.spectral_analysis.waveforms import check_waveform

SILENT = 1e-12  # of the power; what is left of a cancellation by rounding


def turned(waveform: Tensor, phase_deg: float) -> Tensor:
    """Return the waveform (C, T) with the phase of each of its frequencies turned by `phase_deg`, its power kept.

    Raises:
        ShapeError: not (C, T), or shorter than 2 samples.
        InvalidInput: NaN, infinity or whole numbers.
    """
    check_waveform(waveform)
    spectrum = torch.fft.rfft(waveform)
    spectrum[:, 0] = 0
    if waveform.shape[1] % 2 == 0:
        spectrum[:, -1] = 0
    return torch.fft.irfft(spectrum * cmath.exp(1j * math.radians(phase_deg)), waveform.shape[1])


def level_of_sum_db(phase_deg: float) -> float:
    """Return how much louder x + x_φ is than x, in dB; −∞ at half a turn."""
    power = 2 + 2 * math.cos(math.radians(phase_deg))
    return 10 * math.log10(power) if power > SILENT else -math.inf


def noise(n_samples: int, level_db: float, generator: torch.Generator) -> Tensor:
    """Return white noise, float32 (1, T), whose RMS is `level_db` dBFS on average."""
    return torch.randn(1, n_samples, generator=generator) * 10 ** (level_db / 20)
