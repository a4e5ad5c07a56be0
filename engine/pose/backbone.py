"""The features that all four methods here start from: down to a sixteenth of the picture, and back up to a quarter.

    1/2   24 channels ─ 1/4   48, a residual block ────────────────────────────┐ 1 × 1
                         └─ 1/8   96, two residual blocks ──────────┐ 1 × 1    │
                              └─ 1/16   128, two residual blocks ─ × 2 ─ + ─ × 2 ─ + ─ 3 × 3 ─ features

What is fine (where exactly) comes from the left, what is coarse (which joint, whose) from below.

Conventions: images (B, 3, H, W) float in [0, 1], H and W multiples of 16; features (B, 64, H / 4, W / 4), of which the
middle of cell (row, column) is the place (4 column + 2, 4 row + 2) px.

Reference: T.-Y. Lin et al., "Feature Pyramid Networks for Object Detection", CVPR 2017, for the way up; K. He et al.,
"Deep Residual Learning for Image Recognition", CVPR 2016. The papers of the four methods use larger ones (AlexNet, VGG,
ResNet); this one is small so that it runs and trains on a CPU.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.errors import ShapeError, constraint

STRIDE_PX = 4
MULTIPLE_PX = 16
CHANNELS = 64
DEEP_CHANNELS = 128


class Conv(nn.Sequential):
    """Convolution, batch normalisation, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1, groups: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )


class Residual(nn.Module):
    """x + conv(conv(x))."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(Conv(channels, channels), Conv(channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


class WayDown(nn.Module):
    """From images to the deepest features."""

    def __init__(self) -> None:
        super().__init__()
        self.quarter = nn.Sequential(Conv(3, 24, stride=2), Conv(24, 48, stride=2), Residual(48))
        self.eighth = nn.Sequential(Conv(48, 96, stride=2), Residual(96), Residual(96))
        self.sixteenth = nn.Sequential(Conv(96, DEEP_CHANNELS, stride=2), Residual(DEEP_CHANNELS), Residual(128))

    def forward(self, images: Tensor) -> Tensor:
        return self.down(images)[2]

    def down(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return what is seen at a quarter (B, 48, …), an eighth (B, 96, …) and a sixteenth (B, 128, H / 16, W / 16).

        Raises:
            ShapeError: the images are not (B, 3, H, W) with sides that are multiples of 16.
        """
        if images.ndim != 4 or images.shape[1] != 3 or images.shape[2] % MULTIPLE_PX or images.shape[3] % MULTIPLE_PX:
            raise ShapeError(constraint("images", "(B, 3, H, W), sides multiples of 16", tuple(images.shape)))
        quarter = self.quarter(images - 0.5)
        eighth = self.eighth(quarter)
        return quarter, eighth, self.sixteenth(eighth)


class Backbone(WayDown):
    """From images to features."""

    def __init__(self) -> None:
        super().__init__()
        self.from_sixteenth = nn.Conv2d(DEEP_CHANNELS, CHANNELS, 1)
        self.from_eighth = nn.Conv2d(96, CHANNELS, 1)
        self.from_quarter = nn.Conv2d(48, CHANNELS, 1)
        self.smooth = Conv(CHANNELS, CHANNELS)

    def forward(self, images: Tensor) -> Tensor:
        """Return the features (B, 64, H / 4, W / 4); errors as in `down`."""
        quarter, eighth, sixteenth = self.down(images)
        up = _twice(self.from_sixteenth(sixteenth)) + self.from_eighth(eighth)
        return self.smooth(_twice(up) + self.from_quarter(quarter))


def _twice(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


def places_of(rows: int, columns: int) -> Tensor:
    """Return (rows, columns, 2): x and y in px of the middle of every cell of the features."""
    y, x = (STRIDE_PX * (torch.arange(n, dtype=torch.float32) + 0.5) for n in (rows, columns))
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)
