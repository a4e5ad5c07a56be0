"""The pose recipes: what is drawn, cut and changed agrees with its joints, and every recipe runs on six pictures."""

import math
import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from engine.datasets.figures import make_figure
from engine.detection.yolo import Yolo, YoloSettings, fit_anchors
from engine.errors import InvalidInput
from engine.pose.parts import LIMBS
from engine.pose.pose_machine import PoseMachine
from engine.pose.poses import COCO_17, COCO_LEFT_RIGHT, COCO_SKELETON, Poses
from engine.pose.spatial_transformer import ROUGH_PX, SEEN_PX, SpatialTransformer, apply, inverse
from engine.recipes import (
    figure_pool,
    person_batches,
    pose_scores,
    train_alphapose_figures,
    train_cpm_figures,
    train_deeppose_figures,
    train_openpose_figures,
    train_yolo_figures,
    training,
)
from engine.recipes.figure_pool import Pool, draw_part, load
from engine.recipes.person_batches import MIRRORED, Change, cut, joints_in, mirrored_joints, trainable, window
from engine.recipes.pose_recipes import start_from
from engine.recipes.training import Training, new_model, train, train_aloud
from engine.runtime.seeds import generator

pytestmark = pytest.mark.usefixtures("seeded")

MUCH = Change(turn_deg=35.0, zoom=1.35, shift=0.08)
WRIST, OTHER_WRIST = COCO_17.index("left_wrist"), COCO_17.index("right_wrist")
held_out = lru_cache(make_figure)  # several tests measure on the same pictures


@pytest.fixture(scope="module")
def pool():
    return draw_part(0, 6, 0)


@pytest.fixture
def folder(pool, tmp_path, monkeypatch):
    """Return a folder with the pool in parts of three pictures."""
    monkeypatch.setattr(figure_pool, "PART", 3)
    for first in (0, 3):
        own = (pool.picture >= first) & (pool.picture < first + 3)
        columns = {name: getattr(pool, name)[own] for name in ("boxes", "keypoints", "areas")}
        part = columns | {"images": pool.images[first : first + 3], "picture": pool.picture[own] - first}
        save_file(part, tmp_path / f"figures_0_{first}.safetensors")
    return tmp_path


def lights(places, height=192, width=192, sigma=3.0):
    """Return black pictures (N, 3, height, width) with a soft light each at places (N, 2)."""
    rows, columns = torch.arange(height) + 0.5, torch.arange(width) + 0.5
    down = torch.exp(-((rows - places[:, 1:]) ** 2) / (2 * sigma**2))
    across = torch.exp(-((columns - places[:, :1]) ** 2) / (2 * sigma**2))
    return (down[:, :, None] * across[:, None])[:, None].expand(-1, 3, -1, -1).contiguous()


def light_of(images):
    """Return the places (N, 2) px of the light in pictures."""
    light = images.mean(1)
    rows, columns = (torch.arange(n) + 0.5 for n in light.shape[1:])
    total = light.sum((1, 2))
    return torch.stack([(light.sum(1) * columns).sum(1) / total, (light.sum(2) * rows).sum(1) / total], 1)


def lit_pool(n):
    """Return n pictures, black but for a light at somebody's left wrist; the other joints lie around it."""
    wrists = torch.rand(n, 2) * 40 + 76
    keypoints = torch.cat([torch.rand(n, 17, 2) * 60 + 66, torch.full((n, 17, 1), 2.0)], 2)
    keypoints[:, WRIST, :2] = wrists
    images = (lights(wrists) * 255).round().byte()
    boxes = torch.tensor([[46.0, 36.0, 146.0, 156.0]]).repeat(n, 1)
    return Pool(images, torch.arange(n), boxes, keypoints, torch.full((n,), 6000.0))


# --- the pool


def test_a_part_is_its_pictures(pool):
    figures = [make_figure(i, 0, 192, (1, 4)) for i in (0, 4)]
    assert pool.images.shape == (6, 3, 192, 192) and pool.images.dtype == torch.uint8
    for i, figure in zip((0, 4), figures, strict=True):
        own = pool.picture == i
        assert (pool.images[i] - figure.image * 255).abs().max() <= 0.5001
        assert torch.equal(pool.boxes[own], figure.boxes) and torch.equal(pool.keypoints[own], figure.keypoints)
        assert pool.areas[own].tolist() == [mask.sum().item() for mask in figure.masks]
    later = draw_part(4, 1, 0)
    assert torch.equal(later.images[0], pool.images[4]) and later.picture.unique().tolist() == [0]


def test_parts_are_loaded_as_one(pool, folder):
    loaded = load(folder, 6)
    assert all(torch.equal(getattr(loaded, name), getattr(pool, name)) for name in vars(pool))
    assert len(load(folder, 3).images) == 3
    with pytest.raises(FileNotFoundError):
        load(folder, 9)
    with pytest.raises(FileNotFoundError):
        load(folder, 3, seed=1)


def test_a_drawing_goes_on_where_it_was_cut_off(tmp_path, monkeypatch, capsys, pool):
    drawn = []

    def draw_three(first, n, seed):
        drawn.append((first, n, seed))
        if first == 3 and drawn.count((3, 3, 5)) == 1:
            raise KeyboardInterrupt
        own = pool.picture < n
        return Pool(pool.images[:n], pool.picture[own], pool.boxes[own], pool.keypoints[own], pool.areas[own])

    monkeypatch.setattr(figure_pool, "PART", 3)
    monkeypatch.setattr(figure_pool, "draw_part", draw_three)
    monkeypatch.setattr(figure_pool, "ProcessPoolExecutor", lambda n, context, start: ThreadPoolExecutor(1))
    with pytest.raises(KeyboardInterrupt):
        figure_pool.draw(tmp_path / "pool", 6, seed=5)
    assert [path.name for path in (tmp_path / "pool").iterdir()] == ["figures_5_0.safetensors"]
    figure_pool.draw(tmp_path / "pool", 6, seed=5)
    assert drawn == [(0, 3, 5), (3, 3, 5), (3, 3, 5)] and "3 of 3 pictures" in capsys.readouterr().out
    assert load(tmp_path / "pool", 6, 5).picture.unique().tolist() == list(range(6))
    figure_pool.draw(tmp_path / "pool", 6, seed=5)
    assert len(drawn) == 3


# --- batches


def test_a_window_is_what_it_says():
    centres, side = torch.rand(400, 2) * 100, torch.rand(400) * 50 + 20
    matrix, mirrored = window(centres, side, MUCH, generator(3))
    across, down, moved = matrix.unbind(2)
    half = down.norm(dim=1)
    torch.testing.assert_close(across.norm(dim=1), half)
    torch.testing.assert_close((across * down).sum(1), torch.zeros(400), atol=1e-2, rtol=0)
    assert torch.equal(torch.linalg.det(matrix[:, :, :2]) < 0, mirrored) and 0.4 < mirrored.float().mean() < 0.6
    zoom = half * 2 / side
    assert zoom.min() > 1 / 1.35 - 1e-4 and zoom.max() < 1.35 + 1e-4 and zoom.std() > 0.1
    turn = torch.atan2(-down[:, 0], down[:, 1]).rad2deg()
    assert turn.abs().max() <= 35.001 and 0.5 < (turn != 0).float().mean() < 0.7
    assert ((moved - centres).abs() <= 0.08 * 1.3501 * side[:, None]).all() and (moved != centres).any()
    still, mirrored = window(centres, side, Change(0.0, 1.0, 0.0), generator(3))
    torch.testing.assert_close(still[~mirrored][:, :, 0], torch.stack([side / 2, side * 0], 1)[~mirrored])
    assert torch.equal(still[:, :, 2], centres)


def test_a_light_at_a_joint_lands_at_the_joint():
    lit = lit_pool(24)
    middle, side = person_batches.squares_of(lit.boxes)
    assert side.tolist() == [150] * 24 and middle[0].tolist() == [96, 96]
    matrix, mirrored = window(middle, side, MUCH, generator(0))
    turned = matrix[:, 1, 0] != 0
    assert turned.any() and mirrored.any() and (turned & mirrored).any() and (~turned & ~mirrored).any()
    crops = cut(lit.images.float() / 255, matrix, 128)
    joints, is_in = joints_in(lit.keypoints, matrix, 128)
    assert crops.shape == (24, 3, 128, 128) and is_in[:, WRIST].all()
    torch.testing.assert_close(light_of(crops), joints[:, WRIST], atol=0.05, rtol=0)


def test_joints_outside_the_window_or_the_picture_do_not_count():
    matrix = torch.tensor([[[10.0, 0.0, 50.0], [0.0, 10.0, 60.0]]])
    keypoints = torch.tensor([[[50.0, 60.0, 2], [40.5, 69.5, 1], [39.5, 60.0, 2], [50.0, 71.0, 2], [50.0, 60.0, 0]]])
    joints, is_in = joints_in(keypoints, matrix, 100)
    assert is_in.tolist() == [[True, True, False, False, False]]
    assert joints[0, :2].tolist() == [[50, 50], [pytest.approx(2.5), pytest.approx(97.5)]]


def test_mirrored_joints_exchange_left_and_right():
    assert [MIRRORED[a] for a, _ in COCO_LEFT_RIGHT] == [b for _, b in COCO_LEFT_RIGHT] and MIRRORED[0] == 0
    joints, seen = torch.rand(2, 17, 2), torch.rand(2, 17) > 0.5
    swapped, seen_swapped = mirrored_joints(joints, seen, torch.tensor([True, False]))
    for k, name in enumerate(COCO_17):
        side = name.split("_")[0]
        other = COCO_17.index(name.replace(side, {"left": "right", "right": "left"}.get(side, side)))
        assert torch.equal(swapped[0, k], joints[0, other]) and seen_swapped[0, k] == seen[0, other]
    assert torch.equal(swapped[1], joints[1]) and torch.equal(seen_swapped[1], seen[1])


def test_a_batch_of_people(pool):
    lit = lit_pool(5)
    people = person_batches.draw_people(lit, torch.tensor([1, 3]), 16, 128, generator(0))
    assert people.crops.shape == (16, 3, 128, 128) and people.joints.shape == (16, 17, 2)
    assert people.counts.dtype == torch.float32 and people.counts.unique().tolist() in ([1], [0, 1])
    own = (people.joints - light_of((people.crops - people.crops.median()).clamp(min=0.2) - 0.2)[:, None]).norm(dim=2)
    is_left, is_right = own[:, WRIST] < 2, own[:, OTHER_WRIST] < 2  # of a mirrored one the light is at the other wrist
    assert (is_left | is_right).all() and is_left.any() and is_right.any()
    again = person_batches.draw_people(lit, torch.tensor([1, 3]), 16, 128, generator(0))
    assert torch.equal(again.crops, people.crops) and torch.equal(again.joints, people.joints)
    other = person_batches.draw_people(lit, torch.tensor([1, 3]), 16, 128, generator(1))
    assert not torch.equal(other.crops, people.crops)


def test_recoloured_pictures_stay_pictures():
    images, before = torch.rand(40, 3, 16, 16), torch.random.get_rng_state()
    changed = person_batches.recoloured(images, generator(0))
    assert changed.shape == images.shape and changed.min() >= 0 and changed.max() <= 1
    assert (changed - images).abs().mean() > 0.05 and torch.equal(torch.random.get_rng_state(), before)
    assert changed.is_contiguous(memory_format=torch.channels_last)


def test_who_can_be_trained_on():
    lit = lit_pool(7)
    lit.areas[0] = 0.12 * 100 * 120  # not more than its share of the box
    lit.keypoints[1, 5:, 2] = 1
    lit.keypoints[2, 6:, 2] = 0
    lit.boxes[4:6] = torch.tensor([80.0, 70.0, 120.0, 120.0])  # small: 0.12 of it are 240 px
    lit.areas[4], lit.areas[5] = person_batches.MIN_AREA, person_batches.MIN_AREA - 1
    lit.areas[6] = 0.12 * 100 * 120 + 1
    assert trainable(lit).tolist() == [2, 3, 4, 6]


def test_the_least_area_is_cocos_in_the_pool_and_where_is_measured():
    assert pose_scores.MIN_AREA == 32**2
    scale = figure_pool.SIDE_PX / pose_scores.SIZE_PX  # the same people are drawn smaller in the pool
    assert person_batches.MIN_AREA == pose_scores.MIN_AREA * scale**2 == 24**2


# --- what each recipe draws


def test_openposes_maps_are_where_the_light_is(monkeypatch):
    monkeypatch.setattr(train_openpose_figures, "recoloured", lambda images, chance: images)
    lit = lit_pool(6)
    images, maps, fields = train_openpose_figures.draw(lit, torch.ones(6, dtype=torch.bool), 12, generator(0))
    assert images.shape == (12, 3, 160, 160) and maps.shape == (12, 18, 40, 40) and fields.shape == (12, 34, 40, 40)
    light = light_of(images)
    sides = []
    for own, place in zip(maps, light, strict=True):
        column, row = (place / 4).long().tolist()
        high = own[[WRIST, OTHER_WRIST], row, column]
        assert high.max() > 0.85
        sides.append(int(high.argmax()))
    assert set(sides) == {0, 1}
    assert fields.unflatten(1, (17, 2)).norm(dim=2).amax().item() == pytest.approx(1, abs=1e-4)


def test_openpose_leaves_out_what_is_hidden_of_people_hardly_seen():
    lit = lit_pool(1)
    lit.keypoints[0, :5, 2] = 1
    sums = []
    for enough in (True, False):
        _, maps, fields = train_openpose_figures.draw(lit, torch.tensor([enough]), 3, generator(0))
        sums.append((maps[:, :5].sum(), maps[:, 5:17].sum(), fields[:, : 2 * len(LIMBS)].abs().sum()))
    assert sums[0][0] > 0 and sums[1][0] == 0 and sums[0][1] == sums[1][1] > 0 and sums[1][2] < sums[0][2]


def test_openpose_takes_only_the_people_of_the_picture(pool, monkeypatch):
    counted, part_maps = [], train_openpose_figures.part_maps

    def counts_people(parts, *cells):
        counted.append(len(parts))
        return part_maps(parts, *cells)

    monkeypatch.setattr(train_openpose_figures, "part_maps", counts_people)
    train_openpose_figures.draw(pool, torch.ones(len(pool.boxes), dtype=torch.bool), 12, generator(0))
    chosen = torch.randint(6, (12,), generator=generator(0))
    assert counted == [(pool.picture == i).sum().item() for i in chosen.tolist()] and len(set(counted)) > 1


def test_alphaposes_joints_and_right_theta(monkeypatch):
    monkeypatch.setattr(train_alphapose_figures, "recoloured", lambda images, chance: images)
    lit = lit_pool(6)
    rough = train_alphapose_figures.draw(lit, torch.arange(6), 16, generator(2))
    assert rough.crops.shape == (16, 3, ROUGH_PX, ROUGH_PX) and rough.theta.shape == (16, 2, 3)
    wrists = rough.joints[:, [WRIST, OTHER_WRIST]]
    near = (wrists - light_of(rough.crops)[:, None]).norm(dim=2).amin(1)
    assert near.max() < 0.1
    places = (apply(inverse(rough.theta), rough.joints * 2 / ROUGH_PX - 1) + 1) * SEEN_PX / 2
    # in what should be seen, 150 px of the picture are SEEN_PX, around (96, 96), whatever the window was
    apart = (places - SEEN_PX / 2).norm(dim=2)[:, 0] * 150 / SEEN_PX
    noses = (lit.keypoints[:, 0, :2] - 96).norm(dim=1)
    assert (apart[:, None] - noses).abs().amin(1).max() < 0.1


def test_yolos_boxes_in_the_window():
    way = torch.tensor([[1 / 96, 0.0, -1.0], [0.0, 1 / 96, -1.0]])  # the whole picture of 192 px
    boxes = torch.tensor([[12.0, 24, 60, 96], [-90.0, 0, 30, 60], [-100.0, 0, 100, 192]])
    found = train_yolo_figures.seen_boxes(boxes, way)
    expected = torch.tensor([[8.0, 16, 40, 64], [0, 0, 200 / 3, 128]])  # a quarter of the second is too little
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)
    mirrored = train_yolo_figures.seen_boxes(boxes[:1], way * torch.tensor([[-1.0], [1.0]]))
    torch.testing.assert_close(mirrored, torch.tensor([[88.0, 16, 120, 64]]), atol=1e-4, rtol=0)
    assert train_yolo_figures.seen_boxes(boxes[:0], way).shape == (0, 4)


def test_yolos_boxes_hold_the_light(monkeypatch):
    monkeypatch.setattr(train_yolo_figures, "recoloured", lambda images, chance: images)
    lit = lit_pool(6)
    wrists = lit.keypoints[:, WRIST, :2]
    lit.boxes[:] = torch.cat([wrists - 9, wrists + 9], 1)
    images, boxes = train_yolo_figures.draw(lit, torch.tensor([0, 1, 2, 4, 5]), 16, generator(0))
    assert images.shape == (16, 3, 128, 128)
    chosen = torch.randint(6, (16,), generator=generator(0)).tolist()
    for picture, own, light in zip(chosen, boxes, light_of(images), strict=True):
        assert len(own) == (picture != 3)
        for box in own:
            torch.testing.assert_close((box[:2] + box[2:]) / 2, light, atol=0.1, rtol=0)


# --- scores


def perfect_joints(n, side_px):
    """Return what finds the true joints in the crops of n pictures, one picture after another."""
    answers = []
    for figure in (held_out(i, 10_000, 256, (1, 4)) for i in range(n)):
        chosen = pose_scores.counts(figure)
        if chosen.any():
            squares = pose_scores.crop_squares(figure.boxes[chosen])
            own = (figure.keypoints[chosen][..., :2] - squares[:, None, :2]) / squares[:, None, 2:]
            answers.append(own * side_px)
    following = iter(answers)

    def joints(crops):
        own = next(following)
        assert crops.shape == (len(own), 3, side_px, side_px)
        return own

    return joints


def test_the_score_of_the_truth_is_one_and_of_corners_nought(monkeypatch):
    monkeypatch.setattr(pose_scores, "make_figure", held_out)
    scores = pose_scores.single_pck(perfect_joints(2, 64), 2, 64, pose_scores.ONE_TO_FOUR)
    assert list(scores) == ["torso, seen joints", "torso, all joints", "box, seen joints", "box, all joints"]
    assert all(own.overall == 1 and own.n_marked > 5 for own in scores.values())
    assert scores["box, all joints"].n_marked >= scores["box, seen joints"].n_marked
    silent = pose_scores.single_pck(lambda crops: torch.full((len(crops), 17, 2), -500.0), 2, 64, pose_scores.ALONE)
    assert all(own.overall == 0 for own in silent.values())


def test_the_average_precision_of_the_truth_is_one_and_of_silence_nought(monkeypatch):
    monkeypatch.setattr(pose_scores, "make_figure", held_out)
    figures = iter([held_out(i, 10_000, 256, (2, 4)) for i in range(2)])

    def knows(image):
        figure = next(figures)
        assert torch.equal(image, figure.image)
        return Poses(figure.keypoints[..., :2], torch.ones(len(figure.boxes), 17), figure.boxes, COCO_17, COCO_SKELETON)

    def silent(image):
        return Poses(torch.zeros(0, 17, 2), torch.zeros(0, 17), torch.zeros(0, 4), COCO_17, COCO_SKELETON)

    assert [own["AP"] for own in pose_scores.average_precision(knows, 2).values()] == [1, 1]
    assert [own["AP"] for own in pose_scores.average_precision(silent, 2).values()] == [0, 0]


def test_hidden_joints_count_over_all_joints_alone():
    figure = held_out(0, 10_000, 256, (2, 4))
    hidden = (figure.keypoints[..., 2].numpy() == 1) & pose_scores.counts(figure).numpy()[:, None]
    over_all, over_seen = pose_scores.truth_of(figure), pose_scores.truth_of(figure, 2)
    assert hidden.any() and (over_all.keypoints[hidden, 2] == 1).all() and (over_seen.keypoints[hidden, 2] == 0).all()
    assert np.array_equal(over_all.keypoints[~hidden], over_seen.keypoints[~hidden])


def test_people_of_whom_too_little_is_seen_are_difficult():
    figure = held_out(0, 10_000, 256, (1, 4))
    hardly = replace(figure, keypoints=figure.keypoints * torch.tensor([1.0, 1.0, 0.5]))
    assert not pose_scores.counts(hardly).any()
    truth = pose_scores.truth_of(hardly)
    assert truth.difficult.all() and truth.areas.tolist() == figure.masks.flatten(1).sum(1).tolist()
    assert pose_scores.truth_of(figure).difficult.tolist() == (~pose_scores.counts(figure)).tolist()


def test_people_who_are_small_do_not_count():
    """A box of 40 × 50 px, of which 0.12 are 240; one of 100 × 120, of which 0.12 are 1440."""
    areas, n_seen = [1024, 1023, 1441, 1440, 5000, 5000], [17, 17, 17, 17, 6, 5]
    small, large = [10.0, 10.0, 50.0, 60.0], [10.0, 10.0, 110.0, 130.0]
    places = torch.arange(128 * 128).view(128, 128)
    keypoints = torch.full((6, 17, 3), 20.0)
    keypoints[..., 2] = torch.where(torch.arange(17) < torch.tensor(n_seen)[:, None], 2.0, 1.0)
    figure = replace(
        held_out(0, 10_000, 256, (1, 4)),
        boxes=torch.tensor([small, small, large, large, large, large]),
        keypoints=keypoints,
        masks=torch.stack([places < area for area in areas]),
    )
    assert pose_scores.counts(figure).tolist() == [True, False, True, False, True, False]
    assert pose_scores.truth_of(figure).difficult.tolist() == [False, True, False, True, False, True]


def test_by_peak_reads_maps():
    maps = torch.zeros(1, 2, 5, 6)
    maps[0, 0, 2, 3], maps[0, 1, 0, 5] = 1, 1
    by_peak = pose_scores.ByPeak(nn.Identity(), 4)
    assert by_peak(maps).tolist() == [[[14, 10], [22, 2]]]


# --- training


class Line(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))

    def forward(self, x):
        return self.layers(x)


def line_loss(model, chance):
    x = torch.randn(8, 2, generator=chance)
    return {"squares": (model(x)[:, 0] - x.sum(1)).square().mean(), "nought": 0 * x.sum()}


@pytest.mark.parametrize("schedule", training.SCHEDULES)
def test_a_training_that_was_cut_off_goes_on_as_if_it_had_not_been(tmp_path, monkeypatch, schedule):
    monkeypatch.setattr(training, "CHECKPOINT_STEPS", 2)
    monkeypatch.setattr(training, "WARM_STEPS", 3)
    monkeypatch.setattr(training, "DECAY_SHARE", 0.6)
    settings = Training(steps=5, averaging=0.5, schedule=schedule)
    whole = list(train(new_model(Line, 0).train(), line_loss, settings, tmp_path / "whole"))
    assert [step for step, _, _ in whole] == [1, 2, 3, 4, 5] and set(whole[0][1]) == {"squares", "nought"}
    cut_off = train(new_model(Line, 0).train(), line_loss, settings, tmp_path / "cut")
    first = [next(cut_off) for _ in range(3)]
    rest = list(train(new_model(Line, 1).train(), line_loss, settings, tmp_path / "cut"))
    assert [terms for _, terms, _ in whole] == [terms for _, terms, _ in first[:2] + rest]
    for a, b in zip(whole[-1][2].state_dict().values(), rest[-1][2].state_dict().values(), strict=True):
        assert torch.equal(a, b)
    ((step, terms, model),) = train(new_model(Line, 1).train(), line_loss, settings, tmp_path / "cut")
    assert step == 5 and terms == {} and not list(tmp_path.rglob("*.part"))
    assert torch.equal(model.layers[0].weight, whole[-1][2].layers[0].weight)


class Walker(nn.Module):
    """One number that is told to grow, always by the same slope: each step of AdamW is then the learning rate."""

    def __init__(self):
        super().__init__()
        self.place = nn.Parameter(torch.zeros(1, dtype=torch.float64))


def walk(settings, folder, on_step=lambda step: None):
    """Return where the number is after each step."""
    places = []
    for step, _, _ in train(model := Walker(), lambda model, chance: {"minus": -model.place.sum()}, settings, folder):
        places.append(model.place.item())
        on_step(step)
    return places


def test_the_plateau_s_learning_rates_also_after_a_cut(tmp_path):
    """Of 400 steps the first 200 go up, by 1/200 each, and the last 100 down, by 1/100 each."""
    settings = Training(steps=400, learning_rate=0.5, weight_decay=0.0, schedule="plateau")
    kept, later = tmp_path / "whole", tmp_path / "later"

    def keep(step):
        if step == 300:
            shutil.copytree(kept, later)

    places = walk(settings, kept, keep)
    rates = [after - before for before, after in pairwise([0.0, *places])]
    expected = {1: 1, 2: 2, 50: 50, 199: 199, 200: 200, 201: 200, 250: 200, 302: 200, 303: 198, 352: 100, 400: 4}
    assert len(rates) == 400
    assert {step: rates[step - 1] * 2 * 200 for step in expected} == pytest.approx(expected)
    assert walk(settings, later) == places[300:]


def test_the_cycle_s_learning_rates():
    """From a 25th up in 15 % of the steps, then down along a cosine to nearly nought."""
    optimiser = torch.optim.SGD(Walker().parameters(), 0.5, momentum=0.9)
    schedule = training._schedule(optimiser, Training(steps=100, learning_rate=0.5))
    rates = []
    for _ in range(100):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step()
    top = 0.15 * 101 - 1
    up = [0.5 + (0.02 - 0.5) * (1 + math.cos(math.pi * step / top)) / 2 for step in (0, 7, 14)]
    low = 0.02 / 1e4
    down = [low + (0.5 - low) * (1 + math.cos(math.pi * (step - top) / (100 - top))) / 2 for step in (15, 57, 99)]
    assert [rates[step] for step in (0, 7, 14, 15, 57, 99)] == pytest.approx(up + down)


def test_what_stays_is_the_running_mean(tmp_path):
    model, settings, seen = new_model(Line, 0).train(), Training(steps=3, averaging=0.75), []
    mean = None
    for _, _, averaged in train(model, line_loss, settings, tmp_path):
        weight = model.layers[0].weight.detach()
        mean = weight.clone() if mean is None else 0.75 * mean + 0.25 * weight
        torch.testing.assert_close(averaged.layers[0].weight, mean)
        seen.append(weight.clone())
    assert not torch.equal(seen[0], seen[1]) and not torch.equal(seen[1], seen[2])
    trained = train_aloud(new_model(Line, 0).train(), line_loss, settings, tmp_path)
    torch.testing.assert_close(trained.layers[0].weight, mean)
    assert not trained.training


def test_a_new_network_depends_on_its_seed_alone():
    a, state = new_model(Line, 3), torch.random.get_rng_state()
    torch.rand(5)
    b, c = new_model(Line, 3), new_model(Line, 4)
    assert torch.equal(a.layers[0].weight, b.layers[0].weight)
    assert not torch.equal(a.layers[0].weight, c.layers[0].weight)
    torch.random.set_rng_state(state)


@pytest.mark.parametrize(
    "bad", [{"steps": 0}, {"batch_size": 1.5}, {"learning_rate": 0.0}, {"averaging": 1.1}, {"schedule": "flat"}]
)
def test_settings_out_of_range_are_refused(bad):
    with pytest.raises(InvalidInput):
        Training(**bad)


def test_a_network_starts_from_a_part_of_another(tmp_path):
    torch.manual_seed(1)
    source, target = PoseMachine(), PoseMachine()
    training.save(source, tmp_path / "new" / "cpm.safetensors")
    first = target.first.weight.clone()
    start_from(target, tmp_path / "new" / "cpm.safetensors")
    for name, value in target.backbone.state_dict().items():
        assert torch.equal(value, source.backbone.state_dict()[name])
    assert torch.equal(target.first.weight, first)
    assert not torch.equal(first, source.first.weight)


# --- every recipe, two steps


@pytest.fixture
def run(folder, monkeypatch, capsys):
    """Return what runs a recipe's command line for two steps on six pictures: (printed text, tensors)."""
    monkeypatch.setattr(pose_scores, "make_figure", held_out)
    monkeypatch.setattr(training, "SHOW_STEPS", 1)
    save = folder / "cpm.safetensors"
    training.save(new_model(PoseMachine, 9), save)

    def run(recipe, start=save, held_out_pictures=2, trainings=("",)):
        monkeypatch.setattr(recipe, "DEFAULT", replace(recipe.DEFAULT, batch_size=2))
        out = folder / "out" / "trained.safetensors"
        words = ["--pool", folder, "--out", out, "--folder", folder / "kept", "--pictures", 6, "--steps", 2]
        words += ["--held-out", held_out_pictures] + (["--start", start] if start else [])
        monkeypatch.setattr(sys, "argv", ["recipe", *map(str, words)])
        recipe.main()
        text = capsys.readouterr().out
        lines = [line.split(" s  ")[1] for line in text.splitlines() if line.startswith("step ")]
        assert len(lines) == 2 * len(trainings)
        for line in lines:
            values = [float(word) for word in re.findall(r"-?\d+\.\d+|nan|inf", line)]
            assert values and all(math.isfinite(value) for value in values) and sum(values) > 0
        assert all((folder / "kept" / name / "checkpoint.pt").exists() for name in trainings) and "SHA-256" in text
        return text, load_file(out)

    return run


def test_the_pose_machine_s_recipe(run, folder):
    text, tensors = run(train_cpm_figures, start=None, trainings=("anywhere", "boxed"))
    PoseMachine().load_state_dict(tensors)
    first = torch.load(folder / "kept" / "anywhere" / "checkpoint.pt", weights_only=True)["averaged"]
    name = "backbone.eighth.0.0.weight"
    assert 0 < (tensors[name] - first[f"module.{name}"]).abs().max() < 0.01  # the second training starts from the first
    assert "stage 1" in text and "stage 3" in text
    for where in ("alone", "one to four people"):
        assert f"CPM, {where}: PCK@.2 (torso, all joints)" in text


def test_deepposes_recipe(run, folder):
    text, tensors = run(train_deeppose_figures)
    train_deeppose_figures.DeepPose().load_state_dict(tensors)
    name = "backbone.eighth.0.0.weight"
    start = load_file(folder / "cpm.safetensors")[name]
    assert (tensors[f"whole.{name}"] - start).abs().max() < 0.01 < start.std()  # two small steps away from it
    assert [f"DeepPose, stage {s}, alone: PCK" in text for s in (1, 2, 3)] == [True] * 3


def test_openposes_recipe(run, folder):
    text, tensors = run(train_openpose_figures)
    train_openpose_figures.OpenPose().load_state_dict(tensors)
    name = "backbone.eighth.0.0.weight"
    assert (tensors[name] - load_file(folder / "cpm.safetensors")[name]).abs().max() < 0.01
    assert "maps 3" in text and "fields 3" in text and "OpenPose: AP50" in text


def test_alphaposes_recipe(run, monkeypatch):
    asked = []

    def find_people(image, key, confidence, iou):
        asked.append((key, confidence, iou))
        return torch.tensor([[40.0, 40.0, 140.0, 200.0], [42.0, 44.0, 142.0, 200.0]])

    monkeypatch.setattr(train_alphapose_figures.people, "find_people", find_people)
    monkeypatch.setattr(train_alphapose_figures, "GRID", ((3.0, 12.0), (1.0,), (0.3,), (1.5,)))
    text, tensors = run(train_alphapose_figures)
    SpatialTransformer().load_state_dict(tensors)
    assert "centre" in text and "parallel SPPN" in text and "pose-NMS: PoseNms(eta=" in text and "AlphaPose: AP" in text
    assert asked == [("YOLO_FIGURES_V1", 0.02, 0.7)] * 4  # two pictures to search on, two to measure


def test_the_search_takes_the_best_parameters(monkeypatch, capsys):
    """Everybody is found twice: parameters that let twins stay are worse."""
    monkeypatch.setattr(pose_scores, "make_figure", held_out)
    monkeypatch.setattr(train_alphapose_figures, "GRID", ((40.0, 6.0), (1.0, 0.0), (0.3,), (1.5,)))
    monkeypatch.setattr(train_alphapose_figures, "find_people", lambda image: None)

    figures = iter([held_out(i, 0, 256, (2, 4)) for i in range(2)])

    class Doubles:
        def look(self, image, boxes):
            figure = next(figures)
            keypoints = figure.keypoints[..., :2].repeat_interleave(2, 0)
            scores = torch.linspace(0.9, 0.8, len(keypoints))[:, None].expand(-1, 17)
            boxes = figure.boxes.repeat_interleave(2, 0)
            return SimpleNamespace(poses=Poses(keypoints, scores, boxes, COCO_17, COCO_SKELETON))

    best = train_alphapose_figures.search(Doubles(), 2)
    assert best.eta == 6 and "2 pictures" in capsys.readouterr().out


def test_yolos_recipe(run, folder, pool):
    sizes = pool.boxes[:, 2:] - pool.boxes[:, :2]
    anchors = fit_anchors(sizes, YoloSettings().n_anchors, generator(0))
    start = folder / "yolo.safetensors"
    training.save(new_model(lambda: Yolo(("", "cat"), anchors), 9), start)
    text, tensors = run(train_yolo_figures, start=start)
    assert "AP@.5 of people on 2 pictures" in text
    name = next(name for name in tensors if name.startswith("backbone.") and tensors[name].ndim == 4)
    assert (tensors[name] - load_file(start)[name]).abs().max() < 0.01
