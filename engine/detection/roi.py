"""RoI max pooling: from any box on a feature map, a small map of one fixed size.

    box · spatial_scale, rounded to whole cells → a window of H × W cells, its last row and column included
    bin (i, j) = rows ⌊i H / P⌋ … ⌈(i + 1) H / P⌉ and columns ⌊j W / Q⌋ … ⌈(j + 1) W / Q⌉ of the window, ends excluded
    out[c, i, j] = max of channel c over the bin, and 0 where the bin lies off the map

Conventions: boxes are (K, 4) xyxy in pixels of the picture; `spatial_scale` is cells per pixel (1/16 for a map 16 times
smaller). A box smaller than a cell still gets one. The rounding is what RoI Align later did away with.

Reference: R. Girshick, "Fast R-CNN", ICCV 2015, section 2.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.detection.boxes import check_boxes
from engine.errors import InvalidInput, ShapeError, constraint


@dataclass(frozen=True)
class RoiBins:
    """The cells one box is pooled over: (first, end) of each bin's rows and columns, the end excluded."""

    rows: tuple[tuple[int, int], ...]
    columns: tuple[tuple[int, int], ...]


def roi_pool(
    features: Tensor, boxes: Sequence[Tensor], output_size: tuple[int, int], spatial_scale: float = 1.0
) -> Tensor:
    """Pool every box of every image.

    Args:
        features: (B, C, H, W).
        boxes: one (K, 4) per image.
        output_size: (P, Q) rows and columns.
        spatial_scale: cells per pixel, above 0.

    Returns:
        (sum of K, C, P, Q), the boxes of the first image first.

    Raises:
        ShapeError: tensors that do not fit.
        InvalidInput: malformed boxes, a size below 1, a scale of 0 or less.
    """
    if features.ndim != 4 or len(boxes) != len(features):
        given = (tuple(features.shape), len(boxes))
        raise ShapeError(constraint("features", "(B, C, H, W) with boxes for each of the B images", given))
    pooled = [
        pool_box(image, bins)
        for image, own in zip(features, boxes, strict=True)
        for bins in roi_bins(own.to(features.dtype), output_size, spatial_scale, features.shape[2:])
    ]
    return torch.stack(pooled) if pooled else features.new_zeros(0, features.shape[1], *output_size)


def pool_box(features: Tensor, bins: RoiBins) -> Tensor:
    """Return (C, P, Q): the largest value of each channel of (C, H, W) in each bin."""
    rows = [torch.stack([_largest(features, r, c) for c in bins.columns], 1) for r in bins.rows]  # P of (C, Q)
    return torch.stack(rows, 1)


def roi_bins(
    boxes: Tensor, output_size: tuple[int, int], spatial_scale: float, map_size: tuple[int, int]
) -> list[RoiBins]:
    """Return where the bins of each box (K, 4) lie on a map of (H, W) cells, cut off at its edges."""
    if min(output_size) < 1:
        raise InvalidInput(constraint("output size", "at least 1 by 1", tuple(output_size)))
    if not 0 < spatial_scale < float("inf"):
        raise InvalidInput(constraint("spatial scale", "above 0", spatial_scale))
    corners = _round_half_up(check_boxes(boxes) * spatial_scale)  # (K, 4) whole cells
    spans = zip(
        _spans(corners[:, 1], corners[:, 3], output_size[0], map_size[0]),
        _spans(corners[:, 0], corners[:, 2], output_size[1], map_size[1]),
        strict=True,
    )
    return [RoiBins(rows, columns) for rows, columns in spans]


def _spans(start: Tensor, end: Tensor, n_bins: int, n_cells: int) -> list[tuple[tuple[int, int], ...]]:
    """Return, for each box, n_bins pairs (first, end) along one axis; the ends of the windows are (K,)."""
    size = (end - start + 1)[:, None] / n_bins  # cells per bin, (K, 1)
    i = torch.arange(n_bins, device=start.device)
    first = start[:, None] + torch.floor(i * size)
    last = start[:, None] + torch.ceil((i + 1) * size)
    pairs = torch.stack([first, last], 2).clamp(0, n_cells).long()  # (K, n_bins, 2)
    return [tuple((a, b) for a, b in box) for box in pairs.tolist()]


def _largest(features: Tensor, rows: tuple[int, int], columns: tuple[int, int]) -> Tensor:
    """Return (C,) the largest value in the bin; the gradient goes to the first cell that has it."""
    cells = features[:, slice(*rows), slice(*columns)].flatten(1)
    if cells.shape[1] == 0:
        return cells.sum(1)  # 0, and still part of the graph
    return cells.gather(1, cells.argmax(1, keepdim=True))[:, 0]


def _round_half_up(values: Tensor) -> Tensor:
    """Round to the nearest whole number, halves away from 0; torch.round would send them to the even one."""
    exact = values.double()
    return (exact.sign() * (exact.abs() + 0.5).floor()).to(values.dtype)
