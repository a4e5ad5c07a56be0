"""Non-max suppression against torchvision, soft-NMS against the paper's formulas in plain Python."""

from __future__ import annotations

import math
import pickle

import pytest
import torch
from torchvision import ops

from engine.detection.suppression import kept, nms, soft_nms, suppress
from engine.errors import InvalidInput, ShapeError


def crowd(seed: int, n: int = 60, whole: bool = False) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Boxes with many overlaps; `whole` puts them on a grid, with few scores, so that ties and duplicates abound."""
    generator = torch.Generator().manual_seed(seed)
    corner, size = 40 * torch.rand(n, 2, generator=generator), 5 + 30 * torch.rand(n, 2, generator=generator)
    scores = torch.rand(n, generator=generator)
    if whole:
        corner, size, scores = (corner / 8).floor() * 8, (size / 16).ceil() * 16, (scores * 5).ceil() / 5
    return torch.cat([corner, corner + size], 1), scores, torch.randint(0, 3, (n,), generator=generator)


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 0.7, 1.0])
@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_equal_to_torchvision_in_one_class(seed, whole, threshold):
    boxes, scores, _ = crowd(seed, whole=whole)
    indices, won = kept(suppress(boxes, scores, torch.zeros(60, dtype=torch.int64), threshold))
    assert indices.tolist() == ops.nms(boxes, scores, threshold).tolist()
    assert torch.equal(won, scores[indices])


@pytest.mark.parametrize("threshold", [0.3, 0.5])
@pytest.mark.parametrize("whole", [False, True])
def test_classes_do_not_suppress_each_other(whole, threshold):
    boxes, scores, labels = crowd(9, 200, whole)
    indices, _ = kept(suppress(boxes, scores, labels, threshold))
    fast = nms(boxes, scores, labels, threshold)
    assert torch.equal(fast, ops.batched_nms(boxes, scores, labels, threshold))
    assert sorted(indices.tolist()) == sorted(fast.tolist())
    assert torch.equal(scores[indices], scores[fast])
    for label in range(3):  # in each class the order of equal scores too
        own = torch.nonzero(labels == label).flatten()
        expected = own[ops.nms(boxes[own], scores[own], threshold)]
        assert indices[labels[indices] == label].tolist() == expected.tolist()
    assert len(indices) > len(ops.nms(boxes, scores, threshold))


def test_whole_crowd_has_ties_and_duplicates():
    boxes, scores, _ = crowd(0, whole=True)
    assert len(scores.unique()) == 5 and len(boxes.unique(dim=0)) < 60


def test_steps_account_for_every_box():
    boxes, scores, labels = crowd(3)
    gone: list[int] = []
    for number, step in enumerate(suppress(boxes, scores, labels, 0.4), 1):
        assert step.step == number and step.total_steps == number + len(step.left)
        gone += [step.winner, *step.removed.tolist()]
        assert sorted(gone + step.left.tolist()) == list(range(60))
        assert step.score == pytest.approx(scores[step.winner].item())
        expected = ops.box_iou(boxes[[step.winner]], boxes[step.removed])[0]
        torch.testing.assert_close(step.removed_ious, expected, rtol=0, atol=1e-6)
        assert (step.removed_ious > 0.4).all() and (labels[step.removed] == labels[step.winner]).all()
        assert torch.equal(step.touched, step.removed) and (step.scores[step.removed] == 0).all()
        assert step.left.tolist() == sorted(step.left.tolist(), key=lambda i: -scores[i])
    assert len(step.left) == 0
    assert pickle.loads(pickle.dumps(step)).winner == step.winner


def soft_in_plain_python(boxes, scores, labels, weight, score_threshold):
    ious = ops.box_iou(boxes, boxes).double().tolist()
    scores = {i: score for i, score in enumerate(scores.double().tolist()) if score >= score_threshold}
    won = []
    while scores:
        winner = max(scores, key=lambda i: (scores[i], -i))
        won.append((winner, scores.pop(winner)))
        for i in list(scores):
            if labels[i] == labels[winner]:
                scores[i] *= weight(ious[winner][i])
            if scores[i] < score_threshold or scores[i] == 0:
                del scores[i]
    return won


@pytest.mark.parametrize("score_threshold", [0.001, 0.2])
@pytest.mark.parametrize("method", ["linear", "gaussian"])
@pytest.mark.parametrize("seed", range(3))
def test_soft_follows_the_paper(seed, method, score_threshold):
    boxes, scores, labels = crowd(seed)
    weights = {"linear": lambda o: 1 - o if o >= 0.3 else 1, "gaussian": lambda o: math.exp(-(o**2) / 0.4)}
    expected = soft_in_plain_python(boxes, scores, labels, weights[method], score_threshold)
    indices, won = kept(soft_nms(boxes, scores, labels, method, 0.3, 0.4, score_threshold))
    assert indices.tolist() == [winner for winner, _ in expected]
    assert won.tolist() == pytest.approx([score for _, score in expected], abs=1e-6)
    assert (won <= scores[indices]).all() and (won < scores[indices]).any()


def test_soft_scores_of_two_boxes():
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 5], [0, 0, 10, 5]])  # IoU .5 with the first
    scores, labels = torch.tensor([0.9, 0.8, 0.7]), torch.tensor([0, 0, 1])
    step = next(soft_nms(boxes, scores, labels, "gaussian", sigma=0.5))
    expected = [0.9, 0.8 * math.exp(-0.5), 0.7]
    assert step.scores.tolist() == pytest.approx(expected, abs=1e-6)
    assert (step.touched.tolist(), step.ious.tolist(), step.removed.tolist()) == ([1], [0.5], [])
    assert step.left.tolist() == [2, 1]
    at_threshold = next(soft_nms(boxes, scores, labels, "linear", iou_threshold=0.5))
    assert at_threshold.scores.tolist() == pytest.approx([0.9, 0.4, 0.7], abs=1e-6)
    removed = next(soft_nms(boxes, scores, labels, "linear", iou_threshold=0.5, score_threshold=0.41))
    assert (removed.removed.tolist(), removed.removed_ious.tolist(), removed.scores[1].item()) == ([1], [0.5], 0)


def test_nothing_in_nothing_out():
    nothing = torch.zeros(0, 4), torch.zeros(0), torch.zeros(0, dtype=torch.int64)
    for steps in (suppress(*nothing, 0.5), soft_nms(*nothing)):
        assert [len(column) for column in kept(steps)] == [0, 0]
    assert len(nms(*nothing, 0.5)) == 0


@pytest.mark.parametrize("arguments", [{"method": "hard"}, {"sigma": 0.0}, {"sigma": math.nan}])
def test_settings_are_checked_at_the_call(arguments):
    with pytest.raises(InvalidInput):
        soft_nms(*crowd(0), **arguments)


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan])
def test_thresholds_are_checked_at_the_call(value):
    for call in (
        lambda: suppress(*crowd(0), value),
        lambda: soft_nms(*crowd(0), iou_threshold=value),
        lambda: soft_nms(*crowd(0), score_threshold=value),
    ):
        with pytest.raises(InvalidInput, match="threshold must be from 0 to 1"):
            call()


def test_tensors_are_checked_at_the_call():
    boxes, scores, labels = crowd(0)
    with pytest.raises(InvalidInput, match="boxes must be"):
        suppress(boxes.flip(1), scores, labels, 0.5)
    with pytest.raises(InvalidInput, match="score"):
        suppress(boxes, scores * math.nan, labels, 0.5)
    with pytest.raises(ShapeError, match="scores"):
        suppress(boxes, scores[1:], labels, 0.5)
    with pytest.raises(ShapeError, match="labels"):
        suppress(boxes, scores, labels[1:], 0.5)
