"""Overlap of boxes against torchvision and against figures worked out by hand."""

from __future__ import annotations

import math
import pickle

import pytest
import torch
from torchvision import ops

from engine.detection.boxes import area, diou, giou, intersection, iou, overlap, union
from engine.errors import InvalidInput, ShapeError

A, B = torch.tensor([0.0, 0.0, 4.0, 2.0]), torch.tensor([2.0, 1.0, 6.0, 5.0])
PAIRWISE = [(iou, ops.box_iou), (giou, ops.generalized_box_iou), (diou, ops.distance_box_iou)]


def random_boxes(n: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    corner = 60 * torch.rand(n, 2, generator=generator)
    return torch.cat([corner, corner + 1 + 50 * torch.rand(n, 2, generator=generator)], 1)


@pytest.mark.parametrize(("ours", "theirs"), PAIRWISE)
def test_equal_to_torchvision(ours, theirs):
    a, b = random_boxes(40, 1), random_boxes(30, 2)
    assert ours(a, b).shape == (40, 30)
    assert (iou(a, b) == 0).any() and (iou(a, b) > 0.3).any()
    torch.testing.assert_close(ours(a, b), theirs(a, b), rtol=0, atol=2e-6)
    torch.testing.assert_close(ours(a, a).diagonal(), torch.ones(40), rtol=0, atol=1e-6)


@pytest.mark.parametrize(("ours", "theirs"), PAIRWISE)
def test_same_gradient_as_torchvision(ours, theirs):
    gradients = []
    for measure in (ours, theirs):
        a = random_boxes(8, 3).double().requires_grad_()
        measure(a, random_boxes(9, 4).double()).sum().backward()
        gradients.append(a.grad)
    torch.testing.assert_close(*gradients, rtol=0, atol=1e-7)
    assert gradients[0].abs().max() > 1e-3


def test_areas():
    a, b = random_boxes(7, 5), random_boxes(6, 6)
    assert torch.equal(area(a), ops.box_area(a))
    assert (intersection(A[None], B[None]).item(), union(A[None], B[None]).item()) == (2, 22)
    torch.testing.assert_close(union(a, b) * iou(a, b), intersection(a, b))
    assert area(torch.tensor([[0, 0, 3, 2]])).tolist() == [6]  # whole numbers too
    assert iou(a, torch.zeros(0, 4)).shape == (7, 0)


def test_overlap_has_every_term():
    found = overlap(A, B)
    assert found.intersection_box == (2, 1, 4, 2) and found.enclosing_box == (0, 0, 6, 5)
    assert (found.area_a, found.area_b, found.intersection, found.union) == (8, 16, 2, 22)
    assert found.enclosing_area == 30 and found.diagonal == pytest.approx(math.sqrt(61), abs=1e-12)
    assert found.centre_distance == pytest.approx(math.sqrt(8), abs=1e-12)
    assert found.iou == pytest.approx(2 / 22, abs=1e-12)
    assert found.giou == pytest.approx(2 / 22 - 8 / 30, abs=1e-12)
    assert found.diou == pytest.approx(2 / 22 - 8 / 61, abs=1e-12)
    assert pickle.loads(pickle.dumps(found)) == found


def test_overlap_of_boxes_apart_and_touching():
    apart = overlap(A, torch.tensor([10.0, 10.0, 11.0, 11.0]))
    assert (apart.intersection_box, apart.intersection, apart.iou) == (None, 0, 0)
    assert apart.giou == pytest.approx(9 / 121 - 1, abs=1e-12) and apart.diou < 0
    touching = overlap(A, torch.tensor([4.0, 0.0, 5.0, 2.0]))
    assert (touching.intersection_box, touching.iou) == ((4, 0, 4, 2), 0)


def test_boxes_without_area_overlap_nothing():
    point = torch.ones(1, 4, requires_grad=True)
    for measure in (iou, giou, diou):
        value = measure(point, point)
        assert value.item() == 0
        value.sum().backward()
        assert point.grad.isfinite().all()


@pytest.mark.parametrize("box", [[2.0, 0, 1, 1], [0, 2, 1, 1], [0, 0, math.nan, 1], [0, 0, math.inf, 1]])
def test_malformed_boxes_are_refused(box):
    bad = torch.tensor([box])
    for call in (iou, giou, diou, intersection, union):
        with pytest.raises(InvalidInput, match="boxes must be x1, y1, x2, y2"):
            call(bad, A[None])
        with pytest.raises(InvalidInput, match="boxes must be"):
            call(A[None], bad)
    with pytest.raises(InvalidInput, match="boxes must be"):
        overlap(A, bad[0])


def test_shapes_are_refused():
    with pytest.raises(ShapeError, match=r"\(N, 4\)"):
        area(A)
    with pytest.raises(ShapeError, match=r"\(N, 4\)"):
        overlap(A, torch.zeros(5))
