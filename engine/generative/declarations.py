"""The declared generative networks and the classifiers that judge them: plain facts; listing them imports no torch.

Conventions: metrics are those of the cards, measured by `engine.recipes.generative_figures`. A file is declared once it
is in the box.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from engine.weights.declaration import Weights
from engine.weights.declaring import trained_here

if TYPE_CHECKING:
    from torch import nn


def _dcgan() -> nn.Module:
    from engine.generative.shapes import dcgan_avatars

    return dcgan_avatars()


def _conditional_gan() -> nn.Module:
    from engine.generative.shapes import conditional_gan_glyphs

    return conditional_gan_glyphs()


def _vae() -> nn.Module:
    from engine.generative.shapes import vae_avatars

    return vae_avatars()


def _avatar_reader() -> nn.Module:
    from engine.generative.readers import AvatarReader

    return AvatarReader()


def _glyph_reader() -> nn.Module:
    from engine.generative.readers import GlyphReader

    return GlyphReader()


BUILDS: dict[str, Callable[[], nn.Module]] = {
    "DCGAN_AVATARS_V1": _dcgan,
    "CONDITIONAL_GAN_GLYPHS_V1": _conditional_gan,
    "VAE_AVATARS_V1": _vae,
    "AVATAR_READER_V1": _avatar_reader,
    "GLYPH_READER_V1": _glyph_reader,
}


def declared(name: str, sha256: str, num_params: int, metrics: Mapping[str, float]) -> Weights:
    """Declare a network that is in the box."""
    return trained_here(name, BUILDS[name], sha256, num_params, metrics)


AVATAR_READER_V1 = declared(
    "AVATAR_READER_V1",
    "23dfb48904a53499a9dff5daa3e1cf10d6ace966f6ff6ead900fbe172a68b626",
    565_379,
    {"held-out accuracy": 0.9938},
)
GLYPH_READER_V1 = declared(
    "GLYPH_READER_V1",
    "c04495be3db16813615fd269888a6ac6ce4bb35190753cf528da44699f844ab9",
    349_426,
    {"held-out accuracy": 0.9998},
)
CONDITIONAL_GAN_GLYPHS_V1 = declared(
    "CONDITIONAL_GAN_GLYPHS_V1",
    "dee8c2ce7d95abe84bae0728fda93cc0377cd2c2910812055d2f905ac35d084f",
    414_586,
    {"read as asked for": 0.999},
)
DCGAN_AVATARS_V1 = declared(
    "DCGAN_AVATARS_V1",
    "555add35c02181232c277101d8ebf8dea72e4a3a3be3e5c13664d65337eccfde",
    2_100_692,
    {"Fréchet distance, in distances of real samples": 10.21, "largest difference of a frequency (points)": 15.1},
)
VAE_AVATARS_V1 = declared(
    "VAE_AVATARS_V1",
    "04e010edd254bbc6b02f66648964ef49f2049ec9a577678799cd79c6874c6051",
    2_171_395,
    {"reconstruction (nats)": -16495.2, "KL (nats)": 127.1},
)
