"""What both kinds of network hear: the window brought to one loudness.

    x ← x / max(RMS(x), 10⁻⁴)

A sound then means the same soft and loud; silence (below −80 dB) stays soft.

Conventions: waveforms are float (B, T) in [−1, 1].
"""

from __future__ import annotations

from torch import Tensor

LEAST_RMS = 1e-4


def evenly_loud(waveform: Tensor) -> Tensor:
    """Return waveforms (B, T) with a root mean square of 1 each."""
    return waveform / waveform.square().mean(-1, keepdim=True).sqrt().clamp(min=LEAST_RMS)
