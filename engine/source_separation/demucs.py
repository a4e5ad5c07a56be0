"""Demucs: from a waveform to the waveforms of its stems, through an encoder, a bidirectional LSTM and a decoder.

    encoder  h_i = GLU(conv_1(ReLU(conv_8 with stride 4 (h_{i−1}))))                          i = 1 … 5
    middle   b = linear(BiLSTM(h_5))
    decoder  d_{i−1} = ReLU(transposed conv_8 with stride 4 (GLU(conv_3(d_i + h_i)))),  d_5 = b;  no ReLU at the end

GLU(a, b) = a · σ(b): half of the channels say how much of the other half passes. The LSTM sees the whole sound in both
directions at 43 steps a second; the skips h_i bring back the detail. There is no batch normalisation: instead, each
layer's weights are scaled at the start,  w ← w / √(std(w) / 0.1),  so that no layer's output fades or explodes.

Conventions: sound is float (B, 2, T) at 44.1 kHz, normalised as in `separator`; stems are (B, 4, 2, T), in the order of
`STEMS`. The network computes with a length that its strides divide (`padding`).

Reference: A. Défossez, N. Usunier, L. Bottou, F. Bach, "Music source separation in the waveform domain", 2019. Other
than there, five levels start with 32 channels instead of six with 100, the width ends at 256, and the decoder's
convolutions are padded: it is for a CPU, and has 23 MB instead of 1 GB.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.source_separation.chunks import Chunking
from engine.source_separation.separator import SAMPLE_RATE_HZ, STEMS, Separator, apply_network, in_one_step

N_LEVELS = 5
CHANNELS, MOST_CHANNELS = 32, 256
KERNEL, STRIDE = 8, 4
CONTEXT_KERNEL = 3  # of the decoder's first convolution
LSTM_LAYERS = 2
RESCALE_STD = 0.1
STEP = STRIDE**N_LEVELS  # samples between two steps of the LSTM
CHUNKING = Chunking(chunk=192 * STEP, context=14 * STEP, fade=4 * STEP, align=STEP)


class Encoder(nn.Sequential):
    """One level down: (B, n_in, T) to (B, n_out, (T − 8) / 4 + 1)."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__(
            nn.Conv1d(n_in, n_out, KERNEL, STRIDE),
            nn.ReLU(),
            nn.Conv1d(n_out, 2 * n_out, 1),
            nn.GLU(1),
        )


class Decoder(nn.Sequential):
    """One level up: (B, n_in, T) to (B, n_out, 4 (T − 1) + 8)."""

    def __init__(self, n_in: int, n_out: int, is_last: bool) -> None:
        super().__init__(
            nn.Conv1d(n_in, 2 * n_in, CONTEXT_KERNEL, padding=CONTEXT_KERNEL // 2),
            nn.GLU(1),
            nn.ConvTranspose1d(n_in, n_out, KERNEL, STRIDE),
            nn.Identity() if is_last else nn.ReLU(),
        )


class Middle(nn.Module):
    """The BiLSTM over the steps of (B, C, n), and a linear layer back to C channels."""

    def __init__(self, channels: int, layers: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(channels, channels, layers, batch_first=True, bidirectional=True)
        self.linear = nn.Linear(2 * channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C, n)."""
        heard, _ = self.lstm(x.transpose(1, 2))  # (B, n, 2C)
        return self.linear(heard).transpose(1, 2)


class Demucs(nn.Module):
    """The network: a normalised mixture in, its stems out.

    Args:
        channels: after the first level; each level has twice as many, up to `most`.
        most: the largest number of channels.
        n_levels: how often the rate is divided by 4.
    """

    def __init__(self, channels: int = CHANNELS, most: int = MOST_CHANNELS, n_levels: int = N_LEVELS) -> None:
        super().__init__()
        widths = [min(channels * 2**i, most) for i in range(n_levels)]
        self.encoder = nn.ModuleList(Encoder(n_in, n_out) for n_in, n_out in pairwise([2, *widths]))
        self.middle = Middle(widths[-1], LSTM_LAYERS)
        outputs = [2 * len(STEMS), *widths]
        self.decoder = nn.ModuleList(
            Decoder(outputs[i + 1], outputs[i], is_last=i == 0) for i in reversed(range(n_levels))
        )
        rescale(self)

    def forward(self, mixture: Tensor) -> Tensor:
        """Return the stems (B, 4, 2, T) of mixtures (B, 2, T) of any length."""
        n_samples = mixture.shape[-1]
        left, right = padding(n_samples, len(self.encoder))
        x, skips = F.pad(mixture, (left, right)), []
        for level in self.encoder:
            x = level(x)
            skips.append(x)
        x = self.middle(x)
        for level in self.decoder:
            x = level(x + skips.pop())
        return x[..., left : left + n_samples].unflatten(1, (len(STEMS), 2))

    def last_layers(self) -> list[nn.Module]:
        """Return the layer that says the stems."""
        return [self.decoder[-1][2]]


def padding(n_samples: int, n_levels: int = N_LEVELS) -> tuple[int, int]:
    """Return how many zeros go before and after a sound so that it comes out of all levels as long as it went in.

    n steps of the lowest level are 4^L · n + 2 · left samples. `left` is always the same, so that chunks that begin at
    a multiple of 4^L have their steps where the whole sound has them.
    """
    step, left = STRIDE**n_levels, (KERNEL - STRIDE) // 2 * sum(STRIDE**i for i in range(n_levels))
    return left, -n_samples % step + left


@torch.no_grad()
def rescale(network: nn.Module) -> None:
    """Divide each convolution's numbers by √(std(w) / 0.1), in place."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv1d | nn.ConvTranspose1d):
            by = (layer.weight.std() / RESCALE_STD).sqrt()
            layer.weight.div_(by)
            layer.bias.div_(by)


def separator(network: Demucs) -> Separator:
    """Return the method for a long song."""
    return Separator(STEMS, SAMPLE_RATE_HZ, CHUNKING, in_one_step(lambda chunk: apply_network(network, chunk)))
