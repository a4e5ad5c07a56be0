"""A mixture of known stems at levels of one's own.

    mixture = a · Σ_s 10^(L_s / 20) · x_s,   a = 1, or what brings the loudest sample to full scale

x_s at 44.1 kHz in stereo, all as long as the shortest of them. The stems that are true of this mixture are the scaled
ones, so they add up to it.

Conventions: L_s in dB; sounds are float (C, T) of any rate. MUTE_DB is silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import InvalidInput, constraint
from engine.source_separation.resampling import resampled
from engine.source_separation.separator import SAMPLE_RATE_HZ
from engine.source_separation.song_job import to_stereo

LEAST, MOST = 2, 5
MOST_S = 60.0
MUTE_DB = -40.0


@dataclass(frozen=True, eq=False)
class KnownMixture:
    """A mixture whose stems are known.

    Attributes:
        stems: (S, 2, T) at 44.1 kHz, which add up to the mixture.
        turned_down_db: by how much all of it was turned down, so that nothing is cut off; 0 or below.
    """

    stems: Tensor
    turned_down_db: float

    @property
    def mixture(self) -> Tensor:
        """(2, T)."""
        return self.stems.sum(0)


def prepared(sound: Tensor, rate_hz: int) -> Tensor:
    """Return a stem (2, T) at 44.1 kHz, at most `MOST_S` long."""
    part = to_stereo(sound)[:, : round(MOST_S * rate_hz)]
    return resampled(part, rate_hz, SAMPLE_RATE_HZ).expand(2, -1)


def mix_stems(sounds: Sequence[Tensor], levels_db: Sequence[float]) -> KnownMixture:
    """Mix stems (2, T) that `prepared` made.

    Raises:
        InvalidInput: fewer than two or more than five, or all of them silent.
    """
    if not LEAST <= len(sounds) <= MOST:
        advice = "Bring each stem as a file of its own."
        raise InvalidInput(constraint("The stems", f"{LEAST} to {MOST} sounds", len(sounds), advice))
    length = min(sound.shape[-1] for sound in sounds)
    gains = [0.0 if level <= MUTE_DB else 10 ** (level / 20) for level in levels_db]
    stems = torch.stack([gain * sound[:, :length] for sound, gain in zip(sounds, gains, strict=True)])
    peak = stems.sum(0).abs().max().item()
    if not peak:
        raise InvalidInput(constraint("The mixture", "louder than silence", "silence", "Raise the level of a stem."))
    scale = min(1.0, 1.0 / peak)
    turned_down = torch.tensor(scale, dtype=torch.float64).log10().item() * 20
    return KnownMixture(stems.mul_(scale), turned_down)
