"""torchaudio's official Hybrid Demucs as a method for long songs: its loudness, its chunks, its layers one by one.

The chunks are 200 frames long, 4.6 s: the LSTMs inside read 200 frames at a time in any case, so that none of a chunk
is read twice, and the first sound comes soon.

Conventions: as in `separator`; 44.1 kHz stereo.

Reference: as for `hdemucs_steps`. The loudness is normalised as in torchaudio's tutorial on Hybrid Demucs.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional as F
from torchaudio.models import HDemucs, hdemucs_high

from engine.source_separation.chunks import Chunking
from engine.source_separation.hdemucs_steps import hdemucs_steps
from engine.source_separation.separator import SAMPLE_RATE_HZ, STEMS, Separator

HOP = 1024  # of the network's spectrogram
LEAST = 4 * HOP  # samples; torchaudio's mirror at the edges needs nearly as many
CHUNKING = Chunking(chunk=200 * HOP, context=6 * HOP, fade=4 * HOP)


def build() -> HDemucs:
    """Return the untrained network that the official file fills."""
    with torch.random.fork_rng(devices=[]):  # what it draws at the start is replaced
        return hdemucs_high(list(STEMS))


def separator(network: HDemucs, chunking: Chunking = CHUNKING) -> Separator:
    """Return the method for a long song."""

    def steps(chunk: Tensor) -> Iterator[Tensor | None]:
        n_samples = chunk.shape[-1]
        padded = F.pad(chunk, (0, max(0, LEAST - n_samples)))[None].to(next(network.parameters()).device)
        for stems in hdemucs_steps(network, padded):
            yield None if stems is None else stems[0, ..., :n_samples]

    return Separator(STEMS, SAMPLE_RATE_HZ, chunking, steps)
