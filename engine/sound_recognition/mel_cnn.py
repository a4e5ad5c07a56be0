"""With domain knowledge: a 2-D CNN that looks at a mel spectrogram as at a picture.

    M[m, t] = log₁₀(10⁻³ + Σ_f H[m, f] |STFT(x)[f, t]|² / Σ w²)
    K times:  M ← maxpool₂ₓ₂(ReLU(BN(conv₃ₓ₃(M))));    logits = W · mean_{m, t}(M) + b

What people know of hearing is built in and not learned: a short-time spectrum without its phase, bands that grow wider
with frequency (mel), and a logarithm. The convolutions do not know that one axis is time and the other pitch.

Conventions: waveforms are float (B, T) at the network's sample rate, one window long; spectrograms (B, 1, M, frames)
with the lowest band first; logits (B, classes).

Reference: T. Sainath, C. Parada, "Convolutional Neural Networks for Small-footprint Keyword Spotting", Interspeech
2015; S. Davis, P. Mermelstein, IEEE TASSP 28 (1980), for the mel bands.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torchaudio.functional as F
from torch import Tensor, nn

from engine.errors import ShapeError, constraint
from engine.sound_recognition.loudness import evenly_loud

FLOOR = 1e-3  # of the mean power of white noise as loud as the sound
LOWEST_HZ = 30.0


class MelSpectrogram(nn.Module):
    """Waveforms (B, T) → log mel spectrograms (B, 1, M, frames); it has nothing to learn."""

    def __init__(self, sample_rate: int, n_mels: int, n_fft: int, hop_length: int) -> None:
        super().__init__()
        self.sample_rate, self.n_mels, self.n_fft, self.hop_length = sample_rate, n_mels, n_fft, hop_length
        filters = F.melscale_fbanks(
            n_fft // 2 + 1, LOWEST_HZ, sample_rate / 2, n_mels, sample_rate, norm=None, mel_scale="htk"
        )
        self.register_buffer("window", torch.hann_window(n_fft), persistent=False)
        self.register_buffer("filters", filters.T.contiguous(), persistent=False)  # (M, F)

    def forward(self, waveform: Tensor) -> Tensor:
        """Return (B, 1, M, frames), frame t centred at sample t · hop_length."""
        spectrum = torch.stft(
            evenly_loud(waveform), self.n_fft, self.hop_length, window=self.window, pad_mode="constant",
            return_complex=True,
        )  # fmt: skip  # (B, F, frames)
        power = spectrum.real.square() + spectrum.imag.square()
        mel = self.filters @ power / self.window.square().sum()  # (B, M, frames)
        return (mel + FLOOR).log10()[:, None]


class MelCnn(nn.Module):
    """A mel spectrogram, four convolutions, a mean over the picture, and a linear layer.

    Args:
        n_classes: of the answer.
        sample_rate: of what it hears, Hz.
        window_length: T, samples.
        n_mels, n_fft, hop_length: of the spectrogram.
        channels: of the convolutions.
    """

    def __init__(
        self,
        n_classes: int,
        sample_rate: int,
        window_length: int,
        n_mels: int,
        n_fft: int,
        hop_length: int,
        channels: tuple[int, ...] = (24, 48, 64, 96),
    ) -> None:
        super().__init__()
        self.sample_rate, self.window_length = sample_rate, window_length
        self.spectrogram = MelSpectrogram(sample_rate, n_mels, n_fft, hop_length)
        self.blocks = nn.Sequential(*(_block(a, b) for a, b in pairwise((1, *channels))))
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
        """Return what the network looks at: (B, 1, M, frames)."""
        return self.spectrogram(waveform)

    def classify(self, features: Tensor) -> Tensor:
        """Return logits (B, classes) of spectrograms (B, 1, M, frames)."""
        seen = self.blocks(features.contiguous(memory_format=torch.channels_last))  # (B, C, M / 16, frames / 16)
        return self.classifier(self.dropout(seen.mean((2, 3))))


def _block(n_in: int, n_out: int) -> nn.Sequential:
    """A convolution that keeps the size, then half of it."""
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, 3, padding=1, bias=False), nn.BatchNorm2d(n_out), nn.ReLU(), nn.MaxPool2d(2)
    )


def check_window(waveform: Tensor, window_length: int) -> None:
    """Raise `ShapeError` for waveforms that are not (B, window_length)."""
    if waveform.ndim != 2 or waveform.shape[1] != window_length:
        raise ShapeError(constraint("waveform", f"of shape (B, {window_length})", tuple(waveform.shape)))
