"""A long sound at another sample rate, block by block: the work can stop between two blocks.

    y(k) = Σ_t x(t) · h(k/u − t/d),  u / d = new / old rate in lowest terms,  h a low-pass below both Nyquist limits

Blocks begin at multiples of d samples, where a sample of the one rate lies on one of the other, and see as much around
them as h is long: what comes out is what all at once would give.

Conventions: sound is float (C, T); the result has ⌈T · u / d⌉ samples.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from scipy.signal import firwin, resample_poly
from torch import Tensor

REACH = 10  # samples of the lower rate at each side
KAISER = ("kaiser", 5.0)
BLOCK = 2**18  # samples


def resample_steps(sound: Tensor, rate_hz: int, new_rate_hz: int) -> Iterator[Tensor | None]:
    """Yield None after each block, and last the sound (C, T') at the new rate."""
    if rate_hz == new_rate_hz:
        yield sound
        return
    divisor = math.gcd(rate_hz, new_rate_hz)
    up, down = new_rate_hz // divisor, rate_hz // divisor
    slower = max(up, down)
    window = firwin(2 * REACH * slower + 1, 1 / slower, window=KAISER).astype(np.float32)
    size = max(1, BLOCK // down) * down
    around = -(-(REACH * slower // up + 1) // down) * down
    n = sound.shape[-1]
    found = torch.empty(len(sound), -(-n * up // down))
    for start in range(0, n, size):
        before = min(around, start)
        seen = sound[:, start - before : start + size + around].numpy()
        block = torch.from_numpy(resample_poly(seen, up, down, axis=1, window=window))
        first, skipped = start // down * up, before // down * up
        part = found[:, first : first + size // down * up]
        part.copy_(block[:, skipped : skipped + part.shape[1]])
        yield None
    yield found


def resampled(sound: Tensor, rate_hz: int, new_rate_hz: int) -> Tensor:
    """Return the sound (C, T') at the new rate."""
    *_, found = resample_steps(sound, rate_hz, new_rate_hz)
    return found
