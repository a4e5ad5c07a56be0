"""The declared generative networks and the classifiers that judge them: plain facts; listing them imports no torch.

Conventions: metrics are those of the cards, measured by `engine.recipes.generative_figures`. A file is declared once it
is in the box.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from engine.weights import Bundled, Weights, register

if TYPE_CHECKING:
    from torch import Tensor, nn


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


def as_it_is() -> Callable[[Tensor], Tensor]:
    """Return the preprocessing of a network whose own module says what it takes."""
    return lambda given: given


def declared(name: str, sha256: str, num_params: int, metrics: Mapping[str, float]) -> Weights:
    """Declare a network that is in the box."""
    return register(
        Weights(
            name=name,
            source=Bundled(f"{name}.safetensors"),
            build=BUILDS[name],
            preprocess=as_it_is,
            sha256=sha256,
            licence="MIT",
            card=f"assets/cards/{name}.md",
            metrics=metrics,
            num_params=num_params,
            recipe=f"engine.recipes.train_{name.removesuffix('_V1').lower()}",
        )
    )


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
