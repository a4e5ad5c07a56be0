"""The declared networks of style transfer: plain facts, so that listing them imports neither torch nor torchvision.

The torchvision entries repeat torchvision's own metadata; a test compares the two. torchvision publishes the first
eight digits of each file's SHA-256 (in its name) and its size in MiB to three decimals; no more is declared here.

Conventions: metrics of torchvision's are the top-1 accuracy on ImageNet as published, in [0, 1]; those of our own are
the figures of their cards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from engine.weights import Bundled, Download, Weights, register

if TYPE_CHECKING:
    from torch import Tensor, nn

MIB = 1024 * 1024
TORCHVISION = "https://download.pytorch.org/models/"


def _build_torchvision(name: str) -> nn.Module:
    from engine.style_transfer.torchvision_features import build

    return build(name)


def _build_texture_vgg() -> nn.Module:
    from engine.style_transfer.texture_vgg import TextureVGG

    return TextureVGG()


def _build_johnson() -> nn.Module:
    from engine.style_transfer.johnson import JohnsonNet

    return JohnsonNet()


def _build_adain() -> nn.Module:
    from engine.style_transfer.adain import AdaIN

    return AdaIN()


def as_it_is() -> Callable[[Tensor], Tensor]:
    """Return the preprocessing of networks that normalise pictures in [0, 1] themselves."""
    return lambda picture: picture


def _torchvision(model: str, file_name: str, size_mib: float, num_params: int, accuracy: float) -> Weights:
    name = model.upper()
    return register(
        Weights(
            name=name,
            source=Download(TORCHVISION + file_name, file_name, round(size_mib * MIB), tolerance_bytes=MIB // 1000),
            build=partial(_build_torchvision, model),
            preprocess=as_it_is,
            sha256=None,
            sha256_prefix=file_name.removesuffix(".pth").rpartition("-")[2],
            licence="BSD-3-Clause",
            card=f"assets/cards/{name}.md",
            metrics={"top-1 accuracy": accuracy},
            num_params=num_params,
        )
    )


VGG19 = _torchvision("vgg19", "vgg19-dcbb9e9d.pth", 548.051, 143_667_240, 0.72376)
SQUEEZENET1_1 = _torchvision("squeezenet1_1", "squeezenet1_1-b8a52dc0.pth", 4.729, 1_235_496, 0.58178)


def _ours(
    name: str, build: Callable[[], nn.Module], sha256: str, num_params: int, metrics: Mapping[str, float], recipe: str
) -> Weights:
    return register(
        Weights(
            name=name,
            source=Bundled(f"{name}.safetensors"),
            build=build,
            preprocess=as_it_is,
            sha256=sha256,
            licence="MIT",
            card=f"assets/cards/{name}.md",
            metrics=metrics,
            num_params=num_params,
            recipe=f"engine.recipes.{recipe}",
        )
    )


def texture_vgg(sha256: str, metrics: Mapping[str, float]) -> Weights:
    """Declare TextureVGG, with the figures of its card."""
    return _ours("TEXTURE_VGG_V1", _build_texture_vgg, sha256, 1_264_480, metrics, "train_texture_vgg")


def johnson(kind: str, sha256: str, metrics: Mapping[str, float]) -> Weights:
    """Declare Johnson's network of a kind of style picture, with the figures of its card."""
    name = f"JOHNSON_{kind.upper()}_V1"
    return _ours(name, _build_johnson, sha256, 994_947, metrics, f"train_johnson_{kind}")


def adain(sha256: str, metrics: Mapping[str, float]) -> Weights:
    """Declare AdaIN with its encoder, with the figures of its card."""
    return _ours("ADAIN_V1", _build_adain, sha256, 2_076_931, metrics, "train_adain")


TEXTURE_VGG_V1: Weights | None = None
ADAIN_V1: Weights | None = None
JOHNSON: Mapping[str, Weights] = {}  # kind of style picture → its network
