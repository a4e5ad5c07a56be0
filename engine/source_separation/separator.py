"""A method with all it needs to separate a sound: its chunks, its stems, its sample rate.

    m = mean of the mono mix, s = its standard deviation:   stems = s · f((mixture − m) / s) + m

so that a network f always hears the same loudness; methods that do not care leave that out.

Conventions: as in `chunks`. The stems of a song are always in torchaudio's order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import InvalidInput, ShapeError, constraint
from engine.source_separation.chunks import Chunking, Part, Steps, separate_in_chunks

STEMS = ("drums", "bass", "other", "vocals")
SAMPLE_RATE_HZ = 44_100
LEAST_STD = 1e-5  # −100 dB: silence stays silence


@dataclass(frozen=True)
class Level:
    """Mean and standard deviation of a mono mix."""

    mean: float
    std: float

    @classmethod
    def of(cls, mixture: Tensor) -> Level:
        """Measure a mixture (C, T)."""
        mono = mixture.mean(0)
        std = mono.std().item() if len(mono) > 1 else 0.0
        return cls(mono.mean().item(), max(std, LEAST_STD))

    def normalised(self, sound: Tensor) -> Tensor:
        """Return (sound − m) / s."""
        return (sound - self.mean) / self.std

    def restored(self, stems: Tensor) -> Tensor:
        """Return s · stems + m, in the memory of `stems`."""
        return stems.mul_(self.std).add_(self.mean)


@dataclass(frozen=True)
class Separator:
    """A method of separation.

    Attributes:
        stems: what it finds, in order.
        sample_rate_hz: of what it takes and gives; None where any will do.
        chunking: how a sound is cut for it.
        steps: what it does to a chunk.
        normalises: whether chunks are brought to the same loudness first.
        is_stereo: whether it takes stereo only; mono is then doubled.
    """

    stems: tuple[str, ...]
    sample_rate_hz: int | None
    chunking: Chunking
    steps: Steps
    normalises: bool = True
    is_stereo: bool = True

    def separate(self, mixture: Tensor, region_s: tuple[float, float] | None = None) -> Iterator[Part]:
        """Separate a mixture, or a region of it; what is finished comes part by part (`chunks.joined` collects it).

        Args:
            mixture: float (C, T), at the method's sample rate.
            region_s: (start, end) in s at the method's rate (44.1 kHz where any will do); None is all of it.

        Raises:
            ShapeError: not (C, T), or more channels than the method takes.
            InvalidInput: NaN or infinity, or a region that is empty or outside.
        """
        _check(mixture, self.is_stereo)
        if self.is_stereo and len(mixture) == 1:
            mixture = mixture.expand(2, -1)
        return separate_in_chunks(self._steps_for(mixture), mixture, self.chunking, self._span(mixture, region_s))

    def _steps_for(self, mixture: Tensor) -> Steps:
        if not self.normalises:
            return self.steps
        level = Level.of(mixture)

        def steps(chunk: Tensor) -> Iterator[Tensor | None]:
            for stems in self.steps(level.normalised(chunk)):
                yield None if stems is None else level.restored(stems)

        return steps

    def _span(self, mixture: Tensor, region_s: tuple[float, float] | None) -> tuple[int, int] | None:
        if region_s is None:
            return None
        rate_hz, n = self.sample_rate_hz or SAMPLE_RATE_HZ, mixture.shape[-1]
        start_s, end_s = region_s
        if not 0 <= start_s < end_s < math.inf or round(start_s * rate_hz) >= min(round(end_s * rate_hz), n):
            must_be = f"(start, end) within the {n / rate_hz:.2f} s of the sound"
            raise InvalidInput(constraint("The region", must_be, region_s, "Choose a longer or an earlier part."))
        return round(start_s * rate_hz), min(round(end_s * rate_hz), n)


def in_one_step(separate: Callable[[Tensor], Tensor]) -> Steps:
    """Return the steps of a function from a chunk (C, n) to stems (S, C, n) that is done at once."""

    def steps(chunk: Tensor) -> Iterator[Tensor | None]:
        yield separate(chunk)

    return steps


@torch.no_grad()
def apply_network(network: torch.nn.Module, chunk: Tensor) -> Tensor:
    """Return the stems (S, C, n) of a network from (B, C, n) to (B, S, C, n), on its own device."""
    return network(chunk[None].to(next(network.parameters()).device))[0]


def _check(mixture: Tensor, is_stereo: bool) -> None:
    if mixture.ndim != 2 or not mixture.numel() or (is_stereo and len(mixture) > 2):
        must_be = "of shape (C, T) with one or two channels" if is_stereo else "of shape (C, T), and not empty"
        raise ShapeError(constraint("mixture", must_be, tuple(mixture.shape), "Mix it down to stereo."))
    if not mixture.is_floating_point() or not all(torch.isfinite(end) for end in torch.aminmax(mixture)):
        raise InvalidInput(constraint("mixture", "made of finite floating-point numbers", str(mixture.dtype)))
