"""Variational autoencoder: an encoder that answers with a distribution of z, and a decoder that draws from z.

    q(z | x) = N(μ(x), diag σ²(x)),   z = μ + σ ε with ε ~ N(0, I)            (reparametrisation)
    ELBO = E_q log p(x | z) − KL(q(z | x) ‖ N(0, I)),   training maximises E_q log p(x | z) − β KL
    log p(x | z) = −‖x − x̂(z)‖² / 2 s² − D log(s √2π)                         (pixels are Gaussian around x̂)
    KL = ½ Σ_j (μ_j² + σ_j² − 1 − log σ_j²)

Conventions: pictures are (N, C, side, side) in [0, 1]; D = C · side²; all logarithms are natural, so ELBO and its
terms are in nats per picture. log p is that of a density: it can be above 0. The encoder answers with log σ².

Reference: D. Kingma, M. Welling, "Auto-encoding variational Bayes", ICLR 2014; I. Higgins et al., "β-VAE", ICLR 2017.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from engine.errors import ShapeError, constraint
from engine.generative.dcgan import FIRST_PX, KERNEL, STRIDE, maps_of
from engine.settings import check, real


@dataclass(frozen=True)
class Elbo:
    """How the terms of the bound are weighed."""

    spread: float = real(0.1, 0.01, 1.0, scale="log", label="spread s of a pixel around its mean")
    beta: float = real(1.0, 0.0, 20.0, label="weight of the KL β")

    def __post_init__(self) -> None:
        check(self)


class Encoded(NamedTuple):
    """q(z | x): its mean (N, L) and the logarithm of its variance (N, L)."""

    mean: Tensor
    log_variance: Tensor


class Vae(nn.Module):
    """Encoder and decoder; the encoder halves the picture as DCGAN's D does, the decoder is as DCGAN's G.

    Args:
        latent: L, the length of z.
        width: maps at side / 2.
        channels: 3 for colour, 1 for grey.
        side: of the picture, in pixels.
    """

    def __init__(self, latent: int = 32, width: int = 32, channels: int = 3, side: int = 64) -> None:
        super().__init__()
        self.latent, self.channels, self.side = latent, channels, side
        maps = maps_of(side, width)
        layers: list[nn.Module] = []
        for n_in, n_out in zip([channels, *maps[:0:-1]], maps[::-1], strict=True):
            layers += [nn.Conv2d(n_in, n_out, KERNEL, STRIDE, 1, bias=False), nn.BatchNorm2d(n_out), nn.ReLU(True)]
        self.encoder = nn.Sequential(*layers, nn.Flatten(), nn.Linear(maps[0] * FIRST_PX**2, 2 * latent))
        layers = [
            nn.Linear(latent, maps[0] * FIRST_PX**2),
            nn.Unflatten(1, (maps[0], FIRST_PX, FIRST_PX)),
            nn.ReLU(True),
        ]
        for n_in, n_out in itertools.pairwise(maps):
            layers += [nn.ConvTranspose2d(n_in, n_out, KERNEL, STRIDE, 1, bias=False), nn.BatchNorm2d(n_out)]
            layers += [nn.ReLU(True)]
        self.decoder = nn.Sequential(*layers, nn.ConvTranspose2d(maps[-1], channels, KERNEL, STRIDE, 1), nn.Sigmoid())

    def encode(self, images: Tensor) -> Encoded:
        """Return q(z | x) of pictures (N, C, side, side) in [0, 1]."""
        if images.ndim != 4 or images.shape[1:] != (self.channels, self.side, self.side):
            wanted = f"of shape (N, {self.channels}, {self.side}, {self.side})"
            raise ShapeError(constraint("images", wanted, tuple(images.shape)))
        return Encoded(*self.encoder(2 * images - 1).chunk(2, 1))

    def decode(self, z: Tensor) -> Tensor:
        """Return the means x̂ (N, C, side, side) in [0, 1] of z (N, L)."""
        if z.ndim != 2 or z.shape[1] != self.latent:
            raise ShapeError(constraint("z", f"of shape (N, {self.latent})", tuple(z.shape)))
        return self.decoder(z)

    def forward(self, images: Tensor, noise: Tensor) -> tuple[Tensor, Encoded]:
        """Return x̂ of one z drawn with ε = noise (N, L), and q(z | x)."""
        encoded = self.encode(images)
        return self.decode(reparametrise(encoded, noise)), encoded


def reparametrise(encoded: Encoded, noise: Tensor) -> Tensor:
    """Return z = μ + σ ε, (N, L): chance comes in from outside, so that the gradient passes through μ and σ."""
    return encoded.mean + (0.5 * encoded.log_variance).exp() * noise


def log_likelihood(images: Tensor, means: Tensor, spread: float) -> Tensor:
    """Return log p(x | z) in nats of each picture, (N,)."""
    n_values = images[0].numel()
    squares = ((images - means) ** 2).flatten(1).sum(1)
    return -squares / (2 * spread**2) - n_values * math.log(spread * math.sqrt(2 * math.pi))


def kl_divergence(encoded: Encoded) -> Tensor:
    """Return KL(q(z | x) ‖ N(0, I)) in nats of each picture and number of z, (N, L)."""
    mean, log_variance = encoded
    return 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance)


def losses(images: Tensor, means: Tensor, encoded: Encoded, settings: Elbo) -> tuple[Tensor, Tensor]:
    """Return −E log p(x | z) and KL, means over the pictures; the first plus β times the second is minimised."""
    return -log_likelihood(images, means, settings.spread).mean(), kl_divergence(encoded).sum(1).mean()


@torch.no_grad()
def bound(vae: Vae, images: Tensor, chance: torch.Generator, spread: float = 0.1) -> tuple[Tensor, Tensor]:
    """Return −log p(x | z) of one z each and KL, in nats, each (N,): ELBO is minus their sum."""
    means, encoded = vae(images, torch.randn(len(images), vae.latent, generator=chance))
    return -log_likelihood(images, means, spread), kl_divergence(encoded).sum(1)
