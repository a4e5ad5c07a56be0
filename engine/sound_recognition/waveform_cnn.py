"""End to end, without domain knowledge: M5, a 1-D CNN on the raw waveform.

    h = maxpool₄(ReLU(BN(conv₈₀,ₛ(x))))                     80 taps: 10 ms at 8 kHz, a step of 4
    3 times:  h ← maxpool₄(ReLU(BN(conv₃(h))));              logits = W · mean_t(h) + b

The first layer's kernels are long enough to become a filter bank, and nobody says which: what they turn out to be is
drawn beside the mel filters (`filters`). The mean over time at the end makes the answer the same wherever the sound is.

Conventions: waveforms are float (B, T) at the network's sample rate, one window long; logits (B, classes).

Reference: W. Dai, C. Dai, S. Qu, J. Li, S. Das, "Very deep convolutional neural networks for raw waveforms", ICASSP
2017 (arXiv:1610.00087); M5 there has 128, 128, 256 and 512 channels.
"""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from engine.sound_recognition.loudness import evenly_loud
from engine.sound_recognition.mel_cnn import check_window

POOL = 4


class M5(nn.Module):
    """A long first convolution, three short ones, a mean over time, and a linear layer.

    Args:
        n_classes: of the answer.
        sample_rate: of what it hears, Hz.
        window_length: T, samples.
        taps, stride: of the first convolution, samples.
        channels: of the convolutions.
    """

    def __init__(
        self,
        n_classes: int,
        sample_rate: int,
        window_length: int,
        taps: int = 80,
        stride: int = 4,
        channels: tuple[int, ...] = (64, 64, 128, 256),
    ) -> None:
        super().__init__()
        self.sample_rate, self.window_length = sample_rate, window_length
        self.conv1 = nn.Conv1d(1, channels[0], taps, stride, padding=taps // 2, bias=False)
        self.bn1 = nn.BatchNorm1d(channels[0])
        self.blocks = nn.Sequential(*(_block(a, b) for a, b in pairwise(channels)))
        self.dropout = nn.Dropout(0.2)
        self.classifier = nn.Linear(channels[-1], n_classes)

    def forward(self, waveform: Tensor) -> Tensor:
        """Return logits (B, classes).

        Raises:
            ShapeError: the waveforms are not (B, window_length).
        """
        check_window(waveform, self.window_length)
        return self.classify(self.features(waveform))

    def features(self, waveform: Tensor) -> Tensor:
        """Return what the network looks at: (B, 1, T), evenly loud."""
        return evenly_loud(waveform)[:, None]

    def classify(self, features: Tensor) -> Tensor:
        """Return logits (B, classes) of (B, 1, T)."""
        h = nn.functional.max_pool1d(self.bn1(self.conv1(features)).relu(), POOL)  # (B, 64, T / (4 stride))
        h = self.blocks(h)  # (B, 256, T / (256 stride))
        return self.classifier(self.dropout(h.mean(2)))


def _block(n_in: int, n_out: int) -> nn.Sequential:
    """A short convolution, then a quarter of the length."""
    return nn.Sequential(
        nn.Conv1d(n_in, n_out, 3, padding=1, bias=False), nn.BatchNorm1d(n_out), nn.ReLU(), nn.MaxPool1d(POOL)
    )
