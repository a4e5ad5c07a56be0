import numpy as np
import pytest
import torch
from torchvision.ops import box_iou

from engine.datasets.scenes import make_scenes
from engine.detection import proposals
from engine.detection.proposals import MAX_REGIONS, ProposalSettings, group, measure, propose
from engine.detection.segmentation import segment
from engine.errors import InvalidInput, ShapeError

SQUARES = torch.tensor([[8.0, 8.0, 28.0, 28.0], [36.0, 30.0, 60.0, 62.0]])


def flat_picture():
    """Two plain rectangles on a plain ground, 64 px."""
    image = torch.full((3, 64, 64), 0.2)
    for box, colour in zip(SQUARES.int().tolist(), ((0.9, 0.1, 0.1), (0.1, 0.2, 0.9)), strict=True):
        image[:, box[1] : box[3], box[0] : box[2]] = torch.tensor(colour)[:, None, None]
    return image


def plain_segment(pixels, scale):
    """The paper's algorithm word for word, with sets, for a few pixels."""
    height, width = pixels.shape[:2]
    sets = {i: {i} for i in range(height * width)}
    inside = dict.fromkeys(sets, 0.0)
    edges = []
    for y in range(height):
        for x in range(width):
            for v, u in ((y, x + 1), (y + 1, x)):
                if v < height and u < width:
                    edges.append((float(np.linalg.norm(pixels[y, x] - pixels[v, u])), y * width + x, v * width + u))
    for weight, a, b in sorted(edges):
        own, other = (next(key for key, values in sets.items() if i in values) for i in (a, b))
        limit = min(inside[key] + scale / len(sets[key]) for key in (own, other))
        if own != other and weight <= limit:
            sets[own] |= sets.pop(other)
            inside[own] = weight
    return {frozenset(values) for values in sets.values()}


def as_sets(labels):
    return {frozenset(np.flatnonzero(labels.ravel() == k).tolist()) for k in range(labels.max() + 1)}


def test_segmentation_equals_the_algorithm_of_the_paper():
    pixels = np.random.default_rng(0).uniform(0, 255, (9, 11, 3)).astype(np.float32)
    for scale in (50.0, 150.0, 250.0):
        labels = segment(pixels, scale, smallest=1, smoothing=0.1)  # so little smoothing changes nothing
        expected = plain_segment(pixels, scale)
        assert as_sets(labels) == expected
        assert labels.dtype == np.int64
        assert 1 < len(expected) < 99


def test_no_region_is_smaller_than_asked_for():
    pixels = np.random.default_rng(1).uniform(0, 255, (20, 20, 3)).astype(np.float32)
    assert np.bincount(segment(pixels, 50.0, 1, 0.1).ravel()).min() < 15
    assert np.bincount(segment(pixels, 50.0, 15, 0.1).ravel()).min() >= 15


def test_plain_rectangles_are_regions_and_proposals():
    found = propose(flat_picture(), ProposalSettings(smoothing=0.1))
    assert found.regions.shape == (64, 64)
    assert found.regions.max() == 2
    assert box_iou(SQUARES, found.boxes).amax(1).min() == 1


def test_grouping_of_three_regions_by_hand():
    labels = np.zeros((4, 12), np.int64)
    labels[:, 4:8], labels[:, 8:] = 1, 2
    pixels = np.zeros((4, 12, 3), np.float32)
    pixels[:, 4:8], pixels[:, 8:] = 200, 201  # 1 and 2 are alike
    boxes = group(measure(labels, pixels), ("colour",))
    assert boxes.tolist() == [[0, 0, 4, 4], [4, 0, 8, 4], [8, 0, 12, 4], [4, 0, 12, 4], [0, 0, 12, 4]]


def test_similarities_follow_the_equation():
    labels = np.zeros((4, 8), np.int64)
    labels[:2, :2] = 1
    pixels = np.zeros((4, 8, 3), np.float32)
    pixels[labels == 1] = 255
    pixels[:, 4:] = 255
    regions = measure(labels, pixels)
    share = (32 - 4 - 16) / 28  # of region 0's pixels that are dark; 0 is 28 px², region 1 is 4 px²
    assert proposals._similarities(regions, 1, ("colour",))[0] == pytest.approx(1 - share)
    assert proposals._similarities(regions, 1, ("size",))[0] == pytest.approx(1 - 32 / 32)
    assert proposals._similarities(regions, 1, ("fill",))[0] == pytest.approx(1 - (32 - 32) / 32)
    assert proposals._similarities(regions, 1, ("fill",))[1] == -np.inf


def test_grouping_leaves_the_regions_as_they_are_and_merges_histograms_by_size():
    pixels = np.random.default_rng(2).uniform(0, 255, (16, 16, 3)).astype(np.float32)
    labels = segment(pixels, 100.0, 10, 0.5)
    regions = measure(labels, pixels)
    before = regions.colours.copy()
    boxes = group(regions)
    assert len(boxes) == 2 * (labels.max() + 1) - 1
    assert boxes[-1].tolist() == [0, 0, 16, 16]
    np.testing.assert_array_equal(regions.colours, before)
    proposals._unite(regions, 0, 1)
    whole = measure(np.where(labels == 1, 0, np.where(labels > 1, labels - 1, labels)), pixels)
    np.testing.assert_allclose(regions.colours[0], whole.colours[0])
    np.testing.assert_allclose(regions.textures[0], whole.textures[0])


def test_recall_on_scenes():
    scenes = make_scenes(12, 10_000)
    found = [propose(scene.image) for scene in scenes]
    best = torch.cat([box_iou(s.boxes, f.boxes).amax(1) for s, f in zip(scenes, found, strict=True)])
    assert (best >= 0.5).float().mean() >= 0.95
    assert max(len(f.boxes) for f in found) <= 300


def test_boxes_differ_and_are_limited_and_the_same_each_time():
    image = make_scenes(1, 5)[0].image
    found = propose(image)
    assert len(found.boxes.unique(dim=0)) == len(found.boxes)
    assert torch.equal(found.boxes, propose(image).boxes)
    few = propose(image, ProposalSettings(n_proposals=7))
    assert torch.equal(few.boxes, found.boxes[:7])
    assert not torch.equal(propose(image, ProposalSettings(seed=1)).boxes, found.boxes)


def test_boxes_are_in_pixels_of_the_given_picture():
    image = flat_picture().repeat_interleave(4, 1).repeat_interleave(8, 2)  # 256 × 512
    found = propose(image, ProposalSettings(smoothing=0.1))
    assert found.regions.shape == (128, 256)
    assert box_iou(SQUARES * torch.tensor([8, 4, 8, 4]), found.boxes).amax(1).min() == 1


def test_a_plain_picture_is_one_region():
    found = propose(torch.full((3, 32, 40), 0.5))
    assert found.regions.unique().tolist() == [0]
    assert found.boxes.tolist() == [[0, 0, 40, 32]]


def test_noise_does_not_begin_with_thousands_of_regions():
    image = torch.rand(3, 128, 128, generator=torch.Generator().manual_seed(0))
    settings = ProposalSettings(scale=1.0, smallest=1)
    assert segment(proposals._examined(image), 1.0, 1, settings.smoothing).max() > 5 * MAX_REGIONS
    found = propose(image, settings)
    assert 10 < found.regions.max() < MAX_REGIONS
    assert len(found.boxes) == 300


def test_errors():
    with pytest.raises(ShapeError):
        propose(torch.zeros(1, 8, 8))
    with pytest.raises(InvalidInput):
        propose(torch.zeros(3, 8, 8, dtype=torch.uint8))
    with pytest.raises(InvalidInput):
        propose(torch.zeros(3, 10, 81))
    with pytest.raises(InvalidInput):
        ProposalSettings(scale=0.0)
