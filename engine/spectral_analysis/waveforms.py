"""What every analysis asks of a sound before it begins."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.errors import InvalidInput, ShapeError, constraint


def check_waveform(waveform: Tensor, least_samples: int = 2) -> None:
    """Refuse what is no waveform: floating-point (C, T), finite, with at least `least_samples`. Silence is one.

    Raises:
        ShapeError: not (C, T), no channels, or too few samples.
        InvalidInput: whole numbers, NaN or infinity.
    """
    if waveform.ndim != 2 or not waveform.shape[0] or waveform.shape[1] < least_samples:
        bound = f"of shape (C, T) with at least {least_samples} samples"
        raise ShapeError(constraint("The sound", bound, tuple(waveform.shape), "Choose a longer part."))
    if not waveform.is_floating_point():
        raise InvalidInput(constraint("The sound", "floating-point, full scale at ±1", str(waveform.dtype)))
    if not torch.isfinite(torch.stack(torch.aminmax(waveform))).all():  # without a copy of the sound
        raise InvalidInput(constraint("The sound", "made of finite numbers", "NaN or infinity", "Export it again."))


def check_sample_rate(sample_rate: int, name: str = "sample_rate") -> None:
    """Refuse what is not a whole number of samples a second, at least 1."""
    if not isinstance(sample_rate, int) or isinstance(sample_rate, bool) or sample_rate < 1:
        raise InvalidInput(constraint(name, "a whole number of Hz, at least 1", sample_rate))
