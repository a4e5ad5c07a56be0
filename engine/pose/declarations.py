"""The declared pose estimators: plain facts, so that listing them does not import torch.

Conventions: metrics are as published, in [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from engine.weights import Download, Weights, register

if TYPE_CHECKING:
    from torch import Tensor, nn

EFFICIENTPOSE = "https://raw.githubusercontent.com/daniegr/EfficientPose/78e4bd1913780dd565efe35db03a4aec75907e8c/"


def _build() -> nn.Module:
    from engine.pose.efficientpose import EfficientPose

    return EfficientPose()


def _convert(published: Mapping[str, Tensor]) -> dict[str, Tensor]:
    from engine.pose.efficientpose_file import convert

    return convert(published)


def _normalisation() -> Callable[[Tensor], Tensor]:
    from engine.pose.efficientpose import normalised

    return normalised


EFFICIENTPOSE_RT = register(
    Weights(
        name="EFFICIENTPOSE_RT",
        source=Download(EFFICIENTPOSE + "models/pytorch/EfficientPoseRT", "EfficientPoseRT", 1_931_521),
        build=_build,
        preprocess=_normalisation,
        sha256="d0a41bc858b1154f9240a48e3e416f6c651337a9421698fbf31ce05a867e7470",
        licence="Apache-2.0",
        card="assets/cards/EFFICIENTPOSE_RT.md",
        metrics={"PCKh@.5": 0.829},
        num_params=435_676,
        convert=_convert,
    )
)
