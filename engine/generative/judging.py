"""What a discriminator says of pictures, and what an autoencoder makes of them.

    score s(x), a logit;  D(x) = σ(s(x))

D has learned one thing: to tell what its own generator made from drawn faces. Its score says how like a drawn face a
picture looks to it, and nothing about whether a photograph is real.

Conventions: pictures are (N, 3, 64, 64) in [0, 1]. Scores are natural logarithms of the odds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from engine.errors import ShapeError, constraint
from engine.generative.dcgan import Discriminator
from engine.generative.painter import BATCH
from engine.generative.vae import Vae, bound
from engine.runtime.seeds import child_seed, generator

SPREAD = 0.1  # s of p(x | z)
HELD_OUT = 20_000  # the seed of drawn faces that nothing was trained on
CHANGES = {
    "none": "as it is",
    "upside_down": "upside down",
    "mirrored": "mirrored",
    "blurred": "blurred",
    "noisy": "with noise",
    "negative": "as a negative",
    "grey": "without colour",
}


@torch.inference_mode()
def scores(discriminator: Discriminator, images: Tensor) -> Tensor:
    """Return the logits (N,) of pictures (N, C, side, side) in [0, 1]."""
    device = next(discriminator.parameters()).device
    parts = [discriminator(2 * part.to(device) - 1, None) for part in images.split(BATCH)]
    return torch.cat(parts).float().cpu()


def square(image: Tensor, side: int = 64) -> Tensor:
    """Return the middle square of a picture (3, H, W), made (3, side, side): what a network for faces looks at.

    Raises:
        ShapeError: not a colour picture.
    """
    if image.ndim != 3 or image.shape[0] != 3 or 0 in image.shape:
        raise ShapeError(constraint("image", "of shape (3, H, W)", tuple(image.shape)))
    height, width = image.shape[1:]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    middle = image[None, :, top : top + edge, left : left + edge]
    return nn.functional.interpolate(middle, (side, side), mode="bilinear", antialias=True)[0].clamp(0, 1)


def auc(first: Tensor, second: Tensor) -> float:
    """Return how often one of the first scores is above one of the second, ties counted half: ½ where D cannot tell."""
    higher = (first[:, None] > second).double() + 0.5 * (first[:, None] == second).double()
    return float(higher.mean())


def bins(values: Tensor, low: float, high: float, n: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Return the outline (x, y) of a histogram whose highest bar is 1."""
    counts, edges = np.histogram(values.numpy().clip(low, high), n, (low, high))
    heights = counts / max(counts.max(), 1)
    return np.repeat(edges, 2), np.concatenate([[0], np.repeat(heights, 2), [0]])


def scatter(values: Tensor, row: float, high: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return places (x, y) of values in a band of a chart, shaken a little so that none hides another."""
    shaken = torch.rand(len(values), generator=generator(child_seed(seed, "scatter")))
    return values.numpy(), (row + high * (shaken - 0.5)).numpy()


@dataclass(frozen=True, eq=False)
class Rebuilt:
    """A picture through a VAE and back.

    Attributes:
        mean: μ of q(z | x), (L,).
        spread: σ of it, (L,).
        picture: x̂ of μ, (3, side, side).
        others: x̂ of several z drawn from q(z | x), (N, 3, side, side).
        reconstruction: −log p(x | z), the mean of several z, in nats.
        kl: KL(q(z | x) ‖ N(0, I)) in nats.
        difference: mean |x − x̂| in [0, 1].
    """

    mean: Tensor
    spread: Tensor
    picture: Tensor
    others: Tensor
    reconstruction: float
    kl: float
    difference: float

    @property
    def elbo(self) -> float:
        """In nats."""
        return -self.reconstruction - self.kl


@torch.no_grad()
def rebuild(vae: Vae, image: Tensor, seed: int = 0, n: int = 8) -> Rebuilt:
    """Return what a VAE makes of one picture (3, side, side) in [0, 1]."""
    chance = generator(child_seed(seed, "rebuild"))
    encoded = vae.encode(image[None])
    mean, spread = encoded.mean[0], (0.5 * encoded.log_variance[0]).exp()
    picture = vae.decode(encoded.mean)[0]
    others = vae.decode(mean + spread * torch.randn(n, vae.latent, generator=chance))
    parts = [bound(vae, image[None], chance, SPREAD) for _ in range(n)]
    reconstruction = sum(float(one) for one, _ in parts) / n
    kl = float(parts[0][1])
    return Rebuilt(mean, spread, picture, others, reconstruction, kl, float((picture - image).abs().mean()))


def probability(score: float) -> float:
    """Return D = σ(s)."""
    return 1 / (1 + math.exp(-min(max(score, -500.0), 500.0)))


def changed(image: Tensor, change: str, seed: int = 0) -> Tensor:
    """Return a picture (3, H, W) in [0, 1] with one of `CHANGES` made to it."""
    match change:
        case "upside_down":
            return image.flip(1)
        case "mirrored":
            return image.flip(2)
        case "blurred":
            padded = nn.functional.pad(image[None], (2, 2, 2, 2), mode="replicate")
            return nn.functional.avg_pool2d(padded, 5, 1)[0]
        case "noisy":
            noise = torch.randn(image.shape, generator=generator(child_seed(seed, "noise")))
            return (image + 0.1 * noise).clamp(0, 1)
        case "negative":
            return 1 - image
        case "grey":
            return image.mean(0, keepdim=True).expand_as(image).contiguous()
    return image
