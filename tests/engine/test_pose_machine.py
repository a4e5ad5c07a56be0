"""The Pose Machine: every stage sees the one before and is told the truth; its estimator goes to the crop and back."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from engine.errors import InvalidInput, ResourceLimit, ShapeError
from engine.pose.backbone import STRIDE_PX, places_of
from engine.pose.heatmaps import SIGMA_PX, gaussians
from engine.pose.pose_machine import CENTRE_SIGMA_PX, SIDE_PX, PoseMachine, WideConv, beliefs, centre_map, loss
from engine.pose.pose_machine import estimator as pose_machine
from engine.pose.poses import COCO_17, COCO_SKELETON
from engine.pose.single_person import MAX_PEOPLE, PEOPLE_AT_ONCE, joints_of

pytestmark = pytest.mark.usefixtures("seeded")

CELLS = SIDE_PX // STRIDE_PX
WHOLE = 2 * math.pi * SIGMA_PX**2 / STRIDE_PX**2  # what the cells of a Gaussian of height 1 add up to


@pytest.fixture
def machine():
    return PoseMachine()


class Told(nn.Module):
    """A network that gives the true maps of joints (17, 2) px of the crop, whatever it sees."""

    def __init__(self, joints, height=1.0):
        super().__init__()
        self.joints, self.height, self.seen = joints, height, []
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, crops):
        self.seen.append(crops)
        return self.height * gaussians(self.joints.expand(len(crops), -1, -1), CELLS, CELLS)


@torch.no_grad()
def test_every_stage_gives_the_maps_of_all_joints(machine):
    crops = torch.rand(2, 3, 32, 48)
    stages = machine.eval().stages(crops)
    assert [tuple(maps.shape) for maps in stages] == [(2, 17, 8, 12)] * 3
    assert torch.equal(machine(crops), stages[-1])
    assert all(torch.equal(own, beliefs(scores)) for own, scores in zip(stages, machine.scores(crops), strict=True))
    assert [len(PoseMachine(5, n).eval().stages(crops)) for n in (1, 2)] == [1, 2]


@torch.no_grad()
def test_a_later_stage_sees_features_scores_and_centre(machine):
    crops = torch.rand(2, 3, 32, 48)
    features = machine.eval().backbone(crops)
    first, second, third = machine.scores(crops)
    centre = centre_map(8, 12).expand(2, -1, -1, -1)
    torch.testing.assert_close(first, F.conv2d(features, machine.first.weight, machine.first.bias))
    torch.testing.assert_close(second, machine.later[0](torch.cat([features, first, centre], 1)))
    torch.testing.assert_close(third, machine.later[1](torch.cat([features, second, centre], 1)))


def test_the_centre_map_is_a_bump_in_the_middle():
    bump = centre_map(8, 12)
    assert bump.shape == (1, 8, 12)
    assert bump[0, 3, 5].item() == pytest.approx(math.exp(-(2**2 + 2**2) / (2 * CENTRE_SIGMA_PX**2)))
    assert bump[0, 0, 0].item() == pytest.approx(math.exp(-(22**2 + 14**2) / (2 * CENTRE_SIGMA_PX**2)))
    torch.testing.assert_close(bump, bump.flip(1, 2))


@torch.no_grad()
def test_a_wide_convolution_is_separable():
    wide = WideConv(3).eval()
    assert wide[0].weight.shape == (3, 1, 7, 7) and wide[1][0].weight.shape == (3, 3, 1, 1)
    x = torch.zeros(1, 3, 9, 9)
    x[0, 1, 4, 4] = 1
    alone = wide[0](x) - wide[0].bias[:, None, None]
    assert alone[0, [0, 2]].abs().max() < 1e-7  # a channel does not see another
    torch.testing.assert_close(alone[0, 1, 1:8, 1:8], wide[0].weight[1, 0].flip(0, 1))


@torch.no_grad()
def test_beliefs_are_the_softmax_over_all_places():
    scores = torch.randn(2, 3, 4, 5) * 2
    found = beliefs(scores)
    for b in range(2):
        for p in range(3):
            powers = [math.exp(s) for s in scores[b, p].flatten().tolist()]
            expected = [power / sum(powers) * WHOLE for power in powers]
            assert found[b, p].flatten().tolist() == pytest.approx(expected, rel=1e-4)
    torch.testing.assert_close(found.sum((2, 3)), torch.full((2, 3), WHOLE))
    torch.testing.assert_close(beliefs(scores + torch.randn(2, 3, 1, 1) * 9), found)  # only differences tell


def test_a_perfectly_sure_belief_is_the_gaussian_itself():
    """Its height is 1 at a joint in the middle of a cell; one that is all in one cell is higher."""
    joints = torch.tensor([[[46.0, 50.0], [40.0, 55.3], [30.7, 64.0]]])
    squared = (places_of(CELLS, CELLS) - joints[:, :, None, None]).square().sum(-1)
    found = beliefs(-squared / (2 * SIGMA_PX**2))
    torch.testing.assert_close(found, gaussians(joints, CELLS, CELLS), atol=1e-5, rtol=0)
    assert found[0, 0].max().item() == pytest.approx(1, abs=1e-5) and found[0, 0, 12, 11] == found[0, 0].max()
    alone = torch.zeros(1, 1, CELLS, CELLS)
    alone[0, 0, 3, 7] = 100
    assert beliefs(alone).max().item() == pytest.approx(WHOLE) and joints_of(beliefs(alone))[1].item() == 1
    everywhere = beliefs(torch.zeros(1, 1, CELLS, CELLS))
    torch.testing.assert_close(everywhere, torch.full_like(everywhere, WHOLE / CELLS**2))


def cross_entropy(scores, joint):
    """Return −Σ b* log b of one map (rows, columns) by loops, b* a Gaussian whose cells add up to 1."""
    cells = [(r, c) for r in range(scores.shape[0]) for c in range(scores.shape[1])]
    squared = [(4 * c + 2 - joint[0]) ** 2 + (4 * r + 2 - joint[1]) ** 2 for r, c in cells]
    bumps = [math.exp(-own / (2 * SIGMA_PX**2)) for own in squared]
    log_sum = math.log(sum(math.exp(scores[cell].item()) for cell in cells))
    return -sum(bump / sum(bumps) * (scores[cell].item() - log_sum) for bump, cell in zip(bumps, cells, strict=True))


def test_the_loss_is_the_cross_entropy_of_the_joints_that_count():
    joints = torch.tensor([[[3.0, 7.0], [10.5, 1.0], [6.0, 6.0]], [[0.0, 11.9], [500.0, -900.0], [14.0, 2.0]]])
    counts = torch.tensor([[1.0, 1.0, 0.0], [1.0, 0.0, 1.0]])
    stages = [torch.randn(2, 3, 3, 4) * 3 for _ in range(2)]
    terms = loss(stages, joints, counts)
    assert list(terms) == ["stage 1", "stage 2"]
    for term, scores in zip(terms.values(), stages, strict=True):
        own = [cross_entropy(scores[b, p], joints[b, p].tolist()) for b, p in counts.nonzero().tolist()]
        assert len(own) == 4 and term.item() == pytest.approx(sum(own) / 4, rel=1e-5)
    stages[1][counts == 0] = 7 * torch.randn(2, 3, 4)
    changed = loss(stages, joints, counts)
    assert changed["stage 2"] == terms["stage 2"]  # what does not count does not matter
    assert [term.item() for term in loss(stages, joints, torch.zeros(2, 3)).values()] == [0, 0]


def test_the_loss_is_least_at_the_truth():
    """There it is the entropy of a Gaussian in cells, 1 + log(2 π σ² / 16), and has no slope; elsewhere it is more."""
    joints, counts = 32 + torch.rand(2, 5, 2) * 32, torch.ones(2, 5)
    squared = (places_of(CELLS, CELLS) - joints[:, :, None, None]).square().sum(-1)
    true = (-squared / (2 * SIGMA_PX**2)).requires_grad_()
    least = loss([true], joints, counts)["stage 1"]
    assert least.item() == pytest.approx(1 + math.log(WHOLE), rel=1e-5)
    least.backward()
    assert true.grad.abs().max() < 1e-6
    for size in (0.03, 0.3, 3.0):
        other = true.detach() + size * torch.randn_like(true)
        assert loss([other], joints, counts)["stage 1"] > least + size**2 / 10
    for sharper in (0.8, 1.25):  # too sure is as wrong as not sure enough
        assert loss([true.detach() * sharper], joints, counts)["stage 1"] > least + 0.01
    assert loss([true.detach() + 5], joints, counts)["stage 1"].item() == pytest.approx(least.item(), rel=1e-5)


def test_the_last_stage_teaches_the_first_and_each_its_own(machine):
    joints, counts = torch.rand(2, 17, 2) * 32, torch.ones(2, 17)

    def gradients(stage):
        machine.zero_grad(set_to_none=True)
        loss(machine.train().scores(torch.rand(2, 3, 32, 32)), joints, counts)[stage].backward()
        parts = (machine.backbone.quarter[0][0], machine.first, machine.later[0][-1], machine.later[1][-1])
        return [part.weight.grad is not None and part.weight.grad.abs().max().item() > 0 for part in parts]

    assert gradients("stage 1") == [True, True, False, False]
    assert gradients("stage 2") == [True, True, True, False]
    assert gradients("stage 3") == [True, True, True, True]


def test_joints_are_at_the_peaks_and_as_sure_as_these_are_high():
    joints = torch.tensor([[[50.0, 30.0], [22.0, 82.0]]])
    maps = gaussians(joints, CELLS, CELLS) * torch.tensor([1.5, 0.4])[None, :, None, None]
    places, scores = joints_of(maps)
    torch.testing.assert_close(places, joints, atol=1e-3, rtol=0)
    assert scores[0, 0] == 1 and scores[0, 1].item() == pytest.approx(0.4)
    assert joints_of(-maps)[1].tolist() == [[0, 0]]


def test_the_estimator_goes_to_the_crop_and_back():
    joints = 14 + torch.rand(17, 2) * (SIDE_PX - 28)
    network = Told(joints, 0.8)
    boxes = torch.tensor([[10.0, 20.0, 50.0, 100.0], [60.0, -20.0, 140.0, 44.0]])  # squares of 100 px
    image = torch.rand(3, 120, 160)
    poses = pose_machine(network).estimate(image, boxes)
    corners = torch.tensor([[30.0 - 50, 60 - 50], [100.0 - 50, 12 - 50]])
    torch.testing.assert_close(poses.keypoints, corners[:, None] + joints * 100 / SIDE_PX, atol=0.17, rtol=0)
    assert poses.names == COCO_17 and poses.skeleton == COCO_SKELETON and torch.equal(poses.boxes, boxes)
    lowest = 0.8 * math.exp(-(2**2 + 2**2) / (2 * SIGMA_PX**2))  # of a joint in the corner of four cells
    assert (poses.scores > lowest).all() and (poses.scores <= 0.8).all()
    (crops,) = network.seen
    top = round(SIDE_PX * 38 / 100)  # 38 of 100 px above the picture
    assert crops.shape == (2, 3, SIDE_PX, SIDE_PX)
    assert crops[1, :, :top].abs().max() == 0 and crops[1, :, top:].mean() > 0.4


def test_without_boxes_the_whole_picture_is_one():
    """Its square has 128 px, of which 34 are above the picture."""
    joints = 14 + torch.rand(17, 2) * (SIDE_PX - 28)
    poses = pose_machine(Told(joints)).estimate(torch.rand(3, 60, 128))
    expected = joints * 128 / SIDE_PX - torch.tensor([0.0, 34.0])
    torch.testing.assert_close(poses.keypoints[0], expected, atol=0.22, rtol=0)


def test_eight_people_at_once_and_none():
    network = Told(torch.full((17, 2), SIDE_PX / 2))
    estimator = pose_machine(network)
    poses = estimator.estimate(torch.rand(3, 40, 40), torch.tensor([[0.0, 0, 30, 30]]).repeat(PEOPLE_AT_ONCE + 2, 1))
    assert len(poses) == PEOPLE_AT_ONCE + 2 and [len(crops) for crops in network.seen] == [PEOPLE_AT_ONCE, 2]
    none = estimator.estimate(torch.rand(3, 40, 40), torch.zeros(0, 4))
    assert none.keypoints.shape == (0, 17, 2) and none.scores.shape == (0, 17)


def test_a_real_network_takes_nobody_and_bytes(machine):
    estimator = pose_machine(machine.eval())
    image = torch.randint(0, 256, (3, 50, 70), dtype=torch.uint8)
    assert len(estimator.estimate(image, torch.zeros(0, 4))) == 0
    poses, same = estimator.estimate(image), estimator.estimate(image)
    assert torch.equal(poses.keypoints, same.keypoints) and poses.keypoints.isfinite().all()


def test_the_estimator_refuses():
    estimator = pose_machine(Told(torch.zeros(17, 2)))
    image, boxes = torch.rand(3, 20, 20), torch.tensor([[0.0, 0.0, 9.0, 9.0]])
    with pytest.raises(ResourceLimit, match="64"):
        estimator.estimate(image, boxes.repeat(MAX_PEOPLE + 1, 1))
    assert len(estimator.estimate(image, boxes.repeat(MAX_PEOPLE, 1))) == MAX_PEOPLE
    for bad in (image[:1], image[None], torch.zeros(3, 0, 5)):
        with pytest.raises(ShapeError):
            estimator.estimate(bad, boxes)
    with pytest.raises(InvalidInput):
        estimator.estimate(image.long(), boxes)
    with pytest.raises(ShapeError):
        estimator.estimate(image, boxes[0])
    for bad in ([[9.0, 0, 0, 9]], [[0.0, 0, float("nan"), 9]], [[0.0, 0, 2e6, 9]]):
        with pytest.raises(InvalidInput):
            estimator.estimate(image, torch.tensor(bad))
