"""What a feature network is here: named layers of which any can be asked for, and how much each means by default.

    F_1 = layer_1((x − mean) / std),   F_l = layer_l(F_(l−1))

A picture runs only as deep as the deepest layer that is asked for.

Conventions: pictures are float (B, 3, H, W), RGB, in [0, 1], features (B, C, H / stride, W / stride). Layers are named
as in the papers: "relu3_1" is the first of the third stage. The weights of layers are relative to one another.

Reference: K. Simonyan, A. Zisserman, "Very deep convolutional networks for large-scale image recognition", ICLR 2015.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.errors import InvalidInput, ShapeError, constraint

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
Features = dict[str, Tensor]


@dataclass(frozen=True)
class Layer:
    """One layer that can be asked for.

    Attributes:
        name: "relu1_1" …
        end: how many modules of the network make it.
        channels: how many features it has.
        stride: pixels between two of its places.
    """

    name: str
    end: int
    channels: int
    stride: int


class FeatureNetwork(nn.Module):
    """A chain of modules, the outputs of some of which are named layers.

    Args:
        title: its name on a screen.
        modules: the chain.
        layers: the named outputs, from the picture on.
        content: name → weight of the layers that stand for what is to be seen, where nothing else is chosen.
        style: name → weight of the layers that stand for the style.
        mean: taken off each colour channel.
        std: by which each is divided.
    """

    def __init__(
        self,
        title: str,
        modules: Iterable[nn.Module],
        layers: Sequence[Layer],
        content: Mapping[str, float],
        style: Mapping[str, float],
        mean: Sequence[float] = IMAGENET_MEAN,
        std: Sequence[float] = IMAGENET_STD,
    ) -> None:
        super().__init__()
        self.title = title
        self.chain = nn.Sequential(*modules)
        self.layers = {layer.name: layer for layer in layers}
        self.content, self.style = dict(content), dict(style)
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    def forward(self, pictures: Tensor, names: Collection[str]) -> Features:
        """Return name → features, for each of `names`.

        Raises:
            ShapeError: not (B, 3, H, W), or smaller than the deepest of the layers can see.
            InvalidInput: there is no layer of a name.
        """
        if pictures.ndim != 4 or pictures.shape[1] != 3:
            raise ShapeError(constraint("pictures", "of shape (B, 3, H, W)", tuple(pictures.shape)))
        self.check_size(pictures.shape[-2:], names)
        return self.run((pictures - self.mean) / self.std, names)

    def run(self, x: Tensor, names: Collection[str]) -> Features:
        """Return name → features of pictures (B, 3, H, W) that are normalised."""
        ends = {self.layer(name).end: name for name in names}
        found = {}
        for position, module in enumerate(self.chain[: max(ends)], start=1):
            x = module(x)
            if position in ends:
                found[ends[position]] = x
        return {name: found[name] for name in names}

    def layer(self, name: str) -> Layer:
        """Return the layer of this name; raises InvalidInput where there is none."""
        if name not in self.layers:
            raise InvalidInput(constraint("layer", f"one of {', '.join(self.layers)}", name))
        return self.layers[name]

    def smallest_px(self, names: Collection[str]) -> int:
        """Return the shortest side of a picture in which the deepest of these layers still has a place."""
        return max(self.layer(name).stride for name in names)

    def check_size(self, size: Sequence[int], names: Collection[str]) -> None:
        """Raise ShapeError for a picture (H, W) that is smaller than these layers need."""
        if min(size) < self.smallest_px(names):
            must_be = f"at least {self.smallest_px(names)} pixels wide and high for the layer {max(names)}"
            raise ShapeError(constraint("picture", must_be, f"{size[1]} × {size[0]}"))


def fast_convolutions(device: torch.device) -> contextlib.AbstractContextManager:
    """Return a context in which convolutions are in bfloat16 if the processor has a unit that multiplies it."""
    if device.type == "cpu":
        has_unit = bool(torch.cpu.get_capabilities().get("amx_bf16", False))
    else:
        has_unit = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.autocast(device.type, torch.bfloat16) if has_unit else contextlib.nullcontext()
