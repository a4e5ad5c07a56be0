"""Batches for the recipes of source separation: crops of songs whose stems are mixed anew each time.

    mixture = Σ_s g_s · stem_s,  g_s = ± loudness, or 0;  learned from are (mixture − m) / sd and (stem_s − m) / sd

Songs are few, their mixtures are many: the four stems of an example come from one song at one moment, or each from
its own song and moment; each has a loudness and a sign of its own, left and right may change places, and now and then
a stem is silent.

Conventions: stems are float (B, 4, 2, n) at 44.1 kHz, in the order of `STEMS`.
m and sd are mean and standard deviation of the mono mix of the crop, as in `engine.source_separation.separator`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from engine.recipes.training import Terms
from engine.settings import check, integer, real
from engine.source_separation.separator import LEAST_STD, SAMPLE_RATE_HZ, STEMS


@dataclass(frozen=True)
class Mixing:
    """How examples are made of songs."""

    n_samples: int = integer(
        2 * SAMPLE_RATE_HZ, 1024, 60 * SAMPLE_RATE_HZ, label="length of an example", unit="samples"
    )
    remixed: float = real(0.5, 0.0, 1.0, label="share of examples whose stems come from different songs")
    quietest_db: float = real(-12.0, -60.0, 0.0, label="softest gain of a stem", unit="dB")
    loudest_db: float = real(3.0, 0.0, 24.0, label="largest gain of a stem", unit="dB")
    silent: float = real(0.1, 0.0, 0.9, label="share of stems that are silent")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, eq=False)
class Batch:
    """Mixtures (B, 2, n) and their stems (B, 4, 2, n), normalised."""

    mixtures: Tensor
    stems: Tensor


class Songs(Protocol):
    """Where crops come from, such as `engine.recipes.song_pool.Pool`."""

    def crops(self, n: int, n_samples: int, chance: torch.Generator, remix: float) -> Tensor:
        """Draw (n, 4, 2, n_samples): of one moment of a song, or, for a share `remix`, each stem from its own song."""


def draw(songs: Songs, batch_size: int, mixing: Mixing, chance: torch.Generator) -> Batch:
    """Return a batch of crops, mixed anew."""
    crops = songs.crops(batch_size, mixing.n_samples, chance, mixing.remixed)
    gains = _gains(batch_size, mixing, chance)
    swapped = torch.rand(batch_size, len(STEMS), 1, 1, generator=chance) < 0.5
    return normalised(torch.where(swapped, crops.flip(2), crops) * gains[..., None, None])


def normalised(stems: Tensor) -> Batch:
    """Return a batch of stems (B, 4, 2, n) and their sums, at the loudness that networks hear."""
    mono = stems.sum(1).mean(1)  # (B, n)
    mean, std = mono.mean(1)[:, None, None], mono.std(1)[:, None, None].clamp(min=LEAST_STD)
    return Batch((stems.sum(1) - mean) / std, (stems - mean[:, None]) / std[:, None])


def l1_terms(estimates: Tensor, stems: Tensor) -> Terms:
    """Return a quarter of the mean absolute error of each stem, by name: together, the mean over all."""
    errors = (estimates - stems).abs().mean((0, 2, 3)) / len(STEMS)
    return dict(zip(STEMS, errors, strict=True))


def _gains(batch_size: int, mixing: Mixing, chance: torch.Generator) -> Tensor:
    """Return (B, 4) factors; at least one of an example is not 0."""
    shape = batch_size, len(STEMS)
    level_db = mixing.quietest_db + torch.rand(shape, generator=chance) * (mixing.loudest_db - mixing.quietest_db)
    sign = 1.0 - 2.0 * torch.randint(2, shape, generator=chance)
    is_silent = torch.rand(shape, generator=chance) < mixing.silent
    is_silent &= ~is_silent.all(1, keepdim=True)
    return torch.where(is_silent, 0.0, sign * 10 ** (level_db / 20))
