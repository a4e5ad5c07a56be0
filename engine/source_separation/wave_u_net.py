"""Wave-U-Net: a U-Net on the waveform itself, which halves the rate at each level on the way down and doubles it again.

    down  h_i = LeakyReLU(conv_15(x_{i−1})),  x_i = every second sample of h_i       i = 1 … L
    up    u_i = LeakyReLU(conv_5([double(u_{i+1}), h_i])),  double puts the mean of two neighbours between them
    out   y_s = conv_1([u_1, mixture]) for all stems but one;  y_other = mixture − Σ y_s

Deep levels see much of the song at a low rate, the skips h_i bring the detail back. Taking one stem as a difference
makes the stems add up to the mixture. Doubling by interpolation, instead of a transposed convolution, leaves no tone
of its own at the old rate.

Conventions: sound is float (B, 2, T) at 44.1 kHz, normalised as in `separator`; stems are (B, 4, 2, T), in the order of
`STEMS`. Level i has 12 · i channels.

Reference: D. Stoller, S. Ewert, S. Dixon, "Wave-U-Net: A multi-scale neural network for end-to-end audio source
separation", ISMIR 2018. Other than there, the convolutions are padded (chunks bring the context instead), ten levels of
12 · i channels stand for twelve of 24 · i, and the output is linear, because normalised sound exceeds [−1, 1].
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.source_separation.chunks import Chunking
from engine.source_separation.separator import SAMPLE_RATE_HZ, STEMS, Separator, apply_network, in_one_step

N_LEVELS = 10
CHANNELS = 12
DOWN_KERNEL, UP_KERNEL = 15, 5
SLOPE = 0.2
OTHER = STEMS.index("other")
REACH = 2**N_LEVELS  # samples between two of the lowest level
CHUNKING = Chunking(chunk=128 * REACH, context=18 * REACH, fade=4 * REACH, align=REACH)  # all that a sample hears


class Convolution(nn.Sequential):
    """A convolution that keeps the length, and a leaky ReLU."""

    def __init__(self, n_in: int, n_out: int, kernel: int) -> None:
        super().__init__(nn.Conv1d(n_in, n_out, kernel, padding=kernel // 2), nn.LeakyReLU(SLOPE))


class WaveUNet(nn.Module):
    """The network: a normalised mixture in, its stems out.

    Args:
        n_levels: how often the rate is halved.
        channels: how many channels each level has more than the one above.
        is_difference: whether "other" is what the other stems leave of the mixture.
    """

    def __init__(self, n_levels: int = N_LEVELS, channels: int = CHANNELS, is_difference: bool = True) -> None:
        super().__init__()
        widths = [2, *(channels * i for i in range(1, n_levels + 2))]
        self.is_difference = is_difference
        self.down = nn.ModuleList(Convolution(widths[i], widths[i + 1], DOWN_KERNEL) for i in range(n_levels))
        self.bottom = Convolution(widths[-2], widths[-1], DOWN_KERNEL)
        self.up = nn.ModuleList(
            Convolution(widths[i + 1] + widths[i], widths[i], UP_KERNEL) for i in range(n_levels, 0, -1)
        )
        self.out = nn.Conv1d(widths[1] + 2, 2 * (len(STEMS) - is_difference), 1)

    def forward(self, mixture: Tensor) -> Tensor:
        """Return the stems (B, 4, 2, T) of mixtures (B, 2, T) of any length."""
        n_samples = mixture.shape[-1]
        padded = F.pad(mixture, (0, -n_samples % 2 ** len(self.down)))
        x, skips = padded, []
        for level in self.down:
            skips.append(level(x))
            x = skips[-1][..., ::2]  # (B, 12 · i, T / 2^i)
        x = self.bottom(x)
        for level in self.up:
            x = level(torch.cat([double(x), skips.pop()], 1))
        stems = self.out(torch.cat([x, padded], 1)).unflatten(1, (-1, 2))[..., :n_samples]
        return with_difference(stems, mixture) if self.is_difference else stems

    def last_layers(self) -> list[nn.Module]:
        """Return the layer that says the stems."""
        return [self.out]


def double(x: Tensor) -> Tensor:
    """Return x (B, C, n) at twice the rate (B, C, 2n): between two samples their mean, after the last its copy."""
    x = F.pad(x, (0, 1), mode="replicate")
    return F.interpolate(x, size=2 * x.shape[-1] - 1, mode="linear", align_corners=True)[..., :-1]


def with_difference(stems: Tensor, mixture: Tensor) -> Tensor:
    """Return all four stems (B, 4, 2, T), given three and the mixture: "other" is what these leave."""
    other = mixture[:, None] - stems.sum(1, keepdim=True)
    return torch.cat([stems[:, :OTHER], other, stems[:, OTHER:]], 1)


def separator(network: WaveUNet) -> Separator:
    """Return the method for a long song."""
    return Separator(STEMS, SAMPLE_RATE_HZ, CHUNKING, in_one_step(lambda chunk: apply_network(network, chunk)))
