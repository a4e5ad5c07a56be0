import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional as F

from engine.datasets.scenes import NAMES, make_scene
from engine.detection.box_offsets import clip, decode
from engine.detection.detector import survivors
from engine.detection.family import build_fast_rcnn
from engine.detection.fast_rcnn import POOLED, FastRcnn, FastRcnnNet
from engine.detection.proposals import ProposalSettings, propose
from engine.detection.roi import roi_pool
from engine.detection.yolo import Yolo, YoloSettings
from engine.errors import InvalidInput, ShapeError
from engine.recipes import train_fast_rcnn_scenes as recipe
from engine.recipes.detector_training import Recipe, add_proposals, start_backbone
from engine.recipes.train_yolo_scenes import make_pictures
from engine.recipes.training import new_model, train
from engine.runtime.seeds import generator

SETTINGS = ProposalSettings(n_proposals=25)


@pytest.fixture(scope="module")
def net():
    net = new_model(lambda: FastRcnnNet(8, channels=24), 1).eval()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        torch.nn.init.normal_(net.offsets.weight, std=0.05)
    return net


@pytest.fixture(scope="module")
def image():
    return make_scene(3, 4).image


@torch.no_grad()
def test_features_are_those_of_roi_pooling_as_written_out(net, image):
    proposals = propose(image, SETTINGS).boxes
    scores, offsets = net(image[None], [proposals])
    pooled = roi_pool(net.backbone(image[None] - 0.5), [proposals], POOLED, 1 / 8)
    x = F.relu(net.second(F.relu(net.first(pooled.flatten(1)))))
    torch.testing.assert_close(scores, net.scores(x), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(offsets.flatten(1), net.offsets(x), atol=1e-5, rtol=1e-5)
    assert scores.shape == (len(proposals), 9)
    assert offsets.shape == (len(proposals), 9, 4)


@torch.no_grad()
def test_proposals_of_each_picture_see_their_own_picture(net, image):
    proposals = propose(image, SETTINGS).boxes
    both = torch.stack([image, image.flip(2)])
    scores, _ = net(both, [proposals[:5], proposals[5:9]])
    torch.testing.assert_close(scores[:5], net(both[:1], [proposals[:5]])[0], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(scores[5:], net(both[1:], [proposals[5:9]])[0], atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_a_box_is_moved_by_the_offsets_of_its_own_class(net, image):
    proposals = propose(image, SETTINGS).boxes
    boxes, chances, labels = FastRcnn(net, NAMES).look(image, proposals)
    scores, offsets = net(image[None], [proposals])
    for k in range(len(proposals)):
        assert labels[k] == scores[k, 1:].argmax() + 1
        torch.testing.assert_close(chances[k], scores[k].softmax(0)[labels[k]])
        expected = clip(decode(proposals[k : k + 1], offsets[k, labels[k]][None]), image)
        torch.testing.assert_close(boxes[k : k + 1], expected, atol=1e-4, rtol=1e-5)


def test_the_detector_suppresses_what_its_stages_show(net, image):
    fast = FastRcnn(net, NAMES, SETTINGS)
    first, raw = fast.stages(image)
    assert (first.name, raw.name) == ("proposals", "raw boxes")
    assert len(first.boxes) == len(raw.boxes)
    found = fast.detect(image, 0.1, 0.4)
    kept = survivors(raw.boxes, raw.scores, raw.labels, 0.1, 0.4, 100)
    assert torch.equal(found.boxes, raw.boxes[kept])
    assert len(found) > 0
    assert len(fast.detect(image, 1.0, 0.4)) == 0


def test_a_larger_picture_gives_boxes_in_its_own_pixels(net, image):
    fast = FastRcnn(net, NAMES)
    large = image.repeat_interleave(2, 1).repeat_interleave(2, 2)
    proposals = propose(image, SETTINGS).boxes
    boxes, scores, _ = fast.look(image, proposals)
    own_boxes, own_scores, _ = fast.look(large, proposals * 2)
    torch.testing.assert_close(own_boxes, boxes * 2, atol=1e-2, rtol=1e-3)
    torch.testing.assert_close(own_scores, scores, atol=1e-3, rtol=1e-3)


def test_no_proposals_is_no_detection(net):
    assert len(FastRcnn(net, NAMES).detect(torch.full((3, 6, 6), 0.4), 0.0, 0.5)) == 0


def test_errors(net, image):
    with pytest.raises(ShapeError):
        FastRcnn(net, NAMES).detect(image[:1])
    with pytest.raises(InvalidInput):
        FastRcnn(net, NAMES).detect(image, 0.5, 2.0)


def test_the_bundled_size():
    net = build_fast_rcnn()
    assert sum(p.numel() for p in net.state_dict().values()) * 4 < 8e6


def test_the_backbone_starts_from_yolo(tmp_path):
    yolo = new_model(lambda: Yolo(NAMES, torch.ones(5, 2), YoloSettings(channels=24)), 7)
    save_file(yolo.state_dict(), tmp_path / "yolo.safetensors")
    net = new_model(lambda: FastRcnnNet(8, channels=24), 1)
    start_backbone(net.backbone, tmp_path / "yolo.safetensors")
    for name, value in net.backbone.state_dict().items():
        assert torch.equal(value, yolo.backbone.state_dict()[name])


def test_proposals_of_a_scene():
    scene = make_scene(5, 1)
    found = propose(scene.image).boxes
    boxes, labels, true = recipe.proposals_of(scene.boxes, scene.labels, found, generator(0))
    assert boxes.shape == true.shape == (recipe.N_PROPOSALS, 4)
    assert 0 < (labels > 0).sum() <= round(recipe.N_PROPOSALS * recipe.SHARE_OF_OBJECTS)


def test_the_recipe_learns_and_keeps_the_batch_normalisation(tmp_path):
    pictures = add_proposals(make_pictures(4, 6), tmp_path)
    net = new_model(lambda: FastRcnnNet(8, channels=24), 0).train()
    before = net.backbone[0][1].running_mean.clone()
    settings = Recipe(steps=5, n_scenes=4, batch_size=4, averaging=0.5)
    terms = [t for _, t, _ in train(net, lambda m, c: recipe.loss(m, pictures, 4, c), settings, tmp_path)]
    assert terms[-1]["class"] < terms[0]["class"]
    assert torch.equal(net.backbone[0][1].running_mean, before)
