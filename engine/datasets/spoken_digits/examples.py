"""Batches of spoken digits: words, and what is no digit (other words, ends of digits, noise alone), each recorded anew.

Conventions: recordings are float (B, window) at the recording's rate; labels are int64 (B,), 0 to 9 and `OTHER`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.datasets.recording import Clips, Recording, recorded
from engine.datasets.spoken_digits.words import DIGITS, OTHER

N_CLIP = 16_000  # samples of a clip that are looked at: 1 s at 16 kHz
NOTHING, CUT = 0.05, 0.04  # shares of a batch: noise alone, and less than a third of a digit
BABBLE = 0.12  # share with another voice behind
SHORTENED = 0.08  # of a clip, at most, that may be missing at either end


@dataclass(frozen=True, eq=False)
class Batches:
    """Where batches come from.

    Attributes:
        clips: digits (labels 0 to 9) and other words (label OTHER), at 16 kHz.
        recording: how they are recorded.
        others: share of other words.
    """

    clips: Clips
    recording: Recording
    others: float = 0.1

    def draw(self, batch_size: int, chance: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return recordings (B, window) and labels (B,): every digit, and every source of it, as likely as another."""
        labels = torch.randint(len(DIGITS), (batch_size,), generator=chance)
        labels = torch.where(torch.rand(batch_size, generator=chance) < self.others, OTHER, labels)
        chosen = torch.stack([self._one_of(int(label), chance) for label in labels])
        clips, lengths = self.clips.batch(chosen, N_CLIP)
        fate = torch.rand(batch_size, generator=chance)
        lengths = torch.where(fate < NOTHING, 0, lengths)
        is_cut = (fate >= NOTHING) & (fate < NOTHING + CUT)
        clips, lengths = mostly_gone(clips, lengths, is_cut, chance)
        clips, lengths = shortened(clips, lengths, chance)
        clips = clips * (torch.arange(N_CLIP) < lengths[:, None])
        labels = torch.where(fate < NOTHING + CUT, OTHER, labels)
        sound = recorded(with_babble(clips, lengths, chance), lengths, self.recording, chance)
        return sound, labels

    def _one_of(self, label: int, chance: torch.Generator) -> Tensor:
        mine = torch.nonzero(self.clips.labels == label).flatten()
        return mine[torch.randint(len(mine), (), generator=chance)]


def mostly_gone(clips: Tensor, lengths: Tensor, is_cut: Tensor, chance: torch.Generator) -> tuple[Tensor, Tensor]:
    """Leave of the clips that are cut only a beginning or an end: 10 to 30 % of their length."""
    keep = (lengths * (0.1 + 0.2 * torch.rand(len(clips), generator=chance))).long()
    from_end = torch.rand(len(clips), generator=chance) < 0.5
    shift = torch.where(is_cut & from_end, lengths - keep, 0)
    return _moved(clips, shift), torch.where(is_cut, keep, lengths)


def shortened(clips: Tensor, lengths: Tensor, chance: torch.Generator) -> tuple[Tensor, Tensor]:
    """Take a little off both ends of every clip, as careless trimming does."""
    first, last = (lengths * SHORTENED * torch.rand(2, len(clips), generator=chance) ** 2).long()
    return _moved(clips, first), lengths - first - last


def with_babble(clips: Tensor, lengths: Tensor, chance: torch.Generator) -> Tensor:
    """Add softly, to some of the clips, the next one of the batch."""
    loud = (torch.rand(len(clips), 1, generator=chance) < BABBLE) * 10 ** (
        -(0.6 + torch.rand(len(clips), 1, generator=chance))
    )
    inside = torch.arange(clips.shape[1]) < lengths[:, None]
    return clips + loud * clips.roll(1, 0) * inside


def _moved(clips: Tensor, shift: Tensor) -> Tensor:
    """Return clips (B, n) that begin `shift` (B,) samples later, filled with 0 at the end."""
    place = torch.arange(clips.shape[1]) + shift[:, None]
    return clips.gather(1, place.clamp(max=clips.shape[1] - 1)) * (place < clips.shape[1])
