"""TextureVGG: a small VGG of our own, whose features tell colours, materials, shapes and glyphs apart.

    stage k = 1 … 4:  2 × (convolution 3 × 3 → ReLU), then every second place, blurred by (1 3 3 1) / 8

Eight layers relu1_1 … relu4_2. Gatys et al. found that averages in the place of maxima give smoother pictures; averages
that overlap leave no blocks either. The widths are multiples of 32, which a processor multiplies best.

It is normalised as in the same paper: after training, each
feature is divided by its mean over many pictures, and the next layer takes that back, so that it says the same; then no
feature counts more in a Gram matrix only because its numbers are larger.

Conventions: as in `features`. Borders are filled with zeros.

Reference: K. Simonyan, A. Zisserman, "Very deep convolutional networks for large-scale image recognition", ICLR 2015;
L. A. Gatys, A. S. Ecker, M. Bethge, "Image style transfer using convolutional neural networks", CVPR 2016.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.style_transfer.features import FeatureNetwork, Layer

WIDTHS = (32, 96, 160, 224)
CONVOLUTIONS = 2  # in a stage
CONTENT = {"relu3_1": 1.0}
STYLE = {"relu1_1": 1.0, "relu1_2": 1.0, "relu2_1": 1.0, "relu2_2": 1.0, "relu3_1": 1.0, "relu3_2": 1.0, "relu4_1": 1.0}


class Blur(nn.Module):
    """Half the size: each feature averaged with weights (1 3 3 1) / 8 across and down."""

    def __init__(self) -> None:
        super().__init__()
        row = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
        self.register_buffer("kernel", (row[:, None] * row)[None, None], persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return features (B, C, H / 2, W / 2)."""
        channels = x.shape[1]
        with torch.autocast(x.device.type, enabled=False):  # bfloat16 is slow for filters that mix no channels
            wide = x.float() if x.dtype == torch.bfloat16 else x
            kernel = self.kernel.to(wide.dtype).expand(channels, 1, 4, 4)
            return F.conv2d(wide, kernel, stride=2, padding=1, groups=channels).to(x.dtype)


class TextureVGG(FeatureNetwork):
    """The network, with random numbers until its file fills it."""

    def __init__(self) -> None:
        modules, layers = chain(WIDTHS)
        super().__init__("TextureVGG", modules, layers, CONTENT, STYLE)

    @property
    def convolutions(self) -> list[nn.Conv2d]:
        """All convolutions, from the picture on."""
        return [module for module in self.chain if isinstance(module, nn.Conv2d)]

    @torch.no_grad()
    def normalise(self, batches: Iterable[Tensor]) -> None:
        """Divide every feature by its mean over pictures (B, 3, H, W), and change the layer after it so that it agrees.

        What fires seldom is divided by a quarter of the layer's mean: rare noise shall not be made loud.
        """
        new = self.convolutions[0].weight.new_zeros
        sums = {name: new(layer.channels) for name, layer in self.layers.items()}
        n_batches = 0
        for pictures in batches:
            n_batches += 1
            for name, features in self(pictures, self.layers).items():
                sums[name] += features.mean((0, 2, 3))
        before = new(3) + 1
        for convolution, total in zip(self.convolutions, sums.values(), strict=True):
            mean = total / n_batches
            scale = torch.maximum(mean, mean.mean() / 4).clamp(min=1e-12)
            convolution.weight.mul_(before[None, :, None, None] / scale[:, None, None, None])
            convolution.bias.div_(scale)
            before = scale


def chain(widths: tuple[int, ...]) -> tuple[list[nn.Module], list[Layer]]:
    """Return the modules of stages of these widths, and their layers."""
    modules: list[nn.Module] = []
    layers: list[Layer] = []
    channels = 3
    for stage, width in enumerate(widths, start=1):
        if stage > 1:
            modules.append(Blur())
        for k in range(1, CONVOLUTIONS + 1):
            convolution = nn.Conv2d(channels, width, 3, padding=1)
            nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
            nn.init.zeros_(convolution.bias)
            modules += [convolution, nn.ReLU(inplace=True)]
            layers.append(Layer(f"relu{stage}_{k}", len(modules), width, 2 ** (stage - 1)))
            channels = width
    return modules, layers
