"""The two commonest declarations, each in a line: a network that a recipe of ours trained, and one of torchvision's.

torchvision publishes the first eight digits of each file's SHA-256 (in its name) and its size in MiB to three decimals;
no more is declared here. Tests compare its entries with torchvision's own metadata.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from engine.weights.declaration import Bundled, Download, Weights
from engine.weights.registry import register

if TYPE_CHECKING:
    from torch import nn

MIB = 1024 * 1024
TORCHVISION = "https://download.pytorch.org/models/"


def as_it_is() -> Callable[[Any], Any]:
    """Return the preprocessing of a network that takes what it is given, as its own module says."""
    return lambda given: given


def as_list() -> Callable[[Any], list]:
    """Return the preprocessing of what takes a list of images, and resizes and normalises them itself."""
    return lambda image: [image]


def trained_here(
    name: str,
    build: Callable[[], nn.Module],
    sha256: str,
    num_params: int,
    metrics: Mapping[str, float],
    recipe: str = "",
    preprocess: Callable[[], Callable] = as_it_is,
) -> Weights:
    """Declare a bundled network of our own: its file and card are named after it.

    Args:
        name, build, sha256, num_params, metrics, preprocess: as of `Weights`.
        recipe: the name of its module in engine.recipes; "" for "train_" and the name without its version.
    """
    return register(
        Weights(
            name=name,
            source=Bundled(f"{name}.safetensors"),
            build=build,
            preprocess=preprocess,
            sha256=sha256,
            licence="MIT",
            card=f"assets/cards/{name}.md",
            metrics=metrics,
            num_params=num_params,
            recipe="engine.recipes." + (recipe or f"train_{name.removesuffix('_V1').lower()}"),
        )
    )


def of_torchvision(
    model: str,
    file_name: str,
    size_mib: float,
    num_params: int,
    metrics: Mapping[str, float],
    build: Callable[[], nn.Module],
    preprocess: Callable[[], Callable],
) -> Weights:
    """Declare a file that torchvision publishes for its model `model`; its size is `size_mib` MiB."""
    name = model.upper()
    return register(
        Weights(
            name=name,
            source=Download(TORCHVISION + file_name, file_name, round(size_mib * MIB), tolerance_bytes=MIB // 1000),
            build=build,
            preprocess=preprocess,
            sha256=None,
            sha256_prefix=file_name.removesuffix(".pth").rpartition("-")[2],
            licence="BSD-3-Clause",
            card=f"assets/cards/{name}.md",
            metrics=metrics,
            num_params=num_params,
        )
    )
