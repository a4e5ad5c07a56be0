"""DeepPose: small squares are what they should be, a stage moves a joint by sides of its square, the loss by hand."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from engine.pose.deep_pose import LEAST_PATCH_PX, SIDE_PX, DeepPose, Near, cut_patches, loss, patch_sides
from engine.pose.deep_pose import estimator as deep_pose
from engine.pose.poses import COCO_17

pytestmark = pytest.mark.usefixtures("seeded")

TORSO = {"left_shoulder": (70.0, 40.0), "right_shoulder": (50.0, 40.0), "left_hip": (66.0, 80.0)}


class Off(nn.Module):
    """A later stage that always says the same, and keeps what it was shown."""

    def __init__(self, off):
        super().__init__()
        self.off, self.seen = torch.tensor(off), []

    def forward(self, patches):
        self.seen.append(patches)
        return self.off.expand(*patches.shape[:2], 2)


@pytest.fixture
def network():
    return DeepPose().eval()


def pose(right_hip):
    joints = torch.full((17, 2), SIDE_PX / 2)
    for name, place in (TORSO | {"right_hip": right_hip}).items():
        joints[COCO_17.index(name)] = torch.tensor(place)
    return joints


def test_a_small_square_of_its_own_size_is_plain_indexing():
    far = SIDE_PX - 12.0
    crops, middles = torch.rand(2, 3, SIDE_PX, SIDE_PX), torch.tensor([[[40, 50], [12, far]], [[64, 64], [far, 12]]])
    patches = cut_patches(crops, middles, torch.tensor([24.0, 24.0]))
    assert patches.shape == (2, 2, 3, 24, 24)
    for b in range(2):
        for k in range(2):
            x, y = middles[b, k].int().tolist()
            expected = crops[b, :, y - 12 : y + 12, x - 12 : x + 12]
            torch.testing.assert_close(patches[b, k], expected, atol=1e-4, rtol=0)


def test_a_square_twice_as_large_is_the_mean_of_four_and_outside_is_black():
    crops = torch.rand(1, 3, SIDE_PX, SIDE_PX)
    patches = cut_patches(crops, torch.tensor([[[40.0, 50.0], [0.0, 64.0]]]), torch.tensor([48.0]))
    expected = F.avg_pool2d(crops[:, :, 26:74, 16:64], 2)[0]
    torch.testing.assert_close(patches[0, 0], expected, atol=1e-4, rtol=0)
    assert patches[0, 1, :, :, :12].abs().max() == 0 and patches[0, 1, :, :, 12:].min() > 0


def test_the_side_is_the_torso_the_longer_way():
    """Right shoulder to left hip is (16, 40) px; left shoulder to right hip (−30, 40) in the first, (0, 40) after."""
    joints = torch.stack([pose((40.0, 80.0)), pose((70.0, 80.0))])
    expected = torch.tensor([0.9 * 50, 0.9 * (16**2 + 40**2) ** 0.5])
    torch.testing.assert_close(patch_sides(joints), expected)
    no_torso, too_large = torch.full((17, 2), 9.0), 9 * pose((40.0, 80.0))
    assert patch_sides(torch.stack([no_torso, too_large])).tolist() == [
        LEAST_PATCH_PX,
        SIDE_PX / 2,
    ]


def test_an_untrained_later_stage_moves_nothing(network):
    first, second, third = network.stages(torch.rand(2, 3, SIDE_PX, SIDE_PX))
    assert first.shape == (2, 17, 2) and torch.equal(first, second) and torch.equal(first, third)


@torch.no_grad()
def test_stage_1_speaks_in_sides_from_the_middle(network, monkeypatch):
    crops = torch.rand(2, 3, SIDE_PX, SIDE_PX)
    monkeypatch.setattr(network.whole, "forward", lambda crops: torch.tensor([[[0.0, 0.0], [-0.5, 0.25]]]))
    assert network.first(crops).tolist() == [[[SIDE_PX / 2, SIDE_PX / 2], [0, SIDE_PX * 3 / 4]]]
    monkeypatch.undo()
    deep = network.whole.backbone(crops)
    expected = network.whole.places(network.whole.say(deep)).view(2, 17, 2)
    torch.testing.assert_close(network.whole(crops), expected)


def staged(stages):
    """Return a cascade whose first stage is right and whose later ones are `stages`."""
    network = DeepPose(n_stages=1)
    start = torch.stack([pose((40.0, 80.0)), pose((70.0, 80.0))])
    network.first = lambda crops: start
    network.near = nn.ModuleList(stages)
    return network, start


def test_a_stage_moves_joints_by_sides_of_their_square():
    network, start = staged([Off([0.1, -0.2]), Off([0.0, 0.5])])
    crops = torch.rand(2, 3, SIDE_PX, SIDE_PX)
    first, second, third = network.stages(crops)
    sides = patch_sides(start)
    assert torch.equal(first, start)
    torch.testing.assert_close(second, start + torch.tensor([0.1, -0.2]) * sides[:, None, None])
    torch.testing.assert_close(third, second + torch.tensor([0.0, 0.5]) * patch_sides(second)[:, None, None])
    torch.testing.assert_close(network.near[0].seen[0], cut_patches(crops, start, sides))
    torch.testing.assert_close(network.near[1].seen[0], cut_patches(crops, second, patch_sides(second)))
    assert torch.equal(network(crops), third)


def test_disturb_moves_what_a_later_stage_starts_from():
    network, start = staged([Off([0.1, 0.0]), Off([0.0, 0.0])])
    crops, disturb = torch.rand(2, 3, SIDE_PX, SIDE_PX), torch.randn(2, 2, 17, 2) * 0.1
    _, second, third = network.stages(crops, disturb)
    sides = patch_sides(start)[:, None, None]
    begun = start + disturb[0] * sides
    torch.testing.assert_close(network.near[0].seen[0], cut_patches(crops, begun, sides[:, 0, 0]))
    torch.testing.assert_close(second, begun + torch.tensor([0.1, 0.0]) * sides)
    torch.testing.assert_close(third, second + disturb[1] * patch_sides(second)[:, None, None])


def test_no_stage_learns_to_please_the_next():
    network = DeepPose().train()
    nn.init.normal_(network.near[0].say[-1].weight)
    stages = network.stages(torch.rand(2, 3, SIDE_PX, SIDE_PX))
    stages[2].sum().backward()
    assert network.whole.places.weight.grad is None and network.near[0].which.weight.grad is None
    assert network.near[1].say[-1].weight.grad.abs().max() > 0
    network.stages(torch.rand(2, 3, SIDE_PX, SIDE_PX))[0].sum().backward()
    assert network.whole.places.weight.grad.abs().max() > 0


@torch.no_grad()
def test_a_later_stage_knows_which_joint_it_looks_at():
    near = Near(4).eval()
    nn.init.normal_(near.say[-1].weight)
    patches = torch.rand(3, 24, 24).expand(2, 4, -1, -1, -1)
    said = near(patches)
    assert said.shape == (2, 4, 2)
    torch.testing.assert_close(said[0], said[1])
    assert all((said[0, k] - said[0, 0]).abs().max() > 1e-4 for k in (1, 2, 3))
    near.which.weight[2] += 1
    moved = (near(patches) - said).abs().amax((0, 2))
    assert moved[2] > 1e-3 and moved[[0, 1, 3]].max() < 1e-6


def test_the_loss_by_hand():
    joints = torch.zeros(1, 3, 2)
    said = torch.tensor([[[3.0, -4.0], [0.0, 1.0], [50.0, 50.0]]])
    counts = torch.tensor([[1.0, 1.0, 0.0]])
    terms = loss([said, joints], joints, counts)
    assert list(terms) == ["stage 1", "stage 2"]
    assert terms["stage 1"].item() == pytest.approx((7 + 1) / 2 / SIDE_PX * 100) and terms["stage 2"] == 0
    assert loss([said], joints, torch.zeros(1, 3))["stage 1"] == 0


def test_the_estimator_is_always_sure(network):
    boxes = torch.tensor([[0.0, 0.0, 80.0, 40.0]])  # its square: 100 px from (−10, −30)
    poses = deep_pose(network).estimate(torch.zeros(3, 60, 90), boxes)
    with torch.no_grad():
        joints = network(torch.zeros(1, 3, SIDE_PX, SIDE_PX))[0]
    torch.testing.assert_close(poses.keypoints[0], joints * 100 / SIDE_PX + torch.tensor([-10.0, -30.0]))
    assert (poses.scores == 1).all()
    assert len(deep_pose(network).estimate(torch.zeros(3, 60, 90), torch.zeros(0, 4))) == 0
