"""One song separated in a process of its own, so that its memory can be told.

`python -m tests.benchmarks._separate_once ours 240`

"plain" instead of "ours" is how such a network is usually run: chunks of 10 s that overlap by 1 s and fade into one
another linearly, one sum as long as the song, no gradient. The second argument is the length of the song in s. Printed
are the seconds, the megabytes at the peak, and those at the peak before it began. The network is torchaudio's HDemucs
with random numbers.
"""

from __future__ import annotations

import resource
import sys
from time import perf_counter

import torch
from torch import Tensor

from engine.source_separation import hdemucs
from engine.source_separation.separator import SAMPLE_RATE_HZ, STEMS

SECOND = SAMPLE_RATE_HZ
CHUNK, OVERLAP = 10 * SECOND, SECOND


def plain(network: torch.nn.Module, song: Tensor) -> Tensor:
    """Return the stems (4, 2, T) of a normalised song (2, T)."""
    total = torch.zeros(len(STEMS), *song.shape)
    rising = torch.linspace(0, 1, OVERLAP)
    for start in range(0, song.shape[-1] - OVERLAP, CHUNK - OVERLAP):
        with torch.no_grad():
            found = network(song[None, :, start : start + CHUNK])[0]
        if start:
            found[..., :OVERLAP] *= rising
        if start + CHUNK < song.shape[-1]:
            found[..., -OVERLAP:] *= 1 - rising
        total[..., start : start + CHUNK] += found
    return total


def ours(network: torch.nn.Module, song: Tensor) -> None:
    """Separate a song and let go of each part, as a job that puts them on the shelf does."""
    for _ in hdemucs.separator(network).separate(song):
        pass


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(way: str, duration_s: float) -> None:
    """Print seconds and megabytes."""
    network = hdemucs.build().eval()
    song = torch.randn(2, round(duration_s * SECOND), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        network(song[None, :, :SECOND])  # what libraries load on first use
    before, began = _peak_mb(), perf_counter()
    (ours if way == "ours" else plain)(network, song)
    print(perf_counter() - began, _peak_mb(), before)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
