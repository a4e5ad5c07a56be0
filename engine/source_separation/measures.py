"""How near the stems that were found are to the true ones, measured step by step.

    SI-SDR            of both channels together, over all of it, and of the mixture in place of each stem
    SI-SDR over time  the same in windows of 1 s
    SDR, SIR, SAR     of BSS-eval, version 3, of the mean of the channels, with filters of 512 taps

Conventions: ratios are (S,) or (S, N) in dB, S found stems. NaN where the true stem, or the estimate, is silent; in a
window the true one counts as silent below −60 dB. The estimates come from the shelf, as they are heard: with 16 bits.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from engine.metrics.bss_eval import bss_eval_steps
from engine.metrics.source_separation import SiSdrTerms, over_time, si_sdr, si_sdr_terms
from engine.source_separation.mixdown import read
from engine.source_separation.resampling import resample_steps
from engine.source_separation.song_job import Separation
from engine.source_separation.truth import answers, told, true_stems

WINDOW_S = 1.0
SILENCE_DB = -60.0
_STEPS = 1000  # of a measurement
_READ, _WINDOWS = 150, 300  # steps after which all is read, and the windows are measured


@dataclass(frozen=True, eq=False)
class Measures:
    """How good a separation is.

    Attributes:
        stems: names of what was found.
        truths: what each is compared with, in words.
        si_sdr, before: (S,) of each stem, and of the mixture in its place.
        terms: of `si_sdr`, each (S,).
        sdr, sir, sar: (S,).
        over_time: (S, N) SI-SDR in windows.
        starts_s: (N,) where the windows begin in the song.
    """

    stems: tuple[str, ...]
    truths: tuple[str, ...]
    si_sdr: Tensor
    before: Tensor
    terms: SiSdrTerms
    sdr: Tensor
    sir: Tensor
    sar: Tensor
    over_time: Tensor
    starts_s: Tensor

    @property
    def improvement(self) -> Tensor:
        """(S,) dB by which a stem is nearer than the mixture."""
        return self.si_sdr - self.before


@dataclass(frozen=True, eq=False)
class Measuring:
    """How far a measurement is: `result` is None before its last step."""

    step: int
    total_steps: int
    result: Measures | None = None


def measure_song(
    found: Separation, truth: Mapping[str, Tensor], kinds: Sequence[str], sample_rate: int
) -> Iterator[Measuring]:
    """Measure a finished separation.

    Args:
        found: of `separate_song`; of a region, that region is measured.
        truth: name → true stem (C, T); they add up to the song.
        kinds: of the true stems, as in `truth`.
        sample_rate: of the true stems, Hz.

    Raises:
        ResourceLimit: the stems are no longer on the shelf.
    """
    names = tuple(truth)
    answered = answers(found.stems, names, kinds)
    estimates = yield from _estimates(found)
    true = yield from _truths(list(truth.values()), sample_rate, found, estimates.shape)
    mixture = true.sum(0)
    references = true_stems(true, answered)
    del true
    terms, before = si_sdr_terms(estimates.flatten(1), references.flatten(1)), _si_sdr(mixture, references)
    curves, rate = [], found.sample_rate
    for moment in over_time(_window, (estimates, references), round(WINDOW_S * rate)):
        curves.append((moment.start, moment.value))
        yield _progress(_READ, _WINDOWS, moment.step / moment.total_steps)
    mono = [sounds.mean(1) for sounds in (references, estimates)]
    for done in bss_eval_steps(*mono, permute=False):
        yield _progress(_WINDOWS, _STEPS, done.step / (done.total_steps + 1))
    ratios = done.result
    starts = torch.tensor([start for start, _ in curves]) / rate + found.pieces[0].start_s
    result = Measures(
        found.stems,
        tuple(told(places, names) for places in answered),
        _ratio(terms),
        before,
        terms,
        ratios.sdr,
        ratios.sir,
        ratios.sar,
        torch.stack([value for _, value in curves], 1),
        starts,
    )
    yield Measuring(_STEPS, _STEPS, result)


def last_of(steps: Iterable[Any], snapshot: Any) -> Generator[Any, None, Any]:
    """Yield the snapshot at each step, and return what the last one gave."""
    found = None
    for value in steps:
        found = value
        yield snapshot
    return found


def estimates_of(found: Separation, stem: int) -> Iterator[Tensor | None]:
    """Yield None after each piece, and last a stem (C, T) from the shelf."""
    blocks = []
    for piece in found.pieces:
        blocks.append(read(piece.sounds[stem]))
        yield None
    yield torch.cat(blocks, 1)


def part_of(sounds: Sequence[Tensor], sample_rate: int, found: Separation, n_channels: int) -> Iterator[Tensor | None]:
    """Yield None as long as it goes on, and last the part (S, C, T) of sounds (C, T) that was taken apart."""
    length = sum(round((piece.end_s - piece.start_s) * found.sample_rate) for piece in found.pieces)
    first = round(found.pieces[0].start_s * found.sample_rate)
    parts = []
    for sound in sounds:
        own = yield from last_of(resample_steps(sound, sample_rate, found.sample_rate), None)
        parts.append(own[:, first : first + length].expand(n_channels, -1))
    yield torch.stack(parts)


def _estimates(found: Separation) -> Generator[Measuring, None, Tensor]:
    sounds = []
    for k in range(len(found.stems)):
        sounds.append((yield from last_of(estimates_of(found, k), _progress(0, _READ // 2, k / len(found.stems)))))
    return torch.stack(sounds)


def _truths(
    sounds: Sequence[Tensor], sample_rate: int, found: Separation, shape: torch.Size
) -> Generator[Measuring, None, Tensor]:
    return (yield from last_of(part_of(sounds, sample_rate, found, shape[1]), _progress(_READ // 2, _READ, 0.5)))


def _progress(start: int, end: int, share: float) -> Measuring:
    return Measuring(start + int((end - start) * share), _STEPS)


def _si_sdr(estimate: Tensor, references: Tensor) -> Tensor:
    """Return (S,) of one estimate (C, T), or one for each, (S, C, T)."""
    return si_sdr(estimate.expand_as(references).flatten(1), references.flatten(1))


def _window(estimates: Tensor, references: Tensor) -> Tensor:
    is_silent = references.square().mean((1, 2)) < 10 ** (SILENCE_DB / 10)
    return _si_sdr(estimates, references).masked_fill(is_silent, torch.nan)


def _ratio(terms: SiSdrTerms) -> Tensor:
    return 10 * torch.log10(terms.wanted / terms.unwanted)
