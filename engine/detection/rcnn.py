"""R-CNN: propose some hundred regions, warp each to one size, and let a ConvNet look at each of them.

    picture ─selective search→ ≤ 300 boxes ─warp→ crops (N, 3, 48, 48) ─CropNet→ class scores and offsets ─NMS→ objects

The network runs once for every proposal: that is what Fast R-CNN does away with.

Conventions: as in `detector`; the picture is examined with a shorter side of 128 px at most.

Reference: R. Girshick et al., "Rich feature hierarchies for accurate object detection and semantic segmentation",
CVPR 2014. Here a softmax takes the place of its support vector machines, and one network gives scores and offsets.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from engine.detection.box_offsets import clip, decode
from engine.detection.crops import CropNet, warp
from engine.detection.detections import Detections, Stage
from engine.detection.detector import check_thresholds, survivors
from engine.detection.proposals import SIDE_PX, ProposalSettings, propose

MAX_DETECTIONS = 100
BATCH = 64


class Rcnn:
    """The detector.

    Args:
        net: in eval mode; it is not changed.
        names: class names by label id.
    """

    size_hint = SIDE_PX
    score_threshold = 0.5
    iou_threshold = 0.3

    def __init__(self, net: CropNet, names: Sequence[str], settings: ProposalSettings | None = None) -> None:
        self.names = tuple(names)
        self._net, self._settings = net, settings

    def detect(self, image: torch.Tensor, score_threshold: float = 0.5, iou_threshold: float = 0.3) -> Detections:
        """Return the objects with scores above `score_threshold`, suppressed at `iou_threshold`, best first."""
        return self.detect_and_count(image, score_threshold, iou_threshold)[0]

    def detect_and_count(
        self, image: torch.Tensor, score_threshold: float, iou_threshold: float
    ) -> tuple[Detections, int]:
        """Return the objects, and how often the network ran."""
        check_thresholds(score_threshold, iou_threshold)
        proposals = propose(image, self._settings).boxes
        boxes, scores, labels = self.look(image, proposals)
        kept = survivors(boxes, scores, labels, score_threshold, iou_threshold, MAX_DETECTIONS)
        return Detections(boxes[kept], labels[kept], scores[kept], self.names), len(proposals)

    def stages(self, image: torch.Tensor) -> tuple[Stage, ...]:
        """Return the proposals, the likelier first, and the box that the network makes of each."""
        proposals = propose(image, self._settings).boxes
        return (proposal_stage(proposals), raw_stage(*self.look(image, proposals)))

    @torch.no_grad()
    def look(self, image: torch.Tensor, proposals: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return boxes (N, 4), scores (N,) and labels (N,): the best class of each proposal, and its box."""
        weight = self._net.first.weight
        said = [self._net(warp(image[None].to(weight), [own.to(weight)])) for own in proposals.split(BATCH) if len(own)]
        if not said:
            return proposals, proposals.new_zeros(0), torch.zeros(0, dtype=torch.int64)
        scores, offsets = (torch.cat(values).cpu() for values in zip(*said, strict=True))
        chances, best = scores.softmax(1)[:, 1:].max(1)
        return clip(decode(proposals, offsets), image), chances, best + 1


def proposal_stage(proposals: torch.Tensor) -> Stage:
    """Return the proposals of the selective search as a stage; a score falls with the place in their order."""
    n = len(proposals)
    said = f"{n} boxes around what belongs together in colour, texture and size; no network has looked at them yet."
    return Stage("proposals", said, proposals, 1 - torch.arange(n) / max(n, 1), torch.zeros(n, dtype=torch.int64))


def raw_stage(boxes: torch.Tensor, scores: torch.Tensor, labels: torch.Tensor) -> Stage:
    """Return what the network made of the proposals as a stage, best first."""
    best = scores.argsort(descending=True)
    said = f"The {len(boxes)} proposals, each moved to where the network says the object is, with its likeliest class."
    return Stage("raw boxes", said, boxes[best], scores[best], labels[best])
