"""Parametric pose-NMS: both sums are the formulas, twins go, two people in one box stay."""

import math

import pytest
import torch

from engine.errors import InvalidInput
from engine.pose.pose_nms import PoseNms, nearness, pose_nms, shared_confidence, similarity

pytestmark = pytest.mark.usefixtures("seeded")


def three():
    """Return poses, scores and boxes: two nearly the same, a third elsewhere in a box of another shape."""
    one = torch.rand(17, 2) * torch.tensor([40.0, 100.0]) + 10
    keypoints = torch.stack([one, one + torch.randn(17, 2) * 3, torch.rand(17, 2) * 80 + 40])
    boxes = torch.tensor([[10.0, 10, 50, 110], [11.0, 8, 93, 212], [40.0, 40, 120, 118]])
    return keypoints, torch.rand(3, 17), boxes


def test_shared_confidence_is_its_sum():
    keypoints, scores, boxes = three()
    found = shared_confidence(keypoints, scores, boxes, 0.3)
    for i in range(3):
        half_width, half_height = (0.05 * side for side in (boxes[i, 2:] - boxes[i, :2]).tolist())
        for j in range(3):
            expected = 0.0
            for n in range(17):
                x, y = (keypoints[i, n] - keypoints[j, n]).abs().tolist()
                if x <= half_width and y <= half_height:
                    expected += math.tanh(scores[i, n] / 0.3) * math.tanh(scores[j, n] / 0.3)
            assert found[i, j].item() == pytest.approx(expected, abs=1e-5)
    assert 0 < found[0, 1] < found[0, 0] and found[0, 1] != found[1, 0]  # the box is that of the first


def test_nearness_is_its_sum():
    keypoints, _, boxes = three()
    found = nearness(keypoints, boxes, 1.5)
    for i in range(3):
        tenth = 0.1 * (boxes[i, 2:] - boxes[i, :2]).max().item()
        for j in range(3):
            squared = [((keypoints[i, n] - keypoints[j, n]).norm().item() / tenth) ** 2 for n in range(17)]
            assert found[i, j].item() == pytest.approx(sum(math.exp(-d / 1.5) for d in squared), abs=1e-4)
    assert found.diagonal().tolist() == [17, 17, 17]


def test_similarity_weighs_the_two():
    keypoints, scores, boxes = three()
    found = similarity(keypoints, scores, boxes, PoseNms(lam=2.5, sigma1=0.4, sigma2=0.7))
    expected = shared_confidence(keypoints, scores, boxes, 0.4) + 2.5 * nearness(keypoints, boxes, 0.7)
    torch.testing.assert_close(found, expected)


def test_of_twins_the_surer_stays_and_the_surest_is_first():
    keypoints, _, boxes = three()
    scores = torch.tensor([0.6, 0.7, 0.9])[:, None].expand(3, 17)
    assert pose_nms(keypoints, scores, boxes, PoseNms()) == [2, 1]
    assert pose_nms(keypoints, scores, boxes, PoseNms(eta=40.0)) == [2, 1, 0]
    assert pose_nms(keypoints, scores, boxes, PoseNms(eta=0.0)) == [2]


def test_what_was_removed_removes_nobody():
    """Each is near the next alone: the second goes for the first, and the third stays."""
    keypoints = torch.zeros(3, 17, 2)
    keypoints[1, :, 0], keypoints[2, :, 0] = 10, 20
    boxes = torch.tensor([[0.0, 0, 100, 100]]).repeat(3, 1)
    scores = torch.tensor([0.9, 0.8, 0.7])[:, None].expand(3, 17)
    settings = PoseNms(6.0, 1.0, 0.3, 1.5)
    d = similarity(keypoints, scores, boxes, settings)
    assert d[0, 1] > 6 > d[0, 2] and d[1, 2] > 6
    assert pose_nms(keypoints, scores, boxes, settings) == [0, 2]


def test_two_poses_in_one_box_both_stay():
    keypoints = torch.stack([torch.rand(17, 2) * 100, torch.rand(17, 2) * 100])
    boxes = torch.tensor([[0.0, 0.0, 100.0, 100.0]]).repeat(2, 1)
    assert sorted(pose_nms(keypoints, torch.full((2, 17), 0.9), boxes, PoseNms())) == [0, 1]


def test_the_size_of_the_people_does_not_matter():
    keypoints, scores, boxes = three()
    d = similarity(keypoints, scores, boxes, PoseNms())
    for factor in (0.1, 7.0):
        scaled = similarity(keypoints * factor, scores, boxes * factor, PoseNms())
        torch.testing.assert_close(scaled, d, atol=1e-3, rtol=1e-4)


def test_nobody_and_one():
    assert pose_nms(torch.zeros(0, 17, 2), torch.zeros(0, 17), torch.zeros(0, 4), PoseNms()) == []
    keypoints, scores, boxes = (each[:1] for each in three())
    assert pose_nms(keypoints, scores, boxes, PoseNms(eta=0.0)) == [0]
    assert nearness(keypoints, torch.zeros(1, 4), 1.0).isfinite().all()


@pytest.mark.parametrize("bad", [{"eta": -1.0}, {"lam": 6.0}, {"sigma1": 0.0}, {"sigma2": 21.0}, {"eta": float("nan")}])
def test_parameters_out_of_range_are_refused(bad):
    with pytest.raises(InvalidInput):
        PoseNms(**bad)
