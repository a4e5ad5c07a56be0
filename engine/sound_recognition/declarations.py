"""The declared recognisers of sound: plain facts, so that listing them does not import torch.

Conventions: metrics are accuracies in [0, 1]: on held-out recordings of the world, and on real ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.sound_recognition import shapes
from engine.weights import Bundled, Weights, register

if TYPE_CHECKING:
    from torch import Tensor, nn


def as_it_is() -> Callable[[Tensor], Tensor]:
    """Return the preprocessing of a network that takes windows of sound at its own rate."""
    return lambda window: window


def _declared(
    name: str, recipe: str, build: Callable[[], nn.Module], sha256: str, num_params: int, **metrics: float
) -> Weights:
    return register(
        Weights(
            name=name,
            source=Bundled(f"{name}.safetensors"),
            build=build,
            preprocess=as_it_is,
            sha256=sha256,
            licence="MIT",
            card=f"assets/cards/{name}.md",
            metrics={key.replace("_", " "): value for key, value in metrics.items()},
            num_params=num_params,
            recipe=f"engine.recipes.{recipe}",
        )
    )


MEL_CNN_DIGITS_V1 = _declared(
    "MEL_CNN_DIGITS_V1",
    "train_mel_cnn_digits",
    shapes.mel_cnn_digits,
    "81971b47596e4c0f5fe45a61b6defbf5dc0a2b329ca5811e99600249bf057d5f",
    95_059,
    held_out_accuracy=0.922,
    real_accuracy=0.817,
)
M5_DIGITS_V1 = _declared(
    "M5_DIGITS_V1",
    "train_waveform_cnn_digits",
    shapes.m5_digits,
    "61d6b4fd7d115508dc55c8ab7fd8165e905036368a4b61a000c0941f088553af",
    114_347,
    held_out_accuracy=0.805,
    real_accuracy=0.700,
)
MEL_CNN_INSTRUMENTS_V1 = _declared(
    "MEL_CNN_INSTRUMENTS_V1",
    "train_mel_cnn_instruments",
    shapes.mel_cnn_instruments,
    "003a528119e39521f846d678c9756bb125847c52543af470fa2bc29423c6e79c",
    95_253,
    held_out_accuracy=0.588,
    real_accuracy=0.546,
)
M5_INSTRUMENTS_V1 = _declared(
    "M5_INSTRUMENTS_V1",
    "train_waveform_cnn_instruments",
    shapes.m5_instruments,
    "f7c46ba73f6831db5bab7bb6273aa0e318f09bee2de7c4a311bf56c74388c08f",
    118_573,
    held_out_accuracy=0.385,
    real_accuracy=0.591,
)
