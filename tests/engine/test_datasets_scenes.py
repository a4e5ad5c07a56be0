"""The scenes world: the same seed gives the same scenes, and labels say what the pixels show."""

import numpy as np
import pytest
import torch

from engine.datasets.scenes import KEYPOINT_NAMES, KINDS, NAMES, make_clip, make_scene, make_scenes
from engine.datasets.scenes.shapes import shape
from engine.datasets.scenes.textures import TEXTURES, object_texture
from engine.errors import InvalidInput

FIELDS = ("image", "boxes", "labels", "masks", "visible", "keypoints")


@pytest.fixture(scope="module")
def scenes():
    return make_scenes(40, seed=3)


def same(a, b):
    return all(torch.equal(getattr(a, name), getattr(b, name)) for name in FIELDS)


def test_types_and_shapes(scenes):
    for scene in scenes:
        n = len(scene.labels)
        assert scene.image.shape == (3, 128, 128) and scene.image.dtype == torch.float32
        assert scene.image.min() >= 0 and scene.image.max() <= 1
        assert scene.boxes.shape == (n, 4) and scene.boxes.dtype == torch.float32
        assert scene.labels.dtype == torch.int64 and scene.labels.min() >= 1 and scene.labels.max() <= 8
        assert scene.masks.shape == (n, 128, 128) and scene.masks.dtype == torch.bool
        assert scene.visible.shape == (n,) and scene.keypoints.shape == (n, len(KEYPOINT_NAMES), 3)


def test_a_seed_gives_the_same_scenes_and_another_gives_others(scenes):
    assert same(scenes[5], make_scenes(6, seed=3)[5])  # nor does a scene depend on how many were asked for
    assert same(scenes[7], make_scene(7, seed=3))
    assert not torch.equal(scenes[0].image, scenes[1].image)
    assert not torch.equal(scenes[0].image, make_scene(0, seed=4).image)


def test_scenes_leave_the_global_generator_alone():
    before = torch.random.get_rng_state()
    make_scene(0, seed=1)
    assert torch.equal(before, torch.random.get_rng_state())


def test_boxes_are_the_extents_of_the_masks(scenes):
    for scene in scenes:
        for box, mask in zip(scene.boxes, scene.masks, strict=True):
            y, x = torch.nonzero(mask, as_tuple=True)
            assert box.tolist() == [x.min(), y.min(), x.max() + 1, y.max() + 1]


def test_no_pixel_shows_two_objects(scenes):
    assert all(scene.masks.sum(0).max() <= 1 for scene in scenes)


def test_masks_are_where_the_object_is_drawn():
    """The picture without its objects differs from the picture within the masks, and hardly at all far from them."""
    for seed in range(5):
        bare, full = make_scene(0, seed, n_objects=(0, 0)), make_scene(0, seed, n_objects=(1, 1))
        changed = (bare.image - full.image).abs().amax(0)
        if len(full.masks):
            left, top, right, bottom = full.boxes[0].int().tolist()
            assert (changed[full.masks[0]] > 0.02).float().mean() > 0.8
            margin = 14  # the shadow
            changed[max(top - margin, 0) : bottom + margin, max(left - margin, 0) : right + margin] = 0
            assert changed.max() < 0.05


def test_two_to_six_objects_of_all_kinds_and_each_visible_enough(scenes):
    counts = [len(scene.labels) for scene in scenes]
    assert min(counts) >= 2 and max(counts) == 6
    assert set(torch.cat([scene.labels for scene in scenes]).tolist()) == set(range(1, 9))
    visible = torch.cat([scene.visible for scene in scenes])
    assert visible.min() >= 0.45 and visible.max() <= 1
    assert (visible < 0.9).float().mean() > 0.1  # some are partly hidden


def test_visible_is_the_share_of_the_pixels_that_are_seen():
    """With what is in front taken away (one object), what was hidden is seen again."""
    compared = 0
    for seed in range(20):
        alone, two = make_scene(0, seed, 256, n_objects=(1, 1)), make_scene(0, seed, 256, n_objects=(2, 2))
        if alone.visible[0] == 1 and two.visible[0] < 0.95:
            share = two.masks[0].sum() / alone.masks[0].sum()
            assert share == pytest.approx(two.visible[0].item(), abs=0.06)
            compared += 1
    assert compared >= 2


def test_a_larger_picture_is_the_same_scene(scenes):
    for i in range(6):
        large = make_scene(i, seed=3, size=384)
        assert torch.equal(large.labels, scenes[i].labels)
        assert torch.equal(large.visible, scenes[i].visible)
        assert (large.boxes / 3 - scenes[i].boxes).abs().max() <= 1.5
        shrunk = torch.nn.functional.avg_pool2d(large.image[None], 3)[0]
        assert (shrunk - scenes[i].image).abs().mean() < 0.02
        assert all((shrunk - scenes[i].image)[:, mask].abs().mean() < 0.055 for mask in scenes[i].masks)


@pytest.mark.parametrize("size", [(96, 160), (200, 64)])
def test_width_may_differ_from_height(size):
    scene = make_scene(0, seed=1, size=size)
    assert scene.image.shape == (3, *size) and scene.masks.shape[1:] == size
    assert (scene.boxes[:, 2] <= size[1]).all() and (scene.boxes[:, 3] <= size[0]).all()


def test_at_most_one_object():
    counts = [len(scene.labels) for scene in make_scenes(30, seed=2, n_objects=(0, 1))]
    assert set(counts) == {0, 1}
    empty = make_scene(counts.index(0), seed=2, n_objects=(0, 1))
    assert empty.boxes.shape == (0, 4) and empty.masks.shape == (0, 128, 128) and empty.keypoints.shape == (0, 4, 3)


def test_only_fish_have_keypoints_and_seen_ones_lie_on_their_mask(scenes):
    fish = NAMES.index("fish")
    seen = 0
    for scene in scenes:
        assert (scene.keypoints[scene.labels != fish] == 0).all()
        for mask, points in zip(scene.masks[scene.labels == fish], scene.keypoints[scene.labels == fish], strict=True):
            assert set(points[:, 2].tolist()) <= {1.0, 2.0}
            y, x = torch.nonzero(mask, as_tuple=True)
            for px, py, visibility in points.tolist():
                distance = torch.hypot(x + 0.5 - px, y + 0.5 - py).min()
                if visibility == 2:
                    assert distance < 3
                    seen += 1
    assert seen > 10


def test_the_nose_is_opposite_the_tail():
    for scene in make_scenes(30, seed=8):
        fish = (scene.labels == NAMES.index("fish")) & (scene.visible == 1)
        for points, box in zip(scene.keypoints[fish], scene.boxes[fish], strict=True):
            nose, top, bottom, eye = points[:, :2]
            if box[0] > 0 and box[2] < 128:
                assert (nose[0] - box[::2]).abs().min() < 1.5
            assert torch.dist(nose, eye) < torch.dist(nose, top) and torch.dist(nose, eye) < torch.dist(nose, bottom)
            assert top[1] < bottom[1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_shape_is_centred_with_a_longer_side_of_one(kind):
    for variety in (np.zeros(4), np.full(4, 0.5), np.full(4, 0.999)):
        points = np.concatenate([c for part in shape(kind, variety).parts for c in part.contours])
        assert (points.max(0) - points.min(0)).max() == pytest.approx(1)
        assert points.max(0) + points.min(0) == pytest.approx([0, 0], abs=1e-12)


@pytest.mark.parametrize("i", range(len(TEXTURES)), ids=TEXTURES)
def test_a_texture_mixes_its_two_colours(i):
    random = np.full(8, 0.3)
    random[1], random[5] = 0.9, (i + 0.5) / len(TEXTURES)
    texture = object_texture(random, np.random.default_rng(0).random((16, 16), np.float32))
    u, v = np.meshgrid(np.linspace(-0.5, 0.5, 60, dtype=np.float32), np.linspace(-0.5, 0.5, 60, dtype=np.float32))
    colours = texture.paint(u, v, 1 / 60)
    low, high = np.minimum(texture.first, texture.second), np.maximum(texture.first, texture.second)
    assert texture.pattern == TEXTURES[i] and colours.shape == (60, 60, 3)
    assert (colours >= low - 0.01).all() and (colours <= high + 0.01).all()
    assert (colours.std((0, 1)).max() > 5) == (texture.pattern != "plain")


def test_a_clip_moves_smoothly_and_closes():
    clip = make_clip(seed=5, n_frames=60, size=(72, 128))
    assert clip[0].image.shape == (3, 72, 128)
    steps = [(a.image - b.image).abs().mean() for a, b in zip(clip, clip[1:] + clip[:1], strict=True)]
    assert min(steps) > 0 and max(steps) < 3 * sorted(steps)[30]  # the last step, back to the first, is like the rest
    nearest = torch.stack([scene.boxes[-1] for scene in clip])  # nothing hides the nearest object
    moves = (nearest - nearest.roll(1, 0)).abs().amax(1)
    assert moves.max() < 6 and (nearest.amax(0) - nearest.amin(0) > 7).all()  # both in x and in y
    assert same(clip[9], make_clip(seed=5, n_frames=60, size=(72, 128))[9])


@pytest.mark.parametrize(
    "arguments",
    [
        {"n": -1, "seed": 0},
        {"n": 1.5, "seed": 0},
        {"n": 1, "seed": -1},
        {"n": 1, "seed": 0, "size": 16},
        {"n": 1, "seed": 0, "size": 5000},
        {"n": 1, "seed": 0, "size": (64, 640)},
        {"n": 1, "seed": 0, "n_objects": (3, 2)},
        {"n": 1, "seed": 0, "n_objects": (0, 90)},
    ],
)
def test_what_cannot_be_made_is_refused(arguments):
    with pytest.raises(InvalidInput):
        make_scenes(**arguments)


def test_a_clip_without_frames_is_refused():
    with pytest.raises(InvalidInput):
        make_clip(seed=0, n_frames=0)
