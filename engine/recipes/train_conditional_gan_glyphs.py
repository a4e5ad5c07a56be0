"""Train a conditional GAN on digits of the glyphs world.

`python -m engine.recipes.train_conditional_gan_glyphs --out FILE.safetensors --folder CHECKPOINTS`

20,000 glyphs are made at first, and shown again and again.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.datasets.glyphs import make_glyphs
from engine.generative.adversaries import Duelling
from engine.generative.shapes import conditional_gan_glyphs
from engine.recipes.gan_training import GanTraining, read_command_line, save_pair, train_pair

DEFAULT = GanTraining(
    steps=30_000, batch_size=32, noise=0.1, decay_from=0.6, duelling=Duelling(penalty=0.0, memory=0.999)
)
N_GLYPHS, SEED = 20_000, 0


def main() -> None:
    """Read the command line, train, write the weights."""
    chosen = read_command_line("Train a conditional GAN on digits.", DEFAULT, pool=False)
    glyphs, labels = make_glyphs(min(N_GLYPHS, chosen.training.steps * chosen.training.batch_size), SEED)

    def draw(n: int, chance: torch.Generator) -> tuple[Tensor, Tensor]:
        rows = torch.randint(len(glyphs), (n,), generator=chance)
        return 2 * glyphs[rows] - 1, labels[rows]

    def build() -> tuple:
        pair = conditional_gan_glyphs()
        return pair.generator, pair.discriminator

    save_pair(train_pair(build, draw, chosen.training, chosen.folder), chosen.out)


if __name__ == "__main__":
    main()
