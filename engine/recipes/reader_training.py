"""What the recipes of the two classifiers share: their command line, and what disturbs the pictures they learn from."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.recipes.training import Training

SHIFT_PX = 2
NOISE, BLURRED = 0.05, 0.3


def read_command_line(sentence: str, training: Training, n_held_out: int, pool: bool = False) -> argparse.Namespace:
    """Return `out`, `folder`, `n_held_out`, `training` and, where one is needed, `pool` and `n_pictures`."""
    parser = argparse.ArgumentParser(description=sentence)
    parser.add_argument("--out", type=Path, required=True, help="the safetensors file to write")
    parser.add_argument("--folder", type=Path, required=True, help="where the checkpoint is kept")
    parser.add_argument("--held-out", dest="n_held_out", type=int, default=n_held_out)
    parser.add_argument("--steps", type=int, default=training.steps)
    parser.add_argument("--batch", type=int, default=training.batch_size)
    if pool:
        parser.add_argument("--pool", type=Path, required=True, help="the folder of engine.recipes.avatar_pool")
        parser.add_argument("--faces", dest="n_pictures", type=int, default=24_000)
    chosen = parser.parse_args()
    chosen.training = replace(training, steps=chosen.steps, batch_size=chosen.batch)
    return chosen


def disturbed(images: Tensor, chance: torch.Generator) -> Tensor:
    """Return pictures (N, C, H, W) moved by up to 2 px, some blurred, some noisy, for generators are not exact."""
    down, right = (torch.randint(2 * SHIFT_PX + 1, (2,), generator=chance)).tolist()
    height, width = images.shape[2:]
    images = F.pad(images, (SHIFT_PX,) * 4, mode="replicate")[:, :, down : down + height, right : right + width]
    blur = torch.rand(len(images), 1, 1, 1, generator=chance) * (torch.rand(1, generator=chance) < BLURRED)
    images = images + blur * (F.avg_pool2d(images, 3, 1, 1, count_include_pad=False) - images)
    spread = NOISE * torch.rand(len(images), 1, 1, 1, generator=chance)
    return (images + spread * torch.randn(images.shape, generator=chance)).clamp(0, 1)
