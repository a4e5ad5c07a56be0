"""Fast R-CNN: one pass over the whole picture, and for each proposal a piece of the one feature map.

    picture ─backbone→ map (96, H / 8, W / 8) ─RoI pooling at each proposal→ (N, 96, 6, 6) ─fully connected→ 256
            ─┬→ a score for each class and the background
             └→ four offsets for each class

The proposals are still those of the selective search, which now takes most of the time; Faster R-CNN learns them too.

Conventions: as in `detector`; labels 0 is the background. The network sees a picture with a shorter side of 128 px.

Reference: R. Girshick, "Fast R-CNN", ICCV 2015.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.ops import roi_pool

from engine.detection.box_offsets import clip, decode
from engine.detection.detections import Detections, Stage
from engine.detection.detector import check_thresholds, survivors
from engine.detection.proposals import SIDE_PX, ProposalSettings, propose
from engine.detection.rcnn import proposal_stage, raw_stage
from engine.detection.yolo import STRIDE_PX, Yolo, YoloSettings

POOLED = (6, 6)
MAX_DETECTIONS = 100


def backbone(channels: int = 96) -> nn.Sequential:
    """Return the layers of YOLO before its head, untrained: pictures less 0.5 to a map (B, channels, H / 8, W / 8)."""
    settings = YoloSettings(channels=channels)
    return Yolo(("background", "object"), torch.ones(settings.n_anchors, 2), settings).backbone


class FastRcnnNet(nn.Module):
    """The network: pictures and their proposals in, scores (N, 1 + C) and offsets (N, 1 + C, 4) out."""

    def __init__(self, n_classes: int = 8, channels: int = 96) -> None:
        super().__init__()
        self.backbone = backbone(channels)
        self.first = nn.Linear(channels * POOLED[0] * POOLED[1], 256)
        self.second = nn.Linear(256, 256)
        self.scores = nn.Linear(256, 1 + n_classes)
        self.offsets = nn.Linear(256, (1 + n_classes) * 4)
        nn.init.zeros_(self.offsets.weight)
        nn.init.zeros_(self.offsets.bias)

    def forward(self, images: torch.Tensor, proposals: Sequence[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        features = self.backbone(images - 0.5)
        pooled = roi_pool(features, list(proposals), POOLED, 1 / STRIDE_PX)  # equals engine.detection.roi.roi_pool
        x = F.relu(self.second(F.relu(self.first(pooled.flatten(1)))))
        return self.scores(x), self.offsets(x).unflatten(1, (-1, 4))


class FastRcnn:
    """The detector.

    Args:
        net: in eval mode; it is not changed.
        names: class names by label id.
    """

    size_hint = SIDE_PX
    score_threshold = 0.5
    iou_threshold = 0.3

    def __init__(self, net: FastRcnnNet, names: Sequence[str], settings: ProposalSettings | None = None) -> None:
        self.names = tuple(names)
        self._net, self._settings = net, settings

    def detect(self, image: torch.Tensor, score_threshold: float = 0.5, iou_threshold: float = 0.3) -> Detections:
        """Return the objects with scores above `score_threshold`, suppressed at `iou_threshold`, best first."""
        check_thresholds(score_threshold, iou_threshold)
        boxes, scores, labels = self.look(image, propose(image, self._settings).boxes)
        kept = survivors(boxes, scores, labels, score_threshold, iou_threshold, MAX_DETECTIONS)
        return Detections(boxes[kept], labels[kept], scores[kept], self.names)

    def stages(self, image: torch.Tensor) -> tuple[Stage, ...]:
        """Return the proposals, the likelier first, and the box that the network makes of each."""
        proposals = propose(image, self._settings).boxes
        return (proposal_stage(proposals), raw_stage(*self.look(image, proposals)))

    @torch.no_grad()
    def look(self, image: torch.Tensor, proposals: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return boxes (N, 4), scores (N,) and labels (N,): the best class of each proposal, and its box."""
        weight = self._net.first.weight
        factor = SIDE_PX / min(image.shape[1:])
        size = [round(side * factor) for side in image.shape[1:]]
        seen = image[None].to(weight)
        if size != list(image.shape[1:]):
            seen = F.interpolate(seen, size, mode="bilinear", antialias=True)
        scale = proposals.new_tensor([size[1] / image.shape[2], size[0] / image.shape[1]]).repeat(2)
        scores, offsets = (values.cpu() for values in self._net(seen, [(proposals * scale).to(weight)]))
        chances, best = scores.softmax(1)[:, 1:].max(1)
        own = offsets[torch.arange(len(best)), best + 1]
        return clip(decode(proposals, own), image), chances, best + 1
