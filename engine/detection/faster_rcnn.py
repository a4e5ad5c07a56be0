"""Faster R-CNN: the proposals, too, come from a small network on the feature map, the region proposal network.

    picture ─backbone→ map (96, H / 8, W / 8) ─RPN→ at each cell 12 anchors with an objectness and four offsets
            ─NMS→ 100 proposals ─RoI Align, two fully connected layers→ scores and offsets for each class ─NMS→ objects

The model is torchvision's own `FasterRCNN`, with one level of a small backbone (YOLO's); the detector around it is that
of `torchvision_models`, which opens its stages.

Conventions: as in `detector`; the shorter side of a picture becomes 128 px.

Reference: S. Ren et al., "Faster R-CNN: towards real-time object detection with region proposal networks", NeurIPS
2015.
"""

from __future__ import annotations

import torch
from torch import nn
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.ops import MultiScaleRoIAlign

from engine.detection.fast_rcnn import backbone
from engine.detection.torchvision_models import TorchvisionDetector

SHORTER_SIDE_PX = 128
MAX_ASPECT = 8
ANCHOR_SIDES_PX = (20, 30, 45, 65)
ANCHOR_RATIOS = (0.5, 1.0, 2.0)  # height over width
POOLED = 6


class OneLevel(nn.Module):
    """A backbone as torchvision wants it: it names its only map, and knows its number of channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = backbone(channels)
        self.out_channels = channels

    def forward(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"0": self.layers(images)}


def build(n_classes: int = 8, channels: int = 96) -> FasterRCNN:
    """Return the model, untrained."""
    return FasterRCNN(
        OneLevel(channels),
        min_size=SHORTER_SIDE_PX,
        max_size=SHORTER_SIDE_PX * MAX_ASPECT,
        size_divisible=8,
        image_mean=[0.5] * 3,
        image_std=[1.0] * 3,
        rpn_anchor_generator=AnchorGenerator((ANCHOR_SIDES_PX,), (ANCHOR_RATIOS,)),
        rpn_pre_nms_top_n_train=600,
        rpn_post_nms_top_n_train=200,
        rpn_pre_nms_top_n_test=300,
        rpn_post_nms_top_n_test=100,
        rpn_batch_size_per_image=64,
        box_roi_pool=MultiScaleRoIAlign(["0"], POOLED, sampling_ratio=1),
        box_head=TwoMLPHead(channels * POOLED**2, 256),
        box_predictor=FastRCNNPredictor(256, 1 + n_classes),
        box_batch_size_per_image=40,
        box_score_thresh=0.05,
        box_nms_thresh=0.4,
    )


def detector(model: FasterRCNN, names: tuple[str, ...]) -> TorchvisionDetector:
    """Return a trained model as a detector; both thresholds are the caller's, and the model is not changed."""
    return TorchvisionDetector(model, names)
