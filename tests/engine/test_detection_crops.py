import pickle

import pytest
import torch
from torch import nn

from engine.datasets.scenes import NAMES, make_scene
from engine.detection.box_offsets import assign, clip, decode, encode
from engine.detection.crops import CropNet, fully_convolutional, warp, with_context, without_context
from engine.detection.sliding_window import SlidingWindow, candidates, convolve, sliding_window, window_steps
from engine.errors import InvalidInput, ShapeError


def random_net(seed=0):
    """A network all of whose numbers matter, batch normalisation's too."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = CropNet(8, channels=8)
        nn.init.normal_(net.offsets.weight, std=0.05)
        for module in net.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_()
                module.running_var.uniform_(0.3, 1.0)
                nn.init.normal_(module.weight, 1.0, 0.2)
                nn.init.normal_(module.bias, 0.0, 0.2)
    return net.eval()


@pytest.fixture(scope="module")
def net():
    return random_net()


@torch.no_grad()
def test_one_pass_gives_the_scores_of_every_crop(net):
    image = torch.rand(3, 65, 90, generator=torch.Generator().manual_seed(0))
    scores, offsets = fully_convolutional(net)(image[None])
    assert scores.shape == (1, 9, 5, 11)
    assert offsets.shape == (1, 4, 5, 11)
    for i in range(5):
        for j in range(11):
            crop = image[None, :, 4 * i : 4 * i + 48, 4 * j : 4 * j + 48]
            own = net(crop)
            torch.testing.assert_close(scores[:, :, i, j], own[0], atol=1e-4, rtol=0)
            torch.testing.assert_close(offsets[:, :, i, j], own[1], atol=1e-4, rtol=0)
    assert scores.std((2, 3)).min() > 1e-3  # windows differ, so the agreement says something


def test_the_numbers_are_shared_not_copied(net):
    whole = fully_convolutional(net)
    assert whole.first.weight.data_ptr() == net.first.weight.data_ptr()
    assert sum(p.numel() for p in whole.parameters()) == sum(p.numel() for p in net.parameters())


def test_both_ways_of_sliding_give_the_same_maps(net):
    image = make_scene(0, 4, (96, 128)).image
    for stride in (4, 12):
        slid, convolved = (way(image, net, stride, (1.3, 0.7)) for way in (sliding_window, convolve))
        for name in ("windows", "scores", "offsets"):
            for a, b in zip(getattr(slid, name), getattr(convolved, name), strict=True):
                torch.testing.assert_close(a, b, atol=1e-4, rtol=0)
        assert slid.passes == sum(grid[..., 0].numel() for grid in slid.windows)
        assert convolved.passes == 2
    assert min(slid.milliseconds, convolved.milliseconds) > 0


def test_window_steps_are_frozen_and_count(net):
    image = make_scene(1, 4).image
    steps = list(window_steps(image, net, 16))
    assert [step.step for step in steps] == list(range(1, len(steps) + 1))
    assert {step.total_steps for step in steps} == {len(steps)}
    assert steps[-1].passes == sum(len(step.windows) for step in steps)
    with pytest.raises(AttributeError):
        steps[0].step = 2
    assert torch.equal(pickle.loads(pickle.dumps(steps[0])).scores, steps[0].scores)
    assert sorted({step.level for step in steps}) == [0, 1, 2, 3]


@torch.no_grad()
def test_a_window_is_where_its_crop_was_cut(net):
    image = torch.rand(3, 60, 72, generator=torch.Generator().manual_seed(1))
    maps = sliding_window(image, net, 4, (1.0,))
    window = maps.windows[0][4, 5]
    x1, y1, x2, y2 = window.int().tolist()
    assert (x1, y1, x2, y2) == (5 * 4 - 12, 4 * 4 - 12, 5 * 4 + 36, 4 * 4 + 36)
    crop = image[None, :, y1:y2, x1:x2]
    torch.testing.assert_close(maps.scores[0][:, 4, 5], net(crop)[0][0], atol=1e-4, rtol=0)
    torch.testing.assert_close(sliding_window(image, net, 4, (2.0,)).windows[0][0, 1], torch.tensor([-4.0, -6, 20, 18]))


def test_candidates_move_the_middle_of_the_window(net):
    image = torch.rand(3, 64, 64)
    maps = convolve(image, net, 4, (1.0,))
    boxes, scores, labels = candidates(maps, image)
    n = maps.windows[0][..., 0].numel()
    assert boxes.shape == (n, 4)
    windows = maps.windows[0].flatten(0, 1)
    offsets = maps.offsets[0].flatten(1).T
    middle = torch.cat([windows[:, :2] + 4, windows[:, 2:] - 4], 1)
    torch.testing.assert_close(boxes, clip(decode(middle, offsets), image))
    chances = maps.scores[0].flatten(1).T.softmax(1)
    assert torch.equal(labels, chances[:, 1:].argmax(1) + 1)
    torch.testing.assert_close(scores, chances[:, 1:].amax(1))


def test_the_detector_counts_and_honours_its_thresholds(net):
    image = make_scene(2, 4).image
    crop_by_crop, at_once = SlidingWindow(net, NAMES, convolutional=False), SlidingWindow(net, NAMES)
    slow, n_slow = crop_by_crop.detect_and_count(image, 0.12, 0.4)
    fast, n_fast = at_once.detect_and_count(image, 0.12, 0.4)
    assert (n_slow, n_fast) == (1084, 4)
    assert len(slow) == len(fast) > 0
    torch.testing.assert_close(slow.boxes, fast.boxes, atol=1e-2, rtol=0)
    assert fast.scores.min() > 0.12
    assert len(at_once.detect(image, 1.0, 0.4)) == 0
    assert len(at_once.detect(image, 0.12, 0.0)) < len(fast)
    names = [stage.name for stage in at_once.stages(image)]
    assert names == ["windows", "raw boxes"]
    assert len(at_once.stages(image)[0].boxes) == 1084


def test_boxes_scale_with_the_picture(net):
    detector = SlidingWindow(net, NAMES)
    small, large = torch.full((3, 128, 128), 0.3), torch.full((3, 256, 256), 0.3)
    small[:, 40:80, 30:90] = 0.9
    large[:, 80:160, 60:180] = 0.9
    for a, b in zip(detector.maps(small).windows, detector.maps(large).windows, strict=True):
        torch.testing.assert_close(a * 2, b)


def test_errors(net):
    image = torch.rand(3, 64, 64)
    with pytest.raises(ShapeError):
        net(torch.zeros(1, 3, 47, 48))
    for stride in (0, 3, 6):
        with pytest.raises(InvalidInput):
            window_steps(image, net, stride)
    for scales in ((), (0.1,), (100.0,), (float("nan"),)):
        with pytest.raises(InvalidInput):
            convolve(image, net, 4, scales)
    with pytest.raises(ShapeError):
        convolve(image[0], net)
    with pytest.raises(InvalidInput):
        SlidingWindow(net, NAMES).maps(torch.zeros(3, 10, 200))
    with pytest.raises(InvalidInput):
        SlidingWindow(net, NAMES).detect(image, 1.5, 0.5)


def test_warp_keeps_pixels_where_the_crop_has_their_size():
    image = torch.rand(1, 3, 80, 90, generator=torch.Generator().manual_seed(2))
    box = torch.tensor([[14.0, 10.0, 54.0, 50.0]])  # with its context 48 px, at 10 and 6
    (crop,) = warp(image, [box])
    assert crop.shape == (3, 48, 48)
    quarter = 0.25  # the two samples of a pixel lie a quarter of a pixel from its middle, so neighbours weigh in
    kernel = torch.tensor([quarter / 2, 1 - quarter, quarter / 2])
    blurred = nn.functional.conv2d(image[0][:, None], torch.outer(kernel, kernel)[None, None], padding=1)[:, 0]
    torch.testing.assert_close(crop, blurred[:, 6:54, 10:58], atol=1e-5, rtol=0)


def test_warp_changes_the_shape_and_is_grey_outside():
    image = torch.zeros(2, 3, 60, 60)
    image[1, :, :, 30:] = 1
    crops = warp(image, [torch.zeros(0, 4), torch.tensor([[10.0, 20.0, 50.0, 30.0], [70.0, 70.0, 90.0, 90.0]])])
    assert crops.shape == (2, 3, 48, 48)
    assert crops[0, :, :, :22].max() == 0
    assert crops[0, :, :, 26:].min() == 1
    assert (crops[1] == 0.5).all()


def test_context_round_trip():
    boxes = torch.tensor([[10.0, 20.0, 50.0, 100.0]])
    assert with_context(boxes).tolist() == [[6.0, 12.0, 54.0, 108.0]]
    torch.testing.assert_close(without_context(with_context(boxes)), boxes)


def test_offsets_by_hand_and_round_trip():
    guess, box = torch.tensor([[10.0, 10.0, 30.0, 50.0]]), torch.tensor([[14.0, 6.0, 34.0, 86.0]])
    expected = torch.tensor([[0.2, 0.4, 0.0, 0.6931472]]) / torch.tensor([0.1, 0.1, 0.2, 0.2])
    torch.testing.assert_close(encode(guess, box), expected)
    generator = torch.Generator().manual_seed(3)
    corners = torch.rand(50, 2, 2, generator=generator) * 80
    guesses = torch.cat([corners[:, 0], corners[:, 0] + 10 + corners[:, 1]], 1)
    boxes = guesses.roll(1, 0)
    near = ((boxes[:, 2:] - boxes[:, :2]) / (guesses[:, 2:] - guesses[:, :2])).log().abs().amax(1) < 2
    torch.testing.assert_close(decode(guesses, encode(guesses, boxes))[near], boxes[near], atol=1e-3, rtol=1e-4)
    assert near.sum() > 30
    assert decode(guesses, torch.full((50, 4), 1e6)).isfinite().all()
    with pytest.raises(ShapeError):
        encode(guesses, boxes[:3])


def test_offsets_equal_torchvision():
    from torchvision.models.detection._utils import BoxCoder

    generator = torch.Generator().manual_seed(4)
    corners = torch.rand(20, 2, 2, generator=generator) * 60
    guesses = torch.cat([corners[:, 0], corners[:, 0] + 5 + corners[:, 1]], 1)
    peer = BoxCoder((10.0, 10.0, 5.0, 5.0))
    torch.testing.assert_close(encode(guesses, guesses.flip(0)), peer.encode_single(guesses.flip(0), guesses))


def test_assignment():
    guesses = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 20], [40, 40, 50, 50], [0, 0, 9, 10]])
    boxes, labels = torch.tensor([[0.0, 0, 10, 10], [0, 0, 8, 10]]), torch.tensor([3, 5])
    overlap = torch.tensor([[1.0, 0.8], [0.5, 0.4], [0.0, 0.0], [0.9, 8 / 9]])
    own, true = assign(overlap, guesses, boxes, labels)
    assert own.tolist() == [3, 3, 0, 3]
    assert torch.equal(true, torch.stack([boxes[0], boxes[0], guesses[2], boxes[0]]))
    own, true = assign(torch.zeros(4, 0), guesses, torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64))
    assert own.tolist() == [0, 0, 0, 0]
    assert torch.equal(true, guesses)
