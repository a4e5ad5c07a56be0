"""What the recipes of sound recognition share: the command line, the loss, and how good the result is.

L = cross entropy with smoothed labels (5 % spread over all classes)
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor, nn

from engine.recipes.training import Terms, Training, new_model, save_aloud, train_aloud
from engine.runtime.seeds import child_seed, generator
from engine.sound_recognition.confusion import accuracy, confusion

SMOOTHING = 0.05
BATCH = 64  # of held-out recordings
N_HELD_OUT = 1024
HELD_OUT_SEED = 10_000


class Batches(Protocol):
    """Where recordings and their labels come from."""

    def draw(self, batch_size: int, chance: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return recordings (B, window) and labels (B,)."""


def read_command_line(sentence: str, training: Training) -> argparse.Namespace:
    """Return `pool`, `out`, `folder`, `n_held_out` and `training` as asked for."""
    parser = argparse.ArgumentParser(description=sentence)
    parser.add_argument("--pool", type=Path, required=True, help="the folder of the pool's recipe")
    parser.add_argument("--out", type=Path, required=True, help="the safetensors file to write")
    parser.add_argument("--folder", type=Path, required=True, help="where the checkpoint is kept")
    parser.add_argument("--held-out", dest="n_held_out", type=int, default=N_HELD_OUT)
    parser.add_argument("--steps", type=int, default=training.steps)
    parser.add_argument("--batch", type=int, default=training.batch_size)
    chosen = parser.parse_args()
    chosen.training = replace(training, steps=chosen.steps, batch_size=chosen.batch)
    return chosen


def train_recogniser(
    name: str,
    build: Callable[[], nn.Module],
    batches: Batches,
    held_out: Batches,
    chosen: argparse.Namespace,
    disturb: Callable[[Tensor, torch.Generator], Tensor] = lambda features, chance: features,
) -> None:
    """Train a network, write its weights, and say how good it is on held-out recordings.

    Args:
        name: for what is said.
        build: makes the untrained network.
        batches, held_out: what it learns from, and what it is judged by.
        chosen: from `read_command_line`.
        disturb: changes what the network looks at, as it learns.
    """

    def loss_of(model: nn.Module, chance: torch.Generator) -> Terms:
        sound, labels = batches.draw(chosen.training.batch_size, chance)
        logits = model.classify(disturb(model.features(sound), chance))
        return {"entropy": nn.functional.cross_entropy(logits, labels, label_smoothing=SMOOTHING)}

    torch.manual_seed(child_seed(chosen.training.seed, "dropout"))  # layers draw from the global generator alone
    model = new_model(build, chosen.training.seed).to(memory_format=torch.channels_last).train()
    trained = train_aloud(model, loss_of, chosen.training, chosen.folder, (model.classifier,))
    save_aloud(trained, chosen.out)
    counts = judged(trained, held_out, chosen.n_held_out)
    print(f"{name} on {chosen.n_held_out} held-out recordings: accuracy {accuracy(counts):.4f}", flush=True)
    print(counts.tolist(), flush=True)


def judged(model: nn.Module, batches: Batches, n: int) -> Tensor:
    """Return the confusion (classes, classes) of n recordings that are the same each time."""
    n_classes = model.classifier.out_features
    with torch.no_grad():
        return sum(confusion(model(sound), labels, n_classes) for sound, labels in held_out_recordings(batches, n))


def held_out_recordings(batches: Batches, n: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield n recordings and labels, some at a time; the same each time."""
    for first in range(0, n, BATCH):
        yield batches.draw(min(BATCH, n - first), generator(child_seed(HELD_OUT_SEED, f"recordings {first}")))


def masked(features: Tensor, chance: torch.Generator, bands: int = 8, frames: int = 16) -> Tensor:
    """Return spectrograms (B, 1, M, T) with, in each, a random band and a random span set to the mean (SpecAugment).

    Reference: D. Park et al., "SpecAugment", Interspeech 2019 (arXiv:1904.08779).
    """
    batch_size, _, n_mels, n_frames = features.shape
    mean = features.mean((1, 2, 3), keepdim=True)
    hidden = torch.zeros(features.shape, dtype=torch.bool)
    for dim, n, most in ((2, n_mels, bands), (3, n_frames, frames)):
        width = (torch.rand(batch_size, generator=chance) * most).long()
        start = (torch.rand(batch_size, generator=chance) * (n - width)).long()
        place = torch.arange(n)
        own = (place >= start[:, None]) & (place < (start + width)[:, None])  # (B, n)
        hidden |= own[:, None, :, None] if dim == 2 else own[:, None, None, :]
    return torch.where(hidden, mean, features)
