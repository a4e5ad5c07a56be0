"""Detection metrics against the figures COCO and PASCAL VOC tools published, and cases worked out by hand."""

from __future__ import annotations

import contextlib
import io
import math
import pickle
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from engine.datasets.annotations import read_detections, read_truths
from engine.errors import InvalidInput, ShapeError
from engine.metrics.box_matching import match
from engine.metrics.coco import FIGURES, coco_steps, coco_table
from engine.metrics.detection import average_precision, evaluate, precision_recall, voc_ap
from engine.metrics.image_boxes import GroundTruth, Predictions, box_iou

REAL = Path(__file__).parents[3] / "shared" / "real" / "detection"
needs_real = pytest.mark.skipif(not REAL.exists(), reason="needs the real detections in ../shared/real/detection")

PUBLISHED_COCO = [0.503647, 0.696973, 0.571667, 0.593252, 0.557991, 0.489363]
PUBLISHED_COCO += [0.386813, 0.593680, 0.595353, 0.654764, 0.603130, 0.553744]
PUBLISHED_VOC = {
    ("every point", 0.1): 0.3371980676,
    ("every point", 0.3): 0.2456866804,
    ("every point", 0.5): 0.0222222222,
    ("11 points", 0.1): 0.3333333333,
    ("11 points", 0.3): 0.2683982683,
    ("11 points", 0.5): 0.0303030303,
}


def row(*x: float) -> np.ndarray:
    """Boxes 10 px high from 0 to 10, each given by its left and right edge."""
    return np.array([[a, 0, b, 10] for a, b in zip(x[::2], x[1::2], strict=True)], float).reshape(-1, 4)


def true(*x: float, **more: object) -> GroundTruth:
    return GroundTruth(row(*x), np.zeros(len(x) // 2), **more)


def found(*x: float, scores: list[float]) -> Predictions:
    return Predictions(row(*x), np.zeros(len(scores)), np.array(scores))


def folder(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.iterdir()}


@needs_real
def test_the_twelve_published_figures():
    truths, results = real_coco()
    table = coco_table(truths, results)
    assert list(table.figures) == list(FIGURES)
    assert list(table.figures.values()) == pytest.approx(PUBLISHED_COCO, abs=1e-6)
    at_50 = [row.figures["AP50"] for row in table.classes]
    assert np.nanmean(at_50) == pytest.approx(PUBLISHED_COCO[1], abs=1e-6)
    assert sum(row.n_truths for row in table.classes) == 830


@needs_real
def test_evaluate_agrees_with_the_table():
    truths, results = real_coco()
    table = coco_table(truths, results)
    for name, threshold in (("AP50", 0.5), ("AP75", 0.75)):
        one = evaluate(truths, results, threshold, max_detections=100)
        assert one.mean_ap == pytest.approx(table.figures[name], abs=1e-12)
        expected = [row.figures[name] for row in table.classes]
        assert [result.ap for result in one.classes] == pytest.approx(expected, abs=1e-12, nan_ok=True)


def real_coco() -> tuple[tuple[GroundTruth, ...], tuple[Predictions, ...]]:
    files = REAL / "coco_eval" / "test_coco_eval"
    truths = read_truths({"truths.json": (files / "gts" / "sampled_gts_bbox_area.json").read_bytes()})
    found = read_detections({"results.json": (files / "cocoapi_results.json").read_bytes()}, truths)
    return truths.truths, found.predictions


@needs_real
@pytest.mark.parametrize(("kind", "threshold"), PUBLISHED_VOC)
@pytest.mark.parametrize("case", ["padilla_example/groundtruths:detections", "coco_eval/test_case_1/gts:dets"])
def test_the_published_voc_figures(case, kind, threshold):
    parent, names = case.rsplit("/", 1)
    gts, dets = (folder(REAL / parent / name) for name in names.split(":"))
    truths = read_truths(gts)
    found = read_detections(dets, truths)
    result = voc_ap(truths.truths, found.predictions, threshold, kind)
    assert result.mean_ap == pytest.approx(PUBLISHED_VOC[kind, threshold], abs=1e-10)


def hard_case(seed: int) -> tuple[list[GroundTruth], list[Predictions]]:
    """Crowds, three sizes, ties of scores, duplicates, more than 100 detections, images and classes without either."""
    generator = np.random.default_rng(seed)
    truths, predictions = [], []
    for image in range(12):
        n = [0, 3, 8, 15][image % 4]
        corner, size = generator.integers(0, 200, (n, 2)), generator.choice([20, 32, 60, 96, 150], (n, 2))
        boxes = np.concatenate([corner, corner + size], 1).astype(float)
        labels = generator.integers(0, 3, n)
        truths.append(GroundTruth(boxes, labels, areas=size.prod(1) * 0.8, crowd=generator.random(n) < 0.2))
        m = 150 if image == 3 else 30 if n else 2
        noise = generator.integers(-12, 13, (m, 4))
        base = boxes[generator.integers(0, n, m)] if n else np.tile([10.0, 10, 60, 60], (m, 1))
        guess = base + noise
        guess[:, 2:] = np.maximum(guess[:, 2:], guess[:, :2] + 1)
        guess_labels = np.zeros(m, int) if image == 3 else generator.integers(0, 4, m)
        predictions.append(Predictions(guess, guess_labels, generator.integers(1, 30, m) / 30))
    return truths, predictions


@pytest.mark.parametrize("seed", range(3))
def test_equal_to_pycocotools_on_hard_cases(seed):
    cocotools = pytest.importorskip("pycocotools.coco", reason="needs pycocotools, which is not in the requirements")
    cocoeval = pytest.importorskip("pycocotools.cocoeval")
    truths, predictions = hard_case(seed)
    content = {"images": [{"id": i} for i in range(len(truths))], "categories": [{"id": k} for k in range(4)]}
    content |= {"annotations": [], "info": {}}
    results = []
    for i, (t, p) in enumerate(zip(truths, predictions, strict=True)):
        for box, label, area, crowd in zip(t.boxes, t.labels, t.areas, t.crowd, strict=True):
            entry = {"id": len(content["annotations"]) + 1, "image_id": i, "category_id": int(label)}
            size = [box[2] - box[0], box[3] - box[1]]
            content["annotations"].append(entry | {"bbox": [*box[:2], *size], "area": area, "iscrowd": int(crowd)})
        for box, label, score in zip(p.boxes, p.labels, p.scores, strict=True):
            bbox = [*box[:2], box[2] - box[0], box[3] - box[1]]
            results.append({"image_id": i, "category_id": int(label), "bbox": bbox, "score": score})
    with contextlib.redirect_stdout(io.StringIO()):
        theirs = cocotools.COCO()
        theirs.dataset = content
        theirs.createIndex()
        evaluation = cocoeval.COCOeval(theirs, theirs.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    ours = coco_table(truths, predictions)
    assert list(ours.figures.values()) == pytest.approx(evaluation.stats, abs=1e-12)
    for k, one in enumerate(ours.classes):
        precision = evaluation.eval["precision"][:, :, k, 0, -1]
        assert np.nan_to_num(one.precision, nan=-1) == pytest.approx(precision, abs=1e-12)


def test_precision_recall_and_the_three_areas_by_hand():
    precision, recall = precision_recall(np.array([True, False, True, True, False]), 4)
    assert precision == pytest.approx([1, 1 / 2, 2 / 3, 3 / 4, 3 / 5])
    assert recall == pytest.approx([1 / 4, 1 / 4, 1 / 2, 3 / 4, 3 / 4])
    assert average_precision(precision, recall) == pytest.approx((1 + 3 / 4 + 3 / 4) / 4)
    # levels 0, .1, .2 see 1; .3 … .7 see 3/4; beyond .75 nothing
    assert average_precision(precision, recall, "11 points") == pytest.approx((3 + 5 * 0.75) / 11)
    assert average_precision(precision, recall, "coco 101") == pytest.approx((26 + 50 * 0.75) / 101)


def test_perfect_and_empty_curves():
    for kind in ("every point", "11 points", "coco 101"):
        assert average_precision(*precision_recall(np.ones(3, bool), 3), kind) == pytest.approx(1, abs=1e-15)
        assert average_precision(*precision_recall(np.zeros(0, bool), 3), kind) == 0
        assert math.isnan(average_precision(*precision_recall(np.zeros(2, bool), 0), kind))


def test_the_two_rules_differ():
    # The second detection overlaps the taken truth most; COCO gives it the other one, VOC calls it a duplicate.
    truths, predictions = [true(0, 10, 3, 13)], [found(0, 10, 1, 11, scores=[0.9, 0.8])]
    coco, voc = (match(truths, predictions, 0.5, rule)[0] for rule in ("coco", "voc"))
    assert coco.truth.tolist() == [0, 1] and coco.is_true.tolist() == [True, True] and len(coco.missed) == 0
    assert coco.iou == pytest.approx([1, 8 / 12])
    assert voc.truth.tolist() == [0, -1] and voc.is_true.tolist() == [True, False]
    assert voc.iou == pytest.approx([1, 9 / 11]) and voc.missed.tolist() == [[0, 1]]


def test_matches_name_detections_by_their_place():
    truths = [true(), true(50, 60, 0, 10)]
    predictions = [found(0, 10, scores=[0.3]), found(1, 11, 90, 99, 50, 60, scores=[0.5, 0.2, 0.9])]
    matches = match(truths, predictions)[0]
    assert matches.score.tolist() == [0.9, 0.5, 0.3, 0.2]
    assert list(zip(matches.image, matches.detection, matches.truth, strict=True)) == [
        (1, 2, 0),
        (1, 0, 1),
        (0, 0, -1),
        (1, 1, -1),
    ]
    assert matches.iou == pytest.approx([1, 9 / 11, 0, 0])
    result = evaluate(truths, predictions).classes[0]
    assert result.scores.tolist() == [0.9, 0.5, 0.3, 0.2] and result.recall.tolist() == [0.5, 1, 1, 1]
    assert result.ap == pytest.approx(1, abs=1e-15)
    assert pickle.loads(pickle.dumps(result)).ap == result.ap


def test_labels_are_kept_apart():
    truths = [GroundTruth(row(0, 10, 20, 30), np.array([3, 5]))]
    predictions = [Predictions(row(0, 10, 20, 30), np.array([5, 5]), np.array([0.9, 0.8]))]
    result = evaluate(truths, predictions)
    assert [one.label for one in result.classes] == [3, 5]
    assert [one.ap for one in result.classes] == [0, 0.5] and result.mean_ap == 0.25
    unknown = [Predictions(row(0, 10), np.array([7]), np.array([0.9]))]
    extra = evaluate(truths, unknown)
    assert math.isnan(extra.classes[-1].ap) and extra.mean_ap == 0  # 7 has no truths: left out of the mean


@pytest.mark.parametrize("rule", ["coco", "voc"])
@pytest.mark.parametrize("flag", ["difficult", "crowd"])
def test_ignored_truths_count_neither_way(rule, flag):
    truths = [true(0, 10, 20, 30, **{flag: np.array([True, False])})]
    predictions = [found(0, 10, 20, 30, scores=[0.9, 0.8])]
    matches = match(truths, predictions, rule=rule)[0]
    assert matches.n_truths == 1 and matches.is_ignored.tolist() == [True, False]
    result = evaluate(truths, predictions, rule=rule)
    assert result.mean_ap == pytest.approx(1) and result.classes[0].scores.tolist() == [0.8]
    missed = match(truths, [found(50, 60, scores=[0.9])], rule=rule)[0].missed
    assert missed.tolist() == [[0, 1]]


def test_a_crowd_is_met_many_times_a_difficult_truth_once():
    predictions = [found(0, 10, 1, 11, scores=[0.9, 0.8])]
    crowd = match([true(0, 40, crowd=np.array([True]))], predictions)[0]  # IoU over the detections' own areas
    assert crowd.is_ignored.tolist() == [True, True] and crowd.iou.tolist() == [1, 1]
    difficult = match([true(0, 10, difficult=np.array([True]))], predictions)[0]
    assert difficult.is_ignored.tolist() == [True, False]


def test_a_truth_that_counts_is_preferred_to_one_ignored():
    truths = [true(0, 10, 1, 11, difficult=np.array([True, False]))]
    matches = match(truths, [found(0, 10, scores=[0.9])])[0]
    assert matches.truth.tolist() == [1] and matches.is_true.tolist() == [True]


def test_area_range_ignores_truths_and_stray_detections():
    truths = [true(0, 10, 50, 90)]  # 100 and 400 px²
    predictions = [found(0, 10, 50, 90, 200, 210, 300, 340, scores=[0.9, 0.8, 0.7, 0.6])]
    small = match(truths, predictions, area_range=(0, 100))[0]
    assert small.n_truths == 1
    assert small.is_ignored.tolist() == [False, True, False, True]
    assert small.is_true.tolist() == [True, False, False, False]


def test_max_detections_are_counted_by_score_in_each_image():
    truths, predictions = [true(0, 10)] * 2, [found(50, 60, 0, 10, scores=[0.2, 0.8])] * 2
    assert match(truths, predictions, max_detections=1)[0].is_true.tolist() == [True, True]
    figures = coco_table([true(0, 10, 20, 30)], [found(0, 10, 20, 30, scores=[0.9, 0.8])]).figures
    assert (figures["AR1"], figures["AR10"]) == (0.5, 1)


def test_inclusive_boxes_are_a_pixel_wider():
    a, b = np.array([[0.0, 0, 9, 9]]), np.array([[5.0, 0, 14, 9]])
    assert box_iou(a, b)[0, 0] == pytest.approx(4 / 14)
    assert box_iou(a, b, inclusive=True)[0, 0] == pytest.approx(5 / 15)


@pytest.mark.parametrize("rule", ["coco", "voc"])
def test_an_overlap_equal_to_the_threshold_is_enough(rule):
    truths, predictions = [true(0, 10)], [found(0, 5, scores=[0.9])]
    assert match(truths, predictions, 0.5, rule)[0].is_true.tolist() == [True]
    assert match(truths, predictions, 0.51, rule)[0].is_true.tolist() == [False]


def test_of_equal_overlaps_coco_takes_the_last_and_voc_the_first():
    truths, predictions = [true(0, 10, 0, 10)], [found(0, 10, scores=[0.9])]
    assert [match(truths, predictions, rule=rule)[0].truth.tolist() for rule in ("coco", "voc")] == [[1], [0]]


def test_equal_boxes_meet_every_threshold():
    boxes = np.array([[0.1, 0.2, 0.3, 0.7]])
    truths, predictions = [GroundTruth(boxes, [0])], [Predictions(boxes, [0], [0.5])]
    assert match(truths, predictions, 1.0)[0].is_true.tolist() == [True]


def test_a_table_of_nothing_is_nan():
    table = coco_table([true()], [found(scores=[])])
    assert all(math.isnan(value) for value in table.figures.values()) and table.classes == ()
    false_alarm = coco_table([true()], [found(0, 9, scores=[0.5])])
    assert all(math.isnan(value) for value in false_alarm.figures.values())
    none_found = coco_table([true(0, 10)], [found(scores=[])]).figures
    assert none_found["AP"] == none_found["AR100"] == none_found["APs"] == 0 and math.isnan(none_found["APl"])


def test_steps_end_with_the_table():
    truths, predictions = hard_case(0)
    *early, last = coco_steps(truths * 10, predictions * 10)
    assert len(early) >= 1 and all(step.table is None and 0 < step.step < step.total_steps for step in early)
    assert last.step == last.total_steps and list(last.table.figures) == list(FIGURES)
    assert pickle.loads(pickle.dumps(last)).table.figures == last.table.figures


def test_input_is_checked():
    one, none = [true(0, 10)], []
    for call in (match, coco_table, evaluate, voc_ap):
        with pytest.raises(ShapeError, match="detections must be given for 1 images"):
            call(one, none)
    with pytest.raises(InvalidInput, match="rule must be one of coco, voc"):
        match(none, none, rule="kitti")
    for threshold in (0, 1.01, math.nan):
        with pytest.raises(InvalidInput, match="IoU threshold"):
            match(none, none, threshold)
    with pytest.raises(InvalidInput, match="kind must be one of"):
        average_precision([1], [1], "12 points")
    with pytest.raises(ShapeError, match="recall"):
        average_precision([1, 1], [1])
    with pytest.raises(InvalidInput, match="number of truths must be at least 2"):
        precision_recall([True, True], 1)
    with pytest.raises(ShapeError, match="is_true"):
        precision_recall([[True]], 1)


@pytest.mark.parametrize("boxes", [[[2, 0, 1, 1]], [[0, 2, 1, 1]], [[0, 0, math.nan, 1]], [[0, 0, math.inf, 1]]])
def test_malformed_boxes_are_refused(boxes):
    with pytest.raises(InvalidInput, match="Every box must be"):
        GroundTruth(boxes, [0])
    with pytest.raises(InvalidInput, match="Every box must be"):
        Predictions(boxes, [0], [1])


def test_columns_are_checked():
    good = asdict(true(0, 10))
    for name in ("labels", "areas", "crowd", "difficult"):
        with pytest.raises(ShapeError, match=name):
            GroundTruth(**good | {name: np.zeros(2)})
    with pytest.raises(ShapeError, match="boxes"):
        GroundTruth(np.zeros((1, 5)), [0])
    with pytest.raises(InvalidInput, match="scores must be finite"):
        Predictions(row(0, 10), [0], [math.nan])
