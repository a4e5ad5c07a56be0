"""Which parts of what it saw spoke for an answer.

    gradient × input:   a = (x − b) ∘ ∂s_c / ∂x
    smoothed:           a = (x − b) ∘ mean_k ∂s_c / ∂x (x + σ n_k),   n_k ~ N(0, 1),  σ = spread · (max x − min x)

s_c is the score (logit) of class c, and b what silence looks like: where there is nothing, nothing can have spoken. For
a linear score s = w · x both give w ∘ (x − b), and their sum is the score's difference to that of silence. For a
network they are a local answer: how the score would change if this spot faded a little.

Conventions: x is (…) without a batch; positive speaks for the class, negative against it.

Reference: K. Simonyan et al., "Deep inside convolutional networks", 2014 (arXiv:1312.6034); D. Smilkov et al.,
"SmoothGrad: removing noise by adding noise", 2017 (arXiv:1706.03825).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.errors import InvalidInput, constraint
from engine.runtime.seeds import generator
from engine.settings import check, choice, integer, real
from engine.sound_recognition.mel_cnn import FLOOR, MelCnn

METHODS = {"smooth": "smoothed", "plain": "gradient × input"}
PIECE_S = 0.01

Score = Callable[[Tensor], Tensor]  # (B, …) → (B, classes)


@dataclass(frozen=True)
class Saliency:
    """How saliency is computed."""

    saliency: str = choice("smooth", METHODS, label="saliency", help="One gradient, or the mean of many nearby ones.")
    copies: int = integer(16, 2, 64, label="copies with noise")
    spread: float = real(0.1, 0.01, 0.5, label="noise", help="Standard deviation, as a share of the range of values.")

    def __post_init__(self) -> None:
        check(self)


SMOOTHED = Saliency()


def gradient(score: Score, x: Tensor, label: int) -> Tensor:
    """Return ∂s_label / ∂x summed over a batch: (B, …) → (B, …)."""
    with torch.inference_mode(False), torch.enable_grad():
        seen = x.detach().clone().requires_grad_()
        (found,) = torch.autograd.grad(score(seen)[:, label].sum(), seen)
    return found


def gradient_times_input(score: Score, x: Tensor, label: int, baseline: float = 0.0) -> Tensor:
    """Return (x − b) ∘ ∂s / ∂x of one input (…)."""
    return (x - baseline) * gradient(score, x[None], label)[0]


def smoothed(
    score: Score, x: Tensor, label: int, baseline: float = 0.0, settings: Saliency = SMOOTHED, seed: int = 0
) -> Tensor:
    """Return (x − b) ∘ the mean gradient over noisy copies of one input (…)."""
    deviation = settings.spread * (x.max() - x.min())
    noise = torch.randn(settings.copies, *x.shape, generator=generator(seed))
    return (x - baseline) * gradient(score, x + deviation * noise, label).mean(0)


def saliency(network: nn.Module, window: Tensor, label: int, settings: Saliency = SMOOTHED) -> Tensor:
    """Return the saliency of a network's input for a class: (M, frames) of a MelCnn, (T,) of an M5.

    Args:
        network: a MelCnn or an M5.
        window: (1, T), what it hears.
        label: the class.
        settings: which method.

    Raises:
        InvalidInput: there is no such class.
    """
    if not 0 <= label < network.classifier.out_features:
        raise InvalidInput(constraint("label", f"from 0 to {network.classifier.out_features - 1}", label))
    x = network.features(window)[0]
    baseline = math.log10(FLOOR) if isinstance(network, MelCnn) else 0.0
    if settings.saliency == "plain":
        return gradient_times_input(network.classify, x, label, baseline)[0]
    return smoothed(network.classify, x, label, baseline, settings)[0]


def over_time(values: Tensor, sample_rate: int) -> Tensor:
    """Return saliency of samples (T,) added up over pieces of 10 ms: (T / piece,), rounded up."""
    piece = max(1, round(PIECE_S * sample_rate))
    padded = torch.nn.functional.pad(values, (0, -len(values) % piece))
    return padded.view(-1, piece).sum(1)
