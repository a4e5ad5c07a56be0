"""What the recipes of source separation share: their command line, the training, and how good the result is."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from engine.metrics.source_separation import si_sdr
from engine.recipes.song_batches import Mixing, draw, l1_terms
from engine.recipes.song_pool import HELD_OUT_SEED, Pool, load
from engine.recipes.training import Terms, Training, new_model, save_aloud, train_aloud
from engine.source_separation.chunks import joined
from engine.source_separation.separator import STEMS, Separator

N_SONGS, N_HELD_OUT = 900, 40
AUDIBLE = 10 ** (-60 / 20)  # RMS under which a held-out stem is not judged


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
    trained = train_aloud(model, loss_of, chosen.training, chosen.folder).to("cpu")
    save_aloud(trained, chosen.out)
    figures = "  ".join(
        f"{stem} {value:.2f}" for stem, value in improvement_db(separator(trained), all_stems(held_out)).items()
    )
    print(f"{name} on {len(held_out)} held-out songs: SI-SDR improvement in dB  {figures}", flush=True)


def all_stems(songs: Pool) -> Iterator[Tensor]:
    """Yield the stems (4, 2, T) of each song."""
    return (songs.stems(k) for k in range(len(songs)))


def improvement_db(separator: Separator, songs: Iterable[Tensor]) -> dict[str, float]:
    """Return the mean SI-SDR improvement over the mixture on songs (4, 2, T), by stem and as "mean" of the stems."""
    gained: dict[str, list[float]] = {stem: [] for stem in STEMS}
    for stems in songs:
        mixture = stems.sum(0)
        estimates = joined(separator.separate(mixture))
        for name, estimate, stem in zip(STEMS, estimates, stems, strict=True):
            if stem.square().mean().sqrt() > AUDIBLE:
                own, before = (si_sdr(sound.flatten(), stem.flatten()).item() for sound in (estimate, mixture))
                gained[name].append(own - before)
    means = {name: sum(values) / len(values) for name, values in gained.items() if values}
    return means | {"mean": sum(means.values()) / max(len(means), 1)}
