"""Faster R-CNN with an FBNetV3A backbone in 8-bit integers: small and quick enough for a live picture on a CPU.

    anchors ─RPN→ objectness, proposals ─NMS .7→ 30 proposals ─RoI head→ one box and score for each class ─NMS→ objects

The published file is a TorchScript program. Its parts (backbone, RPN head, RoI pooler, head and predictor) are called
here one by one, so every stage before suppression is real, and both thresholds are the caller's; what lies between the
parts (anchors, decoding, sorting, suppression) is written out. With scores above .05 and an IoU of .5, which are built
into the program's own `forward`, `detect` gives what `forward` gives.

Conventions: as in `detector`; the shorter side becomes 320 px whatever comes. The program wants its colours as BGR, as
the order of its `pixel_mean` shows; the caller's RGB is turned round here. It computes on the CPU only.
Several threads may call it. The int8 engine is the quickest exact one of this machine (`runtime.quantized`).

Reference: Ren et al., "Faster R-CNN", 2015; Dai et al., "FBNetV3", 2020; the file: pytorch/android-demo-app, D2Go.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.ops import batched_nms, clip_boxes_to_image  # also makes known the operators that the program calls

from engine.detection.coco_names import COCO_NAMES
from engine.detection.declarations import FASTERRCNN_D2GO_INT8
from engine.detection.detections import Detections, Stage
from engine.detection.detector import check_image, check_thresholds, survivors
from engine.errors import WeightsError
from engine.runtime.quantized import choose_engine
from engine.weights import load

SHORTER_SIDE_PX = 320
STRIDE_PX = 16  # of the feature map
PROPOSAL_SCALE = (1.0, 1.0, 1.0, 1.0)  # by which the RPN's four numbers are divided
BOX_SCALE = (10.0, 10.0, 5.0, 5.0)  # and the RoI head's
MAX_LOG_GROWTH = math.log(1000 / 16)  # a box grows at most this much over its anchor
BEST_ANCHORS = 1000  # that are decoded and suppressed
PROPOSAL_IOU = 0.7
PROPOSALS = 30
MAX_DETECTIONS = 100


@dataclass(frozen=True)
class _Candidates:
    """What the program holds, in pixels of the caller's image."""

    anchors: Tensor  # (A, 4)
    objectness: Tensor  # (A,)
    proposals: Tensor  # (P, 4)
    proposal_scores: Tensor  # (P,)
    boxes: Tensor  # (P, C, 4), one for each class
    scores: Tensor  # (P, C)


class D2GoDetector:
    """The int8 Faster R-CNN as a detector of COCO's classes; loading fetches its file if it is not here.

    Raises:
        WeightsError: the file cannot be had, or this machine's PyTorch computes no int8 networks.
    """

    names = COCO_NAMES
    size_hint = SHORTER_SIDE_PX
    score_threshold = 0.5  # of the demonstration that the file was published with; .05 is built in
    iou_threshold = 0.5

    def __init__(self) -> None:
        program = load_program()
        self._label_of = program.coco_idx[:-1]  # class → COCO id; the last class is the background
        self._network = program.model.model

    @torch.inference_mode()
    def detect(self, image: Tensor, score_threshold: float = 0.5, iou_threshold: float = 0.5) -> Detections:
        """Return the objects with scores above `score_threshold`, suppressed at `iou_threshold`, best first."""
        check_image(image)
        check_thresholds(score_threshold, iou_threshold)
        boxes, scores, labels = self._raw(self._candidates(image), score_threshold)
        kept = survivors(boxes, scores, labels, score_threshold, iou_threshold, MAX_DETECTIONS)
        return Detections(boxes[kept], labels[kept], scores[kept], self.names)

    @torch.inference_mode()
    def stages(self, image: Tensor) -> tuple[Stage, ...]:
        """Return anchors (A, 4), the 30 proposals, and the raw boxes with scores above the built-in .05."""
        check_image(image)
        found = self._candidates(image)
        boxes, scores, labels = self._raw(found, 0.05)
        no_class = torch.zeros(len(found.anchors), dtype=torch.int64)
        return (
            Stage(
                "anchors",
                f"{len(found.anchors)} boxes of fixed shapes, fifteen at every 16th pixel; the score says how likely "
                "the RPN thinks an object there.",
                found.anchors,
                found.objectness,
                no_class,
            ),
            Stage(
                "proposals",
                f"The {len(found.proposals)} best anchors, moved and resized by the RPN and suppressed at an IoU of "
                f"{PROPOSAL_IOU}.",
                found.proposals,
                found.proposal_scores,
                no_class[: len(found.proposals)],
            ),
            Stage(
                "raw boxes",
                f"{len(boxes)} boxes: for each proposal and each class with a score above .05, a box of its own.",
                boxes,
                scores,
                labels,
            ),
        )

    def _candidates(self, image: Tensor) -> _Candidates:
        """Run the network up to its last suppression."""
        scale = SHORTER_SIDE_PX / min(image.shape[1:])
        pixels = F.interpolate(
            image[None].float().cpu().flip(1) * 255,
            scale_factor=scale,
            mode="bilinear",
            align_corners=True,
            recompute_scale_factor=True,
        )
        size = tuple(pixels.shape[2:])
        network = self._network
        features = network.backbone((pixels - network.pixel_mean) / network.pixel_std)  # (1, C, H/16, W/16)
        anchors, objectness, proposals, proposal_scores = self._propose(features, size)
        boxes, scores = self._classify(features, proposals, size)
        return _Candidates(anchors / scale, objectness, proposals / scale, proposal_scores, boxes / scale, scores)

    def _propose(self, features: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        rpn = self._network.proposal_generator
        anchors = grid_anchors(getattr(rpn.anchor_generator.cell_anchors, "0"), *features.shape[2:])
        logits, deltas = rpn.rpn_head(features)  # (1, 15, h, w), (1, 15 × 4, h, w)
        objectness = logits.permute(0, 2, 3, 1).flatten().sigmoid()  # (A,)
        deltas = deltas.unflatten(1, (-1, 4)).permute(0, 3, 4, 1, 2).reshape(-1, 4)  # (A, 4)
        best = objectness.argsort(descending=True)[:BEST_ANCHORS]
        decoded = clip_boxes_to_image(decode(deltas[best], anchors[best], PROPOSAL_SCALE), size)
        is_solid = (decoded[:, 2:] > decoded[:, :2]).all(dim=1)
        decoded, best = decoded[is_solid], best[is_solid]
        kept = batched_nms(decoded, objectness[best], torch.zeros_like(best), PROPOSAL_IOU)[:PROPOSALS]
        return anchors, objectness, decoded[kept], objectness[best[kept]]

    def _classify(self, features: Tensor, proposals: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
        heads = self._network.roi_heads
        deltas, logits = heads.box_predictor(heads.box_head(heads.box_pooler(features, proposals)))
        scores = logits.softmax(dim=1)[:, :-1]  # (P, C), without the background
        boxes = decode(deltas.unflatten(1, (-1, 4)), proposals[:, None], BOX_SCALE)  # (P, C, 4)
        return clip_boxes_to_image(boxes, size), scores

    def _raw(self, found: _Candidates, score_threshold: float) -> tuple[Tensor, Tensor, Tensor]:
        """Return boxes (N, 4), scores (N,) and COCO labels (N,) of all pairs of a proposal and a class above it."""
        proposal, kind = torch.where(found.scores > score_threshold)
        return found.boxes[proposal, kind], found.scores[proposal, kind], self._label_of[kind]


def load_program() -> torch.jit.ScriptModule:
    """Return the shared TorchScript program.

    Raises:
        WeightsError: the file cannot be had, or this machine's PyTorch computes no int8 networks.
    """
    if choose_engine() is None:  # the file is packed for the engine when it is loaded
        advice = "Choose another model."
        raise WeightsError(f"{FASTERRCNN_D2GO_INT8.name} needs int8 arithmetic, which PyTorch lacks here. {advice}")
    return load(FASTERRCNN_D2GO_INT8, "cpu")


def grid_anchors(shapes: Tensor, rows: int, columns: int) -> Tensor:
    """Return the anchors of a feature map, cell by cell, (rows · columns · K, 4), from K boxes around 0, (K, 4)."""
    y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    corners = torch.stack([x, y, x, y], dim=-1).view(-1, 1, 4) * STRIDE_PX
    return (corners + shapes).view(-1, 4)


def decode(deltas: Tensor, anchors: Tensor, scale: tuple[float, float, float, float]) -> Tensor:
    """Move and resize anchors: x = x_a + w_a·d_x, w = w_a·exp(d_w), and so for y and h.

    Args:
        deltas: (..., 4) as d_x, d_y, d_w, d_h, each times `scale`.
        anchors: (..., 4) as xyxy, broadcast against `deltas`.

    Returns:
        (..., 4) as xyxy.
    """
    moves = deltas / deltas.new_tensor(scale)
    sizes = anchors[..., 2:] - anchors[..., :2]
    centres = anchors[..., :2] + sizes / 2 + moves[..., :2] * sizes
    halves = sizes * moves[..., 2:].clamp(max=MAX_LOG_GROWTH).exp() / 2
    return torch.cat([centres - halves, centres + halves], dim=-1)
