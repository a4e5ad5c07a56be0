"""The training of a VAE, as a learner with the same face as a pair of adversaries.

Conventions: as in `vae`; losses are nats per picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy

import torch
from torch import Tensor

from engine.generative.precision import fast_precision
from engine.generative.vae import Elbo, Encoded, Vae, losses


class Autoencoder:
    """A VAE, its optimiser and the running mean of its weights.

    Args:
        vae: untrained, or as it was left.
        learning_rate: of Adam.
        elbo: how the terms of the bound are weighed.
        device: where it is.
    """

    def __init__(self, vae: Vae, learning_rate: float, elbo: Elbo, device: torch.device | str = "cpu") -> None:
        self.device, self.elbo, self.learning_rate = torch.device(device), elbo, learning_rate
        self.vae = vae.to(device=self.device, memory_format=torch.channels_last).train()
        self.averaged = deepcopy(self.vae).requires_grad_(False)
        self.optimiser = torch.optim.Adam(self.vae.parameters(), learning_rate, fused=True)

    def step(self, images: Tensor, chance: torch.Generator, averaging: float = 0.999) -> dict[str, Tensor]:
        """Take one step up the bound; return reconstruction and KL, each a tensor of one number.

        Args:
            images: (B, C, side, side) in [0, 1], on the device.
            chance: of ε, on the CPU.
            averaging: the decay of the running mean.
        """
        noise = torch.randn(len(images), self.vae.latent, generator=chance).to(self.device)
        images = images.contiguous(memory_format=torch.channels_last)
        with fast_precision(self.device):
            means, encoded = self.vae(images, noise)
        encoded = Encoded(*(part.float() for part in encoded))
        reconstruction, kl = losses(images, means.float(), encoded, self.elbo)
        self.optimiser.zero_grad()
        (reconstruction + self.elbo.beta * kl).backward()
        torch.nn.utils.clip_grad_norm_(self.vae.parameters(), 1e4)  # the bound's slopes are large at first
        self.optimiser.step()
        self._average(averaging)
        return {"reconstruction": reconstruction.detach(), "KL": kl.detach()}

    @torch.no_grad()
    def _average(self, decay: float) -> None:
        mean, new = (
            [t for t in one.state_dict().values() if t.is_floating_point()] for one in (self.averaged, self.vae)
        )
        torch._foreach_lerp_(mean, new, 1 - decay)

    def state(self) -> dict[str, Tensor]:
        """Return all that is needed to go on, as named tensors on the CPU."""
        parts = {"vae": self.vae, "averaged": self.averaged}
        found = {f"{name}.{key}": value for name, part in parts.items() for key, value in part.state_dict().items()}
        for number, values in self.optimiser.state_dict()["state"].items():
            found |= {f"optimiser.{number}.{key}": value for key, value in values.items()}
        return {name: value.detach().cpu().clone() for name, value in found.items()}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` returned."""
        for name in ("vae", "averaged"):
            part = {key.removeprefix(f"{name}."): value for key, value in state.items() if key.startswith(f"{name}.")}
            getattr(self, name).load_state_dict(part)
        kept: dict[int, dict[str, Tensor]] = {}
        for key, value in state.items():
            if key.startswith("optimiser."):
                _, number, field = key.split(".")
                kept.setdefault(int(number), {})[field] = value
        self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": kept})
