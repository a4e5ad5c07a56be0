"""A trained generator or decoder, ready to paint: z in, pictures out, whatever it is inside.

Batch norm is folded into the convolutions before it and the kernels lie as the processor likes them, so that 64 faces
take a fraction of a frame.

Conventions: pictures are float32 (N, C, side, side) in [0, 1], on the CPU.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from engine.errors import InvalidInput, ShapeError, constraint
from engine.generative.dcgan import Discriminator, Generator, folded, one_hot
from engine.generative.precision import fast_precision
from engine.generative.vae import Vae
from engine.io.images import tensor_to_pixels
from engine.io.video import VideoWriter

BATCH = 64
FPS = 24
_LARGER = 4  # a film's pixel for each of the picture's: players blur what is small


@dataclass(frozen=True, eq=False)
class Painter:
    """What paints.

    Attributes:
        name: of its weights.
        latent: L, the length of z.
        classes: how many classes it can be asked for; 0 for none.
        layers: from (N, L + classes, 1, 1), or (N, L) for a decoder, to pictures.
        is_signed: whether the layers' pictures are in [−1, 1].
        device: where the layers are.
    """

    name: str
    latent: int
    classes: int
    layers: nn.Module
    is_signed: bool
    device: torch.device

    @torch.inference_mode()
    def paint(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return pictures (N, C, side, side) of z (N, L) and, of a conditional one, labels (N,).

        Raises:
            ShapeError: z or labels of another shape.
            InvalidInput: a class that there is not, or z that is not finite.
        """
        if z.ndim != 2 or z.shape[1] != self.latent:
            raise ShapeError(constraint("z", f"of shape (N, {self.latent})", tuple(z.shape)))
        if not torch.isfinite(z).all():
            raise InvalidInput(constraint("z", "finite", "NaN or infinity"))
        given = z
        if self.classes:
            given = torch.cat([z, one_hot(labels, self.classes, len(z)).to(z)], 1)
        return torch.cat([self._paint(part) for part in given.split(BATCH)])

    def _paint(self, given: Tensor) -> Tensor:
        given = given.to(self.device)
        with fast_precision(self.device):
            out = self.layers(given[:, :, None, None] if self.is_signed else given).float()
        out = (out + 1) / 2 if self.is_signed else out
        return out.clamp(0, 1).contiguous().cpu()


def of_generator(generator: Generator, name: str, device: torch.device | str = "cpu") -> Painter:
    """Return what paints with a GAN's generator, which stays as it is."""
    layers = folded(generator.eval().layers).to(device=device, memory_format=torch.channels_last)
    return Painter(name, generator.latent, generator.classes, layers, True, torch.device(device))


def of_vae(vae: Vae, name: str, device: torch.device | str = "cpu") -> Painter:
    """Return what paints with a VAE's decoder, which stays as it is."""
    layers = folded(vae.eval().decoder).to(device=device, memory_format=torch.channels_last)
    return Painter(name, vae.latent, 0, layers, False, torch.device(device))


@torch.inference_mode()
def judged(discriminator: Discriminator, images: Tensor, labels: Tensor | None = None) -> Tensor:
    """Return how real D finds pictures (N, C, side, side) in [0, 1]: probabilities (N,).

    D has learned to tell its own G's pictures of that time from real ones, no more: what it says of other pictures
    tells how like the world they look to it.
    """
    device = next(discriminator.parameters()).device
    scores = [discriminator(2 * part.to(device) - 1, classes) for part, classes in _batches(images, labels)]
    return torch.cat(scores).sigmoid().cpu()


def film(pictures: Iterable[Tensor], fps: float = FPS) -> bytes:
    """Return pictures (C, side, side) in [0, 1] as an H.264 MP4, four times as large.

    Raises:
        InvalidInput: there is no picture.
    """
    frames = (_enlarged(picture) for picture in pictures)
    first = next(frames, None)
    if first is None:
        raise InvalidInput("A film must have at least one picture.")
    with VideoWriter(first.shape[1], first.shape[0], fps) as writer:
        writer.add(first)
        for frame in frames:
            writer.add(frame)
        return writer.finish()


def _enlarged(picture: Tensor) -> np.ndarray:
    side = picture.shape[-1] * _LARGER
    larger = nn.functional.interpolate(picture[None], (side, side), mode="bicubic", align_corners=False)[0]
    return tensor_to_pixels(larger.expand(3, -1, -1))


def _batches(images: Tensor, labels: Tensor | None) -> Iterator[tuple[Tensor, Tensor | None]]:
    for first in range(0, len(images), BATCH):
        part = slice(first, first + BATCH)
        yield images[part], None if labels is None else labels[part]
