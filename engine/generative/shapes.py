"""The sizes of the bundled networks."""

from __future__ import annotations

from engine.generative.dcgan import Dcgan, Discriminator, Generator
from engine.generative.vae import Vae

LATENT = 64


def dcgan_avatars() -> Dcgan:
    """Return an untrained DCGAN for avatars, 64 × 64 in colour."""
    return Dcgan(Generator(LATENT, 40, 3, 64), Discriminator(32, 3, 64))


def conditional_gan_glyphs() -> Dcgan:
    """Return an untrained conditional GAN for digits, 32 × 32 in grey."""
    return Dcgan(Generator(LATENT, 32, 1, 32, 10), Discriminator(24, 1, 32, 10))


def vae_avatars() -> Vae:
    """Return an untrained VAE for avatars, 64 × 64 in colour."""
    return Vae(LATENT, 32, 3, 64)
