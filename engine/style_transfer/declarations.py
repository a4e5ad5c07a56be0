"""The declared networks of style transfer: plain facts, so that listing them imports neither torch nor torchvision.

The torchvision entries repeat torchvision's own metadata; a test compares the two.

Conventions: metrics of torchvision's are the top-1 accuracy on ImageNet as published, in [0, 1]; those of our own are
the figures of their cards.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from engine.weights.declaration import Weights
from engine.weights.declaring import as_it_is, of_torchvision, trained_here

if TYPE_CHECKING:
    from torch import nn


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


def _torchvision(model: str, file_name: str, size_mib: float, num_params: int, accuracy: float) -> Weights:
    build, metrics = partial(_build_torchvision, model), {"top-1 accuracy": accuracy}
    return of_torchvision(model, file_name, size_mib, num_params, metrics, build, as_it_is)


VGG19 = _torchvision("vgg19", "vgg19-dcbb9e9d.pth", 548.051, 143_667_240, 0.72376)
SQUEEZENET1_1 = _torchvision("squeezenet1_1", "squeezenet1_1-b8a52dc0.pth", 4.729, 1_235_496, 0.58178)


def texture_vgg(sha256: str, metrics: Mapping[str, float]) -> Weights:
    """Declare TextureVGG, with the figures of its card."""
    return trained_here("TEXTURE_VGG_V1", _build_texture_vgg, sha256, 1_264_480, metrics)


def johnson(kind: str, sha256: str, metrics: Mapping[str, float]) -> Weights:
    """Declare Johnson's network of a kind of style picture, with the figures of its card."""
    return trained_here(f"JOHNSON_{kind.upper()}_V1", _build_johnson, sha256, 994_947, metrics)


def adain(sha256: str, metrics: Mapping[str, float]) -> Weights:
    """Declare AdaIN with its encoder, with the figures of its card."""
    return trained_here("ADAIN_V1", _build_adain, sha256, 2_076_931, metrics)


TEXTURE_VGG_V1: Weights | None = texture_vgg(
    "751d8438036f5e21a3e4fb01ce49f841d342679bcb740726f855c188de536144", {"right answers about a material": 0.835}
)
ADAIN_V1: Weights | None = adain(
    "c7d332289ff79ce3cb20917288fe32bc9c0cbb9442c31e7fe9e63a096f771321", {"style distance closed": 0.347}
)
JOHNSON: Mapping[str, Weights] = {  # kind of style picture → its network
    kind: johnson(kind, sha256, {"style distance closed, of the reference": share})
    for kind, sha256, share in (
        ("swirls", "10a9f469082d35a042977ff0b50205dd1d4cb782328f8f1f6c78560408a6e8a1", 0.65),
        ("mosaic", "a2001f5a7c05e66e072ec590175c81ceb3883fb82d8aa7de52e2b0fb3bd312cd", 0.78),
        ("woodcut", "adff683c25f0ceba98dd5cc51b831e7e212eeef7a6f865fa055f086c61407084", 0.60),
        ("stained_glass", "5119f285b095705a84a125a823f0ed82dc7fd9ae7d930d1670fc7416643c3f06", 0.63),
    )
}
