"""torchvision's detectors trained on COCO, opened so that each stage can be seen and both thresholds are the caller's.

    one stage  (SSD, RetinaNet, FCOS):      anchors ─head→ a box and class scores for each anchor ─NMS→ objects
    two stages (Faster R-CNN, Mask R-CNN):  anchors ─RPN→ proposals ─head→ a box per proposal and class ─NMS→ objects

The networks are torchvision's own; their parts (transform, backbone, anchor generator, heads, box coder) are called
here one by one and never changed, for the model is shared by all. What is written out is what torchvision keeps inside
`forward`: thresholding, the choice of candidates, suppression. With a model's own thresholds the result is `forward`'s.

Conventions: as in `detector`. Candidates are in pixels of the caller's image; objectness is the RPN's, in [0, 1].

Reference: Ren et al., "Faster R-CNN", 2015; He et al., "Mask R-CNN", 2017; Lin et al., "Focal Loss for Dense Object
Detection" (RetinaNet), 2017; Tian et al., "FCOS", 2019; Liu et al., "SSD", 2016; Howard et al., "MobileNetV3", 2019.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torchvision.models import detection
from torchvision.models.detection.fcos import FCOS
from torchvision.models.detection.generalized_rcnn import GeneralizedRCNN
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.roi_heads import maskrcnn_inference, paste_masks_in_image
from torchvision.models.detection.rpn import concat_box_prediction_layers
from torchvision.models.detection.ssd import SSD
from torchvision.models.detection.transform import resize_boxes
from torchvision.ops import FrozenBatchNorm2d, clip_boxes_to_image, remove_small_boxes

from engine.detection.coco_names import COCO_NAMES
from engine.detection.detections import Detections, Stage
from engine.detection.detector import check_image, check_thresholds, survivors
from engine.errors import ResourceLimit, constraint
from engine.weights import Weights, load

FROZEN = ("fasterrcnn_mobilenet_v3_large_320_fpn", "fcos_resnet50_fpn")  # trained with a fixed batch normalisation
SMALLEST_BOX_PX = 1e-2  # on a side, after the RoI head
MASK_THRESHOLD = 0.5
MAX_MASK_PIXELS = 4_000_000  # of an image whose objects get a mask each: 100 masks take 400 MB then


def build(name: str) -> nn.Module:
    """Return torchvision's model `name` untrained, with the layers that its published file was saved from."""
    model = getattr(detection, name)(weights=None, weights_backbone=None)
    if name in FROZEN:
        _freeze_batch_norm(model)
    return model


def _freeze_batch_norm(module: nn.Module) -> None:
    """Put FrozenBatchNorm2d in the place of every BatchNorm2d, as torchvision does before it loads trained weights."""
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm2d):
            setattr(module, name, FrozenBatchNorm2d(child.num_features, child.eps))
        else:
            _freeze_batch_norm(child)


@dataclass(frozen=True)
class _Candidates:
    """What a model holds before its last suppression, in pixels of the resized image."""

    images: ImageList
    features: dict[str, Tensor]
    anchors: Tensor  # (A, 4)
    anchor_scores: Tensor  # (A,)
    anchor_labels: Tensor  # (A,), 0 where the RPN does not tell classes apart
    proposals: Tensor | None  # (P, 4), of two stages
    objectness: Tensor | None  # (P,)
    boxes: Tensor  # (N, 4)
    scores: Tensor  # (N,)
    labels: Tensor  # (N,)


class TorchvisionDetector:
    """One of torchvision's detectors.

    Args:
        model: in eval mode, without gradients; it is not changed.
        names: class names by label id.
    """

    def __init__(self, model: nn.Module, names: tuple[str, ...] = COCO_NAMES) -> None:
        self.names = names
        self._model = model
        self._last = model.roi_heads if isinstance(model, GeneralizedRCNN) else model
        self.size_hint = max(model.transform.fixed_size or model.transform.min_size)
        self.score_threshold = 0.5
        self.iou_threshold = self._last.nms_thresh

    @torch.inference_mode()
    def detect(self, image: Tensor, score_threshold: float = 0.5, iou_threshold: float = 0.5) -> Detections:
        """Return the objects with scores above `score_threshold`, suppressed at `iou_threshold`, best first.

        Raises:
            ResourceLimit: the image is too large for a model that gives masks.
        """
        check_image(image)
        check_thresholds(score_threshold, iou_threshold)
        self._check_room_for_masks(image)
        found = self._candidates(image, score_threshold)
        limit = self._last.detections_per_img
        kept = survivors(found.boxes, found.scores, found.labels, score_threshold, iou_threshold, limit)
        boxes, labels = found.boxes[kept], found.labels[kept]
        full = resize_boxes(boxes, found.images.image_sizes[0], image.shape[1:])
        masks = self._masks(found, boxes, labels, full, image.shape[1:]) if self._gives_masks else None
        return Detections(full.cpu(), labels.cpu(), found.scores[kept].cpu(), self.names, masks)

    @torch.inference_mode()
    def stages(self, image: Tensor) -> tuple[Stage, ...]:
        """Return anchors, the RPN's proposals if there is one, and the raw boxes above the model's own lowest score."""
        check_image(image)
        floor = self._last.score_thresh
        found = self._candidates(image, floor)
        of, what = f"{len(found.anchors)} anchors", "of the best class there"
        proposals = ()
        if found.proposals is not None:
            of, what = f"{len(found.proposals)} proposals", "how likely the RPN thinks an object there"
            sentence = f"The {len(found.proposals)} best anchors, moved and resized by the RPN and suppressed once."
            no_class = torch.zeros(len(found.proposals), dtype=torch.int64)
            proposals = (("proposals", sentence, found.proposals, found.objectness, no_class),)
        sentence = f"{len(found.anchors)} boxes of fixed shapes on grids over the image; the score is {what}."
        anchors = ("anchors", sentence, found.anchors, found.anchor_scores, found.anchor_labels)
        sentence = f"{len(found.boxes)} boxes with a score above {floor:g} that the network drew for its {of}."
        raw = ("raw boxes", sentence, found.boxes, found.scores, found.labels)
        size = found.images.image_sizes[0]
        return tuple(
            Stage(name, sentence, resize_boxes(boxes, size, image.shape[1:]).cpu(), scores.cpu(), labels.cpu())
            for name, sentence, boxes, scores, labels in (anchors, *proposals, raw)
        )

    @property
    def _gives_masks(self) -> bool:
        return isinstance(self._model, GeneralizedRCNN) and self._model.roi_heads.has_mask()

    def _check_room_for_masks(self, image: Tensor) -> None:
        n_pixels = image.shape[1] * image.shape[2]
        if self._gives_masks and n_pixels > MAX_MASK_PIXELS:
            must_be = f"of at most {MAX_MASK_PIXELS / 1e6:g} megapixels for a model that draws masks"
            raise ResourceLimit(constraint("image", must_be, f"{n_pixels / 1e6:.1f}", "Make it smaller."))

    def _candidates(self, image: Tensor, score_threshold: float) -> _Candidates:
        device = next(self._model.parameters()).device
        images, _ = self._model.transform([image.to(device, torch.float32)])
        features = self._model.backbone(images.tensors)
        if isinstance(self._model, GeneralizedRCNN):
            return _two_stages(self._model, images, features, score_threshold)
        return _one_stage(self._model, images, features, score_threshold)

    def _masks(self, found: _Candidates, boxes: Tensor, labels: Tensor, full: Tensor, size: tuple[int, int]) -> Tensor:
        """Return the masks of the kept boxes as bool (N, H, W), pasted one by one to bound the memory."""
        heads = self._model.roi_heads
        pooled = heads.mask_roi_pool(found.features, [boxes], found.images.image_sizes)
        logits = heads.mask_predictor(heads.mask_head(pooled))  # (N, C, 28, 28)
        (small,) = maskrcnn_inference(logits, [labels])  # (N, 1, 28, 28)
        masks = torch.zeros(len(boxes), *size, dtype=torch.bool)
        for k in range(len(boxes)):
            masks[k] = paste_masks_in_image(small[k : k + 1], full[k : k + 1], size)[0, 0].cpu() > MASK_THRESHOLD
        return masks


def _two_stages(
    model: GeneralizedRCNN, images: ImageList, features: dict[str, Tensor], score_threshold: float
) -> _Candidates:
    rpn, heads, size = model.rpn, model.roi_heads, images.image_sizes[0]
    maps = list(features.values())
    logits, deltas = rpn.head(maps)
    (anchors,) = rpn.anchor_generator(images, maps)  # (A, 4)
    per_level = [level[0].numel() for level in logits]
    logits, deltas = concat_box_prediction_layers(logits, deltas)  # (A, 1), (A, 4)
    decoded = rpn.box_coder.decode(deltas, [anchors]).view(1, -1, 4)
    (proposals,), (objectness,) = rpn.filter_proposals(decoded, logits, images.image_sizes, per_level)
    class_logits, deltas = heads.box_predictor(heads.box_head(heads.box_roi_pool(features, [proposals], [size])))
    boxes = clip_boxes_to_image(heads.box_coder.decode(deltas, [proposals]), size)  # (P, C, 4)
    proposal, label = torch.where(class_logits.softmax(dim=1)[:, 1:] > score_threshold)  # 0 is the background
    boxes, scores = boxes[proposal, label + 1], class_logits.softmax(dim=1)[proposal, label + 1]
    solid = remove_small_boxes(boxes, SMALLEST_BOX_PX)
    return _Candidates(
        images,
        features,
        anchors,
        logits.flatten().sigmoid(),
        torch.zeros(len(anchors), dtype=torch.int64),
        proposals,
        objectness,
        boxes[solid],
        scores[solid],
        label[solid] + 1,
    )


def _one_stage(model: nn.Module, images: ImageList, features: dict[str, Tensor], score_threshold: float) -> _Candidates:
    maps = list(features.values())
    outputs = model.head(maps)
    (anchors,) = model.anchor_generator(images, maps)  # (A, 4)
    scores = _class_scores(model, outputs)  # (A, C)
    decode = model.box_coder.decode if isinstance(model, FCOS) else model.box_coder.decode_single
    boxes = clip_boxes_to_image(decode(outputs["bbox_regression"][0], anchors), images.image_sizes[0])  # (A, 4)
    is_ssd = isinstance(model, SSD)
    if is_ssd:
        anchor, label = _best_of_each_class(scores, score_threshold, model.topk_candidates)
    else:
        cells = [level.shape[2] * level.shape[3] for level in maps]
        per_level = [n * len(anchors) // sum(cells) for n in cells]
        anchor, label = _best_of_each_level(scores, per_level, score_threshold, model.topk_candidates)
    best, best_label = scores.max(dim=1)
    return _Candidates(
        images, features, anchors, best, best_label, None, None, boxes[anchor], scores[anchor, label], label
    )


def _class_scores(model: nn.Module, outputs: dict[str, Tensor]) -> Tensor:
    """Return (A, C) in [0, 1]; the background's column, 0, is emptied where the model has one that can win."""
    logits = outputs["cls_logits"][0]
    if isinstance(model, SSD):
        scores = logits.softmax(dim=1)
        scores[:, 0] = 0
        return scores
    if isinstance(model, FCOS):
        return (logits.sigmoid() * outputs["bbox_ctrness"][0].sigmoid()).sqrt()
    return logits.sigmoid()


def _best_of_each_class(scores: Tensor, score_threshold: float, limit: int) -> tuple[Tensor, Tensor]:
    """Return anchor and label of the `limit` best scores of each class that are above the threshold."""
    best, anchor = scores.topk(min(limit, len(scores)), dim=0)  # (limit, C)
    label, rank = torch.where(best.transpose(0, 1) > score_threshold)
    return anchor[rank, label], label


def _best_of_each_level(
    scores: Tensor, per_level: list[int], score_threshold: float, limit: int
) -> tuple[Tensor, Tensor]:
    """Return anchor and label of the `limit` best scores of each feature map that are above the threshold."""
    anchors, labels, start = [], [], 0
    for level in scores.split(per_level):
        anchor, label = torch.where(level > score_threshold)
        best = level[anchor, label].topk(min(limit, len(anchor))).indices
        anchors.append(anchor[best] + start)
        labels.append(label[best])
        start += len(level)
    return torch.cat(anchors), torch.cat(labels)


def make(weights: Weights, device: torch.device | str | None = None) -> TorchvisionDetector:
    """Return the detector with its trained weights on `device` (None: the chosen one), fetched if they are not here.

    Raises:
        WeightsError: the file cannot be had, or is not the right one.
    """
    return TorchvisionDetector(load(weights, device))
