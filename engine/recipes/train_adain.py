"""Train AdaIN's decoder.

`python -m engine.recipes.train_adain --out FILE.safetensors --folder CHECKPOINTS --features TEXTURE_VGG_V1`

    |F(y) − t|² + λ Σ_l (|μ(F_l(y)) − μ(F_l(style))|² + |σ(F_l(y)) − σ(F_l(style))|²) + κ |decoder(F(x)) − x|²,
    t = AdaIN(F(x), F(style)),  y = decoder(t)

The first two terms are the paper's, each as the share of its target that is missing; the third asks the decoder to give
a picture back where no style is asked for, which our small worlds would else not teach. F, TextureVGG, stays as it is.
Contents are crops of photographs and drawn pictures, styles are crops of style pictures, and now and then of contents.

Reference: X. Huang, S. Belongie, "Arbitrary style transfer in real-time with adaptive instance normalization", ICCV
2017.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from engine.datasets.style_pictures import KINDS, draw_random
from engine.recipes.content_pool import ContentPool, learned_on, style_command_line
from engine.recipes.training import Terms, Training, new_model, save_aloud, train_aloud, write
from engine.runtime.seeds import child_seed, generator
from engine.settings import integer, real
from engine.style_transfer.adain import LAYER, AdaIN, adain, moments
from engine.style_transfer.features import fast_convolutions

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", LAYER)
CONTENT_AS_STYLE = 0.25  # share of styles that are photographs or scenes


@dataclass(frozen=True)
class Recipe(Training):
    """How the weights are made."""

    steps: int = integer(4000, 1, 100_000, label="steps")
    batch_size: int = integer(4, 1, 64, label="pictures in a batch")
    learning_rate: float = real(1e-3, 1e-6, 1.0, label="highest learning rate")
    weight_decay: float = real(0.0, 0.0, 1.0, label="weight decay")
    averaging: float = real(0.99, 0.0, 1.0, label="decay of the running mean")
    kernel_rate: float = real(0.01, 0.0, 1.0, label="learning rate of Muon for kernels; 0 for AdamW alone")
    crop_px: int = integer(160, 32, 512, label="sides of a crop, a multiple of 8")
    style_weight: float = real(3.0, 0.0, 1000.0, label="λ")
    identity_weight: float = real(3.0, 0.0, 1000.0, label="κ")
    n_styles: int = integer(360, 1, 100_000, label="style pictures")


def make_styles(n: int, size_px: int, seed: int, path: Path | None = None) -> Tensor:
    """Return n style pictures (n, 3, S, S) uint8, of the kinds in turn; those that `path` keeps are used."""
    if path is not None and path.exists():
        return torch.load(path, weights_only=True)
    kinds = tuple(KINDS)
    chances = [generator(child_seed(seed, f"style picture {i}")) for i in range(n)]
    drawn = [draw_random(chance, size_px, kinds[i % len(kinds)]) for i, chance in enumerate(chances)]
    styles = torch.stack([(picture * 255).round().byte() for picture in drawn])
    if path is not None:
        write(styles, path)
    return styles


def loss_of(model: AdaIN, pool: ContentPool, styles: Tensor, recipe: Recipe, chance: torch.Generator) -> Terms:
    """Return the terms of the loss for a batch."""
    n = recipe.batch_size
    contents, others = (pool.crops(n, recipe.crop_px, chance) for _ in range(2))
    chosen = styles[torch.randint(len(styles), (n,), generator=chance)].float() / 255
    top, left = (int(torch.randint(chosen.shape[2] - recipe.crop_px + 1, (), generator=chance)) for _ in range(2))
    chosen = chosen[:, :, top : top + recipe.crop_px, left : left + recipe.crop_px]
    is_content = torch.rand(n, 1, 1, 1, generator=chance) < CONTENT_AS_STYLE
    wanted_style = torch.where(is_content, others, chosen).contiguous(memory_format=torch.channels_last)
    with torch.no_grad(), fast_convolutions(contents.device):
        x = model.encode(contents)
        style = {name: y.float() for name, y in model.encoder(wanted_style, STYLE_LAYERS).items()}
    target = adain(x, style[LAYER])
    with fast_convolutions(contents.device):
        painted, same = model.decoder(torch.cat([target, x])).float().chunk(2)
        found = {name: y.float() for name, y in model.encoder(painted, STYLE_LAYERS).items()}
    return {
        "content": missing(found[LAYER], target),
        "style": recipe.style_weight * sum(_moments_missing(found[name], style[name]) for name in STYLE_LAYERS) / 4,
        "identity": recipe.identity_weight * missing(same, contents - contents.mean((2, 3), keepdim=True), contents),
    }


def missing(found: Tensor, energy: Tensor, target: Tensor | None = None) -> Tensor:
    """Return the squares of what is missing to the target (`energy` itself if not given), as a share of its energy."""
    return (found - (energy if target is None else target)).square().mean() / energy.square().mean().clamp(min=1e-8)


def _moments_missing(found: Tensor, style: Tensor) -> Tensor:
    pairs = zip(moments(found), moments(style), strict=True)
    return sum(missing(one, other) for one, other in pairs)


def main() -> None:
    """Read the command line, train, write the weights."""
    parser = style_command_line("Train AdaIN's decoder on style pictures and photographs.", Recipe.steps)
    parser.add_argument("--styles", type=int, default=Recipe.n_styles)
    chosen = parser.parse_args()
    recipe = Recipe(steps=chosen.steps, n_styles=chosen.styles)
    features, pool = learned_on(chosen, recipe.seed)
    styles = make_styles(recipe.n_styles, 256, recipe.seed, chosen.folder / f"styles_{recipe.n_styles}.pt")
    start = new_model(AdaIN, recipe.seed)
    start.encoder.load_state_dict(features.state_dict())
    start.encoder.requires_grad_(False)
    start = start.to(memory_format=torch.channels_last).train()
    learn = lambda model, chance: loss_of(model, pool, styles, recipe, chance)  # noqa: E731
    trained = train_aloud(start, learn, recipe, chosen.folder, [start.decoder.convolutions[-1]])
    save_aloud(trained, chosen.out)


if __name__ == "__main__":
    main()
