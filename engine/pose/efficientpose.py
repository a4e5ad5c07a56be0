"""EfficientPose RT: one person's sixteen joints from a small picture, quick enough for a live one on a CPU.

    (B, 3, 224, 224) ─backbone→ (B, 40, 28, 28) ─skeleton, detection 1, detection 2→ 16 maps of 28 × 28 ─× 8→ heatmaps

The backbone is the beginning of EfficientNet, scaled down. Each of the three passes refines what the one before found:
a dense stage of three mobile blocks sees the pass before it and the backbone's features. (In training the first learns
the limbs' directions, Part Affinity Fields, the others heatmaps; of the outputs only the last is computed here.)
The upsampling, three times a transposed convolution by the fixed kernel (¼, ¾, ¾, ¼) with stride 2, is linear and
the same for rows and columns, so here it is one matrix U (224, 28) on either side: U · map · Uᵀ.

    mobile block:   expand 1 × 1 ─ swish ─ depthwise k × k ─ swish ─ · gate ─ project 1 × 1
    gate = σ(W₂ swish(W₁ mean))   (squeeze and excitation)         swish(x) = x · σ(x)

What costs time and changes nothing is folded into the weights when the file is read (`efficientpose_file`): batch
normalisation into the convolution before it, and the factor 1.25 of the passes' e-swish into the layers after it. The
memory is channels-last, in which a 1 × 1 convolution is a plain matrix product. Upsampling by a matrix takes 2 % of the
time, so peaks are sought in the whole heatmaps and not in the small maps, where of two humps another can be higher.

Conventions: pictures are RGB in [0, 1], normalised by ImageNet's mean and deviation; padding is as TensorFlow's "same":
where it is uneven, the end gets more. Heatmaps are about 0 to 1, in the order of `ORDER`.

Reference: D. Groos, H. Ramampiaro, E. Ihlen, "EfficientPose: Scalable single-person pose estimation", Applied
Intelligence 51 (2021). M. Tan and Q. Le, "EfficientNet", ICML 2019, for the blocks.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SIDE_PX = 224
STRIDE_PX = 8  # of the maps before upsampling
MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)
FEATURES = 40
ORDER = (
    "head_top",
    "upper_neck",
    "right_shoulder",
    "right_elbow",
    "right_wrist",
    "thorax",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "pelvis",
    "right_hip",
    "right_knee",
    "right_ankle",
    "left_hip",
    "left_knee",
    "left_ankle",
)


class MobileBlock(nn.Module):
    """Expand, look around each channel alone, weigh the channels, project: (B, in, H, W) → (B, out, H/stride, …).

    Args:
        width: channels between expansion and projection; equal to `in_channels` there is no expansion.
        squeezed: channels in the middle of the gate.
        is_residual: whether the input is added to the output.
    """

    def __init__(
        self,
        in_channels: int,
        width: int,
        out_channels: int,
        kernel: int,
        squeezed: int,
        stride: int = 1,
        is_residual: bool = False,
    ) -> None:
        super().__init__()
        self.expand = nn.Conv2d(in_channels, width, 1) if width != in_channels else None
        even = kernel // 2 if stride == 1 else 0
        self.depthwise = nn.Conv2d(width, width, kernel, stride, even, groups=width)
        self.squeeze = nn.Linear(width, squeezed)
        self.excite = nn.Linear(squeezed, width)
        self.project = nn.Conv2d(width, out_channels, 1)
        self.is_residual = is_residual

    def forward(self, x: Tensor) -> Tensor:
        """Apply the block. The gate multiplies the projection's few weights, not the picture's many numbers."""
        y = F.silu(self.depthwise(self._expanded(x)), inplace=True)
        gate = self.excite(F.silu(self.squeeze(y.mean((2, 3))))).sigmoid()  # (B, width)
        weight = gate[:, :, None] * self.project.weight.flatten(1).T  # (B, width, out)
        y, size = y.permute(0, 2, 3, 1).flatten(1, 2), y.shape[2:]  # (B, H · W, width), a view of channels-last memory
        y = torch.baddbmm(self.project.bias, y, weight).unflatten(1, size).permute(0, 3, 1, 2)  # (B, out, H, W)
        return x + y if self.is_residual else y

    def _expanded(self, x: Tensor) -> Tensor:
        """Expand, and pad where the next convolution has stride 2: before, while the channels are few.

        The expansion has a bias, so it turns the zeros into something else; they are put back.
        """
        if self.expand is None:
            return x
        if self.depthwise.stride[0] == 1:
            return F.silu(self.expand(x), inplace=True)
        begin, end = uneven_padding(self.depthwise.kernel_size[0])
        y = F.silu(self.expand(F.pad(x, (begin, end, begin, end))), inplace=True)
        for border in (y[..., :begin], y[..., -end:], y[..., :begin, :], y[..., -end:, :]):
            border.zero_()
        return y


class DenseStage(nn.Module):
    """Three mobile blocks, whose outputs are kept beside one another: (B, in, H, W) → (B, 120, H, W)."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        sizes = (in_channels, FEATURES, 2 * FEATURES)
        self.blocks = nn.ModuleList(MobileBlock(size, 240, FEATURES, 5, 10) for size in sizes)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the stage; what is newest comes first."""
        first = self.blocks[0](x)
        two = torch.cat([self.blocks[1](first), first], dim=1)
        return torch.cat([self.blocks[2](two), two], dim=1)


class EfficientPose(nn.Module):
    """The network, with batch normalisation already folded into its convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 32, 3, stride=2)
        self.backbone = nn.Sequential(
            MobileBlock(32, 32, 16, 3, 8),
            MobileBlock(16, 96, 24, 3, 4, stride=2),
            MobileBlock(24, 144, 24, 3, 6, is_residual=True),
            MobileBlock(24, 144, FEATURES, 5, 6, stride=2),
            MobileBlock(FEATURES, 240, FEATURES, 5, 10, is_residual=True),
        )
        self.skeleton = DenseStage(FEATURES)
        self.detection1 = DenseStage(4 * FEATURES)
        self.detection2 = DenseStage(4 * FEATURES)
        self.head = nn.Conv2d(3 * FEATURES, len(ORDER), 1)
        self.register_buffer("upsampling", upsampling_matrix(SIDE_PX // STRIDE_PX, 3), persistent=False)
        self.to(memory_format=torch.channels_last)

    def coarse(self, images: Tensor) -> Tensor:
        """Return the maps before upsampling, (B, 16, 28, 28), of normalised pictures (B, 3, 224, 224)."""
        begin, end = uneven_padding(3)
        x = F.pad(images.contiguous(memory_format=torch.channels_last), (begin, end, begin, end))
        features = self.backbone(F.silu(self.stem(x), inplace=True))  # (B, 40, 28, 28)
        x = torch.cat([self.skeleton(features), features], dim=1)
        x = torch.cat([self.detection1(x), features], dim=1)
        return self.head(self.detection2(x)).contiguous()

    def forward(self, images: Tensor) -> Tensor:
        """Return the heatmaps (B, 16, 224, 224) of normalised pictures (B, 3, 224, 224)."""
        return self.upsampling @ self.coarse(images) @ self.upsampling.T


def normalised(crops: Tensor) -> Tensor:
    """Return RGB pictures (..., 3, H, W) in [0, 1] with ImageNet's mean and deviation taken out."""
    mean, deviation = (crops.new_tensor(values)[:, None, None] for values in (MEAN, DEVIATION))
    return (crops - mean) / deviation


def uneven_padding(kernel: int) -> tuple[int, int]:
    """Return how many zeros a convolution of stride 2 has before and after: output i is centred at input 2i + ½."""
    return kernel // 2 - 1, kernel // 2


def upsampling_matrix(size: int, times: int) -> Tensor:
    """Return U (size · 2^times, size), which doubles a signal `times` times.

    Each time, a value is spread over four places by ¼, ¾, ¾, ¼: out[2i] = ¾ in[i] + ¼ in[i−1] and
    out[2i+1] = ¾ in[i] + ¼ in[i+1], with zeros outside.
    """
    U = torch.eye(size)
    for n in (size * 2**k for k in range(times)):
        step = torch.zeros(2 * n + 2, n)  # a place more at each end, for what falls outside
        for offset, weight in enumerate((0.25, 0.75, 0.75, 0.25)):
            step[torch.arange(n) * 2 + offset, torch.arange(n)] = weight
        U = step[1:-1] @ U
    return U
