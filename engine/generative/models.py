"""The bundled networks, ready to use: what paints, what judges, what reads, and where the attributes lie in z.

Each is made once for the whole process and shared; nothing here may be trained or changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import InvalidInput, constraint
from engine.runtime.device import as_device
from engine.runtime.pool import models, module_bytes
from engine.weights import get, load

if TYPE_CHECKING:
    import torch

    from engine.generative.attributes import Directions, Probing
    from engine.generative.dcgan import Discriminator
    from engine.generative.painter import Painter
    from engine.generative.readers import AvatarReader, GlyphReader
    from engine.generative.vae import Vae

DCGAN, CONDITIONAL, VAE = "DCGAN_AVATARS_V1", "CONDITIONAL_GAN_GLYPHS_V1", "VAE_AVATARS_V1"
PAINTERS = {DCGAN: "DCGAN, avatars", VAE: "VAE, avatars", CONDITIONAL: "conditional GAN, digits"}


def painter(name: str, device: torch.device | str | None = None) -> Painter:
    """Return what paints with one of `PAINTERS`.

    Raises:
        InvalidInput: there is no such network.
        WeightsError: its file is not what was declared.
    """
    from engine.generative.painter import of_generator, of_vae

    if name not in PAINTERS:
        raise InvalidInput(constraint("network", f"one of {', '.join(PAINTERS)}", name))
    device = as_device(device)

    def make() -> Painter:
        network = load(get(name), "cpu")
        return of_vae(network, name, device) if name == VAE else of_generator(network.generator, name, device)

    return models().get(("painter", name, str(device)), make, lambda made: module_bytes(made.layers))


def discriminator(name: str = DCGAN, device: torch.device | str | None = None) -> Discriminator:
    """Return the D that a GAN's generator learned against, as it was at the end."""
    return load(get(name), device).discriminator


def vae(device: torch.device | str | None = None) -> Vae:
    """Return the VAE, with its encoder."""
    return load(get(VAE), device)


def avatar_reader(device: torch.device | str | None = None) -> AvatarReader:
    """Return the classifier of avatars' attributes."""
    return load(get("AVATAR_READER_V1"), device)


def glyph_reader(device: torch.device | str | None = None) -> GlyphReader:
    """Return the classifier of digits."""
    return load(get("GLYPH_READER_V1"), device)


def directions(name: str, settings: Probing) -> Directions:
    """Return the attributes' directions in the z of one of `PAINTERS`, found once for each settings."""
    from engine.generative.attributes import find_directions

    made = painter(name, "cpu")
    return models().get(
        ("directions", name, settings),
        lambda: find_directions(made, avatar_reader("cpu"), settings),
        lambda found: 4 * found.vectors.numel(),
    )
