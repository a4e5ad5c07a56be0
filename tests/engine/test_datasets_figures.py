"""The figures world: the same seed gives the same people, and labels say what the pixels show."""

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest
import torch

from engine.datasets.chance import Chance
from engine.datasets.figures import (
    ACTIONS,
    CLIP_ACTIONS,
    KEYPOINT_NAMES,
    POINT_NAMES,
    make_clip,
    make_figure,
    make_figures,
)
from engine.datasets.figures.layout import layout
from engine.datasets.figures.motion import COUNTED, performance
from engine.datasets.figures.points import LIMBS, points
from engine.datasets.figures.render import render
from engine.datasets.figures.skeleton import ANKLE, FLEXION, JOINTS, KNEE, LIMITS, physique, stand_up, within_limits
from engine.datasets.figures.splat import Camera, splat
from engine.datasets.figures.stills import still
from engine.datasets.figures.surface import tubes
from engine.errors import InvalidInput
from engine.runtime.seeds import generator

FIELDS = ("image", "boxes", "keypoints", "extras", "head_sizes", "masks", "points_3d", "angles", "ids")
LEFT_RIGHT = ((1, 2), (3, 4), (5, 6), (7, 8), (9, 10), (11, 12), (13, 14), (15, 16))


@pytest.fixture(scope="module")
def pictures():
    return make_figures(30, seed=3)


@pytest.fixture(scope="module")
def singles():
    return make_figures(60, seed=6, size=96, n_people=(1, 1))


@pytest.fixture(scope="module")
def clips():
    return {action: make_clip(seed=4, n_frames=24, size=64, action=action) for action in CLIP_ACTIONS}


def same(a, b):
    return a.actions == b.actions and all(torch.equal(getattr(a, name), getattr(b, name)) for name in FIELDS)


def named(name):
    return POINT_NAMES.index(name)


def test_types_and_shapes(pictures):
    for picture in pictures:
        n = len(picture.actions)
        assert picture.image.shape == (3, 128, 128) and picture.image.dtype == torch.float32
        assert picture.image.min() >= 0 and picture.image.max() <= 1
        assert picture.boxes.shape == (n, 4) and picture.boxes.dtype == torch.float32
        assert picture.masks.shape == (n, 128, 128) and picture.masks.dtype == torch.bool
        assert picture.keypoints.shape == (n, 17, 3) and picture.extras.shape == (n, 4, 3)
        assert picture.head_sizes.shape == (n,) and (picture.head_sizes > 0).all()
        assert picture.points_3d.shape == (n, 21, 3) and picture.angles.shape == (n, 17, 3)
        assert set(picture.actions) <= set(ACTIONS) and picture.ids.unique().shape == (n,)


def test_a_seed_gives_the_same_pictures_and_another_gives_others(pictures):
    assert same(pictures[5], make_figures(6, seed=3)[5])  # nor does a picture depend on how many were asked for
    assert same(pictures[7], make_figure(7, seed=3))
    assert not torch.equal(pictures[0].image, pictures[1].image)
    assert not torch.equal(pictures[0].image, make_figure(0, seed=4).image)


def test_pictures_leave_the_global_generators_alone():
    before, numbers = torch.random.get_rng_state(), np.random.get_state()[1].copy()
    make_figure(0, seed=1)
    assert torch.equal(before, torch.random.get_rng_state()) and (numbers == np.random.get_state()[1]).all()


def test_keypoints_are_in_cocos_order():
    from torchvision.models.detection import KeypointRCNN_ResNet50_FPN_Weights

    assert list(KEYPOINT_NAMES) == KeypointRCNN_ResNet50_FPN_Weights.DEFAULT.meta["keypoint_names"]


def test_boxes_are_the_extents_of_the_masks_and_masks_are_apart(pictures):
    for picture in pictures:
        assert picture.masks.sum(0).max() <= 1
        for box, mask in zip(picture.boxes, picture.masks, strict=True):
            y, x = torch.nonzero(mask, as_tuple=True)
            assert box.tolist() == [x.min(), y.min(), x.max() + 1, y.max() + 1]


def test_masks_are_where_people_are_drawn():
    """Without its people a picture differs inside the masks, and hardly at all far from them but for their shadows."""
    shares = []
    for seed in range(8):
        plan = replace(layout(generator(seed), (1, 1), 1.0), sunny=0.0)
        full, bare = render(plan, 128, 128), render(replace(plan, people=()), 128, 128)
        assert bare.boxes.shape == (0, 4) and bare.keypoints.shape == (0, 17, 3) and bare.masks.shape == (0, 128, 128)
        changed = (full.image - bare.image).abs().amax(0)
        if len(full.masks):
            shares.append((changed[full.masks[0]] > 0.03).float().mean().item())
            near = cv2.dilate(full.masks[0].numpy().astype(np.uint8), np.ones((61, 61), np.uint8)) > 0
            assert changed[torch.from_numpy(~near)].numel() == 0 or changed[torch.from_numpy(~near)].mean() < 0.03
    assert np.mean(shares) > 0.8


def test_keypoints_lie_in_the_picture_and_visible_ones_on_the_mask(pictures):
    counts = np.zeros(3, int)
    for picture in pictures:
        every = torch.cat([picture.keypoints, picture.extras], 1)
        for mask, rows in zip(picture.masks.numpy(), every.numpy(), strict=True):
            near = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8))
            for x, y, visibility in rows:
                counts[int(visibility)] += 1
                if visibility == 0:
                    assert x == y == 0
                else:
                    assert 0 <= x < 128 and 0 <= y < 128
                if visibility == 2:
                    assert near[int(y), int(x)]
    assert (counts > 0.08 * counts.sum()).all()


def test_a_keypoint_behind_someone_else_is_hidden(pictures):
    compared = 0
    for picture in pictures:
        for i, rows in enumerate(picture.keypoints.numpy()):
            others = (picture.masks.any(0) & ~picture.masks[i]).numpy().astype(np.uint8)
            inside = cv2.erode(others, np.ones((5, 5), np.uint8))
            for x, y, visibility in rows[rows[:, 2] > 0]:
                if inside[int(y), int(x)]:
                    assert visibility == 1
                    compared += 1
    assert compared > 20


def test_a_face_is_seen_from_the_front_only(singles):
    front, back = [], []
    for picture in singles:
        for space, rows in zip(picture.points_3d, picture.keypoints, strict=True):
            forward = space[0] - space[3:5].mean(0)
            if rows[0, 2] > 0 and abs(forward[2]) > 0.8 * forward.norm():
                (front if forward[2] < 0 else back).append(rows[0, 2].item())
    assert len(back) > 3 and set(back) == {1.0}
    assert len(front) > 8 and np.mean(front) > 1.8


def test_the_far_arm_and_hip_are_hidden_in_profile(singles):
    near, far = [], []
    for picture in singles:
        for space, rows in zip(picture.points_3d, picture.keypoints, strict=True):
            for left, right in ((5, 6), (11, 12)):
                apart = space[left] - space[right]
                if abs(apart[2]) > 0.94 * apart.norm() and (rows[[left, right], 2] > 0).all():
                    behind, before = (left, right) if apart[2] > 0 else (right, left)
                    near.append(rows[before, 2].item())
                    far.append(rows[behind, 2].item())
    assert len(far) > 4 and np.mean(far) < 1.2 and np.mean(near) > 1.6


def test_left_is_the_persons_left(pictures, singles):
    """Left, up and forward make a right-handed system, in the head and, by the toes' side of the knee, in the body."""
    for picture in pictures:
        for space in picture.points_3d.double():
            left, up = space[3] - space[4], space[named("head_top")] - space[named("upper_neck")]
            forward = space[0] - (space[3] + space[4]) / 2
            assert torch.linalg.det(torch.stack([left, up, forward])) > 0
    for picture in singles:
        for space, rows in zip(picture.points_3d, picture.keypoints, strict=True):
            upright = space[named("thorax"), 1] < -0.3
            if upright and space[5, 2] < space[6, 2] + 0.05 and space[6, 2] < space[5, 2] + 0.05 and rows[0, 2] == 2:
                assert space[0, 2] > space[3, 2] or space[5, 0] > space[6, 0]


def test_the_flat_points_are_the_projected_ones(pictures):
    """A nearer point is larger, but a person's own order from left to right stays that of the points in space."""
    for picture in pictures:
        for space, rows in zip(picture.points_3d, picture.keypoints, strict=True):
            seen = rows[:, 2] > 0
            if seen.sum() > 8:
                for axis in (0, 1):
                    if space[:17][seen, axis].std() > 0.12:
                        both = torch.stack([space[:17][seen, axis], rows[seen, axis]])
                        assert torch.corrcoef(both)[0, 1] > 0.9


def test_joints_keep_their_limits(pictures, clips):
    low, high = torch.from_numpy(LIMITS[..., 0]).float(), torch.from_numpy(LIMITS[..., 1]).float()
    frames = [frame for clip in clips.values() for frame in clip.frames]
    for picture in [*pictures, *frames]:
        assert (picture.angles >= low - 1e-4).all() and (picture.angles <= high + 1e-4).all()


def test_angles_beyond_the_limits_are_brought_back():
    assert (within_limits(np.full((17, 3), 1e3)) == LIMITS[..., 1]).all()
    assert (within_limits(np.full((17, 3), -1e3)) == LIMITS[..., 0]).all()


def test_a_knee_bends_backward_and_an_elbow_forward():
    body, pose = physique(Chance(generator(1))), np.zeros((len(JOINTS), 3))
    straight = stand_up(body, pose)
    assert straight.joints[:, 2] == pytest.approx(np.where(np.arange(17) == 4, body.bones[4, 2], 0), abs=1e-9)
    pose[[*KNEE, JOINTS.index("left_elbow")], FLEXION] = 60
    bent = stand_up(body, pose)
    assert (bent.joints[list(ANKLE), 2] < -0.1).all()
    assert bent.joints[JOINTS.index("left_wrist"), 2] > 0.1
    pose[JOINTS.index("left_shoulder"), 1] = 90
    aside = stand_up(body, pose).joints
    assert aside[JOINTS.index("left_elbow"), 0] > aside[JOINTS.index("left_shoulder"), 0] + 0.1


def test_nobody_sinks_into_the_ground():
    chance = Chance(generator(2))
    for action in ACTIONS:
        body = physique(chance)
        pose, lift = still(action, chance)
        posture = stand_up(body, within_limits(pose), lift)
        assert 0 <= posture.joints[:, 1].min() < 0.35 + lift


@pytest.mark.parametrize("action", CLIP_ACTIONS)
def test_bones_keep_their_lengths_in_a_clip(clips, action):
    rows = torch.cat([frame.points_3d for frame in clips[action].frames])
    for a, b in LIMBS:
        lengths = (rows[:, a] - rows[:, b]).norm(dim=1)
        assert lengths.min() > 0.08 and lengths.max() - lengths.min() < 1e-5


@pytest.mark.parametrize("action", CLIP_ACTIONS)
def test_an_action_starts_and_ends_where_it_says(action):
    act = performance(Chance(generator(11)), action, 60)
    rest = act.pose(-1)[0]
    for frame in range(60):
        moved = np.abs(act.pose(frame)[0] - rest).max()
        if action == "stand" or not act.start <= frame < act.end:
            assert moved == 0
        elif action not in COUNTED:  # repetitions pass through the standing pose
            assert moved > 0
    if action in COUNTED:
        moving = [f for f in range(60) if np.abs(act.pose(f)[0] - rest).max() > 1e-6]
        assert (moving[0], moving[-1] + 1) == (act.start, act.end)
    if action != "stand":
        assert 0 < act.start < act.end < 60


@pytest.mark.parametrize("action", COUNTED)
def test_repetitions_are_as_many_as_it_says(action):
    for seed in range(12):
        act = performance(Chance(generator(seed)), action, 160)
        frames = [act.pose(frame) for frame in range(160)]
        if action == "squat":
            signal = np.array([pose[KNEE[0], FLEXION] for pose, _, _ in frames])
            level = signal.min() + 0.6 * np.ptp(signal)
        elif action == "jump":
            signal, level = np.array([lift for _, lift, _ in frames]), 0.02
        else:
            signal, level = np.array([pose[[9, 10], 1].sum() for pose, _, _ in frames]), 3.0
        rises = sum(a <= level < b for a, b in pairwise(signal))
        assert rises == act.repetitions >= 1


def test_a_clip_says_who_does_what_and_when(clips):
    for action, clip in clips.items():
        assert len(clip.frames) == 24 and clip.actions == (action,)
        for i, frame in enumerate(clip.frames):
            inside = clip.starts[0] <= i < clip.ends[0]
            assert set(frame.actions) <= {action if inside else "stand"}
    sit = clips["sit"].frames
    rows = torch.cat([frame.angles[:, JOINTS.index("left_knee"), FLEXION] for frame in sit])
    assert rows[0] < 40 and rows.max() > 45


def test_a_clip_is_the_same_again_and_moves_smoothly():
    first, again = (make_clip(seed=8, n_frames=24, size=(48, 64), n_people=2) for _ in range(2))
    assert all(same(a, b) for a, b in zip(first.frames, again.frames, strict=True))
    assert first.actions == again.actions and first.repetitions == again.repetitions
    assert len(first.actions) == len(first.starts) == len(first.ends) == 2
    for a, b in pairwise(first.frames):
        both = set(a.ids.tolist()) & set(b.ids.tolist())
        for i in both:
            step = a.points_3d[a.ids == i] - b.points_3d[b.ids == i]
            assert step.norm(dim=-1).max() < 0.6


def test_a_larger_picture_is_the_same_layout(pictures):
    compared = 0
    for i in range(3):
        large = make_figure(i, seed=3, size=384)
        assert torch.allclose(large.points_3d, pictures[i].points_3d) or len(large.ids) != len(pictures[i].ids)
        for j, person in enumerate(pictures[i].ids.tolist()):
            k = large.ids.tolist().index(person)
            both = (large.keypoints[k, :, 2] > 0) & (pictures[i].keypoints[j, :, 2] > 0)
            moved = large.keypoints[k, both, :2] / 3 - pictures[i].keypoints[j, both, :2]
            assert moved.numel() == 0 or moved.abs().max() < 1e-3
            area = pictures[i].masks[j].sum().item()
            if area > 500:  # of small people, pixels that are half covered are a large part
                assert large.masks[k].sum().item() / 9 == pytest.approx(area, rel=0.15)
                compared += 1
        shrunk = torch.nn.functional.avg_pool2d(large.image[None], 3)[0]
        assert (shrunk - pictures[i].image).abs().mean() < 0.06
    assert compared >= 2


@pytest.mark.parametrize("size", [(64, 160), (150, 64)])
def test_width_may_differ_from_height(size):
    picture = make_figure(0, seed=1, size=size)
    assert picture.image.shape == (3, *size) and picture.masks.shape[1:] == size
    assert (picture.boxes[:, 2] <= size[1]).all() and (picture.boxes[:, 3] <= size[0]).all()


def test_people_are_as_many_as_asked_for(pictures):
    planned = {len(layout(generator(seed), (1, 5), 1.0).people) for seed in range(40)}
    assert planned == {1, 2, 3, 4, 5}
    assert max(len(picture.actions) for picture in pictures) >= 4
    assert make_figure(0, seed=1, n_people=(0, 0)).boxes.shape == (0, 4)


def test_a_ball_is_drawn_where_geometry_says():
    """A capsule of no length is a ball: its disc, its depth and its normals are known."""
    centre, radius, scale = np.array([[0.1, -0.2, 0.3]]), 0.25, 200.0
    widths = np.full((1, 6), radius)
    ball = tubes(
        centre, centre + np.array([0, 1e-6, 0]), np.array([[1.0, 0, 0]]), widths, np.ones(1), [0], [0], [0.0], [0.0]
    )
    camera = Camera(np.eye(3), np.zeros(3), (100.0, 100.0), scale, 1e6)
    seen = splat(ball, camera, (0, 0), (200, 200))
    x, y = seen.pixel % 200 + 0.5, seen.pixel // 200 + 0.5
    dx, dy = (x - 120) / scale, (140 - y) / scale
    assert len(x) == pytest.approx(np.pi * (radius * scale) ** 2, rel=0.04)
    assert np.hypot(dx, dy).max() < radius + 1.5 / scale
    inner = np.hypot(dx, dy) < 0.8 * radius
    assert np.abs(seen.depth - (0.3 + np.sqrt(np.maximum(radius**2 - dx**2 - dy**2, 0))))[inner].max() < 0.02
    normal = np.stack([dx, dy, seen.depth - 0.3], 1) / radius
    assert (normal * seen.normal).sum(1)[inner].min() > 0.93


def test_points_follow_the_skeleton():
    plan = layout(generator(5), (1, 1), 1.0).people[0]
    rows = points(plan.physique, plan.posture, plan.look)
    assert rows.shape == (21, 3)
    for name in ("left_shoulder", "right_elbow", "left_wrist", "right_hip", "left_knee", "right_ankle", "pelvis"):
        assert rows[named(name)] == pytest.approx(plan.posture.joints[JOINTS.index(name)])
    assert rows[named("thorax")] == pytest.approx(plan.posture.joints[JOINTS.index("neck")])
    for left, right in LEFT_RIGHT:
        assert POINT_NAMES[left].replace("left", "right") == POINT_NAMES[right]


@pytest.mark.parametrize(
    "arguments",
    [
        {"n": -1, "seed": 0},
        {"n": 1.5, "seed": 0},
        {"n": 1, "seed": -1},
        {"n": 1, "seed": 0, "size": 16},
        {"n": 1, "seed": 0, "size": 5000},
        {"n": 1, "seed": 0, "size": (64, 640)},
        {"n": 1, "seed": 0, "n_people": (3, 2)},
        {"n": 1, "seed": 0, "n_people": (0, 90)},
    ],
)
def test_what_cannot_be_made_is_refused(arguments):
    with pytest.raises(InvalidInput, match="must be"):
        make_figures(**arguments)


@pytest.mark.parametrize(
    "arguments", [{"n_frames": 0}, {"n_frames": 4, "action": "fly"}, {"n_frames": 4, "n_people": 0}]
)
def test_a_clip_that_cannot_be_made_is_refused(arguments):
    with pytest.raises(InvalidInput, match="must be"):
        make_clip(seed=0, **arguments)
