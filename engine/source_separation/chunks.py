"""A long sound separated in overlapping chunks, which fade into one another; what is finished is handed out at once.

    chunk k is of use in [k·h, k·h + h + f), and the network sees c more samples at each side of that
    y(t) = (1 − w(t)) · y_{k−1}(t) + w(t) · y_k(t),  w rising from 0 to 1 over the f samples that k shares with k − 1

h is the hop, f the fade, c the context; a chunk has h + f + 2c samples, and fewer at the ends of the sound. Where c
covers all that a network looks at for one sample, the result equals that of the whole sound at once.

Conventions: a mixture is float (C, T), stems are float32 (S, C, T); places are samples from the first of the mixture.
Only one chunk and f samples of the one before are kept, however long the sound is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import InvalidInput, constraint
from engine.settings import check, integer

MAX_CHUNK = 44_100 * 60

Steps = Callable[[Tensor], Iterator[Tensor | None]]
"""From a chunk (C, n) to its stems (S, C, n), which come last; before them any number of None, where it may stop."""


@dataclass(frozen=True)
class Chunking:
    """How a sound is cut; all in samples.

    Attributes:
        chunk: what the network sees at once.
        context: what it sees at each side and is not used.
        fade: over how much neighbours fade into one another.
        align: every chunk begins at a multiple of this, such as the hop of a spectrogram.
    """

    chunk: int = integer(262_144, 1, MAX_CHUNK, label="chunk", unit="samples")
    context: int = integer(44_100, 0, MAX_CHUNK, label="context", unit="samples")
    fade: int = integer(4096, 0, MAX_CHUNK, label="fade", unit="samples")
    align: int = integer(1, 1, MAX_CHUNK, label="grid", unit="samples")

    def __post_init__(self) -> None:
        check(self)
        if self.hop < max(1, self.fade):
            least = 2 * self.context + max(2 * self.fade, self.fade + 1)
            raise InvalidInput(constraint("chunk", f"at least {least} samples with this context and fade", self.chunk))

    @property
    def hop(self) -> int:
        """Samples from one chunk to the next."""
        return self.chunk - 2 * self.context - self.fade

    def spans(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return where each chunk is of use, together all of [start, end)."""
        n_chunks = max(1, -(-(end - start - self.fade) // self.hop))
        starts = [start + k * self.hop for k in range(n_chunks)]
        return [(a, a + self.hop + self.fade) for a in starts[:-1]] + [(starts[-1], end)]


@dataclass(frozen=True, eq=False)
class Part:
    """The samples that are new; none at all where a network only shows that it is at work.

    Attributes:
        step, total_steps: samples finished, and to be finished.
        start: place of the first new sample in the mixture.
        stems: (S, C, n) float32 on the CPU; n is 0 where nothing is new.
    """

    step: int
    total_steps: int
    start: int
    stems: Tensor


def separate_in_chunks(
    steps: Steps, mixture: Tensor, chunking: Chunking, span: tuple[int, int] | None = None
) -> Iterator[Part]:
    """Separate [start, end) of a mixture (C, T), or all of it; one `Part` for each chunk, in their order.

    The context of the first and the last chunk may lie outside the span, but not outside the mixture.

    Raises:
        InvalidInput: the span is empty or not within the mixture.
    """
    start, end = span or (0, mixture.shape[-1])
    if not 0 <= start < end <= mixture.shape[-1]:
        must_be = f"not empty and within the {mixture.shape[-1]} samples of the sound"
        raise InvalidInput(constraint("The part to separate", must_be, (start, end)))
    rising = torch.linspace(0, 1, chunking.fade)
    held = None
    for a, b in chunking.spans(start, end):
        stems = None
        for stems in _separated(steps, mixture, chunking, a, b):
            if stems is None:
                yield Part(a - start, end - start, a, torch.empty(0, len(mixture), 0))
        if held is not None:
            stems[..., : chunking.fade].mul_(rising).add_(held)
        finished = b if b == end else b - chunking.fade
        held = stems[..., finished - a :] * (1 - rising[: b - finished])
        yield Part(finished - start, end - start, a, stems[..., : finished - a].clone())


def joined(parts: Iterable[Part]) -> Tensor:
    """Return all stems (S, C, T) of a run, put together in memory taken once."""
    whole, first = None, 0
    for part in parts:
        n = part.stems.shape[-1]
        if whole is None and n:
            whole, first = torch.empty(*part.stems.shape[:2], part.total_steps), part.start
        if n:
            whole[..., part.start - first : part.start - first + n] = part.stems
    return whole


def _separated(steps: Steps, mixture: Tensor, chunking: Chunking, a: int, b: int) -> Iterator[Tensor | None]:
    """Yield what the network does, and last the stems (S, C, b − a), which are the caller's to change."""
    begin = max(0, a - chunking.context) // chunking.align * chunking.align
    seen = mixture[..., begin : b + chunking.context]
    for stems in steps(seen):
        yield None if stems is None else stems[..., a - begin : b - begin].to("cpu", torch.float32, copy=True)
