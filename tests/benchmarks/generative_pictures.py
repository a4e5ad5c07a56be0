"""Generative networks of pictures: 64 avatars sampled, and DCGAN's training against the plain loop of a tutorial.

Both trainings are of the same network, with 64 maps as in the PyTorch DCGAN tutorial, on the same minibatches; the
plain loop is what that tutorial writes: float32, BCE loss, real and generated pictures one after the other, two Adams,
losses read at every step. Ours computes convolutions in bfloat16 where the processor multiplies matrices of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from engine.generative import shapes
from engine.generative.adversaries import Adversaries, Duelling
from engine.generative.dcgan import Discriminator, Generator
from engine.generative.painter import of_generator
from engine.generative.sampling import Sampling, latents
from engine.runtime.seeds import generator

N_SAMPLED, BATCH, WIDTH, LATENT = 64, 32, 64, 100
AIM_S = 0.060


def rows() -> Iterator[tuple[str, str, float, float, str]]:
    """Yield the table's rows."""
    torch.manual_seed(0)
    painter = of_generator(shapes.dcgan_avatars().generator, "DCGAN")
    z = latents(Sampling(n=N_SAMPLED), painter.latent)
    ours = _best(lambda: painter.paint(z), 15)
    tutorials = Generator(LATENT, WIDTH).eval()
    wide = torch.randn(N_SAMPLED, LATENT)
    with torch.inference_mode():
        theirs = _best(lambda: tutorials(wide), 8)
    yield "64 avatars sampled", "the aim of 60 ms", 1e3 * ours, 1e3 * AIM_S, "ms"
    yield "64 avatars sampled", "the tutorial's generator", 1e3 * ours, 1e3 * theirs, "ms"
    images = torch.rand(BATCH, 3, 64, 64, generator=generator(0)) * 2 - 1
    pair = Adversaries(Generator(LATENT, WIDTH), Discriminator(WIDTH), Duelling(penalty=0.0))
    mine = _best(lambda: pair.step(images, generator(1)), 6)
    plain = _best(_plain(images), 6)
    yield "DCGAN training, a picture", "plain PyTorch loop", 1e3 * mine / BATCH, 1e3 * plain / BATCH, "ms"


def _plain(images: Tensor) -> Callable[[], None]:
    """Return one step of the tutorial's loop."""
    g, d = Generator(LATENT, WIDTH), Discriminator(WIDTH)
    criterion = nn.BCELoss()
    adams = [torch.optim.Adam(one.parameters(), lr=2e-4, betas=(0.5, 0.999)) for one in (d, g)]

    def step() -> None:
        label = torch.full((BATCH,), 1.0)
        d.zero_grad()
        real = criterion(d(images).sigmoid(), label)
        real.backward()
        fake = g(torch.randn(BATCH, LATENT))
        generated = criterion(d(fake.detach()).sigmoid(), label.fill_(0.0))
        generated.backward()
        adams[0].step()
        g.zero_grad()
        fooled = criterion(d(fake).sigmoid(), label.fill_(1.0))
        fooled.backward()
        adams[1].step()
        _ = (real.item(), generated.item(), fooled.item())

    return step


def _best(call: Callable[[], object], n: int) -> float:
    """Return the shortest of n times, in seconds, after one that does not count."""
    call()
    times = []
    for _ in range(n):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return min(times)
