"""Any style in one pass: the mean and the spread of each feature are taken from the style picture.

    t = AdaIN(F(x), F(y)),   AdaIN(x, y) = σ(y) (x − μ(x)) / σ(x) + μ(y);   picture = decoder((1 − α) F(x) + α t)

F is TextureVGG up to relu4_1; μ and σ are those of each feature over the picture. The decoder has learned to turn
features back into a picture. Two or more styles are mixed by weights v_k:

    Σ_k v_k AdaIN(x, y_k) = (Σ_k v_k σ(y_k)) (x − μ(x)) / σ(x) + Σ_k v_k μ(y_k)

Conventions: pictures are float (3, H, W), RGB, in [0, 1]; features (B, C, H / 8, W / 8). A picture gets a mirrored
border of `BORDER_PX`, so that the zeros with which TextureVGG fills up its borders stay outside. With μ(x) and
σ(x) of a whole small picture given, what comes out at a place depends only on pixels within `CONTEXT_PX` of it.

Reference: X. Huang, S. Belongie, "Arbitrary style transfer in real-time with adaptive instance normalization", ICCV
2017.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.errors import InvalidInput, constraint
from engine.style_transfer.features import fast_convolutions
from engine.style_transfer.johnson import mirrored
from engine.style_transfer.texture_vgg import WIDTHS, TextureVGG

LAYER = "relu4_1"
STRIDE = 8
EPSILON = 1e-5
BORDER_PX = 40
CONTEXT_PX = 64  # 52 by counting, rounded up to whole places

Moments = tuple[Tensor, Tensor]  # μ and σ (B, C, 1, 1)


def moments(features: Tensor) -> Moments:
    """Return μ and σ = √(variance + 1e−5), each (B, C, 1, 1), of features (B, C, H, W) over their places."""
    wide = features if features.dtype == torch.float64 else features.float()
    variance, mean = torch.var_mean(wide, (2, 3), correction=0, keepdim=True)
    return mean, (variance + EPSILON).sqrt()


def adain(content: Tensor, style: Tensor) -> Tensor:
    """Return AdaIN(x, y) of features (B, C, H, W) and (B, C, H', W')."""
    return with_moments(content, moments(content), moments(style))


def with_moments(content: Tensor, own: Moments, wanted: Moments) -> Tensor:
    """Return features whose moments `own` are exchanged for `wanted`, which may differ from place to place."""
    return (content - own[0]) / own[1] * wanted[1] + wanted[0]


class Decoder(nn.Module):
    """From features of relu4_1 to a picture: TextureVGG backwards, enlarging where that averages."""

    def __init__(self, widths: Sequence[int] = WIDTHS) -> None:
        super().__init__()
        first, second, third, fourth = widths
        pairs = [(fourth, third), (third, third), (third, second), (second, second), (second, first), (first, first)]
        self.convolutions = nn.ModuleList(nn.Conv2d(a, b, 3) for a, b in [*pairs, (first, 3)])
        self._enlarge_after = (0, 2, 4)

    def forward(self, features: Tensor) -> Tensor:
        """Return pictures (B, 3, 8 H, 8 W), not cut to [0, 1]."""
        x = features
        for k, convolution in enumerate(self.convolutions):
            x = convolution(mirrored(x, 1))
            x = F.relu(x) if k + 1 < len(self.convolutions) else x
            x = F.interpolate(x, scale_factor=2, mode="nearest") if k in self._enlarge_after else x
        return x.float() if x.dtype == torch.bfloat16 else x


class AdaIN(nn.Module):
    """Encoder and decoder; the encoder's numbers are those of TextureVGG."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = TextureVGG()
        self.decoder = Decoder()

    def encode(self, pictures: Tensor) -> Tensor:
        """Return the features (B, C, H / 8, W / 8) of pictures (B, 3, H, W)."""
        features = self.encoder(pictures, (LAYER,))[LAYER]
        return features.float() if features.dtype == torch.bfloat16 else features

    def forward(self, content: Tensor, style: Tensor) -> Tensor:
        """Return pictures (B, 3, H, W) of the content in the style (B, 3, H', W'); sides are multiples of 8."""
        return self.decoder(adain(self.encode(content), self.encode(style)))


@dataclass(frozen=True)
class Mix:
    """What of several styles is wanted.

    Attributes:
        weights: v_k, one per style; only their ratios count.
        strength: α, from 0 to 1.
    """

    weights: tuple[float, ...]
    strength: float = 1.0

    def __post_init__(self) -> None:
        if not self.weights or min(self.weights) < 0 or sum(self.weights) <= 0:
            must_be = "numbers of at least 0, not all of them 0"
            raise InvalidInput(constraint("weights of styles", must_be, self.weights))
        if not 0 <= self.strength <= 1:
            raise InvalidInput(constraint("strength", "from 0 to 1", self.strength))


@torch.no_grad()
def style_moments(network: AdaIN, picture: Tensor) -> Moments:
    """Return μ and σ of the features of a picture (3, H, W)."""
    return moments(_core(_encode(network, picture), picture.shape[1:]))


@torch.no_grad()
def stylise(network: AdaIN, picture: Tensor, styles: Sequence[Moments], mix: Mix) -> Tensor:
    """Return a picture (3, H, W) in the styles, of which the moments are given.

    Raises:
        InvalidInput: another number of styles than of weights.
    """
    return _paint(network, picture, style_moments(network, picture), styles, mix)


def painter(network: AdaIN, small: Tensor, styles: Sequence[Moments], mix: Mix) -> Callable[[Tensor], Tensor]:
    """Return what paints any tile (3, h, w) of a picture, of which `small` (3, H, W) is a small copy."""
    own = style_moments(network, small)
    return lambda tile: _paint(network, tile, own, styles, mix)


@torch.no_grad()
def _paint(network: AdaIN, picture: Tensor, own: Moments, styles: Sequence[Moments], mix: Mix) -> Tensor:
    if len(styles) != len(mix.weights):
        raise InvalidInput(constraint("styles", f"{len(mix.weights)}, one per weight", len(styles)))
    features = _encode(network, picture)
    shares = [weight / sum(mix.weights) for weight in mix.weights]
    wanted = tuple(sum(share * style[m] for share, style in zip(shares, styles, strict=True)) for m in (0, 1))
    target = with_moments(features, own, wanted)
    mixed = features + mix.strength * (target - features)
    with fast_convolutions(picture.device):
        decoded = network.decoder(mixed.contiguous(memory_format=torch.channels_last))[0]
    rows, columns = (slice(BORDER_PX, BORDER_PX + side) for side in picture.shape[1:])
    return decoded[:, rows, columns].clamp(0, 1).to(picture.dtype)


def _encode(network: AdaIN, picture: Tensor) -> Tensor:
    """Return the features of a picture (3, H, W) with its border, of whole places."""
    with fast_convolutions(picture.device):
        return network.encode(_bordered(picture)[None].contiguous(memory_format=torch.channels_last))


def _bordered(picture: Tensor) -> Tensor:
    height, width = picture.shape[1:]
    x = F.pad(picture[None], (0, -width % STRIDE, 0, -height % STRIDE), mode="replicate")
    return mirrored(x, BORDER_PX)[0]


def _core(features: Tensor, size: Sequence[int]) -> Tensor:
    """Return the features of the picture alone, of size (H, W), without those of its border."""
    first = BORDER_PX // STRIDE
    height, width = (-(-side // STRIDE) for side in size)
    return features[:, :, first : first + height, first : first + width]
