"""The parts that GTCRN is made of.

    ConvBlock     PReLU(BN(conv))  of 5 bands, every second of them
    ShuffleBlock  half of the channels: neighbours → 1 × 1 → depthwise 3 × 3, dilated in time → 1 × 1 → attention over
                  time; then the halves are shuffled into each other
    attention     x · σ(fc(GRU(mean of x² over the bands)))
    DualPath      x + LN(fc(BiGRU along the bands)), then the same with a GRU along time

Conventions: as in `gtcrn`; features are (B, C, N, F).

Reference: as for `gtcrn`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

CHANNELS = 16
TIME_KERNEL = 3
NORM_EPSILON = 1e-8


def neighbours(x: Tensor) -> Tensor:
    """Return (B, 3C, N, F): each channel's lower neighbour, itself and its upper one along the bands; 0 outside."""
    n = x.shape[-1]
    around = F.pad(x, (1, 1))
    return torch.stack([around[..., k : k + n] for k in range(3)], 2).flatten(1, 2)


class ConvBlock(nn.Module):
    """A convolution along the bands which halves them, or doubles them where it is transposed."""

    def __init__(
        self, n_in: int, n_out: int, groups: int = 1, is_transposed: bool = False, is_last: bool = False
    ) -> None:
        super().__init__()
        kind = nn.ConvTranspose2d if is_transposed else nn.Conv2d
        self.conv = kind(n_in, n_out, (1, 5), stride=(1, 2), padding=(0, 2), groups=groups)
        self.bn = nn.BatchNorm2d(n_out)
        self.act = nn.Tanh() if is_last else nn.PReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, n_out, N, F / 2), or of 2F − 1 bands."""
        return self.act(self.bn(self.conv(x)))


class TimeAttention(nn.Module):
    """How much of each channel passes at each moment, from how loud the channels have been until then."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.att_gru = nn.GRU(channels, 2 * channels, batch_first=True)
        self.att_fc = nn.Linear(2 * channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C, N, F)."""
        energy = x.square().mean(-1).mT  # (B, N, C)
        passing = self.att_fc(self.att_gru(energy)[0]).sigmoid()
        return x * passing.mT[..., None]


class ShuffleBlock(nn.Module):
    """A block that changes half of the channels, looking 2 · dilation frames back, and shuffles both halves."""

    def __init__(self, dilation: int, is_transposed: bool = False) -> None:
        super().__init__()
        kind = nn.ConvTranspose2d if is_transposed else nn.Conv2d
        half = CHANNELS // 2
        self.past = (TIME_KERNEL - 1) * dilation
        self.point_conv1 = kind(3 * half, CHANNELS, 1)
        self.point_bn1 = nn.BatchNorm2d(CHANNELS)
        self.point_act = nn.PReLU()
        self.depth_conv = kind(
            CHANNELS,
            CHANNELS,
            (TIME_KERNEL, 3),
            padding=(self.past if is_transposed else 0, 1),  # transposed, it would otherwise grow
            dilation=(dilation, 1),
            groups=CHANNELS,
        )
        self.depth_bn = nn.BatchNorm2d(CHANNELS)
        self.depth_act = nn.PReLU()
        self.point_conv2 = kind(CHANNELS, half, 1)
        self.point_bn2 = nn.BatchNorm2d(half)
        self.tra = TimeAttention(half)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, 16, N, F)."""
        changed, kept = x.chunk(2, 1)
        h = self.point_act(self.point_bn1(self.point_conv1(neighbours(changed))))
        h = F.pad(h, (0, 0, self.past, 0))  # frames before the first: it never looks ahead
        h = self.depth_act(self.depth_bn(self.depth_conv(h)))
        h = self.tra(self.point_bn2(self.point_conv2(h)))
        return torch.stack([h, kept], 2).flatten(1, 2)


class GroupedGru(nn.Module):
    """Two GRUs, each over half of the channels."""

    def __init__(self, n_in: int, n_hidden: int, is_bidirectional: bool) -> None:
        super().__init__()
        self.rnn1 = nn.GRU(n_in // 2, n_hidden // 2, batch_first=True, bidirectional=is_bidirectional)
        self.rnn2 = nn.GRU(n_in // 2, n_hidden // 2, batch_first=True, bidirectional=is_bidirectional)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, n, C) of (B, n, C)."""
        first, second = x.chunk(2, -1)
        return torch.cat([self.rnn1(first)[0], self.rnn2(second)[0]], -1)


class DualPath(nn.Module):
    """A GRU along the bands in both directions, then one along time."""

    def __init__(self, channels: int, n_bands: int) -> None:
        super().__init__()
        self.intra_rnn = GroupedGru(channels, channels // 2, is_bidirectional=True)
        self.intra_fc = nn.Linear(channels, channels)
        self.intra_ln = nn.LayerNorm((n_bands, channels), NORM_EPSILON)
        self.inter_rnn = GroupedGru(channels, channels, is_bidirectional=False)
        self.inter_fc = nn.Linear(channels, channels)
        self.inter_ln = nn.LayerNorm((n_bands, channels), NORM_EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C, N, F)."""
        x = x.permute(0, 2, 3, 1)  # (B, N, F, C)
        along_bands = self.intra_fc(self.intra_rnn(x.flatten(0, 1))).view(x.shape)
        x = x + self.intra_ln(along_bands)
        rows = x.transpose(1, 2)  # (B, F, N, C)
        along_time = self.inter_fc(self.inter_rnn(rows.flatten(0, 1))).view(rows.shape)
        x = x + self.inter_ln(along_time.transpose(1, 2))
        return x.permute(0, 3, 1, 2)
