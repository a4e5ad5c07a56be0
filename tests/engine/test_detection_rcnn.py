import pytest
import torch

from engine.datasets.scenes import NAMES, make_scene
from engine.detection.box_offsets import clip, decode
from engine.detection.crops import CropNet, warp
from engine.detection.detector import survivors
from engine.detection.family import FAMILY, build_crops, compare, detect_timed
from engine.detection.proposals import ProposalSettings, propose
from engine.detection.rcnn import Rcnn, proposal_stage
from engine.errors import InvalidInput, ShapeError
from engine.recipes import train_crops_scenes as recipe
from engine.recipes import training
from engine.recipes.detector_training import Recipe, add_proposals, choose, mean_average_precision
from engine.recipes.train_yolo_scenes import make_pictures
from engine.recipes.training import new_model, train
from engine.runtime.seeds import generator

SETTINGS = ProposalSettings(n_proposals=40)


@pytest.fixture(scope="module")
def net():
    net = new_model(lambda: CropNet(8, channels=8), 1).eval()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        torch.nn.init.normal_(net.offsets.weight, std=0.05)
    return net


@pytest.fixture(scope="module")
def image():
    return make_scene(3, 4).image


@torch.no_grad()
def test_each_proposal_is_one_crop_through_the_network(net, image):
    rcnn = Rcnn(net, NAMES, SETTINGS)
    proposals = propose(image, SETTINGS).boxes
    boxes, scores, labels = rcnn.look(image, proposals)
    for k in (0, 7, len(proposals) - 1):
        own_scores, own_offsets = net(warp(image[None], [proposals[k : k + 1]]))
        chances = own_scores.softmax(1)[0, 1:]
        assert labels[k] == chances.argmax() + 1
        torch.testing.assert_close(scores[k], chances.max())
        torch.testing.assert_close(boxes[k : k + 1], clip(decode(proposals[k : k + 1], own_offsets), image))


def test_the_detector_suppresses_what_its_stages_show(net, image):
    rcnn = Rcnn(net, NAMES, SETTINGS)
    first, raw = rcnn.stages(image)
    assert (first.name, raw.name) == ("proposals", "raw boxes")
    assert len(first.boxes) == len(raw.boxes) == len(propose(image, SETTINGS).boxes)
    assert raw.scores.diff().max() <= 0
    found, passes = rcnn.detect_and_count(image, 0.1, 0.4)
    assert passes == len(first.boxes)
    kept = survivors(raw.boxes, raw.scores, raw.labels, 0.1, 0.4, 100)
    assert torch.equal(found.boxes, raw.boxes[kept])
    assert torch.equal(found.labels, raw.labels[kept])
    assert len(rcnn.detect(image, 1.0, 0.4)) == 0


def test_no_proposals_is_no_detection(net):
    tiny = torch.full((3, 6, 6), 0.4)  # smaller than the smallest proposal
    found, passes = Rcnn(net, NAMES).detect_and_count(tiny, 0.0, 0.5)
    assert (len(found), passes) == (0, 0)
    assert [len(stage.boxes) for stage in Rcnn(net, NAMES).stages(tiny)] == [0, 0]


def test_a_stage_of_proposals_falls_in_score():
    assert proposal_stage(torch.zeros(4, 4)).scores.tolist() == [1.0, 0.75, 0.5, 0.25]


def test_errors(net, image):
    with pytest.raises(ShapeError):
        Rcnn(net, NAMES).detect(image[:1])
    with pytest.raises(InvalidInput):
        Rcnn(net, NAMES).detect(image, -0.1, 0.5)
    with pytest.raises(InvalidInput):
        list(compare(image, ["sift"]))


def test_the_family_tells_passes_and_time(net, image):
    keys = [member.key for member in FAMILY]
    assert keys == ["sliding_window", "convolutional", "rcnn", "fast_rcnn", "faster_rcnn", "yolo"]
    passes = {}
    for member in FAMILY[:3]:
        found, timing = detect_timed(member.wrap(net, NAMES), image, 0.2, 0.4)
        assert timing.milliseconds > 0
        passes[member.key] = timing.passes
        assert found.names == NAMES
    assert passes == {"sliding_window": 1084, "convolutional": 4, "rcnn": len(propose(image).boxes)}


def test_compare_runs_each_method_in_turn(net, image, monkeypatch):
    from engine.detection import family

    monkeypatch.setattr(family, "get", lambda name: name)
    monkeypatch.setattr(family, "load", lambda weights, device: net)
    rows = list(compare(image, ["rcnn", "convolutional"]))
    assert [(row.step, row.total_steps, row.key) for row in rows] == [(1, 2, "convolutional"), (2, 2, "rcnn")]


def test_a_declaration_follows_its_name():
    from engine.weights import registry
    from engine.weights.declaring import trained_here

    weights = trained_here("TEST_SCENES_V1", build_crops, "0" * 64, 1, {})
    try:
        assert weights.source.path == "TEST_SCENES_V1.safetensors"
        assert weights.card == "assets/cards/TEST_SCENES_V1.md"
        assert weights.recipe == "engine.recipes.train_test_scenes"
    finally:
        registry._registered.pop("TEST_SCENES_V1")


def test_crops_of_a_scene():
    scene = make_scene(5, 1)
    proposals = propose(scene.image).boxes
    counts = []
    for seed in range(20):
        boxes, labels, true = recipe.crops_of(scene.boxes, scene.labels, proposals, 128, generator(seed))
        assert boxes.shape == true.shape == (recipe.N_CROPS, 4)
        counts.append(int((labels > 0).sum()))
        assert torch.equal(true[labels == 0], boxes[labels == 0])
        assert all((own == scene.boxes).all(1).any() for own in true[labels > 0])
    assert max(counts) <= round(recipe.N_CROPS * recipe.SHARE_OF_OBJECTS)
    assert sum(counts) > 20


def test_squares_hold_the_longer_side():
    assert recipe.around(torch.tensor([[10.0, 20.0, 20.0, 60.0]])).tolist() == [[-5.0, 20.0, 35.0, 60.0]]


def test_choose_limits_the_share_of_objects():
    labels = torch.tensor([1] * 10 + [0] * 10)
    chosen = choose(labels, 8, 0.25, generator(0))
    assert labels[chosen].sum() == 2
    assert len(chosen.unique()) == len(chosen) == 8
    assert len(choose(labels, 100, 0.25, generator(0))) == 20


def test_proposals_are_searched_once(tmp_path):
    pictures = make_pictures(3, 6)
    added = add_proposals(pictures, tmp_path)
    for i in range(3):
        n = len(pictures.boxes[i])
        assert torch.equal(added.boxes[i][:n], pictures.boxes[i])
        assert torch.equal(added.boxes[i][n:], propose(pictures.images[i].float() / 255).boxes)
        assert added.labels[i][n:].max() == 0
    (path,) = tmp_path.iterdir()
    torch.save([torch.full((1, 4), 9.0)] * 3, path)
    assert add_proposals(pictures, tmp_path).boxes[0][-1].tolist() == [9.0] * 4


def test_the_recipe_learns_and_goes_on_where_it_was_cut_off(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "CHECKPOINT_STEPS", 3)
    pictures = add_proposals(make_pictures(4, 6), tmp_path)
    settings = Recipe(steps=6, n_scenes=4, batch_size=4, averaging=0.5)

    def start():
        return new_model(lambda: CropNet(8, channels=8), 0).train()

    def loss_of(model, chance):
        return recipe.loss(model, pictures, 4, chance)

    whole = list(train(start(), loss_of, settings, tmp_path / "whole"))
    cut = train(start(), loss_of, settings, tmp_path / "cut")
    first = [next(cut) for _ in range(4)]
    rest = list(train(start(), loss_of, settings, tmp_path / "cut"))
    assert [step for step, _, _ in rest] == [4, 5, 6]
    assert [terms for _, terms, _ in whole] == [terms for _, terms, _ in first[:3] + rest]
    for a, b in zip(whole[-1][2].state_dict().values(), rest[-1][2].state_dict().values(), strict=True):
        assert torch.equal(a, b)
    assert sum(whole[-1][1].values()) < sum(whole[0][1].values())


def test_mean_average_precision_of_the_truth_is_one():
    from engine.detection.detections import Detections

    class Oracle:
        iou_threshold = 0.5
        i = -1

        def detect(self, image, score_threshold, iou_threshold):
            self.i += 1
            scene = make_scene(self.i, 10_000)
            return Detections(scene.boxes, scene.labels, torch.ones(len(scene.labels)), NAMES)

    assert mean_average_precision(Oracle(), 4) == 1
