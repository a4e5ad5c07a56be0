"""What a Gram matrix is made of, to be looked at entry by entry: the matrices of several pictures, and their features.

    G_ij = Σ_places F_i F_j / (C · H · W):  the mean of the product of two feature maps, divided by C

Of a layer with many features those are shown that are strongest in the style picture, as all of them would be too small
to point at.

Conventions: as in `gram`; the maps are uint8 (n, h, w), 255 for the largest value of that feature in any picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.style_transfer.features import FeatureNetwork
from engine.style_transfer.gram import gram
from engine.style_transfer.sizes import longest

MOST_FEATURES = 64
MAP_PX = 40


@dataclass(frozen=True)
class GramView:
    """One layer of several pictures.

    Attributes:
        features: (n,) the numbers of the features shown, from 0.
        n_features: C, of the layer.
        grams: (K, n, n) float32, of K pictures.
        maps: K arrays uint8 (n, h, w).
        tops: (n,) float32, the value that 255 stands for.
    """

    features: np.ndarray
    n_features: int
    grams: np.ndarray
    maps: tuple[np.ndarray, ...]
    tops: np.ndarray


@torch.no_grad()
def gram_view(network: FeatureNetwork, layer: str, pictures: Sequence[Tensor], style: int, size_px: int) -> GramView:
    """Return the Gram matrices and feature maps of pictures.

    Args:
        network: whose features.
        layer: one of its names.
        pictures: (3, H, W) each, in [0, 1].
        style: which of them is the style picture.
        size_px: of the longer side in which they are looked at.

    Raises:
        InvalidInput: there is no such layer.
    """
    found = [network(longest(picture[None], size_px), (layer,))[layer].float() for picture in pictures]
    grams = [gram(features)[0] for features in found]
    strongest = grams[style].diagonal().argsort(descending=True, stable=True)[:MOST_FEATURES]
    chosen = strongest.sort().values
    small = [_small(features[:, chosen])[0] for features in found]
    tops = torch.stack([one.flatten(1).max(1).values for one in small]).max(0).values.clamp(min=1e-12)
    maps = tuple((one / tops[:, None, None] * 255).clamp(0, 255).round().to(torch.uint8).numpy() for one in small)
    shown = torch.stack([one[chosen][:, chosen] for one in grams]).numpy()
    return GramView(chosen.numpy(), found[0].shape[1], shown, maps, tops.numpy())


def _small(features: Tensor) -> Tensor:
    height, width = features.shape[2:]
    factor = min(1.0, MAP_PX / max(height, width))
    size = (max(1, round(height * factor)), max(1, round(width * factor)))
    return F.adaptive_avg_pool2d(features, size)
