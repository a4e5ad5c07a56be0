"""Train a DCGAN on faces of the avatars world.

`python -m engine.recipes.train_dcgan_avatars --pool POOL --out FILE.safetensors --folder CHECKPOINTS`

The faces are drawn first, where `POOL` lacks them. The training has two parts: D sees every picture as it is; then half
of them at half their resolution, since by the end of the first part it tells every face by its grain, and nobody tells
G that too few of them smile.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from engine.generative.adversaries import Duelling
from engine.generative.shapes import dcgan_avatars
from engine.recipes.avatar_pool import load
from engine.recipes.gan_training import GanTraining, read_command_line, save_pair, train_pair

FIRST = GanTraining(steps=40_000, batch_size=32)
SECOND = GanTraining(steps=24_000, batch_size=32, duelling=Duelling(learning_rate=2e-4, coarse=0.5), seed=1)


def main() -> None:
    """Read the command line, train, write the weights."""
    chosen = read_command_line("Train a DCGAN on faces of the avatars world.", FIRST, pool=True)
    faces = load(chosen.pool, chosen.n_pictures).images

    def draw(n: int, chance: torch.Generator) -> tuple[Tensor, None]:
        rows = torch.randint(len(faces), (n,), generator=chance)
        return faces[rows].float() / 127.5 - 1, None

    def build() -> tuple:
        pair = dcgan_avatars()
        return pair.generator, pair.discriminator

    first = chosen.folder / "first"
    train_pair(build, draw, chosen.training, first)
    steps = max(1, SECOND.steps * chosen.training.steps // FIRST.steps)
    second = replace(SECOND, steps=steps, batch_size=chosen.training.batch_size)
    save_pair(train_pair(build, draw, second, chosen.folder / "second", first), chosen.out)


if __name__ == "__main__":
    main()
