"""What the pose recipes share: their command line, the pool of pictures, and the backbone to start from."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

from safetensors.torch import load_file
from torch import nn

from engine.recipes.figure_pool import Pool, load
from engine.recipes.training import Training

N_PICTURES = 16_000
N_HELD_OUT = 500


def read_command_line(sentence: str, training: Training, needs_start: bool = False) -> argparse.Namespace:
    """Return `pool`, `out`, `folder`, `n_pictures`, `n_held_out`, `start`, and `training` with the given steps."""
    parser = argparse.ArgumentParser(description=sentence)
    parser.add_argument("--pool", type=Path, required=True, help="the folder of engine.recipes.figure_pool")
    parser.add_argument("--out", type=Path, required=True, help="the safetensors file to write")
    parser.add_argument("--folder", type=Path, required=True, help="where the checkpoint is kept")
    parser.add_argument("--pictures", dest="n_pictures", type=int, default=N_PICTURES)
    parser.add_argument("--held-out", dest="n_held_out", type=int, default=N_HELD_OUT)
    parser.add_argument("--steps", type=int, default=training.steps)
    if needs_start:
        parser.add_argument("--start", type=Path, required=True, help="the safetensors file of CPM_FIGURES_V1")
    chosen = parser.parse_args()
    chosen.training = replace(training, steps=chosen.steps)
    return chosen


def load_pool(chosen: argparse.Namespace) -> Pool:
    """Read the pictures to train on, and say so."""
    started = time.monotonic()
    pool = load(chosen.pool, chosen.n_pictures)
    print(f"{len(pool.images)} pictures, {len(pool.boxes)} people, {time.monotonic() - started:.0f} s", flush=True)
    return pool


def start_from(model: nn.Module, file: Path, name: str = "backbone") -> None:
    """Fill the part `name` of a model with that of the network in a file, which may have more."""
    tensors, part = load_file(file), model.get_submodule(name)
    part.load_state_dict({key: tensors[f"{name}.{key}"] for key in part.state_dict()})
