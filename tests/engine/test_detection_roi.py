"""RoI pooling against torchvision, to the last bit."""

from __future__ import annotations

import math

import pytest
import torch
from torchvision import ops

from engine.detection.roi import roi_bins, roi_pool
from engine.errors import InvalidInput, ShapeError


def pictures(seed: int, scale: float = 1.0, ties: bool = False) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Features of two images, and boxes in and beyond the pictures, which are 1 / scale times as large."""
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(2, 3, 20, 25, generator=generator)
    corner = 30 * torch.rand(24, 2, generator=generator) - 5  # in cells
    size = 15 * torch.rand(24, 2, generator=generator) ** 2
    boxes = torch.cat([corner, corner + size], 1)
    boxes[::3] = (boxes[::3] * 2).round() / 2  # many fall on half a cell
    boxes = boxes / scale
    return features.relu() if ties else features, [boxes[:14], boxes[14:]]


@pytest.mark.parametrize("size", [(7, 7), (2, 3), (1, 1)])
@pytest.mark.parametrize("scale", [1.0, 1 / 3, 1 / 8, 1 / 16])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equal_to_torchvision(scale, size, dtype):
    features, boxes = pictures(1, scale)
    features, boxes = features.to(dtype), [own.to(dtype) for own in boxes]
    ours = roi_pool(features, boxes, size, scale)
    assert ours.shape == (24, 3, *size) and (ours != 0).any()
    assert (ours - ops.roi_pool(features, boxes, size, scale)).abs().max() == 0


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("scale", [1.0, 1 / 16])
def test_same_gradient_as_torchvision(scale, ties):
    gradients = []
    for pool in (roi_pool, ops.roi_pool):
        features, boxes = pictures(2, scale, ties)
        features = features.clone().requires_grad_()
        pooled = pool(features, boxes, (3, 3), scale)
        (pooled * torch.arange(pooled.numel()).reshape(pooled.shape)).sum().backward()
        gradients.append(features.grad)
    assert gradients[0].abs().max() > 0
    assert torch.equal(*gradients)


def test_bins_cover_the_window():
    (bins,) = roi_bins(torch.tensor([[8.0, 16.0, 71.0, 55.0]]), (2, 3), 1 / 8, (20, 25))
    # rows 2 to 7 (6 cells in 2 bins), columns 1 to 9 (71 / 8 = 8.875 rounds to 9; 9 cells in 3 bins)
    assert bins.rows == ((2, 5), (5, 8)) and bins.columns == ((1, 4), (4, 7), (7, 10))


def test_bins_share_cells_where_sizes_do_not_divide():
    (bins,) = roi_bins(torch.tensor([[0.0, 0.0, 4.0, 1.0]]), (1, 2), 1.0, (3, 4))
    assert bins.rows == ((0, 2),) and bins.columns == ((0, 3), (2, 4))  # 5 columns, the last beyond the map


def test_a_box_off_the_map_gives_zeros_and_no_gradient():
    features = torch.ones(1, 2, 5, 5, requires_grad=True)
    pooled = roi_pool(features, [torch.tensor([[90.0, 90, 95, 95]])], (2, 2))
    pooled.sum().backward()
    assert pooled.abs().max() == 0 and features.grad.abs().max() == 0


def test_no_boxes():
    assert roi_pool(torch.zeros(1, 3, 5, 5), [torch.zeros(0, 4)], (2, 2)).shape == (0, 3, 2, 2)


@pytest.mark.parametrize("scale", [0.0, -1.0, math.nan, math.inf])
def test_scale_is_checked(scale):
    with pytest.raises(InvalidInput, match="spatial scale must be above 0"):
        roi_pool(*pictures(0), (2, 2), scale)


def test_input_is_checked():
    features, boxes = pictures(0)
    with pytest.raises(InvalidInput, match="output size"):
        roi_pool(features, boxes, (0, 2))
    with pytest.raises(InvalidInput, match="boxes must be"):
        roi_pool(features, [own.flip(1) for own in boxes], (2, 2))
    with pytest.raises(ShapeError):
        roi_pool(features, boxes[:1], (2, 2))
    with pytest.raises(ShapeError):
        roi_pool(features[0], boxes, (2, 2))
