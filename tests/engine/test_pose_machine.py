"""The Pose Machine: every stage sees the one before and is told the truth; its estimator goes to the crop and back."""

import math

import pytest
import torch
from torch import nn

from engine.errors import InvalidInput, ResourceLimit, ShapeError
from engine.pose.heatmaps import gaussians, map_loss
from engine.pose.pose_machine import PoseMachine, WideConv, centre_map, loss
from engine.pose.poses import COCO_17, COCO_SKELETON
from engine.pose.single_person import MAX_PEOPLE, PEOPLE_AT_ONCE, joints_of, pose_machine


@pytest.fixture(autouse=True)
def seeded():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


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
        return self.height * gaussians(self.joints.expand(len(crops), -1, -1), 32, 32)


@torch.no_grad()
def test_every_stage_gives_the_maps_of_all_joints(machine):
    crops = torch.rand(2, 3, 32, 48)
    stages = machine.eval().stages(crops)
    assert [tuple(maps.shape) for maps in stages] == [(2, 17, 8, 12)] * 3
    assert torch.equal(machine(crops), stages[-1])
    assert [len(PoseMachine(5, n).eval().stages(crops)) for n in (1, 2)] == [1, 2]


@torch.no_grad()
def test_a_later_stage_sees_features_beliefs_and_centre(machine):
    features = torch.rand(2, 64, 8, 12)
    first, second, third = machine.eval().stages_of(features)
    centre = centre_map(8, 12).expand(2, -1, -1, -1)
    torch.testing.assert_close(first, machine.first(features))
    torch.testing.assert_close(second, machine.later[0](torch.cat([features, first, centre], 1)))
    torch.testing.assert_close(third, machine.later[1](torch.cat([features, second, centre], 1)))


def test_the_centre_map_is_a_bump_in_the_middle():
    bump = centre_map(8, 12)
    assert bump.shape == (1, 8, 12)
    assert bump[0, 3, 5].item() == pytest.approx(math.exp(-(2**2 + 2**2) / (2 * 21**2)))
    assert bump[0, 0, 0].item() == pytest.approx(math.exp(-(22**2 + 14**2) / (2 * 21**2)))
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


def test_the_loss_is_nought_at_the_truth_and_a_term_for_each_stage():
    joints, counts = torch.rand(2, 17, 2) * 32, torch.ones(2, 17)
    counts[0, 3] = 0
    true = gaussians(joints, 8, 8)
    assert [term.item() for term in loss([true] * 3, joints, counts).values()] == [0, 0, 0]
    stages = [true + 0.1, true, true - 0.2]
    stages[1] = true.clone()
    stages[1][0, 3] = 7  # does not count
    terms = loss(stages, joints, counts)
    assert list(terms) == ["stage 1", "stage 2", "stage 3"]
    assert [term.item() for term in terms.values()] == pytest.approx([64 * 0.01, 0, 64 * 0.04], rel=1e-5)
    assert terms["stage 1"] == map_loss(stages[0], true, counts)


def test_the_last_stage_teaches_the_first_and_each_its_own(machine):
    joints, counts = torch.rand(2, 17, 2) * 32, torch.ones(2, 17)

    def gradients(stage):
        machine.zero_grad(set_to_none=True)
        loss(machine.train().stages(torch.rand(2, 3, 32, 32)), joints, counts)[stage].backward()
        parts = (machine.backbone.quarter[0][0], machine.first[-1], machine.later[0][-1], machine.later[1][-1])
        return [part.weight.grad is not None and part.weight.grad.abs().max().item() > 0 for part in parts]

    assert gradients("stage 1") == [True, True, False, False]
    assert gradients("stage 2") == [True, True, True, False]
    assert gradients("stage 3") == [True, True, True, True]


def test_joints_are_at_the_peaks_and_as_sure_as_these_are_high():
    joints = torch.tensor([[[50.0, 30.0], [22.0, 102.0]]])
    maps = gaussians(joints, 32, 32) * torch.tensor([1.5, 0.4])[None, :, None, None]
    places, scores = joints_of(maps)
    torch.testing.assert_close(places, joints, atol=0.25, rtol=0)
    assert scores[0, 0] == 1 and scores[0, 1].item() == pytest.approx(0.4)
    assert joints_of(-maps)[1].tolist() == [[0, 0]]


def test_the_estimator_goes_to_the_crop_and_back():
    joints = torch.rand(17, 2) * 100 + 14
    network = Told(joints, 0.8)
    boxes = torch.tensor([[10.0, 20.0, 50.0, 100.0], [60.0, -20.0, 140.0, 44.0]])  # squares of 100 px
    image = torch.rand(3, 120, 160)
    poses = pose_machine(network).estimate(image, boxes)
    corners = torch.tensor([[30.0 - 50, 60 - 50], [100.0 - 50, 12 - 50]])
    torch.testing.assert_close(poses.keypoints, corners[:, None] + joints * 100 / 128, atol=0.2, rtol=0)
    assert poses.names == COCO_17 and poses.skeleton == COCO_SKELETON and torch.equal(poses.boxes, boxes)
    assert (poses.scores > 0.7).all() and (poses.scores <= 0.8).all()
    (crops,) = network.seen
    assert crops.shape == (2, 3, 128, 128)
    assert crops[1, :, :47].abs().max() == 0 and crops[1, :, 50:120].mean() > 0.4  # 38 of 100 px above the picture


def test_without_boxes_the_whole_picture_is_one():
    joints = torch.rand(17, 2) * 100 + 14
    poses = pose_machine(Told(joints)).estimate(torch.rand(3, 60, 128))
    torch.testing.assert_close(poses.keypoints[0], joints - torch.tensor([0.0, 34.0]), atol=0.25, rtol=0)


def test_eight_people_at_once_and_none():
    network = Told(torch.full((17, 2), 64.0))
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
