"""What the recipes of Johnson's network share: pictures to learn on, the loss, the command line.

    E_x [α C(f(x), x) + β S(f(x), style) + γ T(f(x))]

C and S are those of `style_transfer.objective`, in the features of TextureVGG, with every layer's share of its target.
The pictures x are crops at any scale of photographs that come with libraries, drawn scenes, figures and style pictures.

Reference: J. Johnson, A. Alahi, L. Fei-Fei, "Perceptual losses for real-time style transfer and super-resolution",
ECCV 2016.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.datasets.content_pictures import PHOTOGRAPHS, load_content
from engine.datasets.figures import make_figure
from engine.datasets.scenes import make_scene
from engine.datasets.style_pictures import KINDS, StylePicture, draw, draw_random
from engine.recipes.training import Terms, Training, new_model, save_aloud, train_aloud, write
from engine.runtime.seeds import child_seed, generator
from engine.settings import integer, real
from engine.style_transfer.features import fast_convolutions
from engine.style_transfer.gram import gram
from engine.style_transfer.johnson import JohnsonNet
from engine.style_transfer.losses import content_loss, style_loss, total_variation
from engine.style_transfer.sizes import fit
from engine.style_transfer.texture_vgg import CONTENT, STYLE, TextureVGG

DRAWN_PX = 256
N_DRAWN = {"scenes": 60, "figures": 30, "styles": 40}
PHOTOGRAPH_SHARE = 0.6
SMALLEST_CROP_PX = 96  # of the picture, before it is enlarged


@dataclass(frozen=True)
class Recipe(Training):
    """How the weights of one style are made."""

    steps: int = integer(1500, 1, 100_000, label="steps")
    batch_size: int = integer(4, 1, 64, label="pictures in a batch")
    learning_rate: float = real(2e-3, 1e-6, 1.0, label="highest learning rate")
    weight_decay: float = real(0.0, 0.0, 1.0, label="weight decay")
    averaging: float = real(0.98, 0.0, 1.0, label="decay of the running mean")
    crop_px: int = integer(160, 32, 512, label="sides of a crop")
    style_px: int = integer(256, 64, 1024, label="sides of the style picture")
    content_weight: float = real(1.0, 0.0, 1000.0, label="α")
    style_weight: float = real(10.0, 0.0, 1000.0, label="β")
    variation_weight: float = real(0.2, 0.0, 1000.0, label="γ")


class StyleLoss:
    """The loss against one style picture (3, H, W)."""

    def __init__(self, features: TextureVGG, style: Tensor, recipe: Recipe) -> None:
        self._features, self._recipe = features, recipe
        with torch.no_grad():
            found = features(style[None].contiguous(memory_format=torch.channels_last), STYLE)
        self._grams = {name: gram(x.float()) for name, x in found.items()}

    def __call__(self, painted: Tensor, pictures: Tensor) -> Terms:
        """Return the terms for pictures (B, 3, H, W) and what the network made of them."""
        with torch.no_grad(), fast_convolutions(pictures.device):
            wanted = {name: x.float() for name, x in self._features(pictures, CONTENT).items()}
        with fast_convolutions(pictures.device):
            found = self._features(painted, (*STYLE, *CONTENT))
        c = sum(u * content_loss(found[name], wanted[name]) / _energy(wanted[name]) for name, u in CONTENT.items())
        s = sum(w * style_loss(found[name], self._grams[name]) / _total(self._grams[name]) for name, w in STYLE.items())
        recipe = self._recipe
        return {
            "content": recipe.content_weight * c / sum(CONTENT.values()),
            "style": recipe.style_weight * s / sum(STYLE.values()),
            "variation": recipe.variation_weight * total_variation(painted),
        }


def _energy(features: Tensor) -> Tensor:
    return features.square().mean().clamp(min=1e-8)


def _total(matrix: Tensor) -> Tensor:
    return matrix.square().sum().clamp(min=1e-8)


class ContentPool:
    """Photographs and drawn pictures, uint8, to cut crops from.

    Args:
        seed: of what is drawn.
        folder: where the drawn ones are kept, or None.
        share: of the numbers drawn; less than 1 for a trial.
    """

    def __init__(self, seed: int, folder: Path | None = None, share: float = 1.0) -> None:
        self.photographs = [_bytes(load_content(name)) for name in PHOTOGRAPHS]
        path = folder / f"content_{share:g}.pt" if folder else None
        if path is not None and path.exists():
            self.drawn = torch.load(path, weights_only=True)
            return
        self.drawn = [_bytes(picture) for picture in _draw_all(seed, share)]
        if path is not None:
            write(self.drawn, path)

    def crops(self, n: int, side_px: int, chance: torch.Generator) -> Tensor:
        """Return n crops (n, 3, side_px, side_px) at any place and scale, half of them mirrored."""
        return torch.stack([self._crop(side_px, chance) for _ in range(n)]).contiguous(
            memory_format=torch.channels_last
        )

    def _crop(self, side_px: int, chance: torch.Generator) -> Tensor:
        r = torch.rand(6, generator=chance).tolist()
        pictures = self.photographs if r[0] < PHOTOGRAPH_SHARE else self.drawn
        picture = pictures[int(r[1] * len(pictures))]
        largest = min(picture.shape[1:])
        side = round(SMALLEST_CROP_PX * (largest / SMALLEST_CROP_PX) ** r[2])
        top, left = (int(r[k] * (n - side + 1)) for k, n in zip((3, 4), picture.shape[1:], strict=True))
        crop = fit(picture[None, :, top : top + side, left : left + side].float() / 255, (side_px, side_px))[0]
        return crop.flip(2) if r[5] < 0.5 else crop


def _draw_all(seed: int, share: float) -> list[Tensor]:
    size = (DRAWN_PX, DRAWN_PX)
    n = {name: max(1, round(count * share)) for name, count in N_DRAWN.items()}
    scenes = [make_scene(i, seed, size).image for i in range(n["scenes"])]
    figures = [make_figure(i, seed, size).image for i in range(n["figures"])]
    styles = [draw_random(generator(child_seed(seed, f"style {i}")), DRAWN_PX) for i in range(n["styles"])]
    return scenes + figures + styles


def _bytes(picture: Tensor) -> Tensor:
    return (picture * 255).round().clamp(0, 255).byte()


def loss_of(model: JohnsonNet, loss: StyleLoss, pool: ContentPool, recipe: Recipe, chance: torch.Generator) -> Terms:
    """Return the terms of the loss for a batch of crops."""
    pictures = pool.crops(recipe.batch_size, recipe.crop_px, chance)
    with fast_convolutions(pictures.device):
        painted = model(pictures)
    return loss(painted.float(), pictures)


def load_features(path: Path) -> TextureVGG:
    """Return a trained TextureVGG whose numbers stay."""
    features = TextureVGG()
    features.load_state_dict(load_file(path))
    return features.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def run(sentence: str, kind: str, recipe: Recipe | None = None) -> None:
    """Train the network of a kind of style picture, its best hung one, as the command line says."""
    recipe = recipe or Recipe()
    parser = argparse.ArgumentParser(description=sentence)
    parser.add_argument("--out", type=Path, required=True, help="the safetensors file to write")
    parser.add_argument("--folder", type=Path, required=True, help="where the checkpoint and the pictures are kept")
    parser.add_argument("--features", type=Path, required=True, help="the safetensors file of TEXTURE_VGG_V1")
    parser.add_argument("--steps", type=int, default=recipe.steps)
    parser.add_argument("--drawn", type=float, default=1.0, help="share of the drawn pictures; less for a trial")
    chosen = parser.parse_args()
    recipe = type(recipe)(**(vars(recipe) | {"steps": chosen.steps}))
    style = draw(StylePicture(kind, KINDS[kind].hung[0], recipe.style_px))
    loss = StyleLoss(load_features(chosen.features), style, recipe)
    pool = ContentPool(recipe.seed, chosen.folder, chosen.drawn)
    start = new_model(JohnsonNet, recipe.seed).to(memory_format=torch.channels_last).train()
    learn = lambda model, chance: loss_of(model, loss, pool, recipe, chance)  # noqa: E731
    trained = train_aloud(start, learn, recipe, chosen.folder)
    save_aloud(trained, chosen.out)
