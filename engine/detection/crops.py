"""A small ConvNet that looks at one crop, and the same network as one convolution over a whole picture.

    crop (3, 48, 48) ─convolutions→ (128, 5, 5) ─fully connected→ 256 ─┬→ a score for each class and the background
                                                                       └→ four offsets from the window to the object

The first fully connected layer multiplies (128, 5, 5) numbers by a matrix: a convolution with a kernel of 5 × 5, at its
one place. On a larger picture the same convolution has many places, one for each window, 4 px apart. No layer pads, so
the two ways give the same numbers, but in one pass what neighbouring windows share is computed once.

Conventions: crops (B, 3, 48, 48) in [0, 1]; scores (B, 1 + C, …), before the softmax, the background first; offsets
(B, 4, …) are those of `box_offsets`. An object fills the middle 40 px of its crop; the rest is context.

Reference: P. Sermanet et al., "OverFeat: integrated recognition, localization and detection using convolutional
networks", ICLR 2014.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.ops import roi_align

from engine.errors import ShapeError, constraint

SIDE_PX = 48
CONTEXT_PX = 4
STRIDE_PX = 4  # between two places of the fully convolutional network


class CropNet(nn.Module):
    """The network: crops (B, 3, 48, 48) in, scores (B, 1 + C) and offsets (B, 4) out."""

    def __init__(self, n_classes: int = 8, channels: int = 32) -> None:
        super().__init__()
        c = channels
        self.features = nn.Sequential(
            *_conv(3, c, 6, stride=2),  # 48 → 22
            nn.MaxPool2d(2),  # → 11
            *_conv(c, 2 * c, 3),  # → 9
            *_conv(2 * c, 3 * c, 3),  # → 7
            *_conv(3 * c, 4 * c, 3),  # → 5
        )
        self.first = nn.Linear(4 * c * 5 * 5, 256)
        self.scores = nn.Linear(256, 1 + n_classes)
        self.offsets = nn.Linear(256, 4)
        nn.init.zeros_(self.offsets.weight)
        nn.init.zeros_(self.offsets.bias)

    def forward(self, crops: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if crops.ndim != 4 or crops.shape[1:] != (3, SIDE_PX, SIDE_PX):
            raise ShapeError(constraint("crops", f"of shape (B, 3, {SIDE_PX}, {SIDE_PX})", tuple(crops.shape)))
        x = F.relu(self.first(self.features(crops - 0.5).flatten(1)))
        return self.scores(x), self.offsets(x)


class FullyConvolutional(nn.Module):
    """The same network for any picture (B, 3, H, W): scores (B, 1 + C, H', W') and offsets (B, 4, H', W')."""

    def __init__(self, net: CropNet) -> None:
        super().__init__()
        self.features = net.features
        self.first = _as_convolution(net.first, 5)
        self.scores = _as_convolution(net.scores, 1)
        self.offsets = _as_convolution(net.offsets, 1)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = F.relu(self.first(self.features(images - 0.5)))
        return self.scores(x), self.offsets(x)


def fully_convolutional(net: CropNet) -> FullyConvolutional:
    """Return the network that has `net`'s own weights and takes pictures of any size from 48 px."""
    return FullyConvolutional(net).train(net.training)


def _as_convolution(linear: nn.Linear, side: int) -> nn.Conv2d:
    """Read a matrix (out, channels · side²) as `out` kernels of side × side; the numbers are shared, not copied."""
    conv = nn.Conv2d(linear.in_features // side**2, linear.out_features, side)
    conv.weight = nn.Parameter(linear.weight.view(conv.weight.shape), requires_grad=linear.weight.requires_grad)
    conv.bias = linear.bias
    return conv


def _conv(inputs: int, outputs: int, side: int, stride: int = 1) -> tuple[nn.Module, ...]:
    conv = nn.Conv2d(inputs, outputs, side, stride, bias=False)
    return conv, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)


def warp(images: torch.Tensor, boxes: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return each box with its context as a crop (N, 3, 48, 48), whatever its shape was; outside the picture is grey.

    Args:
        images: (B, 3, H, W).
        boxes: one (N_i, 4) for each picture; N is their sum.
    """
    outer = [with_context(own) for own in boxes]
    # Two samples a side for each pixel of the crop; a box is at most some three times as large as its crop.
    return roi_align(images - 0.5, outer, (SIDE_PX, SIDE_PX), sampling_ratio=2, aligned=True) + 0.5


def with_context(boxes: torch.Tensor) -> torch.Tensor:
    """Return the crops (N, 4) whose middle 40 of 48 px are the boxes."""
    reach = (boxes[:, 2:] - boxes[:, :2]) * CONTEXT_PX / (SIDE_PX - 2 * CONTEXT_PX)
    return torch.cat([boxes[:, :2] - reach, boxes[:, 2:] + reach], 1)


def without_context(crops: torch.Tensor) -> torch.Tensor:
    """Return the boxes (N, 4) that are the middle 40 of 48 px of the crops."""
    reach = (crops[:, 2:] - crops[:, :2]) * CONTEXT_PX / SIDE_PX
    return torch.cat([crops[:, :2] + reach, crops[:, 2:] - reach], 1)
