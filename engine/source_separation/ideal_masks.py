"""Ideal masks: what a method that weighs the mixture's spectrogram could reach at best, made from the true stems.

    binary  M_s = 1 where |S_s| is the largest of all stems, else 0
    ratio   M_s = |S_s|^p / Σ_r |S_r|^p,  p = 1 or 2
    estimate_s = ISTFT(M_s · X),  X = the mixture's spectrogram

Every mask keeps the mixture's phase, which is why even the ideal ones are not perfect. They add up to 1 everywhere, so
the estimates add up to the mixture.

Conventions: stems are float (S, C, T); spectra are (S, C, F, N), as in `spectra`. Where several stems are equally loud,
the first of them has the binary mask; where all are silent, each has 1 / S of the ratio.

Reference: D. Wang, "On ideal binary mask as the computational goal of auditory scene analysis", 2005; A. Liutkus,
R. Badeau, "Generalized Wiener filtering with fractional power spectrograms", ICASSP 2015.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import ShapeError, constraint
from engine.settings import check, choice
from engine.source_separation.chunks import Chunking
from engine.source_separation.median_filtering import N_FFT
from engine.source_separation.separator import Separator, in_one_step
from engine.source_separation.spectra import invert, transform

KINDS = {"binary": "binary", "ratio": "ratio of amplitudes", "wiener": "ratio of powers (Wiener)"}
SHORT = {"binary": "binary", "ratio": "ratio", "wiener": "Wiener"}


@dataclass(frozen=True)
class IdealMasks:
    """Which masks are made."""

    kind: str = choice("ratio", KINDS, label="ideal mask")
    window: str = choice("4096", N_FFT, label="window")

    def __post_init__(self) -> None:
        check(self)


def binary_masks(magnitudes: Tensor) -> Tensor:
    """Return the masks (S, …) of 0 and 1 of the stems' magnitudes (S, …)."""
    loudest = magnitudes.argmax(0)
    numbers = torch.arange(len(magnitudes), device=magnitudes.device).view(-1, *[1] * loudest.ndim)
    return (loudest == numbers).to(magnitudes)


def ratio_masks(magnitudes: Tensor, exponent: float) -> Tensor:
    """Return the masks (S, …) in [0, 1] of the stems' magnitudes (S, …)."""
    loudest = magnitudes.amax(0).clamp(min=torch.finfo(magnitudes.dtype).tiny)  # powers stay in range
    powers = (magnitudes / loudest) ** exponent
    total = powers.sum(0)
    return torch.where(total > 0, powers / total.clamp(min=0.5), 1 / len(magnitudes))


def ideal_masks(magnitudes: Tensor, kind: str) -> Tensor:
    """Return the masks (S, …) of one of `KINDS`."""
    if kind == "binary":
        return binary_masks(magnitudes)
    return ratio_masks(magnitudes, 1.0 if kind == "ratio" else 2.0)


def separate_ideally(stems: Tensor, settings: IdealMasks) -> Tensor:
    """Return the estimates (S, C, T) that ideal masks make of the sum of the true stems (S, C, T).

    Raises:
        ShapeError: the stems are not (S, C, T).
    """
    if stems.ndim != 3 or not stems.numel():
        raise ShapeError(constraint("stems", "of shape (S, C, T), and not empty", tuple(stems.shape)))
    spectra, n_fft = transform(stems, int(settings.window)), int(settings.window)
    return invert(ideal_masks(spectra.abs(), settings.kind) * spectra.sum(0), n_fft, stems.shape[-1])


def separator(names: Sequence[str], settings: IdealMasks | None = None) -> Separator:
    """Return the method for long stems: it takes all true ones at once, (S · C, T), and chunks equal the whole."""
    settings = settings or IdealMasks()
    n_fft = int(settings.window)
    hop = n_fft // 4
    chunking = Chunking(chunk=2 * n_fft + 97 * hop, context=n_fft, fade=hop, align=hop)

    def separate(chunk: Tensor) -> Tensor:
        return separate_ideally(chunk.unflatten(0, (len(names), -1)), settings)

    return Separator(tuple(names), None, chunking, in_one_step(separate), False, False)
