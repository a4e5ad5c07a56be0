"""GTCRN: speech against noise with 48 thousand numbers, by a complex mask on the spectrogram.

    X = STFT(x)  →  [|X|, Re X, Im X]  →  129 bands  →  encoder  →  two dual-path GRUs  →  decoder  →  257 bins: M
    Y = (Re M + i · Im M) · X,   speech = ISTFT(Y),   noise = x − speech

The 65 lowest bins stay as they are, the 192 above are gathered to 64 bands as wide as an ear resolves (ERB). Encoder
and decoder mirror each other and add skips; half of the channels pass each block untouched and are then shuffled with
the rest. Nothing looks ahead in time but the spectrogram's window.

Conventions: sound is float (B, T) at 16 kHz; features are (B, C, N, F) with N frames and F bands. Window: root of
Hann's, 512 samples, hop 256. Names of parts are those of the published file.

Reference: X. Rong, T. Sun, X. Zhang, Y. Hu, C. Zhu, J. Lu, "GTCRN: A speech enhancement model requiring ultralow
computational resources", ICASSP 2024.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.source_separation.chunks import Chunking
from engine.source_separation.gtcrn_blocks import CHANNELS, ConvBlock, DualPath, ShuffleBlock, neighbours
from engine.source_separation.separator import Separator, in_one_step

SAMPLE_RATE_HZ = 16_000
N_FFT, HOP = 512, 256
N_LOW, N_HIGH, N_BANDS = 65, 192, 64  # bins kept, bins gathered, bands they are gathered to
N_INNER_BANDS = 33  # 129 bands halved twice
DILATIONS = (1, 2, 5)
SPEECH_STEMS = ("speech", "noise")
CHUNKING = Chunking(chunk=375 * HOP, context=63 * HOP, fade=6 * HOP, align=HOP)


class Erb(nn.Module):
    """From 257 bins to 129 bands, and back; the numbers are the filters, which were not trained."""

    def __init__(self) -> None:
        super().__init__()
        self.erb_fc = nn.Linear(N_HIGH, N_BANDS, bias=False)
        self.ierb_fc = nn.Linear(N_BANDS, N_HIGH, bias=False)

    def gather(self, x: Tensor) -> Tensor:
        """Return (…, 129) of (…, 257)."""
        return torch.cat([x[..., :N_LOW], self.erb_fc(x[..., N_LOW:])], -1)

    def spread(self, x: Tensor) -> Tensor:
        """Return (…, 257) of (…, 129)."""
        return torch.cat([x[..., :N_LOW], self.ierb_fc(x[..., N_LOW:])], -1)


class Encoder(nn.Module):
    """Two convolutions that halve the bands, then three blocks that look further and further back in time."""

    def __init__(self) -> None:
        super().__init__()
        halving = [ConvBlock(9, CHANNELS), ConvBlock(CHANNELS, CHANNELS, groups=2)]
        self.en_convs = nn.ModuleList([*halving, *(ShuffleBlock(dilation) for dilation in DILATIONS)])

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the features after each layer."""
        found = []
        for layer in self.en_convs:
            x = layer(x)
            found.append(x)
        return found


class Decoder(nn.Module):
    """The encoder in mirror image; before each layer the skip from its mirror is added."""

    def __init__(self) -> None:
        super().__init__()
        doubling = [
            ConvBlock(CHANNELS, CHANNELS, groups=2, is_transposed=True),
            ConvBlock(CHANNELS, 2, is_transposed=True, is_last=True),
        ]
        blocks = (ShuffleBlock(dilation, is_transposed=True) for dilation in reversed(DILATIONS))
        self.de_convs = nn.ModuleList([*blocks, *doubling])

    def forward(self, x: Tensor, skips: list[Tensor]) -> Tensor:
        """Return the mask's bands (B, 2, N, 129)."""
        for layer, skip in zip(self.de_convs, reversed(skips), strict=True):
            x = layer(x + skip)
        return x


class Gtcrn(nn.Module):
    """The network: noisy speech in, speech out."""

    def __init__(self) -> None:
        super().__init__()
        self.erb = Erb()
        self.encoder = Encoder()
        self.dpgrnn1 = DualPath(CHANNELS, N_INNER_BANDS)
        self.dpgrnn2 = DualPath(CHANNELS, N_INNER_BANDS)
        self.decoder = Decoder()

    def forward(self, sound: Tensor) -> Tensor:
        """Return the speech (B, T) in sounds (B, T) at 16 kHz, T > 256."""
        window = torch.hann_window(N_FFT, device=sound.device).sqrt()
        spectrum = torch.stft(sound, N_FFT, HOP, window=window, return_complex=True)  # (B, 257, N)
        masked = (self.mask(spectrum.mT) * spectrum.mT).mT
        return torch.istft(masked, N_FFT, HOP, window=window, length=sound.shape[-1])

    def mask(self, spectrum: Tensor) -> Tensor:
        """Return the complex mask (B, N, 257) of a spectrum (B, N, 257)."""
        magnitude = (spectrum.real**2 + spectrum.imag**2 + 1e-12).sqrt()
        bands = self.erb.gather(torch.stack([magnitude, spectrum.real, spectrum.imag], 1))  # (B, 3, N, 129)
        skips = self.encoder(neighbours(bands))  # from (B, 9, N, 129) to (B, 16, N, 33)
        inner = self.dpgrnn2(self.dpgrnn1(skips[-1]))
        return torch.complex(*self.erb.spread(self.decoder(inner, skips)).unbind(1))


def separator(network: Gtcrn) -> Separator:
    """Return the method for a long recording; each channel is treated alone."""

    @torch.no_grad()
    def separate(chunk: Tensor) -> Tensor:
        padded = nn.functional.pad(chunk, (0, max(0, N_FFT - chunk.shape[-1])))  # the window's mirror needs that much
        speech = network(padded.to(network.erb.erb_fc.weight.device)).to(chunk.device)[..., : chunk.shape[-1]]
        return torch.stack([speech, chunk - speech])

    return Separator(SPEECH_STEMS, SAMPLE_RATE_HZ, CHUNKING, in_one_step(separate), normalises=False, is_stereo=False)
