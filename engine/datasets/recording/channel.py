"""Rooms, microphones and lines as responses over frequency, so that one multiplication of spectra applies them all.

    Y(f) = X(f) · E(f) · L(f) · (1 + w R(f)),      y = IFFT Y

E is an equaliser (a slope and some waves over log f), L the band that is let through, R the spectrum of a room's tail.

Conventions: responses are complex or real (B, F) over frequencies (F,) in Hz; levels in dB.
"""

from __future__ import annotations

import torch
from torch import Tensor

N_WAVES = 3
LOWEST_HZ = 60.0
ORDER = 6  # steepness of the ends of a band
T60_S = (0.08, 0.7)


def equaliser(hz: Tensor, spread_db: float, batch_size: int, chance: torch.Generator) -> Tensor:
    """Draw gains (B, F): a slope over the octaves, and waves of one to four half turns over all of them."""
    octaves = torch.log2(hz.clamp(min=LOWEST_HZ) / LOWEST_HZ)
    place = octaves / octaves[-1]  # 0 … 1
    db = torch.randn(batch_size, 1, generator=chance) * spread_db * (place - 0.5) * 1.5
    for half_turns in range(1, N_WAVES + 1):
        strength, phase = torch.randn(2, batch_size, 1, generator=chance)
        db = db + strength * spread_db / half_turns * torch.sin(torch.pi * half_turns * place + 3 * phase)
    return 10 ** (db / 20)


def band(hz: Tensor, low_hz: Tensor, high_hz: Tensor) -> Tensor:
    """Return the gains (B, F) of a band between corners (B, 1), as steep as a Butterworth filter of order 6."""
    low = 1 / (1 + (low_hz / hz.clamp(min=1.0)) ** (2 * ORDER)).sqrt()
    return low / (1 + (hz / high_hz) ** (2 * ORDER)).sqrt()


def room(n_fft: int, sample_rate: int, batch_size: int, chance: torch.Generator) -> Tensor:
    """Draw the spectra (B, n_fft / 2 + 1) of rooms' tails: noise that dies away, energy 1, without the direct sound.

    A tail lasts at most a fifth of the n_fft samples.
    """
    n = n_fft // 5
    t = torch.arange(n) / sample_rate
    low, high = T60_S
    t60 = low * (high / low) ** torch.rand(batch_size, 1, generator=chance)
    gap_s = 0.001 + 0.015 * torch.rand(batch_size, 1, generator=chance)
    tail = torch.randn(batch_size, n, generator=chance) * 10 ** (-3 * t / t60) * (t > gap_s)
    tail = tail / tail.square().sum(1, keepdim=True).sqrt().clamp(min=1e-8)
    return torch.fft.rfft(tail, n_fft)
