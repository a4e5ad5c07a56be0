"""Many short sounds of different lengths in one tensor, so that a batch of them is one copy each.

Conventions: samples are int16, of which 32767 is full scale; sound k is samples[starts[k] : starts[k + 1]].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.errors import InvalidInput, constraint

FULL_SCALE = 32767


@dataclass(frozen=True, eq=False)
class Clips:
    """Short sounds with what they are.

    Attributes:
        samples: int16 (N,), all sounds one after another.
        starts: int64 (n + 1,), where each begins, and the end of the last.
        labels: int64 (n,), the class of each.
        sources: int64 (n,), which voice or instrument made it.
    """

    samples: Tensor
    starts: Tensor
    labels: Tensor
    sources: Tensor

    def __len__(self) -> int:
        """Return the number of sounds."""
        return len(self.labels)

    @classmethod
    def join(cls, sounds: Sequence[Tensor], labels: Sequence[int], sources: Sequence[int]) -> Clips:
        """Put sounds, each float (T,) in [−1, 1], one after another."""
        lengths = torch.tensor([0, *(len(sound) for sound in sounds)])
        samples = torch.cat([(sound.clamp(-1, 1) * FULL_SCALE).round().to(torch.int16) for sound in sounds])
        return cls(samples, lengths.cumsum(0), torch.tensor(list(labels)), torch.tensor(list(sources)))

    @classmethod
    def load(cls, path: Path) -> Clips:
        """Read what `tensors` was written to.

        Raises:
            InvalidInput: the file is not there.
        """
        if not path.is_file():
            raise InvalidInput(constraint("The pool", "drawn before a training", path.name, "Run its pool's recipe."))
        return cls(**load_file(path))

    def tensors(self) -> dict[str, Tensor]:
        """Return what a safetensors file keeps."""
        return {"samples": self.samples, "starts": self.starts, "labels": self.labels, "sources": self.sources}

    def sound(self, k: int) -> Tensor:
        """Return sound k, float (T,)."""
        return self.samples[self.starts[k] : self.starts[k + 1]].float() / FULL_SCALE

    def batch(self, chosen: Tensor, n_samples: int) -> tuple[Tensor, Tensor]:
        """Return chosen sounds (B, n_samples), cut or filled with 0 at the end, and their lengths (B,)."""
        lengths = (self.starts[chosen + 1] - self.starts[chosen]).clamp(max=n_samples)
        out = torch.zeros(len(chosen), n_samples)
        for row, k, n in zip(out, chosen.tolist(), lengths.tolist(), strict=True):
            start = int(self.starts[k])
            row[:n] = self.samples[start : start + n].float() / FULL_SCALE
        return out, lengths
