"""The training of a generator against a discriminator, on pictures: what one step does.

    L_D = −E log σ(s(x)) − E log(1 − σ(s(G(z))))          L_G = −E log σ(s(G(z)))

1. D scores real and generated pictures, each batch with its own batch norm, and steps down L_D.
   At every eighth step a penalty on D's slope at real pictures is added to L_D (R1), eight times as large instead:

       R = γ / 2 · E ‖∇_x s(x)‖²

   Without it D soon tells every picture by its grain, and what reaches G says nothing of faces any more.
2. G steps down L_G, on the same generated pictures, against the D that has just stepped.
3. A running mean of G's weights, which is the generator that is kept, takes a small step towards G.

Under batch norm a score depends on the whole batch, and the slope of all scores' sum would say nothing: what shifts all
of them alike is taken out. So the scores are added with signs drawn by lot. Noise on what D sees, less and less of it,
is another way to keep it from being sure too early; a third is to let it see a share of all pictures, real and
generated, at half their resolution only, where no grain is left and shapes have to do.

Conventions: pictures are (B, C, side, side) in [−1, 1]; `noise` is its standard deviation. All chance is in the one
generator that a step is given. Losses and shares of right answers stay tensors: reading a number waits for the device.

Reference: I. Goodfellow et al., "Generative Adversarial Nets", 2014 (the loss); A. Radford et al., "DCGAN", 2016;
L. Mescheder et al., "Which training methods for GANs do actually converge?", ICML 2018 (R1);
C. Sønderby et al., "Amortised MAP inference for image super-resolution", 2017 (instance noise).
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from engine.generative.dcgan import Dcgan, Discriminator, Generator
from engine.generative.losses import discriminator_loss, generator_loss
from engine.generative.precision import fast_precision
from engine.settings import check, real

LOSS = "non_saturating"
PENALTY_EVERY = 8
SETTLING = (16, 64)  # batches, and pictures in each, from which batch norm takes its mean and variance at the end


@dataclass(frozen=True)
class Duelling:
    """How the two step."""

    learning_rate: float = real(5e-4, 1e-6, 1e-2, scale="log", label="learning rate α of both")
    momentum: float = real(0.5, 0.0, 0.99, label="Adam's β₁")
    memory: float = real(0.99, 0.9, 0.9999, label="Adam's β₂")
    penalty: float = real(5.0, 0.0, 100.0, label="penalty γ on D's slope at real pictures")
    averaging: float = real(0.999, 0.0, 0.9999, label="decay of the running mean of G")
    coarse: float = real(0.0, 0.0, 1.0, label="share of pictures that D sees at half their resolution")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Terms:
    """What one step found, each a tensor of one number: losses in nats, shares of right answers in [0, 1]."""

    loss_d: Tensor
    loss_g: Tensor
    right_real: Tensor
    right_fake: Tensor


class Adversaries:
    """A generator, a discriminator, their optimisers and the running mean of the generator.

    Args:
        generator, discriminator: untrained, or as they were left.
        settings: how they step.
        device: where they are.
    """

    def __init__(
        self, generator: Generator, discriminator: Discriminator, settings: Duelling, device: torch.device | str = "cpu"
    ) -> None:
        self.device, self.settings = torch.device(device), settings
        place = {"device": self.device, "memory_format": torch.channels_last}
        self.generator = generator.to(**place).train()
        self.discriminator = discriminator.to(**place).train()
        self.n_steps = 0
        self.averaged = deepcopy(self.generator).requires_grad_(False)
        players = (self.generator, self.discriminator)
        self.optimisers = [
            torch.optim.Adam(one.parameters(), settings.learning_rate, (settings.momentum, settings.memory), fused=True)
            for one in players
        ]

    def step(
        self,
        images: Tensor,
        chance: torch.Generator,
        labels: Tensor | None = None,
        noise: float = 0.0,
        rate: float = 1.0,
        averaging: float = 1.0,
    ) -> Terms:
        """Let D step once, then G.

        Args:
            images: (B, C, side, side) in [−1, 1], on the device.
            chance: of z and noise, on the CPU.
            labels: (B,) classes of the pictures, for a conditional pair; G is asked for the same.
            noise: standard deviation of what is added to all that D sees.
            rate: the learning rate's share of this step.
            averaging: an upper end of the decay of the running mean, lower at first, when G is not worth keeping.
        """
        for optimiser in self.optimisers:
            optimiser.param_groups[0]["lr"] = self.settings.learning_rate * rate
        coarse = round(self.settings.coarse * len(images))
        images = seen(images.contiguous(memory_format=torch.channels_last), coarse)
        z = torch.randn(len(images), self.generator.latent, generator=chance).to(self.device)
        noises = [self._noise(images, noise, chance) for _ in range(2)]
        with fast_precision(self.device):
            fake = self.generator(z, labels)
            shown = seen(fake, coarse)
            loss_d, found = self._judge(images + noises[0], shown.detach() + noises[1], labels)
        penalty = self._penalty(images + noises[0], labels, chance)
        self._descend(1, loss_d + penalty)
        self.discriminator.requires_grad_(False)
        with fast_precision(self.device):
            loss_g = generator_loss(LOSS, self.discriminator(shown + noises[1], labels).float())
        self._descend(0, loss_g)
        self.discriminator.requires_grad_(True)
        self._average(min(averaging, self.settings.averaging))
        return Terms(loss_d.detach(), loss_g.detach(), *found)

    def _judge(self, images: Tensor, fake: Tensor, labels: Tensor | None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        real, generated = (self.discriminator(one, labels).float() for one in (images, fake))
        loss = discriminator_loss(LOSS, real, generated)
        return loss.real + loss.fake, ((real.detach() > 0).float().mean(), (generated.detach() < 0).float().mean())

    def _penalty(self, images: Tensor, labels: Tensor | None, chance: torch.Generator) -> Tensor | float:
        """Return R1 of this step: eight times γ / 2 ‖∇ s‖² at every eighth one, else nothing."""
        self.n_steps += 1
        if not self.settings.penalty or self.n_steps % PENALTY_EVERY:
            return 0.0
        images = images.detach().requires_grad_()
        signs = (2 * torch.randint(2, (len(images),), generator=chance) - 1).to(self.device)
        with fast_precision(self.device):
            scores = self.discriminator(images, labels).float()
        (slopes,) = torch.autograd.grad((signs * scores).sum(), images, create_graph=True)
        return PENALTY_EVERY * self.settings.penalty / 2 * slopes.float().square().flatten(1).sum(1).mean()

    def _noise(self, images: Tensor, spread: float, chance: torch.Generator) -> Tensor | float:
        if not spread:
            return 0.0
        noise = torch.randn(images.permute(0, 2, 3, 1).shape, generator=chance).permute(0, 3, 1, 2)
        return spread * noise.to(self.device)

    def _descend(self, player: int, loss: Tensor) -> None:
        self.optimisers[player].zero_grad()
        loss.backward()
        self.optimisers[player].step()

    @torch.no_grad()
    def _average(self, decay: float) -> None:
        mean, new = ([t for t in one.state_dict().values() if t.is_floating_point()] for one in self._two())
        torch._foreach_lerp_(mean, new, 1 - decay)

    def _two(self) -> tuple[Generator, Generator]:
        return self.averaged, self.generator

    def state(self) -> dict[str, Tensor]:
        """Return all that is needed to go on, as named tensors on the CPU."""
        parts = {"generator": self.generator, "discriminator": self.discriminator, "averaged": self.averaged}
        found = {f"{name}.{key}": value for name, part in parts.items() for key, value in part.state_dict().items()}
        for i, optimiser in enumerate(self.optimisers):
            for number, values in optimiser.state_dict()["state"].items():
                found |= {f"optimiser.{i}.{number}.{key}": value for key, value in values.items()}
        return {name: value.detach().cpu().clone() for name, value in found.items()} | {
            "n_steps": torch.tensor(self.n_steps)
        }

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` returned."""
        self.n_steps = int(state["n_steps"])
        for name in ("generator", "discriminator", "averaged"):
            part = {key.removeprefix(f"{name}."): v for key, v in state.items() if key.startswith(f"{name}.")}
            getattr(self, name).load_state_dict(part)
        for i, optimiser in enumerate(self.optimisers):
            kept: dict[int, dict[str, Tensor]] = {}
            for key, value in state.items():
                if key.startswith(f"optimiser.{i}."):
                    _, _, number, field = key.split(".")
                    kept.setdefault(int(number), {})[field] = value
            optimiser.load_state_dict({**optimiser.state_dict(), "state": kept})

    def finished(self, chance: torch.Generator) -> Dcgan:
        """Return the running mean of G, its batch norm settled, and D, both ready to be used."""
        pair = deepcopy(Dcgan(self.averaged, self.discriminator)).cpu()
        settle(pair.generator, chance)
        return pair.eval().requires_grad_(False)


def seen(images: Tensor, coarse: int) -> Tensor:
    """Return pictures (B, C, side, side), the first `coarse` of them halved in resolution and enlarged again."""
    if not coarse:
        return images
    halved = interpolate(avg_pool2d(images[:coarse], 2), scale_factor=2, mode="bilinear", align_corners=False)
    return torch.cat([halved, images[coarse:]]).contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def settle(generator: Generator, chance: torch.Generator) -> None:
    """Set batch norm's running mean and variance to those over fresh z: averaged weights have had none of their own."""
    norms = [layer for layer in generator.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    kept = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over all batches
    generator.train()
    n_batches, n = SETTLING
    for _ in range(n_batches):
        labels = torch.randint(generator.classes, (n,), generator=chance) if generator.classes else None
        generator(torch.randn(n, generator.latent, generator=chance), labels)
    for norm, momentum in zip(norms, kept, strict=True):
        norm.momentum = momentum
    generator.eval()
