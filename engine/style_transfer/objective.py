"""What a picture is asked to be: like the content picture in some layers, like the style picture in the Gram matrices.

    J(x) = α · Σ_l u_l C_l(x) / |P_l|²  +  β · Σ_l w_l S_l(x) / |A_l|²  +  γ · T(x)

C_l, S_l and T are the losses of `losses`; |P_l|² is what C_l would be of features that are all zero, and |A_l|² the sum
of the squares of A_l. So each term is the share of its target that is missing, about 1 for a grey picture, and α and β
mean the same in every layer of every network. u_l and w_l are divided by their sums.

With two styles and weights v, A = Σ_k v_k A_k: Σ_k v_k |G − A_k|² has the same gradient.

Conventions: pictures (1, 3, H, W) in [0, 1]; the style pictures may have another size.

Reference: L. A. Gatys, A. S. Ecker, M. Bethge, "Image style transfer using convolutional neural networks", CVPR 2016.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import InvalidInput, constraint
from engine.style_transfer.features import FeatureNetwork, fast_convolutions
from engine.style_transfer.gram import gram
from engine.style_transfer.losses import content_loss, style_loss, total_variation

SMALLEST_ENERGY = 1e-8  # of a target, so that an all-black one divides nothing by zero


@dataclass(frozen=True)
class Weighting:
    """How much each part counts.

    Attributes:
        content: α.
        style: β.
        variation: γ.
        content_layers: name → u_l; empty for none.
        style_layers: name → w_l; empty for none.
    """

    content: float
    style: float
    variation: float
    content_layers: Mapping[str, float]
    style_layers: Mapping[str, float]


@dataclass(frozen=True)
class Losses:
    """What is missing: J and its parts before α, β and γ, and of each layer before u_l and w_l."""

    total: float
    content: float
    style: float
    variation: float
    content_layers: Mapping[str, float]
    style_layers: Mapping[str, float]


class Objective:
    """J for one pair of pictures.

    Args:
        network: whose features are compared.
        content: (1, 3, H, W), or None where no content is asked for.
        styles: pictures (1, 3, H, W) each.
        mix: how much each style counts; one number each.
        weighting: α, β, γ and the layers.
        exact: whether to compute in the pictures' own precision throughout.

    Raises:
        InvalidInput: a layer that the network does not have, or weights that leave nothing.
        ShapeError: a picture too small for the layers.
    """

    def __init__(
        self,
        network: FeatureNetwork,
        content: Tensor | None,
        styles: Sequence[Tensor],
        mix: Sequence[float],
        weighting: Weighting,
        exact: bool = False,
    ) -> None:
        self.network, self.weighting, self._exact = network, weighting, exact
        self._content_layers = _shares(weighting.content_layers) if content is not None else {}
        self._style_layers = _shares(weighting.style_layers) if styles else {}
        self._names = tuple({**self._content_layers, **self._style_layers})
        if not self._names:
            raise InvalidInput("There is nothing to aim at: choose at least one layer of content or of style.")
        self.content_targets = self._features(content, self._content_layers) if self._content_layers else {}
        self.style_targets = self._mixed_grams(styles, mix) if self._style_layers else {}

    def terms(self, picture: Tensor) -> tuple[Tensor, dict[str, Tensor], dict[str, Tensor], Tensor]:
        """Return J and what it is made of: layer → share missing of the content and of the style, and T."""
        features = self._run(picture, self._names)
        content, style = {}, {}
        for name in self._content_layers:
            target = self.content_targets[name]
            content[name] = content_loss(features[name], target) / _energy(target.square().mean())
        for name in self._style_layers:
            target = self.style_targets[name]
            style[name] = style_loss(features[name], target) / _energy(target.square().sum())
        variation = total_variation(picture)
        weighting = self.weighting
        total = weighting.variation * variation
        total = total + weighting.content * sum(u * content[name] for name, u in self._content_layers.items())
        total = total + weighting.style * sum(w * style[name] for name, w in self._style_layers.items())
        return total, content, style, variation

    def value_and_gradient(self, picture: Tensor) -> tuple[Losses, Tensor]:
        """Return J with its parts, and ∂J/∂x (1, 3, H, W)."""
        x = picture.detach().requires_grad_(True)
        total, content, style, variation = self.terms(x)
        (gradient,) = torch.autograd.grad(total, x)
        return self._told(total, content, style, variation), gradient

    def losses(self, picture: Tensor) -> Losses:
        """Return J with its parts."""
        with torch.no_grad():
            return self._told(*self.terms(picture))

    def _told(self, total: Tensor, content: dict, style: dict, variation: Tensor) -> Losses:
        of_content = {name: value.item() for name, value in content.items()}
        of_style = {name: value.item() for name, value in style.items()}
        mean_content = sum(u * of_content[name] for name, u in self._content_layers.items())
        mean_style = sum(w * of_style[name] for name, w in self._style_layers.items())
        return Losses(total.item(), mean_content, mean_style, variation.item(), of_content, of_style)

    def _mixed_grams(self, styles: Sequence[Tensor], mix: Sequence[float]) -> dict[str, Tensor]:
        if len(mix) != len(styles) or min(mix) < 0 or sum(mix) <= 0:
            must_be = f"{len(styles)} numbers of at least 0, not all of them 0"
            raise InvalidInput(constraint("mix of styles", must_be, list(mix)))
        mixed: dict[str, Tensor] = {}
        for picture, weight in zip(styles, mix, strict=True):
            for name, features in self._features(picture, self._style_layers).items():
                mixed[name] = mixed.get(name, 0.0) + gram(features) * (weight / sum(mix))
        return mixed

    @torch.no_grad()
    def _features(self, picture: Tensor, names: Mapping[str, float]) -> dict[str, Tensor]:
        found = self._run(picture, tuple(names))
        return {name: x if x.dtype == torch.float64 else x.float() for name, x in found.items()}

    def _run(self, picture: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
        if self._exact:
            return self.network(picture, names)
        with fast_convolutions(picture.device):
            return self.network(picture.contiguous(memory_format=torch.channels_last), names)


def _shares(weights: Mapping[str, float]) -> dict[str, float]:
    """Return the weights divided by their sum, without those that are 0."""
    if any(weight < 0 for weight in weights.values()):
        raise InvalidInput(constraint("weights of layers", "at least 0", dict(weights)))
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items() if weight > 0}


def _energy(value: Tensor) -> Tensor:
    return value.clamp(min=SMALLEST_ENERGY)
