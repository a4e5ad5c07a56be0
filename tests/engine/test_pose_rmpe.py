"""The Spatial Transformer is torch's affine sampling there and back, and AlphaPose without its steps a Pose Machine."""

import math
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from engine.errors import InvalidInput, ResourceLimit, ShapeError
from engine.pose import pose_machine as machine
from engine.pose.backbone import STRIDE_PX, places_of
from engine.pose.heatmaps import SIGMA_PX
from engine.pose.person_crops import BOX_SCALE, crop, crop_squares
from engine.pose.pose_machine import PoseMachine
from engine.pose.pose_machine import estimator as pose_machine
from engine.pose.pose_nms import PoseNms
from engine.pose.rmpe import AlphaPoseEstimator, Rmpe, pick
from engine.pose.single_person import MAX_PEOPLE
from engine.pose.spatial_transformer import (
    ROUGH_PX,
    ROUGH_SCALE,
    SEEN_PX,
    SpatialTransformer,
    apply,
    inverse,
    joints_back,
    maps_back,
    middle,
    square,
    transform,
)
from engine.recipes.person_batches import Change, window
from engine.recipes.train_alphapose_figures import CORNERS, Rough, loss, right_theta

pytestmark = pytest.mark.usefixtures("seeded")

CELLS = SEEN_PX // STRIDE_PX
TURNED = torch.tensor([[[0.7, -0.15, 0.1], [0.2, 0.75, -0.05]], [[-0.6, 0.1, 0.0], [0.0, 0.9, 0.08]]])


class Bright(nn.Module):
    """A network whose 17 maps are the brightness of what it sees."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, crops):
        return F.avg_pool2d(crops.mean(1, keepdim=True), 4).expand(-1, 17, -1, -1)


class Says(nn.Module):
    """A transformer that always says the same."""

    def __init__(self, theta):
        super().__init__()
        self.theta = theta

    def forward(self, crops):
        return self.theta.expand(len(crops), -1, -1)


def spot(x, y, height=180, width=240, sigma=8.0):
    """Return a black picture with a soft light at (x, y)."""
    rows, columns = torch.arange(height) + 0.5, torch.arange(width) + 0.5
    light = torch.exp(-((rows[:, None] - y) ** 2 + (columns - x) ** 2) / (2 * sigma**2))
    return light.expand(3, -1, -1).contiguous()


def test_transform_is_torchs():
    images = torch.rand(2, 4, 40, 50)
    expected = F.grid_sample(images, F.affine_grid(TURNED, (2, 4, 24, 24), align_corners=False), align_corners=False)
    torch.testing.assert_close(transform(images, TURNED, 24), expected, atol=1e-5, rtol=0)


def test_square_and_apply_by_hand():
    assert square(2).tolist() == [[[-0.5, -0.5], [0.5, -0.5]], [[-0.5, 0.5], [0.5, 0.5]]]
    assert square(ROUGH_PX)[0, 0].tolist() == pytest.approx([1 / ROUGH_PX - 1] * 2)
    places = torch.tensor([[[0.3, -0.4]], [[1.0, 0.5]]])
    expected = [[[0.7 * 0.3 + 0.15 * 0.4 + 0.1, 0.2 * 0.3 - 0.75 * 0.4 - 0.05]], [[-0.6 + 0.05, 0.9 * 0.5 + 0.08]]]
    torch.testing.assert_close(apply(TURNED, places), torch.tensor(expected))


def test_the_way_back_is_the_inverse():
    places = torch.rand(2, 9, 2) * 2 - 1
    torch.testing.assert_close(apply(inverse(TURNED), apply(TURNED, places)), places, atol=1e-5, rtol=0)
    torch.testing.assert_close(inverse(inverse(TURNED)), TURNED, atol=1e-5, rtol=0)


def test_joints_follow_theta():
    joints = torch.rand(2, 17, 2) * SEEN_PX
    found = joints_back(joints, TURNED)
    for b in range(2):
        for k in range(17):
            x, y = (2 * joints[b, k] / SEEN_PX - 1).tolist()
            seen = [row[0] * x + row[1] * y + row[2] for row in TURNED[b].tolist()]
            assert found[b, k].tolist() == pytest.approx([(v + 1) * ROUGH_PX / 2 for v in seen], abs=1e-3)


def test_a_joint_is_where_its_light_was():
    lights = torch.tensor([[0.5625, 0.46875], [0.4375, 0.53125]]) * ROUGH_PX
    crops = torch.stack([spot(*light, ROUGH_PX, ROUGH_PX, ROUGH_PX / 20) for light in lights])
    seen = transform(crops, TURNED, SEEN_PX)
    light = seen.mean(1)
    places = (square(SEEN_PX) + 1) * SEEN_PX / 2
    joints = (places * light[..., None]).sum((1, 2)) / light.sum((1, 2))[:, None]
    torch.testing.assert_close(joints_back(joints[:, None], TURNED)[:, 0], lights, atol=0.05, rtol=0)


def test_maps_go_back_where_they_were():
    lights = torch.tensor([[0.525, 0.4875], [0.475, 0.5]]) * ROUGH_PX
    rough = torch.stack([spot(*light, ROUGH_PX, ROUGH_PX, ROUGH_PX * 0.0875) for light in lights])[:, :1]
    back = maps_back(transform(rough, TURNED, SEEN_PX), TURNED, ROUGH_PX)
    assert back.shape == (2, 1, ROUGH_PX, ROUGH_PX)
    torch.testing.assert_close(back, rough, atol=1e-2, rtol=0)


def test_the_middle_is_the_crop_of_one_and_a_quarter_boxes():
    assert ROUGH_SCALE == 1.5625 and middle(3).shape == (3, 2, 3)
    image, box = torch.rand(3, 240, 260), torch.tensor([[70.0, 60.0, 180.0, 188.0]])  # squares of 160 and 200 px
    rough = crop(image, crop_squares(box, ROUGH_SCALE)[0].tolist(), ROUGH_PX)
    seen = transform(rough[None], middle(1), SEEN_PX)[0]
    expected = crop(image, crop_squares(box)[0].tolist(), SEEN_PX)
    torch.testing.assert_close(seen[:, 2:-2, 2:-2], expected[:, 2:-2, 2:-2], atol=1e-4, rtol=0)  # edges lack neighbours
    assert (seen - expected).abs().max() < 0.3


@torch.no_grad()
def test_the_transformer_says_a_scale_and_a_place_alone():
    transformer = SpatialTransformer().eval()
    nn.init.normal_(transformer.say[-1].weight)
    theta = transformer(torch.rand(4, 3, ROUGH_PX, ROUGH_PX))
    assert (theta[:, 0, 1] == 0).all() and (theta[:, 1, 0] == 0).all()
    assert torch.equal(theta[:, 0, 0], theta[:, 1, 1]) and (theta[:, 0, 0] > 0).all()
    assert theta[:, :, 2].std() > 0 and theta[:, 0, 0].std() > 0


def test_the_transformer_starts_at_the_middle_and_learns():
    transformer = SpatialTransformer()
    crops = torch.rand(3, 3, ROUGH_PX, ROUGH_PX)
    assert torch.equal(transformer(crops), middle(3))
    transform(crops, transformer(crops), 16).square().sum().backward()
    assert transformer.say[-1].weight.grad.abs().max() > 0
    nn.init.normal_(transformer.say[-1].weight)
    assert (transformer(crops) - middle(3)).abs().max() > 1e-3


def windows():
    """Return windows of 12 people, some mirrored, some turned, with the true middles and sides."""
    centres, side = torch.rand(12, 2) * 60 + 60, torch.rand(12) * 60 + 40
    change = Change(turn_deg=15.0, zoom=1.5, shift=0.15)
    matrix, mirrored = window(centres, ROUGH_SCALE * side, change, torch.Generator().manual_seed(1))
    return centres, side, matrix, mirrored


def test_the_right_theta_sees_the_true_square_upright():
    centres, side, matrix, mirrored = windows()
    theta = right_theta(matrix, centres, side)
    is_turned = matrix[:, 1, 0].abs() > 1e-3
    assert is_turned.any() and (~is_turned).any() and mirrored.any() and (~mirrored).any()
    assert (theta[:, 0, 1] == 0).all() and (theta[:, 1, 0] == 0).all() and (theta[:, 0, 0] == theta[:, 1, 1]).all()
    seen_middle = apply(matrix, apply(theta, torch.zeros(12, 1, 2)))[:, 0]
    torch.testing.assert_close(seen_middle, centres, atol=1e-3, rtol=0)
    corners = apply(matrix, apply(theta, CORNERS.expand(12, -1, -1)))
    torch.testing.assert_close((corners - centres[:, None]).norm(dim=2), (1.25 * side / 2**0.5)[:, None].expand(-1, 4))
    for i in (~is_turned).nonzero()[:, 0].tolist():
        signs = CORNERS * torch.tensor([-1.0 if mirrored[i] else 1.0, 1.0])
        torch.testing.assert_close(corners[i], centres[i] + signs * 1.25 * side[i] / 2, atol=1e-3, rtol=0)


def test_without_a_change_the_right_theta_is_the_middle():
    centres, side = torch.tensor([[80.0, 90.0]]), torch.tensor([64.0])
    half = ROUGH_SCALE * 64 / 2
    matrix = torch.tensor([[[half, 0.0, 80.0], [0.0, half, 90.0]]])
    torch.testing.assert_close(right_theta(matrix, centres, side), middle(1))


def test_the_loss_is_least_for_the_right_theta():
    """The corners' term is then nought; the joints' the last stage's cross-entropy, at least a Gaussian's entropy."""
    centres, side, matrix, _ = windows()
    theta = right_theta(matrix, centres, side)
    true = 32 + torch.rand(12, 17, 2) * (SEEN_PX - 64)  # px of what should be seen
    rough = Rough(torch.rand(12, 3, ROUGH_PX, ROUGH_PX), joints_back(true, theta), torch.ones(12, 17), theta)
    squared = (places_of(CELLS, CELLS) - true[:, :, None, None]).square().sum(-1)
    sure = -squared / (2 * SIGMA_PX**2)
    terms = loss(lambda crops: theta, SimpleNamespace(scores=lambda seen: [-sure, sure]), rough)
    assert list(terms) == ["centre", "parallel SPPN"] and terms["centre"] == 0
    entropy = 1 + math.log(2 * math.pi * SIGMA_PX**2 / STRIDE_PX**2)
    assert terms["parallel SPPN"].item() == pytest.approx(entropy, rel=1e-4)
    moved = theta + torch.tensor([[0.0, 0.0, 0.3], [0.0, 0.0, 0.0]])
    other = sure + torch.randn_like(sure)
    terms = loss(lambda crops: moved, SimpleNamespace(scores=lambda seen: [sure, other]), rough)
    assert terms["centre"].item() == pytest.approx(20 * (0.3 - 0.05) / 2, rel=1e-4)
    expected = machine.loss([sure, other], true, torch.ones(12, 17))["stage 2"].item()
    assert terms["parallel SPPN"].item() == pytest.approx(expected, rel=1e-4) and expected > entropy + 0.1


def test_joints_outside_what_should_be_seen_do_not_count():
    theta = middle(2)
    places = torch.tensor([[[SEEN_PX - 1.0, 50.0], [SEEN_PX + 1.0, 50.0]], [[30.0, -1.0], [30.0, 1.0]]])
    scores = torch.randn(2, 2, CELLS, CELLS)
    network = SimpleNamespace(scores=lambda seen: [scores])
    rough = Rough(torch.rand(2, 3, ROUGH_PX, ROUGH_PX), joints_back(places, theta), torch.ones(2, 2), theta)
    found = loss(lambda crops: theta, network, rough)["parallel SPPN"]
    counts = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    torch.testing.assert_close(found, machine.loss([scores], places, counts)["stage 1"])
    outside = Rough(rough.crops, rough.joints + 500, rough.counts, theta)
    assert loss(lambda crops: theta, network, outside)["parallel SPPN"] == 0


def test_the_seen_crop_is_what_the_pose_machine_takes():
    assert SEEN_PX == machine.SIDE_PX and pytest.approx(BOX_SCALE * ROUGH_PX / SEEN_PX) == ROUGH_SCALE
    seen = []

    def scores(crops):
        seen.append(crops)
        return [torch.zeros(2, 17, CELLS, CELLS)]

    rough = Rough(torch.rand(2, 3, ROUGH_PX, ROUGH_PX), torch.rand(2, 17, 2), torch.ones(2, 17), TURNED)
    loss(lambda crops: TURNED, SimpleNamespace(scores=scores), rough)
    assert torch.equal(seen[0], transform(rough.crops, TURNED, SEEN_PX))


def test_the_loss_teaches_the_transformer_and_not_the_network():
    transformer, network = SpatialTransformer(), PoseMachine().eval().requires_grad_(False)
    rough = Rough(torch.rand(2, 3, ROUGH_PX, ROUGH_PX), torch.rand(2, 17, 2) * ROUGH_PX, torch.ones(2, 17), middle(2))
    loss(transformer, network, rough)["parallel SPPN"].backward()
    assert transformer.say[-1].bias.grad.abs().max() > 0
    assert all(parameter.grad is None for parameter in network.parameters())


@pytest.mark.parametrize("theta", [middle(1), TURNED[:1], TURNED[1:]])
def test_a_light_is_found_whatever_the_transformer_says(theta):
    image, boxes = spot(113.0, 92.0), torch.tensor([[70.0, 60.0, 150.0, 140.0], [90.0, 50.0, 130.0, 120.0]])
    poses = AlphaPoseEstimator(Says(theta), Bright(), PoseNms(eta=40.0)).estimate(image, boxes)
    assert len(poses) == 2
    torch.testing.assert_close(poses.keypoints, torch.tensor([113.0, 92.0]).expand(2, 17, 2), atol=0.3, rtol=0)


def test_without_its_steps_it_is_the_pose_machine():
    """Black around the people: then the crops of both are the same to the last pixel, not at the edges alone."""
    image = torch.zeros(3, 260, 300)
    image[:, 70:180, 90:200] = torch.rand(3, 110, 110)
    image = F.avg_pool2d(image[None], 9, 1, 4)[0]
    boxes = torch.tensor([[80.0, 60.0, 208.0, 188.0], [86.0, 62.0, 214.0, 180.0]])
    network = PoseMachine().eval()
    estimator = AlphaPoseEstimator(Says(TURNED[:1]), network)
    steps = estimator.look(image, boxes, Rmpe(stn=False, nms=False))
    with torch.no_grad():
        crops = torch.stack([crop(image, own, SEEN_PX) for own in crop_squares(boxes).tolist()])
        torch.testing.assert_close(steps.seen, crops, atol=1e-4, rtol=0)
        torch.testing.assert_close(steps.maps, network(crops), atol=1e-2, rtol=0)
    assert steps.kept == [0, 1] and torch.equal(steps.theta, middle(2))
    bright = Bright()
    steps = AlphaPoseEstimator(Says(TURNED[:1]), bright).look(image, boxes, Rmpe(stn=False, nms=False))
    expected = pose_machine(bright).estimate(image, boxes)
    torch.testing.assert_close(steps.poses.keypoints, expected.keypoints, atol=0.1, rtol=0)
    torch.testing.assert_close(steps.poses.scores, expected.scores, atol=1e-3, rtol=0)


def test_every_step_can_be_looked_at():
    image, box = spot(113.0, 92.0), torch.tensor([[70.0, 60.0, 150.0, 140.0]])
    boxes = torch.cat([box, box + 1, box])
    estimator = AlphaPoseEstimator(Says(TURNED[:1]), Bright())
    steps = estimator.look(image, boxes)
    assert steps.crops.shape == (3, 3, ROUGH_PX, ROUGH_PX) and steps.seen.shape == (3, 3, SEEN_PX, SEEN_PX)
    assert steps.maps.shape == (3, 17, CELLS, CELLS) and torch.equal(steps.theta, TURNED[:1].expand(3, -1, -1))
    assert torch.equal(steps.squares, crop_squares(boxes, ROUGH_SCALE)) and len(steps.poses) == 3
    assert len(steps.kept) == 1 and len(estimator.estimate(image, boxes)) == 1
    assert estimator.look(image, boxes, Rmpe(nms=False)).kept == [0, 1, 2]
    assert estimator.look(image, boxes, nms=PoseNms(eta=40.0)).kept != steps.kept
    picked = pick(steps.poses, [2, 0])
    assert torch.equal(picked.boxes, boxes[[2, 0]]) and torch.equal(picked.scores, steps.poses.scores[[2, 0]])
    assert len(pick(steps.poses, [])) == 0


def test_nobody_and_many():
    real = AlphaPoseEstimator(SpatialTransformer().eval(), PoseMachine().eval())
    image = torch.rand(3, 50, 60)
    assert len(real.estimate(image, torch.zeros(0, 4))) == 0
    assert len(real.estimate(image)) == 1 and not real.look(image).maps.requires_grad
    bright = AlphaPoseEstimator(Says(middle(1)), Bright(), PoseNms(eta=40.0))
    boxes = torch.tensor([[5.0, 5.0, 40.0, 40.0]])
    assert len(bright.look(image, boxes.repeat(11, 1)).seen) == 11
    with pytest.raises(ResourceLimit):
        bright.estimate(image, boxes.repeat(MAX_PEOPLE + 1, 1))
    with pytest.raises(ShapeError):
        bright.estimate(image[:2], boxes)
    with pytest.raises(InvalidInput):
        bright.estimate(image, boxes.flip(1))


@pytest.mark.parametrize("bad", [{"stn": 1}, {"nms": None}])
def test_settings_that_are_no_flags_are_refused(bad):
    with pytest.raises(InvalidInput):
        Rmpe(**bad)


def test_places_of_cells_and_of_pixels_agree():
    """The middle of a heatmap's cell is the same place whether it is counted in cells or in [−1, 1]²."""
    torch.testing.assert_close((square(CELLS) + 1) * SEEN_PX / 2, places_of(CELLS, CELLS))
    assert math.isclose(SEEN_PX / ROUGH_PX, middle(1)[0, 0, 0].item(), rel_tol=1e-6)
