"""Style transfer in one pass: a network that has learned one style.

    y = f(x);   trained once with E_x [α C(f(x), x) + β S(f(x), style) + γ T(f(x))], the losses of Gatys et al.

    9 × 9 → two convolutions of stride 2 → five residual blocks → twice (enlarge, convolution) → 9 × 9

What Gatys et al. do anew for every picture is done here once, while training. Every convolution but the last is
followed by instance normalisation, IN(x) = γ (x − μ) / √(σ² + ε) + β with μ and σ of each feature over the picture,
which takes the picture's own contrast away.

Conventions: pictures are float (B, 3, H, W), RGB, in [0, 1], of any size from 1 × 1. Borders are mirrored. Enlarging
repeats pixels, which leaves no chequerboard as a transposed convolution does. `Statistics` are μ and σ of every
normalisation: with those of a whole small picture given, what comes out at a place depends only on the pixels within
`CONTEXT_PX` of it, so that a large picture can be made in tiles.

Reference: J. Johnson, A. Alahi, L. Fei-Fei, "Perceptual losses for real-time style transfer and super-resolution",
ECCV 2016; D. Ulyanov, A. Vedaldi, V. Lempitsky, "Improved texture networks", CVPR 2017 (instance normalisation).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx, once_differentiable
from torch.nn import functional as F

from engine.style_transfer.features import IMAGENET_MEAN, IMAGENET_STD, fast_convolutions

WIDTHS = (32, 64, 96)
N_BLOCKS = 5
EPSILON = 1e-5
ALIGN_PX = 4
CONTEXT_PX = 64  # 54 by counting, rounded up to whole places

Moments = tuple[Tensor, Tensor]  # μ and σ² (C,)
Statistics = tuple[Moments, ...]


class InstanceNorm(nn.Module):
    """IN, with moments of the picture itself or with given ones; one picture is a batch of its own to torch."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(channels))
        self.offset = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor, given: Moments | None = None) -> tuple[Tensor, Moments]:
        """Return IN(x) (B, C, H, W) and the moments it took, of the last picture where there are several."""
        if given is not None:
            return F.batch_norm(x, *given, self.gain, self.offset, False, 0.0, EPSILON), given
        normalised = []
        for one in x.split(1):
            found = (self.gain.new_zeros(x.shape[1]), self.gain.new_zeros(x.shape[1]))  # 0 · NaN would stay NaN
            normalised.append(F.batch_norm(one, *found, self.gain, self.offset, True, 1.0, EPSILON))
        n_places = x[0, 0].numel()
        variance = found[1] * ((n_places - 1) / n_places)  # torch notes the variance that is divided by n − 1
        return normalised[0] if len(x) == 1 else torch.cat(normalised), (found[0], variance)


class _Convolution(nn.Module):
    """Mirror the border, enlarge where asked to, convolve, normalise."""

    def __init__(self, channels: int, width: int, side: int, stride: int = 1, enlarge: bool = False) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels, width, side, stride, bias=False)
        self.norm = InstanceNorm(width)
        self._around, self._enlarge = side // 2, enlarge

    def forward(self, x: Tensor, given: Moments | None) -> tuple[Tensor, Moments]:
        x = F.interpolate(x, scale_factor=2, mode="nearest") if self._enlarge else x
        return self.norm(self.convolution(mirrored(x, self._around)), given)


class JohnsonNet(nn.Module):
    """The network of one style."""

    def __init__(self, widths: tuple[int, int, int] = WIDTHS, n_blocks: int = N_BLOCKS) -> None:
        super().__init__()
        first, second, third = widths
        self.down = nn.ModuleList(
            [_Convolution(3, first, 9), _Convolution(first, second, 3, 2), _Convolution(second, third, 3, 2)]
        )
        self.blocks = nn.ModuleList(_Convolution(third, third, 3) for _ in range(2 * n_blocks))
        self.up = nn.ModuleList(
            [_Convolution(third, second, 3, enlarge=True), _Convolution(second, first, 3, enlarge=True)]
        )
        self.last = nn.Conv2d(first, 3, 9)
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1), persistent=False)

    def forward(self, pictures: Tensor, statistics: Statistics | None = None) -> Tensor:
        """Return the pictures (B, 3, H, W) in the network's style, not cut to [0, 1]."""
        return self._run(pictures, statistics)[0]

    def measure(self, pictures: Tensor) -> Statistics:
        """Return the statistics of pictures (B, 3, H, W), to be given to `forward` for tiles of them."""
        return self._run(pictures, None)[1]

    def _run(self, pictures: Tensor, statistics: Statistics | None) -> tuple[Tensor, Statistics]:
        height, width = pictures.shape[2:]
        more = [max(-side % ALIGN_PX, 2 * ALIGN_PX - side) for side in (width, height)]  # a spread needs two places
        x = F.pad(pictures, (0, more[0], 0, more[1]), mode="replicate")
        x = (x - self.mean) / self.std
        given, found = iter(statistics or ()), []

        def through(layer: _Convolution, x: Tensor) -> Tensor:
            y, taken = layer(x, next(given, None))
            found.append(taken)
            return y

        for layer in self.down:
            x = F.relu(through(layer, x))
        for first, second in zip(self.blocks[::2], self.blocks[1::2], strict=True):
            x = x + through(second, F.relu(through(first, x)))
        for layer in self.up:
            x = F.relu(through(layer, x))
        x = self.last(mirrored(x, 4))[:, :, :height, :width]
        return torch.sigmoid(x.float() if x.dtype == torch.bfloat16 else x), tuple(found)


class _Mirrored(torch.autograd.Function):
    """Mirroring in place: autograd itself would copy everything for every row."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, n: int) -> Tensor:
        ctx.n = n
        y = F.pad(x, (n, n, n, n))
        for dim in (2, 3):
            for outside, inside in _pairs(x.shape[dim], n):
                y.select(dim, outside).copy_(y.select(dim, inside))
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, gradient: Tensor) -> tuple[Tensor, None]:
        n, gradient = ctx.n, gradient.clone()
        for dim in (3, 2):
            for outside, inside in _pairs(gradient.shape[dim] - 2 * n, n):
                gradient.select(dim, inside).add_(gradient.select(dim, outside))
        return gradient[:, :, n:-n, n:-n], None


def _pairs(length: int, n: int) -> list[tuple[int, int]]:
    """Return (place outside, place inside that it shows) for n places before and n after `length` places."""
    inside = [min(k, length - 1) for k in range(n)]
    before = [(n - 1 - k, n + at) for k, at in enumerate(inside)]
    return before + [(n + length + k, n + length - 1 - at) for k, at in enumerate(inside)]


def mirrored(x: Tensor, n: int) -> Tensor:
    """Return features (B, C, H, W) with n places more at each side, mirrored with the last one twice.

    The memory format stays: torch's own mirroring would leave channels-last, and cost more than the convolutions.
    """
    return _Mirrored.apply(x, n)


@torch.no_grad()
def stylise(
    network: JohnsonNet, picture: Tensor, strength: float = 1.0, statistics: Statistics | None = None
) -> Tensor:
    """Return a picture (3, H, W) in the style: x + strength · (f(x) − x), cut to [0, 1]."""
    x = picture[None].contiguous(memory_format=torch.channels_last)
    with fast_convolutions(picture.device):
        y = network(x, statistics)[0]
    return torch.lerp(picture, y.to(picture.dtype), strength).clamp(0, 1)


def painter(network: JohnsonNet, small: Tensor, strength: float = 1.0) -> Callable[[Tensor], Tensor]:
    """Return what paints any tile (3, h, w) of a picture, of which `small` (3, H, W) is a small copy."""
    with torch.no_grad(), fast_convolutions(small.device):
        statistics = network.measure(small[None].contiguous(memory_format=torch.channels_last))
    return lambda tile: stylise(network, tile, strength, statistics)
