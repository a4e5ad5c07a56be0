"""YOLO: the equations run forwards and backwards, who answers for what, and that it learns."""

import pytest
import torch
from torchvision.ops import box_iou

from engine.datasets.scenes import NAMES
from engine.detection.detections import Detections, Stage
from engine.detection.yolo import Yolo, YoloSettings, assign, boxes_of, fit_anchors, loss
from engine.errors import InvalidInput, ShapeError
from engine.recipes import training
from engine.recipes.train_yolo_scenes import (
    Recipe,
    loss_of,
    make_pictures,
    mean_average_precision,
    mirror,
    new_yolo,
)

ANCHORS = torch.tensor([[16.0, 16.0], [40.0, 20.0], [48.0, 64.0]])
SETTINGS = YoloSettings(n_anchors=3)
BOXES = [torch.tensor([[8.0, 8, 26, 25], [60, 40, 98, 62]]), torch.zeros(0, 4), torch.tensor([[70.0, 3, 121, 64]])]
LABELS = [torch.tensor([3, 8]), torch.zeros(0, dtype=torch.int64), torch.tensor([1])]


def perfect(rows=16, columns=16):
    """Return what a network would give that knows BOXES and LABELS."""
    raw = torch.zeros(3, 3, rows, columns, 13)
    raw[..., 4] = -20
    targets = assign(BOXES, LABELS, ANCHORS, rows, columns)
    answers = torch.zeros(len(targets.labels), 13)
    answers[:, :2], answers[:, 2:4], answers[:, 4] = targets.offsets.logit(), targets.log_sizes, 20
    answers[torch.arange(len(answers)), 4 + targets.labels] = 20
    raw[targets.index] = answers
    return raw, targets


@pytest.fixture(scope="module")
def small():
    torch.manual_seed(0)
    return Yolo(NAMES, ANCHORS, YoloSettings(n_anchors=3, channels=12)).eval()


def test_assignment_by_midpoint_and_shape():
    """First box: midpoint (17, 16.5), so cell (2, 2). Second: (79, 51), row 6, column 9. Third: (95.5, 33.5)."""
    targets = assign(BOXES, LABELS, ANCHORS, 16, 16)
    found = list(zip(*(part.tolist() for part in targets.index), strict=True))
    assert found == [(0, 0, 2, 2), (0, 1, 6, 9), (2, 2, 4, 11)]  # image, anchor, row, column
    assert targets.offsets[0].tolist() == [17 / 8 - 2, 16.5 / 8 - 2]
    assert torch.equal(targets.log_sizes[1], torch.log(torch.tensor([38 / 40, 22 / 20])))
    assert targets.labels.tolist() == [3, 8, 1]


def test_of_two_objects_with_one_answerer_the_later_stays():
    boxes = torch.tensor([[8.0, 8, 24, 24], [9, 9, 25, 25]])
    targets = assign([boxes], [torch.tensor([1, 2])], ANCHORS, 16, 16)
    assert targets.labels.tolist() == [2] and targets.offsets.tolist() == [[17 / 8 - 2, 17 / 8 - 2]]


def test_a_midpoint_on_the_picture_s_edge_belongs_to_the_last_cell():
    targets = assign([torch.tensor([[120.0, 120, 136, 136]])], [torch.tensor([1])], ANCHORS, 16, 16)
    assert [part.item() for part in targets.index] == [0, 0, 15, 15]


def test_encoding_and_decoding_give_the_boxes_back():
    raw, targets = perfect()
    boxes = boxes_of(raw, ANCHORS)
    assert boxes.shape == (3, 3, 16, 16, 4)
    torch.testing.assert_close(boxes[targets.index], torch.cat(BOXES), atol=1e-4, rtol=0)


def test_a_box_is_the_equation():
    raw = torch.zeros(1, 3, 4, 6, 13)
    raw[0, 1, 2, 5, :4] = torch.tensor([0.3, -0.7, 0.2, -0.1])
    t = raw[0, 1, 2, 5].double()
    x, y = (5 + t[0].sigmoid()) * 8, (2 + t[1].sigmoid()) * 8
    w, h = 40 * t[2].exp(), 20 * t[3].exp()
    expected = torch.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2]).float()
    torch.testing.assert_close(boxes_of(raw, ANCHORS)[0, 1, 2, 5], expected)


def test_the_loss_of_a_perfect_answer_is_zero_and_of_a_wrong_one_is_not():
    raw, targets = perfect()
    assert all(term < 1e-5 for term in loss(raw, BOXES, LABELS, ANCHORS, SETTINGS).values())
    image, anchor, row, column = (part[0] for part in targets.index)
    for channel, name in ((0, "coordinates"), (3, "coordinates"), (4, "objectness"), (6, "class")):
        wrong = raw.clone()
        wrong[image, anchor, row, column, channel] -= 30 if channel == 4 else -30
        terms = loss(wrong, BOXES, LABELS, ANCHORS, SETTINGS)
        assert {n for n, term in terms.items() if term > 0.1} == {name}


def test_the_loss_is_the_formula():
    generator = torch.Generator().manual_seed(1)
    raw = torch.randn(3, 3, 16, 16, 13, generator=generator)
    settings = YoloSettings(n_anchors=3, ignore_iou=1.0)  # every spare box is punished
    targets = assign(BOXES, LABELS, ANCHORS, 16, 16)
    coordinates = objectness = classes = 0.0
    for i, (image, anchor, row, column) in enumerate(zip(*targets.index, strict=True)):
        t = raw[image, anchor, row, column]
        coordinates += 5 * ((t[:2].sigmoid() - targets.offsets[i]) ** 2 + (t[2:4] - targets.log_sizes[i]) ** 2).sum()
        classes -= t[5:].log_softmax(0)[targets.labels[i] - 1]
        objectness += (1 - t[4].sigmoid()).log() - t[4].sigmoid().log()
    objectness -= (1 - raw[..., 4].sigmoid()).log().sum()
    terms = loss(raw, BOXES, LABELS, ANCHORS, settings)
    assert terms["coordinates"].item() == pytest.approx(coordinates.item() / 3, rel=1e-4)
    assert terms["objectness"].item() == pytest.approx(objectness.item() / 3, rel=1e-4)
    assert terms["class"].item() == pytest.approx(classes.item() / 3, rel=1e-4)


def test_a_spare_box_on_an_object_goes_unpunished():
    raw, targets = perfect()
    image, _, row, column = (part[0] for part in targets.index)
    twin = raw[image, 1, row, column]  # another anchor of the same cell, with the same box
    twin[:2], twin[2:4], twin[4] = targets.offsets[0].logit(), torch.log(torch.tensor([18 / 40, 17 / 20])), 3.0
    assert loss(raw, BOXES, LABELS, ANCHORS, SETTINGS)["objectness"] < 1e-5
    strict = YoloSettings(n_anchors=3, ignore_iou=1.0)
    twin[2] += 0.05  # an IoU a little below 1
    assert loss(raw, BOXES, LABELS, ANCHORS, strict)["objectness"] > 0.5


def test_a_batch_without_objects_has_a_loss():
    raw = torch.zeros(1, 3, 16, 16, 13)
    terms = loss(raw, BOXES[1:2], LABELS[1:2], ANCHORS, SETTINGS)
    assert terms["coordinates"] == 0 and terms["class"] == 0
    assert terms["objectness"].item() == pytest.approx(3 * 256 * 0.693147, rel=1e-4)


def test_gradients_reach_every_weight(small):
    model = Yolo(NAMES, ANCHORS, YoloSettings(n_anchors=3, channels=12)).train()
    terms = loss(model.raw(torch.rand(3, 3, 128, 128)), BOXES, LABELS, ANCHORS, model.settings)
    sum(terms.values()).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


def test_the_size_of_the_network():
    model = Yolo(NAMES, torch.ones(5, 2))
    n_numbers = sum(value.numel() for value in model.state_dict().values())
    assert n_numbers > 500_000 and 4 * n_numbers < 8e6  # bytes


def test_anchors_are_the_means_of_separate_clusters():
    generator = torch.Generator().manual_seed(0)
    centres = torch.tensor([[10.0, 12.0], [60.0, 20.0], [50.0, 70.0]])
    sizes = torch.cat([centre + torch.rand(50, 2, generator=generator) - 0.5 for centre in centres])
    anchors = fit_anchors(sizes, 3, torch.Generator().manual_seed(4))
    torch.testing.assert_close(anchors, torch.stack([sizes[i * 50 : i * 50 + 50].mean(0) for i in range(3)]))
    with pytest.raises(ShapeError):
        fit_anchors(sizes[:2], 3, generator)


@pytest.mark.parametrize(("height", "width"), [(128, 128), (40, 200), (301, 177), (480, 640), (16, 16)])
def test_boxes_stay_within_a_picture_of_any_size(small, height, width):
    found = small.detect(torch.rand(3, height, width), 0.0, 0.45)
    assert isinstance(found, Detections) and 0 < len(found) <= 100 and found.names == NAMES
    assert (found.boxes >= 0).all() and (found.boxes <= torch.tensor([width, height, width, height])).all()
    assert (found.scores.diff() <= 0).all() and found.scores.min() >= 0 and found.scores.max() <= 1
    assert found.labels.min() >= 1 and found.labels.max() <= 8


def test_thresholds_do_what_they_say(small):
    image = torch.rand(3, 128, 128)
    every = small.detect(image, 0.0, 1.0)
    threshold = every.scores.median().item()
    some = small.detect(image, threshold, 1.0)
    assert 0 < len(some) < len(every) and some.scores.min() > threshold
    apart = small.detect(image, 0.0, 0.3)
    whole = (apart.boxes > 0).all(1) & (apart.boxes < 128).all(1)  # a box cut at the edge was whole when suppressed
    boxes, labels = apart.boxes[whole], apart.labels[whole]
    overlaps = box_iou(boxes, boxes).fill_diagonal_(0)[labels[:, None] == labels]
    assert len(boxes) > 5 and 0.1 < overlaps.max() <= 0.3001


def test_the_network_is_fully_convolutional(small):
    """Far from the seam, two pictures side by side give what each gives alone."""
    left, right = torch.rand(2, 1, 3, 128, 256, generator=torch.Generator().manual_seed(0)).unbind(0)
    with torch.no_grad():
        both, alone = small.raw(torch.cat([left, right], 3)), small.raw(left)
    torch.testing.assert_close(both[:, :, :, :16], alone[:, :, :, :16], atol=1e-5, rtol=1e-4)


def test_stages(small):
    image = torch.rand(3, 256, 320)
    cells, boxes = small.stages(image)
    assert all(isinstance(stage, Stage) for stage in (cells, boxes))
    assert (cells.name, boxes.name) == ("grid cells", "raw boxes")
    assert len(cells.boxes) == 16 * 20
    assert cells.boxes[0].tolist() == [0, 0, 16, 16] and cells.boxes[21].tolist() == [16, 16, 32, 32]
    with torch.no_grad():
        raw = small._look(image)[0]
    torch.testing.assert_close(cells.scores.view(16, 20), raw[0, ..., 4].sigmoid().amax(0))
    assert len(boxes.boxes) == 300 and (boxes.scores.diff() <= 0).all()
    assert boxes.scores[0] == small.detect(image, 0.0, 0.5).scores[0]


@pytest.mark.parametrize("shape", [(3, 128), (1, 128, 128), (3, 0, 128), (3, 16, 200)])
def test_what_is_no_picture_is_refused(small, shape):
    with pytest.raises(InvalidInput):
        small.detect(torch.zeros(shape), 0.5, 0.5)
    with pytest.raises(InvalidInput):
        small.stages(torch.zeros(shape))


@pytest.mark.parametrize("thresholds", [(-0.1, 0.5), (0.5, 1.1), (float("nan"), 0.5)])
def test_a_threshold_outside_its_range_is_refused(small, thresholds):
    with pytest.raises(InvalidInput):
        small.detect(torch.zeros(3, 64, 64), *thresholds)


def test_what_cannot_be_built_is_refused(small):
    with pytest.raises(InvalidInput):
        YoloSettings(n_anchors=0)
    with pytest.raises(ShapeError):
        Yolo(NAMES, torch.ones(4, 2))
    with pytest.raises(ShapeError):
        small.raw(torch.zeros(1, 3, 100, 128))


@pytest.mark.parametrize("field", ["boxes", "labels", "scores", "masks"])
def test_detections_of_unequal_number_are_refused(field):
    right = {"boxes": torch.zeros(2, 4), "labels": torch.ones(2).long(), "scores": torch.ones(2)}
    right |= {"masks": torch.zeros(2, 5, 5, dtype=torch.bool)}
    assert len(Detections(**right, names=NAMES)) == 2
    with pytest.raises(ShapeError):
        Detections(**(right | {field: right[field][:1]}), names=NAMES)


def test_it_learns_four_scenes_by_heart():
    pictures = make_pictures(4, seed=5)
    model = new_yolo(pictures, 0, YoloSettings(channels=48)).train()
    optimiser = torch.optim.Adam(model.parameters(), 3e-3)
    for _ in range(60):
        terms = loss(model.raw(pictures.images / 255), pictures.boxes, pictures.labels, model.anchors, model.settings)
        optimiser.zero_grad()
        sum(terms.values()).backward()
        optimiser.step()
    model.train()  # so few steps leave no running statistics; a batch of four has its own
    with torch.no_grad():
        boxes, scores, labels = model.decode(model.raw(pictures.images / 255))
    for i, (true, label) in enumerate(zip(pictures.boxes, pictures.labels, strict=True)):
        sure = scores[i] > 0.5
        best, which = box_iou(true, boxes[i][sure]).max(1)
        assert best.min() > 0.7 and torch.equal(labels[i][sure][which], label)


def test_a_mirrored_box():
    assert mirror(torch.tensor([[10.0, 5, 30, 20]]), 128).tolist() == [[98, 5, 118, 20]]


def test_the_recipe_trains_goes_on_and_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "CHECKPOINT_STEPS", 2)
    pictures = make_pictures(6, seed=0)
    recipe = Recipe(steps=3, n_scenes=6, batch_size=2, n_held_out=3)

    def train(folder):
        start = new_yolo(pictures, recipe.seed).train()
        return training.train(start, lambda model, chance: loss_of(model, pictures, 2, chance), recipe, folder)

    *_, (step, terms, straight) = train(tmp_path / "a")
    assert step == 3 and set(terms) == {"coordinates", "objectness", "class"}
    cut_off = train(tmp_path / "b")
    assert [next(cut_off)[0], next(cut_off)[0]] == [1, 2]
    cut_off.close()
    *_, (step, _, resumed) = train(tmp_path / "b")
    assert step == 3
    for name, value in straight.state_dict().items():
        torch.testing.assert_close(resumed.state_dict()[name], value, msg=name)
    assert 0 <= mean_average_precision(straight, 3) <= 1
    training.save(straight, tmp_path / "weights.safetensors")
    from safetensors.torch import load_file

    fresh = Yolo(NAMES, torch.ones(5, 2))
    fresh.load_state_dict(load_file(tmp_path / "weights.safetensors"))
    assert torch.equal(fresh.anchors, straight.anchors)


def test_the_mean_average_precision_of_a_perfect_detector_is_one():
    from engine.datasets.scenes import make_scene

    class Knows(torch.nn.Module):
        iou_threshold = 0.45
        seen = 0

        def detect(self, image, score_threshold, iou_threshold):
            scene = make_scene(self.seen, 10_000)
            self.seen += 1
            return Detections(scene.boxes, scene.labels, torch.ones(len(scene.labels)), NAMES)

    assert mean_average_precision(Knows(), 5) == 1.0
