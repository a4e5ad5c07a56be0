"""Train TextureVGG: `python -m engine.recipes.train_texture_vgg --out FILE.safetensors --folder CHECKPOINTS`.

What a network for style has to see is colour, material, edges and form, whatever the noise. It learns all of this at
once, from pictures that are here or that code draws:

    views      two changed squares of one picture find each other among those of all others in the batch
               (cross-entropy over cosines, temperature 0.2)
    source     from which photograph, world or kind of style picture a square comes
    clean      a linear map of a stage's features gives back the square without the noise that was added to it

Of the changes, turning and stretching leave the colours; noise and blur make features that do not see single pixels,
without which the pictures of a style transfer are full of them.

Reference: T. Chen et al., "A simple framework for contrastive learning of visual representations", ICML 2020;
Y. M. Asano et al., "A critical analysis of self-supervision, or what we can learn from a single image", ICLR 2020.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.recipes.texture_pool import SOURCES, Pool, make_pool
from engine.recipes.training import Terms, Training, new_model, save_aloud, train_aloud
from engine.runtime.seeds import child_seed, generator
from engine.settings import integer, real
from engine.style_transfer.features import fast_convolutions
from engine.style_transfer.texture_vgg import TextureVGG

CROP_PX = 48
TEMPERATURE = 0.2
NOISE = 0.12  # greatest standard deviation
N_DIRECTIONS = 128  # of the space in which views find each other
CLEAN = ("relu2_2", "relu3_2", "relu4_2")
SEEN = ("relu3_2", "relu4_2")
NORMALISING_BATCHES = 8


@dataclass(frozen=True)
class Recipe(Training):
    """How the weights are made."""

    steps: int = integer(4000, 1, 100_000, label="steps")
    batch_size: int = integer(64, 2, 512, label="pictures in a batch, two squares of each")
    kernel_rate: float = real(0.02, 0.0, 1.0, label="learning rate of Muon for kernels; 0 for AdamW alone")
    averaging: float = real(0.995, 0.0, 1.0, label="decay of the running mean")
    n_pictures: int = integer(4000, 4, 100_000, label="pictures")


class Pupil(nn.Module):
    """TextureVGG with what answers the tasks."""

    def __init__(self) -> None:
        super().__init__()
        self.features = TextureVGG()
        widths = {name: self.features.layer(name).channels for name in CLEAN}
        n_seen = sum(widths[name] for name in SEEN)
        self.direction = nn.Sequential(
            nn.Linear(n_seen, N_DIRECTIONS), nn.ReLU(), nn.Linear(N_DIRECTIONS, N_DIRECTIONS)
        )
        self.source = nn.Linear(n_seen, len(SOURCES))
        strides = {name: self.features.layer(name).stride for name in CLEAN}
        self.clean = nn.ModuleDict({name: nn.Conv2d(widths[name], 3 * strides[name] ** 2, 1) for name in CLEAN})

    @property
    def answers(self) -> list[nn.Module]:
        """The layers that say an answer."""
        return [*self.direction, self.source, *self.clean.values()]

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Return directions (B, D) of length one, sources (B, K), and pictures without noise, one per stage."""
        features = self.features(pictures, CLEAN)
        seen = torch.cat([features[name].float().mean((2, 3)) for name in SEEN], 1)
        clean = [F.pixel_shuffle(self.clean[name](features[name]), self.features.layer(name).stride) for name in CLEAN]
        return F.normalize(self.direction(seen).float(), dim=1), self.source(seen), clean


def squares(pictures: Tensor, chance: torch.Generator) -> Tensor:
    """Return a turned, stretched, mirrored square (B, 3, CROP_PX, CROP_PX) of each picture (B, 3, H, W) uint8."""
    r = torch.rand(6, len(pictures), generator=chance)
    side = 0.4 + 0.5 * r[0]
    angle, mirror = (r[1] - 0.5) * (math.pi / 3), torch.where(r[2] < 0.5, -1.0, 1.0)
    stretch = torch.exp((r[3] - 0.5) * 0.5)
    x, y = ((1 - side) * (2 * r[k] - 1) for k in (4, 5))
    cos, sin = side * angle.cos(), side * angle.sin()
    rows = [mirror * cos * stretch, -sin / stretch, x, mirror * sin * stretch, cos / stretch, y]
    maps = torch.stack(rows, 1).view(-1, 2, 3)
    grid = F.affine_grid(maps, [len(pictures), 3, CROP_PX, CROP_PX], align_corners=False)
    return F.grid_sample(pictures.float() / 255, grid, padding_mode="reflection", align_corners=False)


def lit(pictures: Tensor, chance: torch.Generator) -> Tensor:
    """Return the pictures under other light: contrast, brightness, and a tint."""
    r = torch.rand(2, len(pictures), 1, 1, 1, generator=chance)
    tint = torch.rand(len(pictures), 3, 1, 1, generator=chance) - 0.5
    return ((pictures - 0.5) * (0.7 + 0.6 * r[0]) + 0.5 + 0.2 * (r[1] - 0.5) + 0.12 * tint).clamp(0, 1)


def disturbed(pictures: Tensor, chance: torch.Generator) -> Tensor:
    """Return the pictures with noise, each as much as chance says; a third of them blurred before."""
    r = torch.rand(2, len(pictures), 1, 1, 1, generator=chance)
    blurred = torch.where(r[0] < 1 / 3, F.avg_pool2d(pictures, 3, 1, 1, count_include_pad=False), pictures)
    noise = torch.randn(pictures.shape, generator=chance) * (NOISE * r[1] ** 2)
    return (blurred + noise).contiguous(memory_format=torch.channels_last)


def loss_of(model: Pupil, pool: Pool, size: int, chance: torch.Generator) -> Terms:
    """Return the terms of the loss for two squares of each of `size` pictures."""
    chosen = torch.randint(len(pool.pictures), (size,), generator=chance)
    pictures = pool.pictures[chosen].repeat(2, 1, 1, 1)
    clean = lit(squares(pictures, chance), chance)
    with fast_convolutions(clean.device):
        directions, sources, cleaned = model(disturbed(clean, chance))
    alike = directions @ directions.T / TEMPERATURE
    alike = alike.masked_fill(torch.eye(2 * size, dtype=torch.bool), -1e4)
    partner = torch.arange(2 * size).roll(size)
    return {
        "views": F.cross_entropy(alike, partner),
        "source": F.cross_entropy(sources.float(), pool.sources[chosen].repeat(2)),
        "clean": 4 * sum((own.float() - clean).square().mean().sqrt() for own in cleaned),
    }


def examples(pool: Pool, size: int, seed: int) -> list[Tensor]:
    """Return batches (B, 3, CROP_PX, CROP_PX) without noise, on which features are normalised."""
    batches = []
    for k in range(NORMALISING_BATCHES):
        chance = generator(child_seed(seed, f"normalise {k}"))
        chosen = torch.randint(len(pool.pictures), (size,), generator=chance)
        batches.append(squares(pool.pictures[chosen], chance).contiguous(memory_format=torch.channels_last))
    return batches


def main() -> None:
    """Read the command line, train, write the weights."""
    parser = argparse.ArgumentParser(description="Train TextureVGG on pictures that are here or drawn.")
    parser.add_argument("--out", type=Path, required=True, help="the safetensors file to write")
    parser.add_argument("--folder", type=Path, required=True, help="where the checkpoint and the pictures are kept")
    parser.add_argument("--steps", type=int, default=Recipe.steps)
    parser.add_argument("--pictures", type=int, default=Recipe.n_pictures)
    chosen = parser.parse_args()
    recipe = Recipe(steps=chosen.steps, n_pictures=chosen.pictures)
    pool = make_pool(recipe.n_pictures, recipe.seed, chosen.folder)
    start = new_model(Pupil, recipe.seed).to(memory_format=torch.channels_last).train()
    learn = lambda model, chance: loss_of(model, pool, recipe.batch_size, chance)  # noqa: E731
    pupil = train_aloud(start, learn, recipe, chosen.folder, start.answers)
    pupil.features.normalise(examples(pool, recipe.batch_size, recipe.seed))
    save_aloud(pupil.features, chosen.out)


if __name__ == "__main__":
    main()
