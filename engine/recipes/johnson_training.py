"""What the recipes of Johnson's network share: the loss, and how it is made small.

    E_x [α C(f(x), x) + β S(f(x), style) + γ T(f(x))]

C and S are those of `style_transfer.objective`, in the features of TextureVGG, with every layer's share of its target.
The pictures x are those of `content_pool`.

Reference: J. Johnson, A. Alahi, L. Fei-Fei, "Perceptual losses for real-time style transfer and super-resolution",
ECCV 2016.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.datasets.style_pictures import KINDS, StylePicture, draw
from engine.recipes.content_pool import ContentPool, learned_on, style_command_line
from engine.recipes.training import Terms, Training, new_model, save_aloud, train_aloud
from engine.settings import integer, real
from engine.style_transfer.features import fast_convolutions
from engine.style_transfer.gram import gram
from engine.style_transfer.johnson import JohnsonNet
from engine.style_transfer.losses import content_loss, style_loss, total_variation
from engine.style_transfer.texture_vgg import CONTENT, STYLE, TextureVGG


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


def loss_of(model: JohnsonNet, loss: StyleLoss, pool: ContentPool, recipe: Recipe, chance: torch.Generator) -> Terms:
    """Return the terms of the loss for a batch of crops."""
    pictures = pool.crops(recipe.batch_size, recipe.crop_px, chance)
    with fast_convolutions(pictures.device):
        painted = model(pictures)
    return loss(painted.float(), pictures)


def run(sentence: str, kind: str, recipe: Recipe | None = None) -> None:
    """Train the network of a kind of style picture, its best hung one, as the command line says."""
    recipe = recipe or Recipe()
    chosen = style_command_line(sentence, recipe.steps).parse_args()
    recipe = type(recipe)(**(vars(recipe) | {"steps": chosen.steps}))
    style = draw(StylePicture(kind, KINDS[kind].hung[0], recipe.style_px))
    features, pool = learned_on(chosen, recipe.seed)
    loss = StyleLoss(features, style, recipe)
    start = new_model(JohnsonNet, recipe.seed).to(memory_format=torch.channels_last).train()
    learn = lambda model, chance: loss_of(model, loss, pool, recipe, chance)  # noqa: E731
    trained = train_aloud(start, learn, recipe, chosen.folder)
    save_aloud(trained, chosen.out)
