"""Train TextureVGG: `python -m engine.recipes.train_texture_vgg --out FILE.safetensors --folder CHECKPOINTS`.

What a network for style has to see is colour, material, pattern, edges and form, whatever the noise. It learns all of
it at once from pictures of the visual tasks world:

    answers   cross-entropy of every question that a picture answers (material, colours, pattern, scale, angle, shape,
              letter, count, which way up, blur …), the mean over the questions
    clean     a linear map of each stage's features gives back the picture without the noise that was added to it

The second makes features that do not see single pixels; pictures made with features that do are full of them. After
training, features are normalised and what answers the questions is left out.

Reference: P. Vincent et al., "Extracting and composing robust features with denoising autoencoders", ICML 2008.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.datasets.visual_tasks import NO_ANSWER, TASKS, Sources, draw, load_sources, make_sources
from engine.recipes.training import Terms, Training, command_line, new_model, save_aloud, train_aloud
from engine.runtime.seeds import child_seed, generator
from engine.settings import integer, real
from engine.style_transfer.features import fast_convolutions
from engine.style_transfer.texture_vgg import Blur, TextureVGG

SIZE_PX = 64
SOURCE_PX = 192
NOISE = 0.15  # greatest standard deviation
CLEAN_WEIGHT = 4.0
STAGES = ("relu2_2", "relu3_2", "relu4_2")
N_HIDDEN = 256
HELD_OUT_SEED = 10_000
NORMALISING_BATCHES = 8


@dataclass(frozen=True)
class Recipe(Training):
    """How the weights are made."""

    steps: int = integer(4000, 1, 100_000, label="steps")
    batch_size: int = integer(64, 2, 512, label="pictures in a batch")
    kernel_rate: float = real(0.02, 0.0, 1.0, label="learning rate of Muon for kernels; 0 for AdamW alone")
    averaging: float = real(0.995, 0.0, 1.0, label="decay of the running mean")
    n_styles: int = integer(1440, 1, 100_000, label="style pictures to cut from")
    n_held_out: int = integer(1024, 1, 100_000, label="held-out pictures")


class Pupil(nn.Module):
    """TextureVGG with what answers the questions."""

    def __init__(self) -> None:
        super().__init__()
        self.features = TextureVGG()
        layers = [self.features.layer(name) for name in STAGES]
        deepest = layers[-1].channels
        places = SIZE_PX // layers[-1].stride // 2
        self.fifth = nn.Sequential(Blur(), nn.Conv2d(deepest, deepest, 3, padding=1), nn.ReLU())
        self.where = nn.Sequential(nn.Flatten(), nn.Linear(deepest * places**2, N_HIDDEN), nn.ReLU())
        self.answer = nn.Linear(N_HIDDEN + sum(layer.channels for layer in layers), sum(TASKS.values()))
        self.clean = nn.ModuleList(nn.Conv2d(layer.channels, 3 * layer.stride**2, 1) for layer in layers)
        self.strides = [layer.stride for layer in layers]

    @property
    def last(self) -> list[nn.Module]:
        """The layers that say an answer."""
        return [self.where, self.answer, self.clean]

    def forward(self, pictures: Tensor) -> tuple[dict[str, Tensor], list[Tensor]]:
        """Return the answers (B, K) by task, and the pictures (B, 3, H, W) without noise, one per stage."""
        features = list(self.features(pictures, STAGES).values())
        what = [stage.float().mean((2, 3)) for stage in features]
        said = self.answer(torch.cat([self.where(self.fifth(features[-1])), *what], 1)).float()
        clean = [
            F.pixel_shuffle(linear(stage), stride)
            for linear, stage, stride in zip(self.clean, features, self.strides, strict=True)
        ]
        return dict(zip(TASKS, said.split(list(TASKS.values()), 1), strict=True)), clean


def loss_of(model: Pupil, sources: Sources, size: int, chance: torch.Generator) -> Terms:
    """Return the terms of the loss for `size` pictures."""
    pictures, answers = draw(size, SIZE_PX, chance, sources)
    strength = NOISE * torch.rand(size, 1, 1, 1, generator=chance) ** 2
    noisy = pictures + strength * torch.randn(pictures.shape, generator=chance)
    with fast_convolutions(pictures.device):
        said, cleaned = model(noisy.contiguous(memory_format=torch.channels_last))
    asked = [task for task in TASKS if (answers[task] != NO_ANSWER).any()]
    terms = [F.cross_entropy(said[task], answers[task], ignore_index=NO_ANSWER) for task in asked]
    errors = [(own.float() - pictures).square().mean().sqrt() for own in cleaned]
    return {"answers": sum(terms) / len(terms), "clean": CLEAN_WEIGHT * sum(errors) / len(errors)}


@torch.no_grad()
def right_answers(model: Pupil, sources: Sources, n: int, seed: int = HELD_OUT_SEED) -> dict[str, float]:
    """Return, for every task, the share of right answers on n pictures of a seed."""
    pictures, answers = draw(n, SIZE_PX, generator(seed), sources)
    said = [model(part.contiguous(memory_format=torch.channels_last))[0] for part in pictures.split(64)]
    right = {}
    for task in TASKS:
        asked = answers[task] != NO_ANSWER
        best = torch.cat([part[task] for part in said]).argmax(1)
        right[task] = (best == answers[task])[asked].float().mean().item()
    return right


def examples(sources: Sources, size: int, seed: int) -> list[Tensor]:
    """Return batches (B, 3, H, W) without noise, on which features are normalised."""
    drawn = [
        draw(size, SIZE_PX, generator(child_seed(seed, f"normalise {k}")), sources)[0]
        for k in range(NORMALISING_BATCHES)
    ]
    return [pictures.contiguous(memory_format=torch.channels_last) for pictures in drawn]


def kept_sources(n: int, seed: int, path: Path) -> Sources:
    """Return the sources that `path` keeps, or make them and keep them there."""
    if not path.exists():
        started = time.monotonic()
        path.parent.mkdir(parents=True, exist_ok=True)
        make_sources(n, seed, side_px=SOURCE_PX).save(path)
        print(f"{n} style pictures after {time.monotonic() - started:.0f} s", flush=True)
    return load_sources(path)


def main() -> None:
    """Read the command line, train, write the weights, say how often the answers are right."""
    parser = command_line("Train TextureVGG on visual tasks.", Recipe.steps, "the checkpoint and the sources")
    parser.add_argument("--styles", type=int, default=Recipe.n_styles)
    parser.add_argument("--held-out", type=int, default=Recipe.n_held_out)
    chosen = parser.parse_args()
    recipe = Recipe(steps=chosen.steps, n_styles=chosen.styles, n_held_out=chosen.held_out)
    sources = kept_sources(recipe.n_styles, recipe.seed, chosen.folder / f"sources_{recipe.n_styles}.safetensors")
    start = new_model(Pupil, recipe.seed).to(memory_format=torch.channels_last).train()
    learn = lambda model, chance: loss_of(model, sources, recipe.batch_size, chance)  # noqa: E731
    pupil = train_aloud(start, learn, recipe, chosen.folder, start.last)
    held_out = make_sources(5 * len(TASKS), recipe.seed, held_out=True, side_px=SOURCE_PX)
    for task, share in right_answers(pupil, held_out, recipe.n_held_out).items():
        print(f"{task}: {share:.3f} right", flush=True)
    pupil.features.normalise(examples(sources, recipe.batch_size, recipe.seed))
    save_aloud(pupil.features, chosen.out)


if __name__ == "__main__":
    main()
