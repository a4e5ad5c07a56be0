"""Keypoint R-CNN: Faster R-CNN with one more head, which gives each person 17 heatmaps.

    backbone and FPN ─RPN→ proposals ─box head→ people with scores
    a person's 14 × 14 features ─8 convolutions→ 512 ─transposed convolution, × 2→ 17 maps of 56 × 56 over the box

The network is torchvision's own. In training each map's softmax over its 56 · 56 places meets the one true place, so
a map's greatest logit ℓ is no probability, and grows with how sure the network is. It becomes a score by

    score = σ(ℓ − ℓ₀),    ℓ₀ = 2

ℓ₀ is a choice: the score is ½ where the peak is e² = 7.4 times as likely as a place of logit 0.

Conventions: as in `poses`. Everyone above the network's lowest score, .05, is reported, the best first.

Reference: K. He et al., "Mask R-CNN", ICCV 2017, section 5.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor
from torchvision.models.detection import KeypointRCNN
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision.ops import FrozenBatchNorm2d

from engine.pose.declarations import KEYPOINTRCNN_RESNET50_FPN
from engine.pose.person_crops import check_image
from engine.pose.poses import COCO_17, COCO_SKELETON, Poses
from engine.weights import load

MAX_PEOPLE = 64
HALF_SCORE_LOGIT = 2.0  # ℓ₀


def build() -> KeypointRCNN:
    """Return the untrained network with the layers that the published file was saved from.

    Its batch normalisation was fixed in training and has no ε.
    """
    norm = partial(FrozenBatchNorm2d, eps=0.0)
    backbone = resnet_fpn_backbone(backbone_name="resnet50", weights=None, norm_layer=norm, trainable_layers=5)
    return KeypointRCNN(backbone, num_classes=2, num_keypoints=len(COCO_17), box_detections_per_img=MAX_PEOPLE)


def joint_scores(logits: Tensor) -> Tensor:
    """Return σ(ℓ − ℓ₀) of the heatmaps' greatest logits."""
    return torch.sigmoid(logits - HALF_SCORE_LOGIT)


class KeypointRcnn:
    """Keypoint R-CNN as an estimator that finds everyone itself.

    Args:
        model: torchvision's, in eval mode; it is not changed.
    """

    names = COCO_17
    skeleton = COCO_SKELETON
    finds_people = True

    def __init__(self, model: KeypointRCNN) -> None:
        self._model = model

    @torch.inference_mode()
    def estimate(self, image: Tensor, boxes: Tensor | None = None) -> Poses:
        """Return everyone in the image, RGB (3, H, W), float in [0, 1] or uint8; the best first.

        Args:
            boxes: ignored.

        Raises:
            ShapeError, InvalidInput: an image that is none.
        """
        check_image(image)
        image = image.to(next(self._model.parameters()).device)
        image = image / 255 if image.dtype == torch.uint8 else image.float()
        found = {name: value.cpu() for name, value in self._model([image])[0].items()}
        places, scores = found["keypoints"][..., :2], joint_scores(found["keypoints_scores"])
        n = len(found["boxes"])  # torchvision drops the keypoints' axis where nobody is found
        shaped = places.reshape(n, len(COCO_17), 2), scores.reshape(n, len(COCO_17))
        return Poses(*shaped, found["boxes"], self.names, self.skeleton, found["scores"])


def make(device: torch.device | str | None = None) -> KeypointRcnn:
    """Return the estimator with its trained weights on `device` (None: the chosen one), fetched if they are not here.

    Raises:
        WeightsError: the file cannot be had, or is not the right one.
    """
    return KeypointRcnn(load(KEYPOINTRCNN_RESNET50_FPN, device))
