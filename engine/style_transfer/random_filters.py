"""Features that nobody trained: random filters at several scales of the picture.

    F_s = ReLU(w_s * x↓s),   s = 1, 2, 4, 8;   x↓s the picture, blurred and halved until one place is s pixels wide

Each w_s holds 96 random filters of 5 × 5, of mean zero and length one. The Gram matrices of such features carry much of
a texture already: what a network has learned helps less with that than one would think. It shows in what they do not
know: an eye is no more to them than any other few strokes.

Conventions: as in `features`. The same seed gives the same filters. Layers are named after s.

Reference: I. Ustyuzhaninov, W. Brendel, L. A. Gatys, M. Bethge, "Texture synthesis using shallow convolutional networks
with random filters", 2016; K. He, Y. Wang, J. Hopcroft, "A powerful generative model using random weights for the deep
image representation", NeurIPS 2016.
"""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.runtime.seeds import generator
from engine.style_transfer.features import FeatureNetwork, Features, Layer
from engine.style_transfer.texture_vgg import Blur

SCALES = (1, 2, 4, 8)
N_FILTERS, SIDE = 96, 5
SEED = 0


class RandomFilters(FeatureNetwork):
    """The network; its numbers come from a seed, not from a file."""

    def __init__(self, seed: int = SEED) -> None:
        layers = [Layer(f"scale{scale}", k, N_FILTERS, scale) for k, scale in enumerate(SCALES, start=1)]
        filters = [nn.Conv2d(3, N_FILTERS, SIDE, padding=SIDE // 2, bias=False) for _ in SCALES]
        weights = dict.fromkeys((layer.name for layer in layers), 1.0)
        super().__init__("Random filters", filters, layers, {"scale1": 0.5, "scale2": 1.0}, weights)
        self.halve = Blur()
        chance = generator(seed)
        for convolution in filters:
            w = torch.randn(convolution.weight.shape, generator=chance)
            w -= w.mean((1, 2, 3), keepdim=True)
            convolution.weight = nn.Parameter(w / w.flatten(1).norm(dim=1)[:, None, None, None], requires_grad=False)

    def run(self, x: Tensor, names: Collection[str]) -> Features:
        """Return name → features of pictures (B, 3, H, W) that are normalised."""
        found, stride = {}, 1
        for layer in self.layers.values():  # from the finest on
            if layer.stride > max(self.layer(name).stride for name in names):
                break
            x = self.halve(x) if layer.stride > stride else x
            stride = layer.stride
            if layer.name in names:
                found[layer.name] = F.relu(self.chain[layer.end - 1](x))
        return {name: found[name] for name in names}
