import copy

import pytest
import torch
from torchvision.ops import box_iou

from engine.datasets.scenes import NAMES, make_scene
from engine.detection.faster_rcnn import ANCHOR_RATIOS, ANCHOR_SIDES_PX, build, detector
from engine.recipes import train_faster_rcnn_scenes as recipe
from engine.recipes.detector_training import Recipe
from engine.recipes.train_yolo_scenes import make_pictures
from engine.recipes.training import new_model, train
from engine.runtime.seeds import generator


@pytest.fixture(scope="module")
def model():
    return new_model(lambda: build(8, channels=24), 0).eval()


@pytest.fixture(scope="module")
def image():
    return make_scene(3, 4).image


def test_the_stages_are_anchors_proposals_and_raw_boxes(model, image):
    anchors, proposals, raw = detector(model, NAMES).stages(image)
    assert [stage.name for stage in (anchors, proposals, raw)] == ["anchors", "proposals", "raw boxes"]
    assert len(anchors.boxes) == 16 * 16 * len(ANCHOR_SIDES_PX) * len(ANCHOR_RATIOS)
    assert 0 < len(proposals.boxes) <= 100
    assert set(raw.labels.tolist()) <= set(range(1, 9))
    areas = (anchors.boxes[:, 2:] - anchors.boxes[:, :2]).prod(1).sqrt()
    assert areas.min() == pytest.approx(ANCHOR_SIDES_PX[0], abs=0.6)  # torchvision rounds the corners of an anchor
    assert areas.max() == pytest.approx(ANCHOR_SIDES_PX[-1], abs=0.6)


@torch.no_grad()
def test_detections_are_those_of_torchvision(model, image):
    (expected,) = model([image])
    found = detector(model, NAMES).detect(image, model.roi_heads.score_thresh, model.roi_heads.nms_thresh)
    assert len(found) == len(expected["boxes"]) > 0
    torch.testing.assert_close(found.boxes, expected["boxes"], atol=1e-3, rtol=1e-4)
    torch.testing.assert_close(found.scores, expected["scores"])
    assert torch.equal(found.labels, expected["labels"])


def test_thresholds_are_the_callers_and_the_model_stays(model, image):
    before = (copy.deepcopy(model.state_dict()), model.roi_heads.score_thresh, model.roi_heads.nms_thresh)
    found = detector(model, NAMES)
    assert len(found.detect(image, 1.0, 0.5)) == 0
    for iou_threshold, least, most in ((0.1, 0.0, 0.1), (1.0, 0.6, 1.0)):
        own = found.detect(image, 0.0, iou_threshold)
        same = (own.labels[:, None] == own.labels) & ~torch.eye(len(own), dtype=torch.bool)
        assert least <= box_iou(own.boxes, own.boxes)[same].max() <= most
    assert (model.roi_heads.score_thresh, model.roi_heads.nms_thresh) == before[1:]
    assert all(torch.equal(value, before[0][name]) for name, value in model.state_dict().items())


def test_the_network_sees_pictures_at_their_own_grid(model):
    seen = {}
    model.backbone.register_forward_pre_hook(lambda _, given: seen.update(shape=given[0].shape[2:]))
    for size, expected in (((128, 128), (128, 128)), ((256, 256), (128, 128)), ((128, 200), (128, 200))):
        detector(model, NAMES).detect(torch.rand(3, *size), 0.5, 0.5)
        assert tuple(seen["shape"]) == expected


def test_the_bundled_size():
    assert sum(p.numel() for p in build().state_dict().values()) * 4 < 8e6


def test_the_recipe_learns_and_leaves_the_global_generator(tmp_path):
    pictures = make_pictures(4, 6)
    model = new_model(lambda: build(8, channels=24), 0).train()
    before = model.backbone.layers[0][1].running_mean.clone()
    state = torch.get_rng_state()
    settings = Recipe(steps=5, n_scenes=4, batch_size=4, averaging=0.5)
    terms = [t for _, t, _ in train(model, lambda m, c: recipe.loss(m, pictures, 4, c), settings, tmp_path)]
    assert terms[-1]["loss_classifier"] < terms[0]["loss_classifier"]
    assert set(terms[0]) == {"loss_classifier", "loss_box_reg", "loss_objectness", "loss_rpn_box_reg"}
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(model.backbone.layers[0][1].running_mean, before)
    first = recipe.loss(model, pictures, 2, generator(3))
    again = recipe.loss(model, pictures, 2, generator(3))
    assert all(torch.equal(first[name], again[name]) for name in first)
