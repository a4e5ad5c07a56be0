"""Noise of many colours, the hum of the mains, and silence.

    |N(f)|² ∝ f^(−a),      a = 0 white, 1 pink, 2 brown, −1 blue

Conventions: noise is float (B, n) with a root mean square of 1 in each row; it is scaled by who adds it.
"""

from __future__ import annotations

import torch
from torch import Tensor

DARKEST, BRIGHTEST = 2.2, -1.0  # exponents a
LEAST_HZ = 20.0
MAINS_HZ = (50.0, 60.0)


def coloured(batch_size: int, n_samples: int, sample_rate: int, chance: torch.Generator) -> Tensor:
    """Draw noise (B, n) whose colour, and how fast it comes and goes, differ from row to row."""
    exponent = BRIGHTEST + (DARKEST - BRIGHTEST) * torch.rand(batch_size, 1, generator=chance)
    spectrum = torch.fft.rfft(torch.randn(batch_size, n_samples, generator=chance))
    hz = torch.linspace(0, sample_rate / 2, spectrum.shape[1]).clamp(min=LEAST_HZ)
    shaped = torch.fft.irfft(spectrum * hz ** (-exponent / 2), n_samples)
    return level(shaped * _swell(batch_size, n_samples, sample_rate, chance))


def hum(batch_size: int, n_samples: int, sample_rate: int, chance: torch.Generator) -> Tensor:
    """Draw the hum of the mains (B, n): 50 or 60 Hz and its harmonics."""
    mains = torch.tensor(MAINS_HZ)[torch.randint(2, (batch_size, 1), generator=chance)]
    t = torch.arange(n_samples) / sample_rate
    total = torch.zeros(batch_size, n_samples)
    for harmonic in (1, 2, 3, 5, 7):
        strength, phase = torch.rand(2, batch_size, 1, generator=chance)
        total += strength**2 * torch.sin(2 * torch.pi * (mains * harmonic * t + phase))
    return level(total)


def level(sound: Tensor) -> Tensor:
    """Return sound (B, n) with a root mean square of 1 in each row; silence stays silence."""
    return sound / sound.square().mean(-1, keepdim=True).sqrt().clamp(min=1e-8)


def _swell(batch_size: int, n_samples: int, sample_rate: int, chance: torch.Generator) -> Tensor:
    """Return gains (B, n) in (0, 1.9]: half of the rows are steady, the others swell once in a while."""
    depth = torch.rand(batch_size, 1, generator=chance) * (torch.rand(batch_size, 1, generator=chance) < 0.5)
    hz, phase = 0.5 + 7 * torch.rand(batch_size, 1, generator=chance), torch.rand(batch_size, 1, generator=chance)
    t = torch.arange(n_samples) / sample_rate
    return 1 + 0.9 * depth * torch.sin(2 * torch.pi * (hz * t + phase))
