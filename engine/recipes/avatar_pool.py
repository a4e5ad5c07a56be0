"""Faces of the avatars world to train on, drawn once: `python -m engine.recipes.avatar_pool --folder POOL`.

A face takes about 1.5 ms to draw, which a network that learns from 64 at a time would wait for. A drawing that was cut
off goes on with the parts that are missing.

Conventions: faces are uint8 (N, 3, 64, 64), labels int64 (N, 13), columns as `ATTRIBUTES`, smiles float32 (N,).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.datasets.avatars import draw_bytes, labels_of, some_avatars
from engine.recipes.pool_parts import joined, pool_command_line, write_part

PART = 2000
TRAIN_SEED, HELD_OUT_SEED = 0, 10_000


@dataclass(frozen=True)
class Pool:
    """Faces (N, 3, 64, 64) uint8, their labels (N, 13) and their smiles (N,)."""

    images: Tensor
    labels: Tensor
    smiles: Tensor


def draw_part(first: int, n: int, seed: int) -> Pool:
    """Draw faces first … first + n − 1 of a seed."""
    avatars = some_avatars(n, seed, first)
    return Pool(draw_bytes(avatars), labels_of(avatars), torch.tensor([avatar.smile for avatar in avatars]))


def draw(folder: Path, n: int, seed: int = TRAIN_SEED) -> None:
    """Draw the parts of faces 0 … n − 1 that `folder` lacks."""
    folder.mkdir(parents=True, exist_ok=True)
    for first in range(0, n, PART):
        if not (path := _file(folder, seed, first)).exists():
            write_part(draw_part(first, PART, seed), path)
            print(f"{first + PART} of {n} faces", flush=True)


def load(folder: Path, n: int, seed: int = TRAIN_SEED) -> Pool:
    """Return faces 0 … n − 1, drawing those that `folder` lacks."""
    draw(folder, n, seed)
    pool = joined(Pool, [load_file(_file(folder, seed, first)) for first in range(0, n, PART)])
    return Pool(**{name: values[:n] for name, values in vars(pool).items()})


def _file(folder: Path, seed: int, first: int) -> Path:
    return folder / f"avatars_{seed}_{first}_{PART}.safetensors"


def main() -> None:
    """Read the command line and draw."""
    sentence = "Draw the faces that the recipes of generative networks train on."
    draw(*pool_command_line(sentence, "faces", 24_000, TRAIN_SEED))


if __name__ == "__main__":
    main()
