"""OpenPose: parts and fields are their definitions; a network that knows everything finds everyone in the picture."""

import math

import pytest
import torch
from torch import nn

from engine.errors import InvalidInput, ShapeError
from engine.pose.affinity_fields import LIMB_PX, along_limb, limb_fields, part_maps, samples_between
from engine.pose.assembly import Assembly
from engine.pose.heatmaps import SIGMA_PX, gaussians
from engine.pose.openpose import OpenPose, OpenPoseEstimator, loss
from engine.pose.parts import LIMBS, NECK, PARTS, with_neck
from engine.pose.poses import COCO_17

pytestmark = pytest.mark.usefixtures("seeded")

UPRIGHT = {  # from the middle of the body, in heights of it
    "nose": (0, -0.4),
    "eye": (0.06, -0.46),
    "ear": (0.13, -0.44),
    "shoulder": (0.14, -0.26),
    "elbow": (0.2, -0.1),
    "wrist": (0.25, 0.05),
    "hip": (0.09, 0.05),
    "knee": (0.1, 0.25),
    "ankle": (0.1, 0.45),
}


def upright(x, y, height):
    """Return the keypoints (17, 3) of somebody who stands at (x, y), seen from the front."""
    rows = []
    for name in COCO_17:
        across, down = UPRIGHT[name.removeprefix("left_").removeprefix("right_")]
        side = 1 if name.startswith("left") else -1
        rows.append([x + side * across * height, y + down * height, 2.0])
    return torch.tensor(rows)


class Knows:
    """A network that gives the true maps and fields of parts (N, 18, 3) px of what it sees."""

    def __init__(self, parts):
        self.parts, self.first, self.seen = parts, nn.Sequential(nn.Conv2d(1, 1, 1)), []

    def stages(self, images):
        self.seen.append(images)
        cells = [side // 4 for side in images.shape[2:]]
        return [(part_maps(self.parts, *cells)[None], limb_fields(self.parts, LIMBS, *cells)[None])]


def test_the_neck_is_between_the_shoulders():
    keypoints = upright(50, 60, 100).repeat(4, 1, 1)
    keypoints[1, 5, 2], keypoints[2, 6, 2] = 1, 0
    keypoints[3, 5:7, 2] = torch.tensor([0.0, 1.0])
    parts = with_neck(keypoints)
    assert parts.shape == (4, 18, 3) and torch.equal(parts[:, :17], keypoints) and PARTS[NECK] == "neck"
    assert parts[:, NECK].tolist() == [[50, 34, 2], [50, 34, 1], [0, 0, 0], [0, 0, 0]]
    assert with_neck(torch.zeros(0, 17, 3)).shape == (0, 18, 3)


def test_the_limbs_are_a_tree_over_all_parts_from_the_neck():
    reached = {NECK}
    for start, end in LIMBS:  # in the order in which they are put together
        assert start in reached and end not in reached
        reached.add(end)
    assert reached == set(range(18)) and len(LIMBS) == 17


def test_a_part_map_is_the_highest_of_all_bumps():
    parts = torch.stack([with_neck(upright(30, 40, 60)[None])[0], with_neck(upright(50, 42, 70)[None])[0]])
    parts[1, 9, 2], parts[0, 10, 2] = 0, 1
    maps = part_maps(parts, 20, 24)
    bumps = gaussians(parts[..., :2], 20, 24)
    expected = torch.maximum(bumps[0], bumps[1])
    expected[9] = bumps[0, 9]
    torch.testing.assert_close(maps, expected)
    assert part_maps(parts[:0], 20, 24).abs().max() == 0 and part_maps(parts[:0], 20, 24).shape == (18, 20, 24)
    assert part_maps(parts, 20, 24, 2.0)[0].sum() < maps[0].sum()


def fields_by_loops(parts, limbs, rows, columns):
    fields = torch.zeros(2 * len(limbs), rows, columns)
    for c, (a, b) in enumerate(limbs):
        for row in range(rows):
            for column in range(columns):
                found = []
                for person in parts.tolist():
                    (ax, ay, av), (bx, by, bv) = person[a], person[b]
                    length = math.hypot(bx - ax, by - ay)
                    if av and bv and length:
                        vx, vy = (bx - ax) / length, (by - ay) / length
                        px, py = 4 * column + 2 - ax, 4 * row + 2 - ay
                        if 0 <= vx * px + vy * py <= length and abs(-vy * px + vx * py) <= LIMB_PX:
                            found.append((vx, vy))
                if found:
                    fields[2 * c : 2 * c + 2, row, column] = torch.tensor(found).mean(0)
    return fields


def test_fields_are_the_definition_at_every_place():
    """Of three people two limbs cross; one has an end that is not there, one no length."""
    limbs = ((0, 1), (1, 2))
    parts = torch.tensor(
        [
            [[10.0, 10, 2], [70, 50, 1], [70, 50, 2]],
            [[70.0, 15, 2], [20, 55, 2], [11, 20, 0]],
            [[40.0, 3, 0], [41, 60, 2], [80, 33, 1]],
        ]
    )
    found = limb_fields(parts, limbs, 17, 22)
    torch.testing.assert_close(found, fields_by_loops(parts, limbs, 17, 22), atol=1e-6, rtol=0)
    norms = found.unflatten(0, (-1, 2)).norm(dim=1)
    crossing = (norms[0] > 0) & (norms[0] < 0.99)
    assert crossing.sum() >= 2 and (norms[0] > 0.99).sum() > 20 and norms[1].count_nonzero() > 5
    assert limb_fields(parts[:0], limbs, 17, 22).abs().max() == 0


def test_along_a_limb_the_field_is_one_and_between_two_people_nought():
    limbs = ((0, 1),)
    parts = torch.tensor([[[20.0, 18, 2], [20, 62, 2]], [[80.0, 18, 2], [82, 70, 2]]])
    field = limb_fields(parts, limbs, 24, 28)
    start, end = parts[:, 0, :2] + torch.tensor([0.0, 4]), parts[:, 1, :2] - torch.tensor([0.0, 4])
    samples = along_limb(field, start, end)  # a cell from the ends, so that all four cells around are on the limb
    assert samples.shape == (2, 2, 10)
    torch.testing.assert_close(samples[[0, 1], [0, 1]], torch.ones(2, 10), atol=1e-3, rtol=0)
    assert samples[0, 1].abs().mean() < 0.2 and samples[1, 0].abs().mean() < 0.2
    torch.testing.assert_close(along_limb(field, end, start), -samples.transpose(0, 1).flip(2), atol=1e-5, rtol=0)
    assert along_limb(field, parts[:0, 0, :2], parts[:, 1, :2]).shape == (0, 2, 10)
    assert along_limb(field, parts[:1, 0, :2], parts[:1, 0, :2]).abs().max() == 0  # no way, no direction
    assert along_limb(field, torch.tensor([[-50.0, -50]]), torch.tensor([[900.0, 900]])).isfinite().all()


def bilinear(field, x, y):
    """Return the field at a place by its four cells; beyond the outer cells' middles it stays as it is there."""
    column, row = (min(max(v / 4 - 0.5, 0.0), n - 1.0) for v, n in ((x, field.shape[2]), (y, field.shape[1])))
    left, top = min(int(column), field.shape[2] - 2), min(int(row), field.shape[1] - 2)
    right, down = column - left, row - top
    above = field[:, top, left] * (1 - right) + field[:, top, left + 1] * right
    below = field[:, top + 1, left] * (1 - right) + field[:, top + 1, left + 1] * right
    return above * (1 - down) + below * down


def test_between_the_cells_a_field_is_bilinear():
    field = torch.randn(2, 7, 9)
    starts, ends = torch.rand(4, 2) * 40 - 4, torch.rand(3, 2) * 40 - 4  # of 36 × 28 px, some outside
    found = along_limb(field, starts, ends)
    for a, start in enumerate(starts):
        for b, end in enumerate(ends):
            v = (end - start) / (end - start).norm()
            for i in range(10):
                place = start + (end - start) * i / 9
                expected = (bilinear(field, *place.tolist()) * v).sum().item()
                assert found[a, b, i].item() == pytest.approx(expected, abs=1e-4)


def test_a_sample_between_two_cells_is_their_mean():
    field = torch.zeros(2, 4, 4)
    field[0, 1] = torch.tensor([0.0, 1.0, 0.5, 0.0])  # x of the cells whose middles are (2, 6) … (14, 6) px
    middles = along_limb(field, torch.tensor([[6.0, 6.0]]), torch.tensor([[10.0, 6.0]]))
    torch.testing.assert_close(middles[0, 0], torch.linspace(1, 0.5, 10))
    lower = along_limb(field, torch.tensor([[6.0, 8.0]]), torch.tensor([[10.0, 8.0]]))
    torch.testing.assert_close(lower[0, 0], torch.linspace(0.5, 0.25, 10))


def test_samples_lie_evenly_from_end_to_end():
    places = samples_between(torch.tensor([[0.0, 0.0], [9.0, 18.0]]), torch.tensor([[9.0, 18.0]]))
    assert places.shape == (2, 1, 10, 2)
    torch.testing.assert_close(places[0, 0], torch.tensor([[i * 1.0, i * 2.0] for i in range(10)]))
    torch.testing.assert_close(places[1, 0], torch.tensor([[9.0, 18.0]]).repeat(10, 1))


@torch.no_grad()
def test_the_network_gives_maps_and_fields_of_every_stage():
    network = OpenPose().eval()
    images = torch.rand(2, 3, 32, 48)
    stages = network.stages(images)
    assert [(tuple(m.shape), tuple(f.shape)) for m, f in stages] == [((2, 18, 8, 12), (2, 34, 8, 12))] * 3
    assert all(torch.equal(a, b) for a, b in zip(network(images), stages[-1], strict=True))
    features = network.backbone(images)
    said = network.first(features)
    for stage, (maps, fields) in zip([*network.later, None], stages, strict=True):
        torch.testing.assert_close(maps, said[:, :18].sigmoid())
        torch.testing.assert_close(fields, said[:, 18:])
        said = stage and stage(torch.cat([features, maps, fields], 1))


def test_the_loss_by_hand_and_the_last_stage_teaches_the_first():
    """Two marked parts and two cells of a limb; one of each is half right, and so is one cell of ground."""
    maps, fields = torch.zeros(1, 18, 8, 8), torch.zeros(1, 34, 8, 8)
    maps[0, 3, 2, 2] = maps[0, 4, 6, 6] = 1
    fields[0, 7, 2, 2:4] = -1
    own_maps, own_fields = maps.clone(), fields.clone()
    own_maps[0, 3, 2, 2] = own_maps[0, 9, 5, 5] = 0.5
    own_fields[0, 7, 2, 2], own_fields[0, 20, 1, 1] = -0.5, 0.5
    terms = loss([(maps, fields), (own_maps, own_fields)], maps, fields)
    assert list(terms) == ["maps 1", "fields 1", "maps 2", "fields 2"]
    expected = [0, 0, 2 * 0.25 * math.log(2) / 2, 5 * (0.25 + 0.1 * 0.25) / 2]
    assert [term.item() for term in terms.values()] == pytest.approx(expected, rel=1e-5)
    network = OpenPose().train()
    loss(network.stages(torch.rand(1, 3, 32, 32)), maps, fields)["maps 3"].backward()
    assert network.first[-1].weight.grad.abs().max() > 0 and network.later[0][-1].weight.grad.abs().max() > 0
    assert network.later[1][-1].weight.grad[18:].abs().max() == 0  # maps alone do not teach fields


def test_everyone_is_found_in_the_picture_s_own_pixels():
    keypoints = torch.stack([upright(60, 76, 130), upright(180, 70, 115)])
    keypoints[0, 15] = 0  # no left ankle
    keypoints[1, 9:11] = 0
    scale = torch.tensor([375 / 251, 224 / 150])
    parts = with_neck(keypoints)
    parts[..., :2] *= scale
    network = Knows(parts)
    poses = OpenPoseEstimator(network).estimate(torch.rand(3, 150, 251))
    assert network.seen[0].shape == (1, 3, 224, 384) and len(poses) == 2 and poses.names == COCO_17
    order = poses.keypoints[:, 0, 0].argsort()
    found, scores, boxes = poses.keypoints[order], poses.scores[order], poses.boxes[order]
    known = keypoints[..., 2] > 0
    assert (found - keypoints[..., :2])[known].abs().max() < 0.16
    lowest = math.exp(-(2**2 + 2**2) / (2 * SIGMA_PX**2))  # of a part in the corner of four cells
    assert (scores[known] > lowest).all() and (scores[~known] == 0).all() and (found[~known] == 0).all()
    for i in range(2):
        expected = torch.cat([found[i, known[i]].amin(0), found[i, known[i]].amax(0)])
        torch.testing.assert_close(boxes[i], expected)


def test_every_step_can_be_looked_at_with_other_settings():
    parts = with_neck(upright(112, 112, 175)[None])
    estimator = OpenPoseEstimator(Knows(parts), Assembly(parts=18))
    image = torch.rand(3, 224, 224)
    seen = estimator.look(image)
    assert len(seen.candidates.part) == 18 and len(seen.pairs) == 17 and len(seen.people) == 1
    assert seen.scale == (1, 1) and seen.stages[0][0].shape == (18, 56, 56)
    assert seen.people[0].limb_score > 10 and len(estimator.estimate(image)) == 1
    parts[0, 9, 2] = 0
    assert len(estimator.estimate(image)) == 0 and len(estimator.look(image, Assembly(parts=17)).people) == 1


def test_an_empty_picture_has_nobody():
    estimator = OpenPoseEstimator(Knows(torch.zeros(0, 18, 3)))
    poses = estimator.estimate(torch.zeros(3, 100, 120))
    assert len(poses) == 0 and poses.keypoints.shape == (0, 17, 2) and poses.boxes.shape == (0, 4)
    assert OpenPoseEstimator.finds_people and len(estimator.estimate(torch.zeros(3, 9, 9), torch.ones(1, 4))) == 0


def test_a_real_network_looks_at_a_picture():
    seen = OpenPoseEstimator(OpenPose().eval()).look(torch.rand(3, 40, 40), Assembly(peak=0.9))
    assert len(seen.stages) == 3 and not seen.stages[-1][0].requires_grad


def test_pictures_that_are_refused():
    estimator = OpenPoseEstimator(Knows(torch.zeros(0, 18, 3)))
    with pytest.raises(InvalidInput, match="4 times"):
        estimator.estimate(torch.zeros(3, 401, 100))
    for bad in (torch.zeros(1, 20, 20), torch.zeros(3, 0, 20), torch.zeros(2, 3, 20, 20)):
        with pytest.raises(ShapeError):
            estimator.estimate(bad)
    with pytest.raises(InvalidInput):
        estimator.estimate(torch.zeros(3, 20, 20, dtype=torch.int32))
