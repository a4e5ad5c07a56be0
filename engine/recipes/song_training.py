"""What the recipes of source separation share: their command line, the training, and how good the result is."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from engine.recipes.separation_figures import N_HELD_OUT, all_stems, as_text, improvement_db
from engine.recipes.song_batches import Mixing, draw, l1_terms
from engine.recipes.song_pool import HELD_OUT_SEED, load
from engine.recipes.training import Terms, Training, new_model, save_aloud, train_aloud
from engine.source_separation.separator import Separator

N_SONGS = 900


def read_command_line(sentence: str, training: Training) -> argparse.Namespace:
    """Return `pool`, `out`, `folder`, `n_songs`, `n_held_out`, `device`, `training` and `mixing` as asked for."""
    parser = argparse.ArgumentParser(description=sentence)
    parser.add_argument("--pool", type=Path, required=True, help="the folder of engine.recipes.song_pool")
    parser.add_argument("--out", type=Path, required=True, help="the safetensors file to write")
    parser.add_argument("--folder", type=Path, required=True, help="where the checkpoint is kept")
    parser.add_argument("--songs", dest="n_songs", type=int, default=N_SONGS, help="a multiple of 10")
    parser.add_argument("--held-out", dest="n_held_out", type=int, default=N_HELD_OUT)
    parser.add_argument("--steps", type=int, default=training.steps)
    parser.add_argument("--batch", type=int, default=training.batch_size)
    parser.add_argument("--samples", type=int, default=Mixing().n_samples, help="length of an example")
    parser.add_argument("--device", default="cpu")
    chosen = parser.parse_args()
    chosen.training = replace(training, steps=chosen.steps, batch_size=chosen.batch)
    chosen.mixing = Mixing(n_samples=chosen.samples)
    return chosen


def train_separator(
    name: str, build: Callable[[], nn.Module], separator: Callable[[nn.Module], Separator], chosen: argparse.Namespace
) -> None:
    """Train a network, write its weights, say how good it is on songs of another seed."""
    songs, held_out = load(chosen.pool, chosen.n_songs), load(chosen.pool, chosen.n_held_out, HELD_OUT_SEED)

    def loss_of(model: nn.Module, chance: torch.Generator) -> Terms:
        batch = draw(songs, chosen.training.batch_size, chosen.mixing, chance)
        return l1_terms(model(batch.mixtures.to(chosen.device)), batch.stems.to(chosen.device))

    model = new_model(build, chosen.training.seed).to(chosen.device).train()
    trained = train_aloud(model, loss_of, chosen.training, chosen.folder, model.last_layers()).to("cpu")
    save_aloud(trained, chosen.out)
    figures = as_text(improvement_db(separator(trained), all_stems(held_out)))
    print(f"{name} on {len(held_out)} held-out songs: SI-SDR improvement in dB  {figures}", flush=True)
