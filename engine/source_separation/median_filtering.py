"""Harmonic-percussive separation by median filtering: what stays in time against what is spread over frequency.

    H = median of |X| over l_t frames        (a held tone is a line along time: a short blow on it does not count)
    P = median of |X| over l_f frequencies   (a blow is a line along frequency: a tone in it does not count)
    M_H = H^p / (H^p + P^p),   M_P = 1 − M_H,   harmonic = ISTFT(M_H · X),   percussive = ISTFT(M_P · X)

With p = 2 the masks are Wiener's; the larger p, the more they decide between all and nothing.

Conventions: sound is float (C, T), spectrograms are (C, F, N). Windows of Hann, hop a quarter of them. At the edges the
spectrogram is mirrored, the last value twice. Where H and P are both 0, the masks are ½.

Reference: D. Fitzgerald, "Harmonic/percussive separation using median filtering", DAFx 2010.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from scipy.ndimage import median_filter
from torch import Tensor

from engine.errors import InvalidInput, constraint
from engine.settings import check, choice, integer, real
from engine.source_separation.chunks import Chunking
from engine.source_separation.separator import Separator, in_one_step
from engine.source_separation.spectra import invert, transform

HARMONIC_PERCUSSIVE = ("percussive", "harmonic")
N_FFT = {str(n): f"{n} samples" for n in (1024, 2048, 4096, 8192)}


@dataclass(frozen=True)
class MedianFiltering:
    """How sound is split into percussive and harmonic."""

    window: str = choice("4096", N_FFT, label="window", help="Longer: finer in frequency, coarser in time.")
    n_frames: int = integer(17, 3, 101, step=2, label="median over time", unit="frames")
    n_frequencies: int = integer(17, 3, 101, step=2, label="median over frequency", unit="bins")
    exponent: float = real(2.0, 0.5, 10.0, step=0.5, label="exponent of the masks p")

    def __post_init__(self) -> None:
        check(self)
        for label, size in (("median over time", self.n_frames), ("median over frequency", self.n_frequencies)):
            if size % 2 == 0:
                raise InvalidInput(constraint(label, "an odd number", size, f"Use {size + 1}."))

    @property
    def n_fft(self) -> int:
        """Samples in a window."""
        return int(self.window)


def running_median(x: Tensor, size: int, dim: int) -> Tensor:
    """Return the median of `size` (odd) neighbours along `dim`, of the same shape as x; the edges are mirrored.

    All rows are filtered as one long one, each with its mirrored edges: along one dimension, scipy slides a sorted
    window on, which is several times faster than sorting each window anew.
    """
    x = x.movedim(dim, -1)  # (…, n)
    n, around = x.shape[-1], size // 2
    places = torch.arange(-around, n + around) % (2 * n)
    mirrored = x.cpu()[..., torch.where(places < n, places, 2 * n - 1 - places)]
    medians = torch.from_numpy(median_filter(mirrored.flatten().numpy(), size)).view(mirrored.shape)
    return medians[..., around : around + n].to(x.device).movedim(-1, dim)


def masks(magnitude: Tensor, settings: MedianFiltering) -> Tensor:
    """Return the masks (2, C, F, N), percussive and harmonic, of a magnitude (C, F, N); they add up to 1."""
    harmonic = running_median(magnitude, settings.n_frames, -1)
    percussive = running_median(magnitude, settings.n_frequencies, -2)
    larger = torch.maximum(harmonic, percussive).clamp(min=torch.finfo(magnitude.dtype).tiny)  # x^p stays in range
    h, p = ((x / larger) ** settings.exponent for x in (harmonic, percussive))
    both = h + p
    share = torch.where(both > 0, h / both.clamp(min=0.5), 0.5)  # both is 0, or 1 to 2
    return torch.stack([1 - share, share])


def split(sound: Tensor, settings: MedianFiltering) -> Tensor:
    """Return percussive and harmonic (2, C, T) of a sound (C, T); they add up to it."""
    spectrum = transform(sound, settings.n_fft)
    return invert(masks(spectrum.abs(), settings) * spectrum, settings.n_fft, sound.shape[-1])


def separator(settings: MedianFiltering | None = None) -> Separator:
    """Return the method for a long sound of any rate; chunks see enough to equal the whole."""
    settings = settings or MedianFiltering()
    hop = settings.n_fft // 4
    context = (settings.n_frames // 2 + 5) * hop
    chunking = Chunking(chunk=2 * context + 97 * hop, context=context, fade=hop, align=hop)
    return Separator(
        HARMONIC_PERCUSSIVE, None, chunking, in_one_step(lambda chunk: split(chunk, settings)), False, False
    )
