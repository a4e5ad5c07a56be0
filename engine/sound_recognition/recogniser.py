"""A network with the names of its classes, and a recording gone through by two networks side by side.

    p = softmax(network(window))

Conventions: probabilities are (W, classes), one row to a window; times are in seconds of the recording.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.sound_recognition.listening import as_heard, window_of, windows

AT_ONCE = 8  # windows
HOP_S = 0.1
MOST_WINDOWS = 600


@dataclass(frozen=True, eq=False)
class Recogniser:
    """A trained network and what its answers mean.

    Attributes:
        key, title: of its row in the table of models.
        network: takes windows (B, window_length) at its sample_rate.
        labels: the classes; the last one is what is none of the others.
    """

    key: str
    title: str
    network: nn.Module
    labels: tuple[str, ...]

    @torch.inference_mode()
    def probabilities(self, cut: Tensor) -> Tensor:
        """Return (W, classes) of windows (W, window_length)."""
        return self.network(cut).softmax(1)

    def heard(self, waveform: Tensor, sample_rate: int) -> Tensor:
        """Return a recording (C, T) as the network hears it, (T',) at its own rate."""
        return as_heard(waveform, sample_rate, self.network.sample_rate)

    def window(self, waveform: Tensor, sample_rate: int, moment_s: float) -> Tensor:
        """Return the window (1, window_length) of a recording about a moment."""
        return window_of(waveform, sample_rate, self.network.sample_rate, self.network.window_length, moment_s)

    def timed(self, window: Tensor) -> tuple[Tensor, float]:
        """Return the probabilities (classes,) of one window (1, window_length), and how many milliseconds they took."""
        began = time.perf_counter()
        probabilities = self.probabilities(window)[0]
        return probabilities.cpu(), 1000 * (time.perf_counter() - began)


@dataclass(frozen=True, eq=False)
class Recognition:
    """What has been recognised so far.

    Attributes:
        step, total_steps: windows done, and all there are, of all networks.
        times_s: (W,) where the windows are.
        probabilities: key of a network → (w, classes), w ≤ W.
    """

    step: int
    total_steps: int
    times_s: Tensor
    probabilities: Mapping[str, Tensor]


def hop_for(duration_s: float) -> float:
    """Return the hop, seconds, for a recording: 0.1, or so long that 600 windows suffice."""
    return max(HOP_S, duration_s / MOST_WINDOWS)


def recognise(recognisers: Sequence[Recogniser], waveform: Tensor, sample_rate: int) -> Iterator[Recognition]:
    """Go through a recording (C, T) window by window; all recognisers hear windows of the same length in seconds."""
    hop_s = hop_for(waveform.shape[-1] / sample_rate)
    found: dict[str, list[Tensor]] = {one.key: [] for one in recognisers}
    cut = {}
    for one in recognisers:
        network = one.network
        heard = one.heard(waveform, sample_rate)
        cut[one.key], times_s = windows(heard, network.sample_rate, network.window_length, hop_s)
    total, done = sum(len(each) for each in cut.values()), 0
    for first in range(0, len(times_s), AT_ONCE):
        for one in recognisers:
            own = cut[one.key][first : first + AT_ONCE]
            found[one.key].append(one.probabilities(own).cpu())
            done += len(own)
        yield Recognition(done, total, times_s, {key: torch.cat(rows) for key, rows in found.items()})
