"""The declared pose estimators: plain facts, so that listing them does not import torch.

The entry of torchvision's repeats its own metadata; a test compares the two.

Conventions: metrics are as published, in [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from engine.weights import Download, Weights, register
from engine.weights.declaring import as_list, of_torchvision, trained_here

if TYPE_CHECKING:
    from torch import Tensor, nn

EFFICIENTPOSE = "https://raw.githubusercontent.com/daniegr/EfficientPose/78e4bd1913780dd565efe35db03a4aec75907e8c/"


def _build() -> nn.Module:
    from engine.pose.efficientpose import EfficientPose

    return EfficientPose()


def _convert(published: Mapping[str, Tensor]) -> dict[str, Tensor]:
    from engine.pose.efficientpose_file import convert

    return convert(published)


def _build_keypoint_rcnn() -> nn.Module:
    from engine.pose.keypoint_rcnn import build

    return build()


def _build_cpm() -> nn.Module:
    from engine.pose.pose_machine import PoseMachine

    return PoseMachine()


def _build_deeppose() -> nn.Module:
    from engine.pose.deep_pose import DeepPose

    return DeepPose()


def _build_openpose() -> nn.Module:
    from engine.pose.openpose import OpenPose

    return OpenPose()


def _build_transformer() -> nn.Module:
    from engine.pose.spatial_transformer import SpatialTransformer

    return SpatialTransformer()


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
KEYPOINTRCNN_RESNET50_FPN = of_torchvision(
    "keypointrcnn_resnet50_fpn",
    "keypointrcnn_resnet50_fpn_coco-fc266e95.pth",
    226.054,
    59_137_258,
    {"box mAP": 0.546, "keypoint mAP": 0.650},
    _build_keypoint_rcnn,
    as_list,
)


def _trained_here(
    method: str, build: Callable[[], nn.Module], sha256: str, metrics: dict[str, float], num_params: int
) -> Weights:
    name = f"{method.upper()}_FIGURES_V1"
    return trained_here(name, build, sha256, num_params, metrics, preprocess=as_list)  # estimators cut and resize


CPM_FIGURES_V1 = _trained_here(
    "cpm", _build_cpm, "5c337d86c6c8c6a95c1463302896e57502c19d32aef00d150b7af5272ebfc30e", {"PCK@.2": 0.961}, 1_213_355
)
DEEPPOSE_FIGURES_V1 = _trained_here(
    "deeppose",
    _build_deeppose,
    "f759dee2e00fe1474951bf96ce7e604a98a51ef583412cb6ba36a3a5d2e459cf",
    {"PCK@.2": 0.889},
    1_991_966,
)
OPENPOSE_FIGURES_V1 = _trained_here(
    "openpose",
    _build_openpose,
    "66f618d85ce09db8343cada92d925630af2bacaeed7521df295eed60d851aa63",
    {"OKS-AP@.5": 0.702},
    1_275_252,
)
ALPHAPOSE_FIGURES_V1 = _trained_here(
    "alphapose",
    _build_transformer,
    "b21ff057fa654d39aa922533875c67e4b818aa8a8d35bae3586e88e75238266c",
    {"OKS-AP@.5": 0.751},
    1_280_859,
)
