"""Train a DCGAN on faces of the avatars world.

`python -m engine.recipes.train_dcgan_avatars --pool POOL --out FILE.safetensors --folder CHECKPOINTS`

The faces are drawn first, where `POOL` lacks them.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.generative.shapes import dcgan_avatars
from engine.recipes.avatar_pool import load
from engine.recipes.gan_training import GanTraining, read_command_line, save_pair, train_pair

DEFAULT = GanTraining(steps=40_000, batch_size=32)


def main() -> None:
    """Read the command line, train, write the weights."""
    chosen = read_command_line("Train a DCGAN on faces of the avatars world.", DEFAULT, pool=True)
    faces = load(chosen.pool, chosen.n_pictures).images

    def draw(n: int, chance: torch.Generator) -> tuple[Tensor, None]:
        rows = torch.randint(len(faces), (n,), generator=chance)
        return faces[rows].float() / 127.5 - 1, None

    def build() -> tuple:
        pair = dcgan_avatars()
        return pair.generator, pair.discriminator

    save_pair(train_pair(build, draw, chosen.training, chosen.folder), chosen.out)


if __name__ == "__main__":
    main()
