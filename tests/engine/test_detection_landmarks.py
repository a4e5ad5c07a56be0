"""Landmark regression: the loss over visible points alone, the error in sizes of the fish, and that it learns."""

import pickle

import pytest
import safetensors.torch
import torch
import torch.nn.functional as F

from engine.datasets.scenes import NAMES, make_scene
from engine.detection.landmarks import (
    N_POINTS,
    Landmarks,
    Snapshot,
    Truth,
    activate,
    examples,
    loss,
    mirror,
    normalised_errors,
    normalised_mean_error,
    to_safetensors,
    train,
    truth_of,
)
from engine.detection.single_object import ConvNet, Drawing, optimise
from engine.errors import ShapeError
from engine.runtime.seeds import generator

SHORT = Landmarks(training_steps=40, n_scenes=50, batch_size=8)
VISIBLE = torch.tensor([[True, True, False, True], [False, True, True, True]])


def points(seed):
    return torch.rand(2, 4, 2, generator=generator(seed), dtype=torch.float64)


@pytest.fixture(scope="module")
def run():
    return [one for one in train(SHORT) if isinstance(one, Snapshot)]


def test_the_loss_is_torch_s_over_the_visible_points():
    found, true = points(0), points(1)
    expected = 2 * F.mse_loss(found[VISIBLE], true[VISIBLE])  # a point has two numbers
    torch.testing.assert_close(loss(found, true, VISIBLE), expected, rtol=1e-12, atol=1e-12)


def test_a_hidden_point_has_no_gradient():
    z = torch.randn(2, 8, generator=generator(0), dtype=torch.float64, requires_grad=True)
    loss(activate(z), points(1), VISIBLE).backward()
    hidden = ~VISIBLE.repeat_interleave(2, 1)
    assert (z.grad[hidden] == 0).all() and (z.grad[~hidden] != 0).all()


def test_the_gradient_is_right():
    z = torch.randn(2, 8, generator=generator(0), dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda z: loss(activate(z), points(1), VISIBLE), z)


def test_without_a_visible_point_the_loss_is_0():
    assert loss(points(0), points(1), torch.zeros(2, 4, dtype=torch.bool)) == 0


def test_the_numbers_become_points():
    z = torch.arange(16.0).view(2, 8)
    assert torch.equal(activate(z)[1, 2], z[1, 4:6].sigmoid())


def test_the_error_by_hand():
    """(0.3, 0.4) away is 0.5; with a fish of size 0.25 that is 2, and 0 for the other visible point."""
    true = torch.tensor([[[0.1, 0.1], [0.5, 0.5], [0.9, 0.9]]])
    found = true + torch.tensor([[[0.3, 0.4], [0, 0], [1, 1]]])
    truth = Truth(true, torch.tensor([[True, True, False]]), torch.tensor([0.25]))
    torch.testing.assert_close(normalised_errors(found, truth)[0, :2], torch.tensor([2.0, 0.0]))
    assert normalised_mean_error(found, truth) == pytest.approx(1.0)


def test_mirrored_points_are_on_the_other_side():
    there = points(0)
    moved = mirror(there, torch.tensor([True, False]))
    torch.testing.assert_close(moved[0], torch.stack([1 - there[0, :, 0], there[0, :, 1]], 1))
    assert torch.equal(moved[1], there[1])


def test_the_truth_is_the_scene_s_in_fractions():
    fish = next(
        scene
        for scene in (make_scene(i, 0, (64, 96), (1, 1)) for i in range(200))
        if scene.labels.tolist() == [NAMES.index("fish")]
    )
    truth = truth_of([fish])
    torch.testing.assert_close(truth.points[0] * torch.tensor([96.0, 64.0]), fish.keypoints[0, :, :2])
    assert torch.equal(truth.visible[0], fish.keypoints[0, :, 2] == 2)
    x1, y1, x2, y2 = fish.boxes[0].tolist()
    assert truth.sizes.item() == pytest.approx(((x2 - x1) / 96 * (y2 - y1) / 64) ** 0.5)


def test_a_few_fish_are_learnt_by_heart():
    images, truth = examples(64)
    settings = Landmarks(training_steps=60, batch_size=8, learning_rate=5e-3)
    net = ConvNet(2 * N_POINTS, generator(0))

    def terms_of(chosen, _):
        return loss(activate(net(images[chosen])), truth.points[chosen], truth.visible[chosen])[None]

    errors = [float(terms) for _, terms in optimise(net, settings, 8, terms_of, torch.ones(1))]
    assert errors[-1] < 0.002 < 0.02 < errors[0]


def test_a_run_learns_and_tells_how_well(run):
    first, last = run[0], run[-1]
    assert [s.step for s in run] == [0, 16, 32, 40] and last.total_steps == 40
    assert last.examples.shape == (8, N_POINTS, 2) and last.point_errors.shape == (N_POINTS,)
    assert last.loss < 0.8 * first.loss and last.error < first.error
    _, truth = examples(64)
    for k in range(8):
        alone = loss(last.examples[k : k + 1], truth.points[k : k + 1], truth.visible[k : k + 1])
        assert last.example_losses[k] == pytest.approx(float(alone))
    assert [s.parameters is None for s in run] == [True] * 3 + [False]


def test_the_file_gives_the_network_back(run):
    net = ConvNet(2 * N_POINTS, generator(9))
    net.load_state_dict(safetensors.torch.load(to_safetensors(run[-1].parameters, SHORT)))
    with torch.no_grad():
        again = activate(net.eval()(examples(64)[0]))
    torch.testing.assert_close(again, run[-1].examples, atol=1e-5, rtol=1e-4)


def test_the_same_seed_gives_the_same_run(run):
    again = (one for one in train(SHORT) if not isinstance(one, Drawing))
    for one, other in zip(again, run[:2], strict=False):
        assert one.loss == other.loss and torch.equal(one.examples, other.examples)


def test_settings_and_snapshots_are_picklable(run):
    assert pickle.loads(pickle.dumps(SHORT)) == SHORT
    assert torch.equal(pickle.loads(pickle.dumps(run[-1])).examples, run[-1].examples)


@pytest.mark.parametrize(
    "call",
    [
        lambda: activate(torch.zeros(2, 7)),
        lambda: loss(torch.zeros(2, 4, 2), torch.zeros(2, 3, 2), VISIBLE),
        lambda: loss(torch.zeros(2, 4, 2), torch.zeros(2, 4, 2), VISIBLE[:1]),
        lambda: normalised_errors(torch.zeros(8, 2), Truth(torch.zeros(8, 2), VISIBLE, torch.ones(2))),
    ],
)
def test_what_does_not_fit_is_refused(call):
    with pytest.raises(ShapeError, match="must be"):
        call()
