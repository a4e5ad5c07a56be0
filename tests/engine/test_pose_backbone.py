"""What the four pose networks share: the features' shapes and sums, and heatmaps by hand."""

import math

import pytest
import torch
from torch.nn import functional as F

from engine.errors import ShapeError
from engine.pose.backbone import Backbone, Conv, Residual, WayDown, places_of
from engine.pose.heatmaps import SIGMA_PX, gaussians
from engine.pose.person_crops import peaks

pytestmark = pytest.mark.usefixtures("seeded")


@pytest.fixture
def backbone():
    return Backbone().eval()


@torch.no_grad()
def test_features_are_a_quarter_and_the_deepest_a_sixteenth(backbone):
    images = torch.rand(2, 3, 32, 48)
    assert backbone(images).shape == (2, 64, 8, 12) and backbone.down(images)[2].shape == (2, 128, 2, 3)
    assert backbone(torch.rand(0, 3, 32, 32)).shape == (0, 64, 8, 8)


def twice(x):
    return x.repeat_interleave(2, 2).repeat_interleave(2, 3)


@torch.no_grad()
def test_the_way_up_adds_what_is_finer(backbone):
    images = torch.rand(1, 3, 32, 48)
    quarter = backbone.quarter(images - 0.5)
    eighth = backbone.eighth(quarter)
    deep = backbone.sixteenth(eighth)
    up = twice(backbone.from_sixteenth(deep)) + backbone.from_eighth(eighth)
    expected = backbone.smooth(twice(up) + backbone.from_quarter(quarter))
    torch.testing.assert_close(backbone(images), expected)
    torch.testing.assert_close(backbone.down(images)[2], deep)
    assert torch.equal(WayDown.forward(backbone, images), backbone.down(images)[2])


@torch.no_grad()
def test_conv_and_residual_are_their_equations():
    x = torch.randn(2, 4, 6, 6)
    conv = Conv(4, 4, kernel=5, groups=2).eval()
    conv[1].running_mean.fill_(0.3)
    expected = (F.conv2d(x, conv[0].weight, padding=2, groups=2) - 0.3) / math.sqrt(1 + 1e-5)
    torch.testing.assert_close(conv(x), expected.clamp(min=0))
    residual = Residual(4).eval()
    torch.testing.assert_close(residual(x), x + residual.layers[1](residual.layers[0](x)))


@pytest.mark.parametrize("shape", [(3, 32, 32), (1, 1, 32, 32), (1, 3, 24, 32), (1, 3, 32, 40)])
def test_images_that_do_not_fit_are_refused(backbone, shape):
    with pytest.raises(ShapeError, match="multiples of 16"):
        backbone(torch.zeros(shape))


def test_places_are_the_middles_of_the_cells():
    places = places_of(3, 5)
    assert places.shape == (3, 5, 2)
    assert all(places[r, c].tolist() == [4 * c + 2, 4 * r + 2] for r in range(3) for c in range(5))


def test_gaussians_are_the_formula():
    joints = torch.tensor([[[10.0, 7.0], [0.0, 31.5]], [[40.25, 22.0], [-5.0, 3.0]]])
    maps = gaussians(joints, 9, 12)
    assert maps.shape == (2, 2, 9, 12)
    for b in range(2):
        for k in range(2):
            x, y = joints[b, k].tolist()
            for r in range(9):
                for c in range(12):
                    squared = (4 * c + 2 - x) ** 2 + (4 * r + 2 - y) ** 2
                    assert maps[b, k, r, c].item() == pytest.approx(math.exp(-squared / (2 * SIGMA_PX**2)), abs=1e-6)
    assert gaussians(joints, 9, 12, 3.0)[0, 0, 1, 2].item() == pytest.approx(math.exp(-1 / 18))


def test_peaks_give_the_joints_back():
    """Along the border a peak has one neighbour only and keeps the middle of its cell."""
    chance = torch.Generator().manual_seed(0)
    joints = 4 + torch.rand(20, 17, 2, generator=chance) * torch.tensor([88.0, 56.0])
    joints[0, :4] = torch.tensor([[4.1, 4.1], [91.9, 59.9], [4.1, 59.9], [91.9, 30.0]])
    found, heights = peaks(gaussians(joints, 16, 24))
    assert (found * 4 - joints).abs().max() < 0.16
    assert heights.min() > math.exp(-(2**2 + 2**2) / (2 * SIGMA_PX**2)) > 0.82  # at worst, the corner of four cells
    at_the_edge = torch.tensor([[[0.5, 30.0], [95.0, 30.0], [30.0, 0.2], [3.5, 61.0]]])
    found = peaks(gaussians(at_the_edge, 16, 24))[0] * 4
    expected = torch.tensor([[[2.0, 30.0], [94.0, 30.0], [30.0, 2.0], [2.0, 62.0]]])
    torch.testing.assert_close(found, expected, atol=0.16, rtol=0)
