"""The declared detectors: plain facts, so that listing them imports neither torch nor torchvision.

The torchvision entries repeat torchvision's own metadata; a test compares the two.

Conventions: metrics are COCO 2017 validation mAP as published, in [0, 1].
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from engine.weights import Download, Weights, register
from engine.weights.declaring import as_list, of_torchvision, trained_here

if TYPE_CHECKING:
    from torch import nn

D2GO = "https://raw.githubusercontent.com/pytorch/android-demo-app/d347168e212b8e6244019b5f49e2b3d6a6f4e816/"


def _build(name: str) -> nn.Module:
    from engine.detection.torchvision_models import build

    return build(name)


def _build_yolo(names: tuple[str, ...] = ()) -> nn.Module:
    import torch

    from engine.datasets.scenes import NAMES
    from engine.detection.yolo import Yolo

    return Yolo(names or NAMES, torch.ones(5, 2))  # the anchors come with the weights


def _torchvision(
    model: str, file_name: str, size_mib: float, num_params: int, box_map: float, mask_map: float | None = None
) -> Weights:
    metrics = {"box mAP": box_map} | ({} if mask_map is None else {"mask mAP": mask_map})
    return of_torchvision(model, file_name, size_mib, num_params, metrics, partial(_build, model), as_list)


SSDLITE320_MOBILENET_V3_LARGE = _torchvision(
    "ssdlite320_mobilenet_v3_large", "ssdlite320_mobilenet_v3_large_coco-a79551df.pth", 13.418, 3_440_060, 0.213
)
FASTERRCNN_MOBILENET_V3_LARGE_320_FPN = _torchvision(
    "fasterrcnn_mobilenet_v3_large_320_fpn",
    "fasterrcnn_mobilenet_v3_large_320_fpn-907ea3f9.pth",
    74.239,
    19_386_354,
    0.228,
)
FASTERRCNN_RESNET50_FPN_V2 = _torchvision(
    "fasterrcnn_resnet50_fpn_v2", "fasterrcnn_resnet50_fpn_v2_coco-dd69338a.pth", 167.104, 43_712_278, 0.467
)
RETINANET_RESNET50_FPN_V2 = _torchvision(
    "retinanet_resnet50_fpn_v2", "retinanet_resnet50_fpn_v2_coco-5905b1c5.pth", 146.037, 38_198_935, 0.415
)
FCOS_RESNET50_FPN = _torchvision("fcos_resnet50_fpn", "fcos_resnet50_fpn_coco-99b0c9b7.pth", 123.608, 32_269_600, 0.392)
MASKRCNN_RESNET50_FPN_V2 = _torchvision(
    "maskrcnn_resnet50_fpn_v2", "maskrcnn_resnet50_fpn_v2_coco-73cbd019.pth", 177.219, 46_359_409, 0.474, 0.418
)
FASTERRCNN_D2GO_INT8 = register(
    Weights(
        name="FASTERRCNN_D2GO_INT8",
        source=Download(D2GO + "D2Go/ObjectDetection/app/src/main/assets/d2go.pt", "d2go.pt", 2_596_633),
        build=None,
        preprocess=as_list,
        sha256="a83b0798d5c4fce6c96fe27f9f0b22408d64a3faf76285b0e45047fab322ecdd",
        licence="BSD-3-Clause",
        card="assets/cards/FASTERRCNN_D2GO_INT8.md",
        metrics={},
        num_params=1_742_140,
    )
)
YOLO_SCENES_V1 = trained_here(
    "YOLO_SCENES_V1",
    _build_yolo,
    "279bf13122ded1d1979180cd9b09d87a381548a69ab73b042fe269015e37b95e",
    554_257,
    {"mAP@.5": 0.9795},
    preprocess=as_list,
)
YOLO_FIGURES_V1 = trained_here(
    "YOLO_FIGURES_V1",
    partial(_build_yolo, ("", "person")),
    "4627f35797cc320926be5246e09f80ad51eba63dd936b93c5a7cc4b56782365d",
    550_862,
    {"AP@.5": 0.863},
    preprocess=as_list,
)
