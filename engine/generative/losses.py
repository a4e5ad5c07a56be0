"""What the two players minimise, with the derivatives by the discriminator's score s; a probability is D = σ(s).

    minimax          L_D = −E log D(x) − E log(1 − D(G(z)))     L_G = E log(1 − D(G(z)))     ∂L_G/∂s = −D
    non-saturating   L_D the same                               L_G = −E log D(G(z))         ∂L_G/∂s = −(1 − D)
    hinge            L_D = E max(0, 1 − s(x)) + E max(0, 1 + s(G(z)))     L_G = −E s(G(z))   ∂L_G/∂s = −1
    Wasserstein      L_D = E s(G(z)) − E s(x) + λ P             L_G = −E s(G(z))             ∂L_G/∂s = −1

What reaches a generated point is ∂L_G/∂s · ∇_x s. Where D is sure that it is generated, D ≈ 0: the first loss then lets
(almost) nothing through, the second everything.

Conventions: scores are (N, 1) or (N,); losses are means over the batch, in nats where there is a logarithm. P is in
`gradient_penalty`.

Reference: I. Goodfellow et al., "Generative Adversarial Nets", 2014; J. Lim, J. Ye, "Geometric GAN", 2017 (hinge);
M. Arjovsky, S. Chintala, L. Bottou, "Wasserstein GAN", 2017.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import softplus

LOSSES = {
    "non_saturating": "non-saturating",
    "minimax": "minimax",
    "hinge": "hinge",
    "wasserstein": "Wasserstein (WGAN-GP)",
}
WITH_PROBABILITY = ("non_saturating", "minimax")  # D is a probability there, else a score without limits


class JudgeLoss(NamedTuple):
    """The two parts of L_D and their derivatives by each score, the mean's 1/N left out."""

    real: Tensor
    fake: Tensor
    by_real: Tensor
    by_fake: Tensor


def discriminator_loss(loss: str, real: Tensor, fake: Tensor) -> JudgeLoss:
    """Return L_D of the scores of real and generated points, in its two parts; the penalty is apart."""
    match loss:
        case "hinge":
            return JudgeLoss(
                (1 - real).relu().mean(),
                (1 + fake).relu().mean(),
                -(real < 1).to(real.dtype),
                (fake > -1).to(fake.dtype),
            )
        case "wasserstein":
            return JudgeLoss(-real.mean(), fake.mean(), torch.full_like(real, -1.0), torch.ones_like(fake))
    return JudgeLoss(softplus(-real).mean(), softplus(fake).mean(), -torch.sigmoid(-real), torch.sigmoid(fake))


def discriminator_slopes(loss: str, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """Return the derivatives of `discriminator_loss` alone: half the work, for a step that needs no value."""
    match loss:
        case "hinge":
            return -(real < 1).to(real.dtype), (fake > -1).to(fake.dtype)
        case "wasserstein":
            return torch.full_like(real, -1.0), torch.ones_like(fake)
    return torch.sigmoid(-real).neg_(), torch.sigmoid(fake)


def generator_loss(loss: str, fake: Tensor) -> Tensor:
    """Return L_G of the scores of generated points."""
    match loss:
        case "minimax":
            return -softplus(fake).mean()
        case "non_saturating":
            return softplus(-fake).mean()
    return -fake.mean()


def generator_slopes(loss: str, fake: Tensor) -> Tensor:
    """Return ∂L_G/∂s of each score, the mean's 1/N left out."""
    match loss:
        case "minimax":
            return torch.sigmoid(fake).neg_()
        case "non_saturating":
            return torch.sigmoid(-fake).neg_()
    return torch.full_like(fake, -1.0)
