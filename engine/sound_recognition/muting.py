"""Taking a piece out of a sound: a span of time, in a band of frequencies.

    X = STFT(x);   X[f, t] ← 0 for f in the band and t in the span;   x ← ISTFT(X)

Conventions: sound is float (C, T); the span in seconds from its start, the band in Hz, both with their ends.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.errors import InvalidInput, constraint

WINDOW_S = 0.032


def muted(waveform: Tensor, sample_rate: int, span_s: tuple[float, float], band_hz: tuple[float, float]) -> Tensor:
    """Return the sound (C, T) without what lies in the span and in the band.

    Raises:
        InvalidInput: a span or band that ends before it begins.
    """
    for name, (low, high) in (("The span", span_s), ("The band", band_hz)):
        if not low <= high:
            raise InvalidInput(constraint(name, "one that begins before it ends", (low, high), "Exchange the two."))
    n_fft = max(16, round(WINDOW_S * sample_rate) // 4 * 4)
    window = torch.hann_window(n_fft, dtype=waveform.dtype)
    n = waveform.shape[1]
    spectrum = torch.stft(waveform, n_fft, n_fft // 4, window=window, pad_mode="constant", return_complex=True)
    hz = torch.arange(spectrum.shape[1]) * (sample_rate / n_fft)
    at_s = torch.arange(spectrum.shape[2]) * (n_fft // 4 / sample_rate)
    out = (hz >= band_hz[0]) & (hz <= band_hz[1])
    then = (at_s >= span_s[0]) & (at_s <= span_s[1])
    spectrum = spectrum.masked_fill(out[:, None] & then, 0)
    return torch.istft(spectrum, n_fft, n_fft // 4, window=window, length=n)
