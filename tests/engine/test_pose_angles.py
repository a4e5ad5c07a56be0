"""Joint angles, repetitions, the One Euro filter, and who is who: against their equations and the figures world."""

import math

import numpy as np
import pytest
import torch

from engine.datasets.figures import make_clip
from engine.errors import InvalidInput
from engine.pose.angles import ANGLES, BOTH_SIDES, COUNTABLE, angle_at, joint_angles, one_angle
from engine.pose.one_euro import OneEuro, alpha, begin, follow
from engine.pose.poses import COCO_17, COCO_SKELETON, MPII_16, MPII_SKELETON, Poses
from engine.pose.repetitions import MAX_ANGLES, Repetitions, count_repetitions, thresholds_of
from engine.pose.tracks import MAX_POINTS, MEMORY_S, Trace, Tracks, joint_boxes


def person(names=COCO_17, skeleton=COCO_SKELETON, score=1.0, **places):
    """One person, of whom only the named keypoints are known."""
    keypoints, scores = torch.zeros(1, len(names), 2), torch.zeros(1, len(names))
    for name, (x, y) in places.items():
        keypoints[0, names.index(name)] = torch.tensor([x, y])
        scores[0, names.index(name)] = score
    return Poses(keypoints, scores, torch.tensor([[0.0, 0, 100, 100]]), names, skeleton)


@pytest.mark.parametrize("degrees", [0.0, 1e-3, 30.0, 90.0, 150.0, 179.999, 180.0])
@pytest.mark.parametrize("turn", [0.0, 77.0])
def test_an_angle_is_the_one_that_was_drawn(degrees, turn):
    b = torch.tensor([3.0, -2.0], dtype=torch.float64)
    first, second = math.radians(turn), math.radians(turn + degrees)
    a = b + 5 * torch.tensor([math.cos(first), math.sin(first)], dtype=torch.float64)
    c = b + 0.7 * torch.tensor([math.cos(second), math.sin(second)], dtype=torch.float64)
    assert angle_at(b, a, c).item() == pytest.approx(degrees, abs=1e-9)
    assert angle_at(b, c, a).item() == pytest.approx(degrees, abs=1e-9)


def test_two_points_in_one_place_have_no_angle():
    b = torch.zeros(2)
    assert angle_at(b, b, torch.ones(2)).isnan() and angle_at(b, torch.ones(2), b).isnan()


@pytest.mark.parametrize(("names", "skeleton"), [(COCO_17, COCO_SKELETON), (MPII_16, MPII_SKELETON)])
@pytest.mark.parametrize("angle", ANGLES)
def test_each_angle_is_at_its_joint(names, skeleton, angle):
    assert all(name in names for name in ANGLES[angle])
    a, b, c = ANGLES[angle]
    assert b == angle and len({name.split("_")[0] for name in (a, b, c)}) == 1
    angles = joint_angles(person(names, skeleton, **{a: (10, 0), b: (0, 0), c: (0, 4)}))
    assert angles.shape == (1, 8) and one_angle(angles[0], angle) == pytest.approx(90)
    assert angles.isnan().sum() == 7


def test_the_limbs_are_those_of_the_body():
    neighbours = {
        "elbow": {"shoulder", "wrist"},
        "shoulder": {"elbow", "hip"},
        "hip": {"shoulder", "knee"},
        "knee": {"hip", "ankle"},
    }
    assert len(ANGLES) == 8
    for a, b, c in ANGLES.values():
        assert {one.split("_")[1] for one in (a, c)} == neighbours[b.split("_")[1]]


def test_an_unsure_keypoint_gives_no_angle():
    limb = {"left_hip": (0, 0), "left_knee": (0, 5), "left_ankle": (0, 9)}
    assert one_angle(joint_angles(person(score=0.4, **limb), 0.4)[0], "left_knee") == pytest.approx(180)
    assert math.isnan(one_angle(joint_angles(person(score=0.39, **limb), 0.4)[0], "left_knee"))
    assert math.isnan(one_angle(joint_angles(person(score=0.0, **limb), 0.0)[0], "left_knee"))


def test_both_sides_are_their_mean_or_the_one_that_is_known():
    order = list(ANGLES)
    angles = torch.full((8,), torch.nan)
    angles[order.index("left_knee")] = 100
    assert one_angle(angles, "knees") == 100 and math.isnan(one_angle(angles, "hips"))
    angles[order.index("right_knee")] = 160
    assert one_angle(angles, "knees") == 130 and BOTH_SIDES["knees"] == ("left_knee", "right_knee")
    assert set(COUNTABLE) == {"elbows", "shoulders", "hips", "knees", *ANGLES}
    with pytest.raises(InvalidInput, match="The angle must be one of elbows"):
        one_angle(angles, "ankles")


def test_nobody_has_no_angles():
    assert joint_angles(person(left_hip=(0, 0)).pick([])).shape == (0, 8)


# Repetitions


@pytest.mark.parametrize(
    ("angles", "expected"),
    [
        ([], 0),
        ([170, 170], 0),
        ([170, 80, 170], 1),
        ([170, 80], 0),  # not back yet
        ([80, 170, 80, 170, 80], 2),  # began bent
        ([130, 130, 170, 80, 170], 1),  # between the two is neither
        ([170, 99, 101, 99, 101, 99, 170], 1),  # trembles at one threshold
        ([170, 99, 149, 99, 151, 149, 151], 1),
        ([170, 80, math.nan, math.nan, 170, math.nan], 1),
    ],
)
def test_a_repetition_is_there_and_back(angles, expected):
    assert count_repetitions(angles, 100, 150) == expected


def test_thresholds_are_of_the_range():
    assert thresholds_of([80, math.nan, 180, 100]) == pytest.approx((120, 155))
    assert thresholds_of([]) is thresholds_of([math.nan]) is thresholds_of([100, 124.9]) is None


def test_a_small_movement_counts_until_larger_ones_come():
    count, seen = Repetitions(), []
    for angle in (170, 140, 170, 60, 170, math.nan, 60, 170):
        count.add(angle)
        seen.append(count.count)
    assert seen == [0, 0, 1, 0, 1, 1, 1, 2] and count.thresholds == (104, 142.5)


def test_a_count_is_bounded():
    count = Repetitions()
    for angle in [60, 170] * (MAX_ANGLES // 2 + 5):
        count.add(angle)
    assert count.count <= MAX_ANGLES // 2


def seen_by(clip, row=0):
    """The true keypoints of one person in each frame, as poses."""
    for frame in clip.frames:
        keypoints = frame.keypoints[frame.ids == row]
        scores = (keypoints[..., 2] > 0).float()
        yield Poses(keypoints[..., :2], scores, frame.boxes[frame.ids == row], COCO_17, COCO_SKELETON)


@pytest.mark.parametrize(("action", "angle"), [("squat", "knees"), ("jump", "shoulders")])
@pytest.mark.parametrize("seed", range(6))
def test_the_count_is_that_of_the_figures_world(action, angle, seed):
    clip, count = make_clip(seed, 90, 48, action), Repetitions()
    for poses in seen_by(clip):
        if len(poses):
            count.add(one_angle(joint_angles(poses)[0], angle))
    assert count.count == clip.repetitions[0] > 0


# The One Euro filter


def test_the_filter_is_that_of_its_paper():
    settings, times = OneEuro(0.8, 0.05, 1.3), [0.0, 0.04, 0.1, 0.12, 0.5]
    values = [10.0, 12.0, 11.0, 40.0, 41.0]
    state = begin(torch.tensor([values[0]]), times[0])
    x, dx = values[0], 0.0

    def weight(cutoff, period):
        return 1 / (1 + (1 / (2 * math.pi * cutoff)) / period)

    for k in range(1, len(values)):
        state = follow(state, torch.tensor([values[k]]), times[k], settings)
        period = times[k] - times[k - 1]
        a = weight(1.3, period)
        dx = a * (values[k] - x) / period + (1 - a) * dx
        a = weight(0.8 + 0.05 * abs(dx), period)
        x = a * values[k] + (1 - a) * x
        assert state.values.item() == pytest.approx(x, rel=1e-5)
        assert state.speeds.item() == pytest.approx(dx, rel=1e-4)


def test_the_filter_at_its_ends():
    assert alpha(1 / (2 * math.pi), 1.0) == pytest.approx(0.5)
    state = begin(torch.tensor([1.0, 2.0]), 3.0)
    assert follow(state, torch.tensor([9.0, 9.0]), 3.0, OneEuro()) is state  # no time has passed
    later = follow(state, torch.tensor([1.0, 2.0]), 4.0, OneEuro())
    assert later.values.tolist() == [1, 2] and later.speeds.tolist() == [0, 0]
    still, fast = (follow(state, torch.tensor([2.0, 2.0]), 3.05, OneEuro(1.0, beta)) for beta in (0.0, 50.0))
    assert 1 < still.values[0] < 1.3 < 1.9 < fast.values[0] < 2
    with pytest.raises(InvalidInput, match="β must be a number from 0 to 100"):
        OneEuro(beta=-1.0)


def test_the_filter_calms_what_trembles():
    noise = torch.randn(200, generator=torch.Generator().manual_seed(0)) * 0.002
    state, out = begin(noise[:1], 0.0), []
    for k, value in enumerate(noise[1:], 1):
        state = follow(state, value[None], k / 25, OneEuro())
        out.append(state.values.item())
    assert np.std(out) < 0.6 * noise.std()


# Tracks and traces


def boxes(*rows):
    return torch.tensor(rows, dtype=torch.float32).reshape(-1, 4)


def test_people_keep_their_numbers_in_any_order():
    tracks = Tracks()
    assert tracks.update(boxes((0, 0, 10, 20), (30, 0, 40, 20)), 0.0) == (1, 2)
    assert tracks.update(boxes((31, 0, 41, 20), (1, 1, 11, 21)), 0.1) == (2, 1)
    assert tracks.update(boxes((60, 0, 70, 20), (2, 1, 12, 21)), 0.2) == (3, 1)
    assert tracks.update(boxes(), 0.3) == ()
    assert tracks.update(boxes((31, 0, 41, 20)), 0.1 + MEMORY_S) == (2,)  # hidden for a moment
    assert tracks.update(boxes((31, 0, 41, 20)), 0.2 + 2 * MEMORY_S) == (4,)  # forgotten


def test_the_nearest_pair_goes_first():
    tracks = Tracks()
    tracks.update(boxes((0, 0, 10, 10), (4, 0, 14, 10)), 0.0)
    assert tracks.update(boxes((3, 0, 13, 10), (4, 0, 14, 10)), 0.1) == (1, 2)
    assert tracks.update(boxes((0, 0, 10, 10), (0, 0, 10, 10)), 0.2)[1] != 1


def test_a_narrow_box_is_met_again():
    tracks = Tracks()
    tracks.update(boxes((50, 0, 50, 40)), 0.0)
    assert tracks.update(boxes((60, 0, 61, 40)), 0.1) == (1,)


def test_an_overlap_of_a_fifth_is_the_least():
    for shift, expected in ((6.6, 1), (6.8, 2)):  # IoU 3.4 / 16.6 and 3.2 / 16.8
        tracks = Tracks()
        tracks.update(boxes((0, 0, 10, 10)), 0.0)
        assert tracks.update(boxes((shift, 0, 10 + shift, 10)), 0.1) == (expected,)


def test_the_box_around_the_known_joints():
    poses = person(nose=(5, 7), left_hip=(20, 3), score=0.5)
    assert joint_boxes(poses, 0.5).tolist() == [[5, 3, 20, 7]]
    for none in (joint_boxes(poses, 0.51), joint_boxes(person(nose=(5, 7)))):
        assert none.tolist() == [[0, 0, 100, 100]]
    assert joint_boxes(poses.pick([])).shape == (0, 4)


def test_a_trace_ends_after_its_time():
    trace = Trace(seconds=1.0)
    for k in range(5):
        trace.update(0.4 * k, {7: (k, -k)} if k < 4 else {})
    assert trace.lines == {7: ((2, -2), (3, -3))}
    trace.update(9.0, {})
    assert trace.lines == {}
    for k in range(2 * MAX_POINTS):
        trace.update(10 + k * 1e-4, {1: (k, 0)})
    assert len(trace.lines[1]) == MAX_POINTS and trace.lines[1][-1] == (2 * MAX_POINTS - 1, 0)
