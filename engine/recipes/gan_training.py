"""What the recipes of adversarial networks share: the command line and the loop with its checkpoint.

Every step draws what it needs from a seed of its own, so that a run that was cut off goes on as if it had not been.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor

from engine.generative.adversaries import Adversaries, Duelling
from engine.generative.dcgan import Dcgan, Discriminator, Generator
from engine.recipes.training import save_aloud, write
from engine.runtime.seeds import child_seed, generator
from engine.settings import check, integer, real

CHECKPOINT_STEPS, SHOW_STEPS = 500, 100
Draw = Callable[[int, torch.Generator], tuple[Tensor, Tensor | None]]


@dataclass(frozen=True)
class GanTraining:
    """How a pair learns: noise falls along a line to 0 at `noise_share` of the steps, the rate from `decay_from` on."""

    steps: int = integer(10_000, 1, 10**6, label="steps")
    batch_size: int = integer(32, 2, 256, label="pictures in a batch")
    noise: float = real(0.0, 0.0, 1.0, label="noise on what D sees, at first")
    noise_share: float = real(0.7, 0.0, 1.0, label="share of the steps with noise")
    decay_from: float = real(0.5, 0.0, 1.0, label="share of the steps at the full rate")
    duelling: Duelling = field(default_factory=Duelling)
    seed: int = integer(0, 0, 2**31, label="seed")

    def __post_init__(self) -> None:
        check(self)

    def noise_at(self, step: int) -> float:
        """Return the noise's standard deviation at a step."""
        return self.noise * max(0.0, 1 - step / max(1.0, self.noise_share * self.steps))

    def rate_at(self, step: int) -> float:
        """Return the learning rate's share at a step: 1, then along a line towards 0."""
        left = (self.steps - step) / max(1.0, (1 - self.decay_from) * self.steps)
        return min(1.0, max(0.02, left))


def read_command_line(sentence: str, training: GanTraining, pool: bool) -> argparse.Namespace:
    """Return `out`, `folder`, `training` and, where one is needed, `pool` and `n_pictures`, as asked for."""
    parser = argparse.ArgumentParser(description=sentence)
    parser.add_argument("--out", type=Path, required=True, help="the safetensors file to write")
    parser.add_argument("--folder", type=Path, required=True, help="where the checkpoint is kept")
    parser.add_argument("--steps", type=int, default=training.steps)
    parser.add_argument("--batch", type=int, default=training.batch_size)
    if pool:
        parser.add_argument("--pool", type=Path, required=True, help="the folder of engine.recipes.avatar_pool")
        parser.add_argument("--faces", dest="n_pictures", type=int, default=24_000)
    chosen = parser.parse_args()
    chosen.training = replace(training, steps=chosen.steps, batch_size=chosen.batch)
    return chosen


def train_pair(
    build: Callable[[], tuple[Generator, Discriminator]],
    draw: Draw,
    training: GanTraining,
    folder: Path,
    start: Path | None = None,
) -> Dcgan:
    """Train, going on from the checkpoint in `folder`, and return the pair that is kept.

    Args:
        build: makes the untrained networks; it may draw from torch's global generator, which is seeded.
        draw: from a number and a step's own chance to pictures (B, …) in [−1, 1] and their labels, or None.
        training: how they learn.
        folder: where the checkpoint is kept.
        start: the folder of an earlier training's checkpoint, with which this one begins.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(child_seed(training.seed, "weights"))
        pair = Adversaries(*build(), training.duelling)
    if start is not None:
        _resume(pair, start / "checkpoint.pt")
    done = _resume(pair, folder / "checkpoint.pt")
    started = time.monotonic()
    for step in range(done, training.steps):
        chance = generator(child_seed(training.seed, f"step {step}"))
        images, labels = draw(training.batch_size, chance)
        terms = pair.step(images, chance, labels, training.noise_at(step), training.rate_at(step))
        if (step + 1) % SHOW_STEPS == 0:
            shown = "  ".join(f"{name} {value.item():.3f}" for name, value in vars(terms).items())
            print(f"step {step + 1} of {training.steps}  {time.monotonic() - started:.0f} s  {shown}", flush=True)
        if (step + 1) % CHECKPOINT_STEPS == 0 or step + 1 == training.steps:
            write({"step": step + 1, "state": pair.state()}, folder / "checkpoint.pt")
    return pair.finished(generator(child_seed(training.seed, "settling")))


def save_pair(pair: Dcgan, out: Path) -> None:
    """Write both players to one file."""
    save_aloud(pair, out)


def _resume(pair: Adversaries, path: Path) -> int:
    if not path.exists():
        return 0
    kept = torch.load(path, weights_only=True)
    pair.load(kept["state"])
    return kept["step"]
