"""Batches of instruments: a second out of a phrase, recorded anew, and noise or silence as what is no instrument.

Conventions: recordings are float (B, window) at the recording's rate; labels are int64 (B,), `OTHER` the last.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.datasets.instrument_notes.families import LABELS, OTHER
from engine.datasets.recording import Clips, Recording, recorded

N_CROP = 17_600  # samples at 16 kHz: enough for a second at the fastest speed
RECORDING = Recording(
    rate_hz=16_000,
    window=16_000,
    slowest=0.96,
    fastest=1.05,
    equaliser_db=2.0,  # more would make one instrument of another
    telephone=0.05,
    in_room=0.6,
    noisy=0.5,
    least_snr_db=12.0,
    trimmed=0.3,
)
NOTHING = 0.03  # share of a batch: noise alone
BLEED = 0.15  # share with another instrument far behind


@dataclass(frozen=True, eq=False)
class Batches:
    """Where batches come from: phrases at 16 kHz with their family as label."""

    clips: Clips
    recording: Recording = RECORDING

    def draw(self, batch_size: int, chance: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return recordings (B, window) and labels (B,), every family as likely as another."""
        labels = torch.randint(len(LABELS), (batch_size,), generator=chance)
        phrases, lengths = self.clips.batch(torch.stack([self._one_of(int(k), chance) for k in labels]), 26_000)
        crops = cropped(phrases, lengths, chance)
        crops = crops + _behind(batch_size, chance) * crops.roll(1, 0)
        nothing = torch.rand(batch_size, generator=chance) < NOTHING
        lengths = torch.where(nothing, 0, N_CROP)
        sound = recorded(crops * ~nothing[:, None], lengths, self.recording, chance)
        return sound, torch.where(nothing, OTHER, labels)

    def _one_of(self, label: int, chance: torch.Generator) -> Tensor:
        mine = torch.nonzero(self.clips.labels == label).flatten()
        return mine[torch.randint(len(mine), (), generator=chance)]


def cropped(phrases: Tensor, lengths: Tensor, chance: torch.Generator) -> Tensor:
    """Return a stretch (B, N_CROP) of each phrase, its peak brought to 1: the louder of two that are drawn."""
    starts = (torch.rand(2, len(phrases), 1, generator=chance) * (lengths[:, None] - N_CROP).clamp(min=0)).long()
    place = starts + torch.arange(N_CROP)  # (2, B, N_CROP)
    first, second = (phrases.gather(1, one.clamp(max=phrases.shape[1] - 1)) for one in place)
    louder = first.square().sum(1, keepdim=True) >= second.square().sum(1, keepdim=True)
    crops = torch.where(louder, first, second)
    return crops / crops.abs().amax(1, keepdim=True).clamp(min=1e-3)


def _behind(batch_size: int, chance: torch.Generator) -> Tensor:
    """Return gains (B, 1), mostly 0: −20 to −34 dB."""
    softly = 10 ** -(1.0 + 0.7 * torch.rand(batch_size, 1, generator=chance))
    return softly * (torch.rand(batch_size, 1, generator=chance) < BLEED)
