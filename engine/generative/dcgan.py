"""DCGAN: a generator and a discriminator of convolutions alone.

    G:  z (N, L, 1, 1) → 4 × 4 → 8 × 8 → … → side,   D the same way back, from the picture to one score

The paper's rules, which a test checks on the modules: strided convolutions in D and transposed ones in G instead of
pooling; batch norm in both, but not at G's output nor D's input; no hidden dense layers; ReLU in G with tanh at its
output; LeakyReLU of slope 0.2 in D; all kernels from N(0, 0.02²).

Conventions: pictures are (N, channels, side, side) in [−1, 1]; z is (N, L), standard normal; a score s is (N,), its
probability σ(s). The widest layer, at 4 × 4, has `width` · side / 8 maps, the one at side / 2 has `width`.

Reference: A. Radford, L. Metz, S. Chintala, "Unsupervised representation learning with deep convolutional generative
adversarial networks", ICLR 2016.
"""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from engine.errors import InvalidInput, ShapeError, constraint

KERNEL, STRIDE, FIRST_PX = 4, 2, 4
SLOPE = 0.2
SPREAD = 0.02
SIDES_PX = (16, 32, 64, 128)


def maps_of(side: int, width: int) -> list[int]:
    """Return the number of maps at 4 × 4, 8 × 8, … side / 2: halved from one to the next, `width` at the last.

    Raises:
        InvalidInput: a side that halving does not bring to 4 pixels.
    """
    if side not in SIDES_PX:
        raise InvalidInput(constraint("side", f"one of {', '.join(map(str, SIDES_PX))} px", side))
    n = (side // FIRST_PX).bit_length() - 1
    return [width * 2**i for i in reversed(range(n))]


class Generator(nn.Module):
    """From z, with a class of its own if there are classes, to a picture.

    Args:
        latent: L, the length of z.
        width: maps at side / 2.
        channels: 3 for colour, 1 for grey.
        side: of the picture, in pixels.
        classes: how many classes are asked for by a one-hot vector behind z; 0 for none.
    """

    def __init__(self, latent: int = 64, width: int = 48, channels: int = 3, side: int = 64, classes: int = 0) -> None:
        super().__init__()
        self.latent, self.classes = latent, classes
        maps = maps_of(side, width)
        layers = [nn.ConvTranspose2d(latent + classes, maps[0], KERNEL, 1, 0, bias=False)]
        for n_in, n_out in itertools.pairwise(maps):
            layers += [
                nn.BatchNorm2d(n_in),
                nn.ReLU(True),
                nn.ConvTranspose2d(n_in, n_out, KERNEL, STRIDE, 1, bias=False),
            ]
        layers += [nn.BatchNorm2d(maps[-1]), nn.ReLU(True), nn.ConvTranspose2d(maps[-1], channels, KERNEL, STRIDE, 1)]
        self.layers = nn.Sequential(*layers, nn.Tanh())
        self.apply(initialise)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return pictures (N, channels, side, side) in [−1, 1] of z (N, L) and, of a conditional one, labels (N,)."""
        if z.ndim != 2 or z.shape[1] != self.latent:
            raise ShapeError(constraint("z", f"of shape (N, {self.latent})", tuple(z.shape)))
        x = z
        if self.classes:
            x = torch.cat([z, one_hot(labels, self.classes, len(z)).to(z)], 1)
        return self.layers(x[:, :, None, None])  # (N, L, 1, 1) → (N, channels, side, side)


class Discriminator(nn.Module):
    """From a picture, with the class it is said to be of if there are classes, to a score: how real it looks."""

    def __init__(self, width: int = 48, channels: int = 3, side: int = 64, classes: int = 0) -> None:
        super().__init__()
        self.channels, self.side, self.classes = channels, side, classes
        maps = maps_of(side, width)[::-1]
        layers = [nn.Conv2d(channels + classes, maps[0], KERNEL, STRIDE, 1), nn.LeakyReLU(SLOPE, True)]
        for n_in, n_out in itertools.pairwise(maps):
            layers += [nn.Conv2d(n_in, n_out, KERNEL, STRIDE, 1, bias=False), nn.BatchNorm2d(n_out)]
            layers += [nn.LeakyReLU(SLOPE, True)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(maps[-1], 1, KERNEL, 1, 0))
        self.apply(initialise)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return scores (N,) of pictures (N, channels, side, side) in [−1, 1]."""
        if images.ndim != 4 or images.shape[1:] != (self.channels, self.side, self.side):
            wanted = f"of shape (N, {self.channels}, {self.side}, {self.side})"
            raise ShapeError(constraint("images", wanted, tuple(images.shape)))
        x = images
        if self.classes:
            planes = one_hot(labels, self.classes, len(images)).to(images)[:, :, None, None]
            x = torch.cat([images, planes.expand(-1, -1, self.side, self.side)], 1)
        return self.layers(x).flatten()  # (N, 1, 1, 1) → (N,)


class Dcgan(nn.Module):
    """Both players, as they are kept in one file."""

    def __init__(self, generator: Generator, discriminator: Discriminator) -> None:
        super().__init__()
        self.generator, self.discriminator = generator, discriminator


def one_hot(labels: Tensor | None, classes: int, n: int) -> Tensor:
    """Return (N, classes), 1 where the class is.

    Raises:
        ShapeError: labels that are not (N,).
        InvalidInput: a label that is none of 0 … classes − 1.
    """
    if labels is None or labels.shape != (n,):
        got = None if labels is None else tuple(labels.shape)
        raise ShapeError(constraint("labels", f"of shape ({n},)", got))
    if n and not 0 <= int(labels.min()) <= int(labels.max()) < classes:
        raise InvalidInput(constraint("labels", f"from 0 to {classes - 1}", labels.tolist()))
    return nn.functional.one_hot(labels, classes)


def initialise(module: nn.Module) -> None:
    """Set kernels to N(0, 0.02²), batch norm's scales to N(1, 0.02²), offsets to 0."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, SPREAD)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, SPREAD)
        nn.init.zeros_(module.bias)


def folded(layers: nn.Sequential) -> nn.Sequential:
    """Return the same function without batch norm: its running mean and scale go into the convolution before it.

        γ (w ∗ x − μ) / √(σ² + ε) + β  =  (γ w / √(σ² + ε)) ∗ x + β − γ μ / √(σ² + ε)

    Only for use, not for training; the layers given stay as they are.
    """
    new: list[nn.Module] = []
    for layer in layers:
        if isinstance(layer, nn.BatchNorm2d):
            new[-1] = _fold(new[-1], layer)
        else:
            new.append(layer)
    return nn.Sequential(*new).eval().requires_grad_(False)


def _fold(convolution: nn.Module, norm: nn.BatchNorm2d) -> nn.Module:
    is_transposed = isinstance(convolution, nn.ConvTranspose2d)
    kind = nn.ConvTranspose2d if is_transposed else nn.Conv2d
    sizes = (convolution.kernel_size, convolution.stride, convolution.padding)
    fused = kind(convolution.in_channels, convolution.out_channels, *sizes).to(convolution.weight.device)
    parts = (norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias)
    weight, bias = fuse_conv_bn_weights(convolution.weight, convolution.bias, *parts, transpose=is_transposed)
    fused.weight.data, fused.bias.data = weight.detach().clone(), bias.detach().clone()
    return fused
