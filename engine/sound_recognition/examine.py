"""A look at one window by one network: what it sees, what it answers, and what spoke for the answer.

Conventions: `seen` is (M, frames) for a MelCnn and (T,) for an M5, as `saliency`; probabilities (classes,).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from engine.sound_recognition.models import both
from engine.sound_recognition.muting import muted
from engine.sound_recognition.recogniser import Recogniser, Recognition, recognise
from engine.sound_recognition.saliency import SMOOTHED, Saliency, saliency

N_TIMED = 3


@dataclass(frozen=True)
class Mute:
    """A piece that is taken out of the window: seconds from its start, and Hz."""

    span_s: tuple[float, float]
    band_hz: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Look:
    """What one network makes of one window.

    Attributes:
        key, title: of the network.
        labels: its classes.
        num_params: how many numbers it learned.
        sample_rate: of what it hears, Hz.
        window: (1, T), what it hears.
        seen: what it looks at.
        probabilities: (classes,).
        before: (classes,) without the mute; None where nothing is muted.
        explained: the class whose saliency it is.
        saliency: as `seen`.
        milliseconds: for one window, the shortest of three tries.
    """

    key: str
    title: str
    labels: tuple[str, ...]
    num_params: int
    sample_rate: int
    window: Tensor
    seen: Tensor
    probabilities: Tensor
    before: Tensor | None
    explained: int
    saliency: Tensor
    milliseconds: float


def look(
    one: Recogniser,
    waveform: Tensor,
    sample_rate: int,
    moment_s: float,
    mute: Mute | None = None,
    rank: int = 0,
    settings: Saliency = SMOOTHED,
) -> Look:
    """Look at the window of a recording (C, T) about a moment.

    Args:
        one: the network.
        waveform, sample_rate: the recording.
        moment_s: the middle of the window.
        mute: what is taken out of the window.
        rank: explain the most probable class (0), the second (1), …
        settings: of the saliency.
    """
    network, before = one.network, None
    window = one.window(waveform, sample_rate, moment_s)
    if mute is not None:
        before = one.probabilities(window)[0]
        window = muted(window, network.sample_rate, mute.span_s, mute.band_hz)
    tries = [one.timed(window) for _ in range(N_TIMED)]
    probabilities = tries[0][0]
    explained = int(probabilities.argsort(descending=True)[rank])
    return Look(
        one.key,
        one.title,
        one.labels,
        sum(p.numel() for p in network.parameters()),
        network.sample_rate,
        window,
        network.features(window)[0, 0],
        probabilities,
        before,
        explained,
        saliency(network, window, explained, settings),
        min(took for _, took in tries),
    )


def recognise_task(task: str, waveform: Tensor, sample_rate: int) -> Iterator[Recognition]:
    """Go through a recording with both networks of a task."""
    yield from recognise([row.make(None) for row in both(task)], waveform, sample_rate)
