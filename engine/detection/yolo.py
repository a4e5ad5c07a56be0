"""YOLO: one network looks once; each cell of a grid answers for the objects whose midpoint it holds.

For each anchor (p_w, p_h) of the cell whose upper left corner is (c_x, c_y), the network gives t_x, t_y, t_w, t_h, t_o
and a number for each class. With s = 8 px, the side of a cell, they say

    b_x = c_x + s σ(t_x)    b_y = c_y + s σ(t_y)    b_w = p_w exp(t_w)    b_h = p_h exp(t_h)
    score = σ(t_o) · max softmax(classes)

Every object has one answerer: the cell of its midpoint, and there the anchor whose shape is most like the object's.

Conventions: images (B, 3, H, W) in [0, 1], H and W multiples of 8; boxes xyxy in pixels; labels 1 … C, 0 is the
background; anchors (A, 2) are widths and heights in pixels; what the network gives is (B, A, H / 8, W / 8, 5 + C).

Reference: Redmon, Farhadi. YOLO9000: better, faster, stronger. CVPR 2017 (version 2). Other than there, objectness
learns 1 for the answerer, and classes learn by cross-entropy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.ops import box_iou

from engine.detection.detections import Detections, Stage
from engine.detection.detector import check_image, check_thresholds, survivors
from engine.errors import ShapeError, constraint
from engine.io.network_input import resized
from engine.settings import check, integer, real

STRIDE_PX = 8
SIDE_PX = 128  # the shorter side of a picture when the network sees it
MAX_ASPECT = 8
N_RAW_BOXES = 300
MAX_DETECTIONS = 100


@dataclass(frozen=True)
class YoloSettings:
    """The size of the network and the terms of its loss."""

    n_anchors: int = integer(5, 1, 9, label="anchors")
    channels: int = integer(96, 8, 256, label="channels at stride 8")
    coordinate_weight: float = real(5.0, 0.1, 20.0, label="weight of the coordinates λ")
    ignore_iou: float = real(0.6, 0.3, 1.0, label="IoU from which a spare box goes unpunished")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Targets:
    """What the answerers of a batch should say: index (4, N) into (B, A, rows, columns), and the values there.

    `offsets` (N, 2) is the midpoint within its cell, in [0, 1]; `log_sizes` (N, 2) the logarithm of size over anchor.
    """

    index: tuple[torch.Tensor, ...]
    offsets: torch.Tensor
    log_sizes: torch.Tensor
    labels: torch.Tensor


def fit_anchors(sizes: torch.Tensor, k: int, generator: torch.Generator, n_rounds: int = 100) -> torch.Tensor:
    """Return k anchors (k, 2), by area, from box sizes (N, 2): k-means with the distance 1 − IoU."""
    if sizes.ndim != 2 or sizes.shape[1] != 2 or len(sizes) < k:
        raise ShapeError(constraint("sizes", f"of shape (N, 2) with N at least {k}", tuple(sizes.shape)))
    anchors = sizes[torch.randperm(len(sizes), generator=generator)[:k]]
    for _ in range(n_rounds):
        nearest = _size_iou(sizes, anchors).argmax(1)
        # An anchor to which no box is nearest stays where it is.
        moved = torch.stack([sizes[nearest == i].mean(0) if (nearest == i).any() else anchors[i] for i in range(k)])
        if torch.equal(moved, anchors):
            break
        anchors = moved
    return anchors[anchors.prod(1).argsort()]


def assign(
    boxes: Sequence[torch.Tensor], labels: Sequence[torch.Tensor], anchors: torch.Tensor, rows: int, columns: int
) -> Targets:
    """Give every true box of a batch to the cell of its midpoint and the anchor most like it.

    Of two objects with the same answerer only the later stays.
    """
    box, label = torch.cat(list(boxes)), torch.cat(list(labels))
    image = torch.cat([torch.full_like(own, i) for i, own in enumerate(labels)])
    middle, size = (box[:, :2] + box[:, 2:]) / 2 / STRIDE_PX, box[:, 2:] - box[:, :2]
    column = middle[:, 0].long().clamp(0, columns - 1)
    row = middle[:, 1].long().clamp(0, rows - 1)
    anchor = _size_iou(size, anchors).argmax(1)
    slots = torch.stack([image, anchor, row, column])
    last = {tuple(slot): i for i, slot in enumerate(slots.T.tolist())}
    kept = torch.tensor(sorted(last.values()), dtype=torch.int64)
    offsets, log_sizes = middle - torch.stack([column, row], 1), (size / anchors[anchor]).log()
    return Targets(tuple(slots[:, kept]), offsets[kept], log_sizes[kept], label[kept])


def boxes_of(raw: torch.Tensor, anchors: torch.Tensor) -> torch.Tensor:
    """Return the box (B, A, rows, columns, 4) of every cell and anchor: the equation at the top."""
    middle = (_corners(raw) + raw[..., 0:2].sigmoid()) * STRIDE_PX
    half = anchors[:, None, None] * raw[..., 2:4].clamp(max=6).exp() / 2  # a bound, so that no box is infinite
    return torch.cat([middle - half, middle + half], -1)


def loss(
    raw: torch.Tensor,
    boxes: Sequence[torch.Tensor],
    labels: Sequence[torch.Tensor],
    anchors: torch.Tensor,
    settings: YoloSettings,
) -> dict[str, torch.Tensor]:
    """Return the terms "coordinates", "objectness" and "class", each a sum over the batch divided by its objects."""
    targets = assign(boxes, labels, anchors, *raw.shape[2:4])
    answer = raw[targets.index]  # (N, 5 + C)
    wrong_by = torch.cat([answer[:, :2].sigmoid() - targets.offsets, answer[:, 2:4] - targets.log_sizes], 1)
    objects = torch.zeros_like(raw[..., 4])
    objects[targets.index] = 1
    counts = _overlaps_less(raw, boxes, anchors, settings.ignore_iou) | objects.bool()
    objectness = F.binary_cross_entropy_with_logits(raw[..., 4], objects, reduction="none")
    terms = {
        "coordinates": settings.coordinate_weight * wrong_by.square().sum(),
        "objectness": objectness[counts].sum(),
        "class": F.cross_entropy(answer[:, 5:], targets.labels - 1, reduction="sum"),
    }
    return {name: term / max(len(targets.labels), 1) for name, term in terms.items()}


def _corners(raw: torch.Tensor) -> torch.Tensor:
    """Return the upper left corner (rows, columns, 2) of every cell, in cells."""
    rows, columns = (torch.arange(n, device=raw.device, dtype=raw.dtype) for n in raw.shape[2:4])
    return torch.stack(torch.meshgrid(columns, rows, indexing="xy"), -1)


@torch.no_grad()
def _overlaps_less(raw: torch.Tensor, boxes: Sequence[torch.Tensor], anchors: torch.Tensor, iou: float) -> torch.Tensor:
    """Return which predicted boxes (B, A, rows, columns) overlap every true box by less than `iou`."""
    predicted = boxes_of(raw, anchors)
    nowhere = predicted.new_zeros(1, 4)  # keeps a picture without objects from being a special case
    overlaps = [
        box_iou(own.reshape(-1, 4), torch.cat([true, nowhere])).amax(1)
        for own, true in zip(predicted, boxes, strict=True)
    ]
    return torch.stack(overlaps).view(predicted.shape[:-1]) < iou


def _size_iou(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Return the IoU (N, M) of sizes (N, 2) and (M, 2) whose boxes have one midpoint."""
    shared = torch.minimum(a[:, None], b).prod(-1)
    return shared / (a.prod(-1)[:, None] + b.prod(-1) - shared)


class _Conv(nn.Sequential):
    """Convolution, batch normalisation, leaky ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, stride, dilation, dilation, bias=False),
            nn.BatchNorm2d(outputs),
            nn.LeakyReLU(0.1, inplace=True),
        )


class _Residual(nn.Module):
    """x + conv(conv(x)); the dilation widens what a cell sees without a coarser grid."""

    def __init__(self, channels: int, dilation: int = 1) -> None:
        super().__init__()
        self.layers = nn.Sequential(_Conv(channels, channels), _Conv(channels, channels, dilation=dilation))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.layers(x)


class Yolo(nn.Module):
    """The detector: fully convolutional, so that a picture of any size gives a grid of its own size."""

    size_hint = SIDE_PX
    score_threshold = 0.5
    iou_threshold = 0.45

    def __init__(self, names: Sequence[str], anchors: torch.Tensor, settings: YoloSettings | None = None) -> None:
        super().__init__()
        self.settings = settings or YoloSettings()
        self.names = tuple(names)
        if anchors.shape != (self.settings.n_anchors, 2):
            raise ShapeError(constraint("anchors", f"of shape ({self.settings.n_anchors}, 2)", tuple(anchors.shape)))
        self.register_buffer("anchors", anchors.float().clone())
        c = self.settings.channels
        self.backbone = nn.Sequential(
            _Conv(3, c // 6, stride=2),
            _Conv(c // 6, c // 2, stride=2),
            _Conv(c // 2, c, stride=2),
            _Residual(c),
            _Residual(c, dilation=2),
            _Residual(c, dilation=4),
        )
        self.head = nn.Conv2d(c, self.settings.n_anchors * (4 + len(names)), 1)  # 5 numbers and the classes
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)
        self.head.bias.data.view(self.settings.n_anchors, -1)[:, 4] = -4.0  # at first nearly every cell is empty

    def raw(self, images: torch.Tensor) -> torch.Tensor:
        """Return what the network gives, (B, A, H / 8, W / 8, 5 + C)."""
        if images.ndim != 4 or images.shape[1] != 3 or images.shape[2] % STRIDE_PX or images.shape[3] % STRIDE_PX:
            raise ShapeError(constraint("images", "of shape (B, 3, H, W), sides multiples of 8", tuple(images.shape)))
        out = self.head(self.backbone(images - 0.5))  # (B, A (5 + C), rows, columns)
        return out.unflatten(1, (self.settings.n_anchors, -1)).permute(0, 1, 3, 4, 2)

    forward = raw

    def decode(self, raw: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return boxes (B, K, 4), scores (B, K) and labels (B, K) of all cells and anchors."""
        chance, best = raw[..., 5:].softmax(-1).max(-1)
        scores = raw[..., 4].sigmoid() * chance
        return boxes_of(raw, self.anchors).flatten(1, 3), scores.flatten(1), best.flatten(1) + 1

    @torch.no_grad()
    def detect(self, image: torch.Tensor, score_threshold: float, iou_threshold: float) -> Detections:
        """Return the objects of one picture (3, H, W) of any size.

        Raises:
            InvalidInput: a threshold outside [0, 1], or no picture that can be seen.
        """
        check_thresholds(score_threshold, iou_threshold)
        raw, scale = self._look(image)
        boxes, scores, labels = (values[0] for values in self.decode(raw))
        kept = survivors(boxes, scores, labels, score_threshold, iou_threshold, MAX_DETECTIONS)
        return Detections(_back(boxes[kept], scale, image), labels[kept].cpu(), scores[kept].cpu(), self.names)

    @torch.no_grad()
    def stages(self, image: torch.Tensor) -> tuple[Stage, ...]:
        """Return the cells with their objectness, and the raw boxes with the highest scores. Errors as in `detect`."""
        raw, scale = self._look(image)
        boxes, scores, labels = (values[0] for values in self.decode(raw))
        objectness, anchor = raw[0, ..., 4].sigmoid().max(0)  # (rows, columns)
        cell_labels = labels.view(raw.shape[1:4]).gather(0, anchor[None])[0]
        corners = _corners(raw).flatten(0, 1) * STRIDE_PX
        cells = torch.cat([corners, corners + STRIDE_PX], 1)
        best = scores.argsort(descending=True)[:N_RAW_BOXES]
        said = "Each cell says how sure it is that it holds an object's midpoint."
        most = f"The {len(best)} boxes with the highest scores of the {len(scores)} that all cells and anchors give."
        sure, kind = objectness.flatten().cpu(), cell_labels.flatten().cpu()
        return (
            Stage("grid cells", said, _back(cells, scale, image), sure, kind),
            Stage("raw boxes", most, _back(boxes[best], scale, image), scores[best].cpu(), labels[best].cpu()),
        )

    def _look(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the network's answer to a picture, and its scale (network's pixels per own pixel) as (x, y, x, y)."""
        check_image(image)
        seen, scale = resized(image.to(self.anchors), SIDE_PX, STRIDE_PX, MAX_ASPECT)
        return self.raw(seen), self.anchors.new_tensor(scale).repeat(2)


def _back(boxes: torch.Tensor, scale: torch.Tensor, image: torch.Tensor) -> torch.Tensor:
    """Return boxes in the picture's own pixels, cut off at its edges."""
    height, width = image.shape[1:]
    return (boxes / scale).clamp(min=0).minimum(scale.new_tensor([width, height, width, height])).cpu()
