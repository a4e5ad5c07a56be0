"""The short-time Fourier transform that the masks work on, and its inverse.

Conventions: sound is (…, T), spectra are complex (…, F, N) with F = n_fft / 2 + 1. Window of Hann, hop n_fft / 4, frame
k in the middle of sample k · hop; a silence of half a window is put before and after.
"""

from __future__ import annotations

import torch
from torch import Tensor


def transform(sound: Tensor, n_fft: int) -> Tensor:
    """Return the spectra (…, F, N) of sounds (…, T)."""
    rows = sound.reshape(-1, sound.shape[-1])
    window = torch.hann_window(n_fft, dtype=sound.dtype, device=sound.device)
    spectra = torch.stft(rows, n_fft, n_fft // 4, window=window, pad_mode="constant", return_complex=True)
    return spectra.view(*sound.shape[:-1], *spectra.shape[1:])


def invert(spectra: Tensor, n_fft: int, n_samples: int) -> Tensor:
    """Return the sounds (…, T) of spectra (…, F, N), T being `n_samples`."""
    rows = spectra.reshape(-1, *spectra.shape[-2:])
    window = torch.hann_window(n_fft, dtype=rows.real.dtype, device=rows.device)
    sound = torch.istft(rows, n_fft, n_fft // 4, window=window, length=n_samples)
    return sound.view(*spectra.shape[:-2], n_samples)
