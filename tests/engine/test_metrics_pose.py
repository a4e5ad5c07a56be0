"""Keypoint metrics: PCK against mmpose's toy, OKS and COCO's table against pycocotools, and cases done by hand."""

from __future__ import annotations

import contextlib
import io
import json
import math
import pickle

import numpy as np
import pytest

from engine.datasets.annotation_keypoints import read_keypoint_results, read_keypoint_truths
from engine.errors import InvalidInput, ShapeError
from engine.metrics.pose import (
    COCO_SIGMAS,
    KeypointPredictions,
    KeypointTruth,
    box_sizes,
    oks,
    oks_terms,
    pck,
    pckh,
    torso_sizes,
)
from engine.metrics.pose_table import FIGURES, keypoint_steps, keypoint_table
from tests.reference.real_data import need

K = 17


def toy() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The five keypoints of two people in mmpose's tests: found, true, marked."""
    found, true = np.zeros((2, 5, 2)), np.zeros((2, 5, 2))
    found[0] = [[10, 0], [20, 20], [0, 0], [30, 30], [0, 10]]
    true[0] = [[10, 0], [10, 10], [-1, 0], [30, 30], [0, 10]]
    return found, true, np.tile([True, True, False, True, True], (2, 1))


def test_the_toy_values_published_with_mmpose():
    result = pck(*toy(), np.full((2, 2), 10), alpha=0.5)
    assert result.joints == pytest.approx([1, 0.5, math.nan, 1, 1], nan_ok=True)  # they print -1 for the third
    assert result.mean == pytest.approx(0.875) and result.overall == pytest.approx(7 / 8) and result.n_marked == 8
    nobody = pck(*toy(), np.zeros((2, 2)), alpha=0.5)
    assert np.isnan(nobody.joints).all() and math.isnan(nobody.mean) and math.isnan(nobody.overall)
    assert pck(*toy(), [10, 0], alpha=0.5).joints == pytest.approx([1, 0, math.nan, 1, 1], nan_ok=True)


def test_pck_by_hand():
    true = np.zeros((1, 3, 2))
    found = np.array([[[3, 4], [0, 5.01], [100, 0]]])
    marked = np.array([[True, True, False]])
    result = pck(found, true, marked, [10], alpha=0.5)  # 5 px away is near enough, 5.01 is not
    assert result.joints[:2].tolist() == [1, 0] and result.overall == 0.5
    # the mean is over keypoints, `overall` over what is marked
    marked = np.array([[True, True], [True, False], [True, False]])
    uneven = pck(np.zeros((3, 2, 2)), np.array([[[0, 0], [9, 9]], [[0, 0]] * 2, [[9, 9]] * 2]), marked, [1, 1, 1])
    assert (uneven.mean, uneven.overall) == (pytest.approx(1 / 3), 0.5)


def test_sizes():
    names = ("right_hip", "left_shoulder", "head_top", "upper_neck")
    true = np.array([[[0, 0], [3, 4], [1, 1], [1, 11]]])
    assert torso_sizes(true, names).tolist() == [5]
    assert box_sizes([[0, 10, 20, 40]]).tolist() == [30]
    found = true + np.array([0, 4.9])
    assert pckh(found, true, np.ones((1, 4)), names).mean == 1
    assert pckh(found, true, np.ones((1, 4)), names, alpha=0.4).mean == 0
    with pytest.raises(InvalidInput, match="names must be with left_shoulder"):
        torso_sizes(true, ("right_hip", "a", "b", "c"))


def person(visible: float = 2, at: float = 0.0) -> np.ndarray:
    return np.concatenate([np.full((K, 2), at), np.full((K, 1), visible)], axis=1)


def test_oks_by_hand():
    truth = KeypointTruth([person()], [[0, 0, 10, 10]], areas=[400])
    found = np.zeros((2, K, 2))
    found[1, 5] = [3, 4]
    k = 2 * COCO_SIGMAS[5]
    expected = (16 + math.exp(-25 / (2 * 400 * k**2))) / 17
    assert oks(found, truth)[:, 0] == pytest.approx([1, expected])
    half = person()
    half[6:, 2] = 0
    terms = oks_terms(found, half, np.zeros(4), 400)
    assert terms.shape == (2, 6) and terms[1, 5] == pytest.approx(math.exp(-25 / (800 * k**2)))


def test_a_truth_without_visible_keypoints_is_met_within_its_enlarged_box():
    truth = KeypointTruth([person(0)], [[10, 10, 20, 30]], areas=[200])
    assert truth.difficult.tolist() == [True]
    inside, outside = np.full((1, K, 2), [0, 50.0]), np.full((1, K, 2), [-3, 54.0])
    assert oks(inside, truth)[0, 0] == 1
    k = 2 * np.array(COCO_SIGMAS)
    assert oks(outside, truth)[0, 0] == pytest.approx(np.exp(-25 / (400 * k**2)).mean())


def hard_case(seed: int) -> tuple[list[KeypointTruth], list[KeypointPredictions]]:
    """Crowds, nobody visible, three sizes, tied scores, twins, more than 20 detections, empty images."""
    generator = np.random.default_rng(seed)
    truths, predictions = [], []
    for image in range(16):
        n = [0, 2, 5, 9][image % 4]
        size = generator.choice([20.0, 60, 90, 200], n)
        corner = generator.integers(0, 300, (n, 2)).astype(float)
        points = corner[:, None] + (generator.random((n, K, 2)) * size[:, None, None]).round()
        visible = generator.integers(0, 3, (n, K)) * (generator.random((n, 1)) < 0.8)
        boxes = np.concatenate([corner, corner + size[:, None]], axis=1)
        keypoints = np.concatenate([points * (visible > 0)[..., None], visible[..., None]], axis=2)
        if n > 3:
            keypoints[1], boxes[1], size[1] = keypoints[0], boxes[0], size[0]  # equal similarities
        crowd = generator.random(n) < 0.2
        truths.append(KeypointTruth(keypoints, boxes, size**2 * 0.6, crowd))
        m = 30 if image == 3 else 10 if n else 2
        noise = generator.normal(0, 1, (m, K, 2)) * generator.choice([0.5, 3, 8, 30], (m, 1, 1))
        base = points[generator.integers(0, n, m)] if n else np.full((m, K, 2), 40.0)
        predictions.append(KeypointPredictions((base + noise).round(1), generator.integers(1, 12, m) / 12))
    return truths, predictions


def files_of(truths, predictions) -> tuple[dict, list]:
    """The same as COCO's two JSON files."""
    content = {"images": [{"id": i} for i in range(len(truths))], "annotations": [], "info": {}}
    content["categories"] = [{"id": 1, "name": "person"}]
    results = []
    for i, (t, p) in enumerate(zip(truths, predictions, strict=True)):
        for keypoints, box, area, crowd in zip(t.keypoints, t.boxes, t.areas, t.crowd, strict=True):
            entry = {"id": len(content["annotations"]) + 1, "image_id": i, "category_id": 1, "area": float(area)}
            entry |= {"bbox": [*box[:2].tolist(), *(box[2:] - box[:2]).tolist()], "iscrowd": int(crowd)}
            entry |= {"keypoints": keypoints.ravel().tolist(), "num_keypoints": int((keypoints[:, 2] > 0).sum())}
            content["annotations"].append(entry)
        for keypoints, score in zip(p.keypoints, p.scores, strict=True):
            flat = np.concatenate([keypoints, np.ones((K, 1))], axis=1).ravel().tolist()
            results.append({"image_id": i, "category_id": 1, "keypoints": flat, "score": float(score)})
    return content, results


def peer(content: dict, results: list):
    """pycocotools' evaluation of the same."""
    cocotools = pytest.importorskip("pycocotools.coco")
    cocoeval = pytest.importorskip("pycocotools.cocoeval")
    with contextlib.redirect_stdout(io.StringIO()):
        theirs = cocotools.COCO()
        theirs.dataset = json.loads(json.dumps(content))
        theirs.createIndex()
        evaluation = cocoeval.COCOeval(theirs, theirs.loadRes(json.loads(json.dumps(results))), "keypoints")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation


@pytest.mark.parametrize("seed", range(6))
def test_equal_to_pycocotools_on_hard_cases(seed):
    truths, predictions = hard_case(seed)
    content, results = files_of(truths, predictions)
    evaluation = peer(content, results)
    table = keypoint_table(truths, predictions)
    assert list(table.figures.values()) == pytest.approx(evaluation.stats, abs=1e-9)
    assert 0.01 < table.figures["AP"] < 0.95 and list(table.figures) == list(FIGURES)
    assert table.precision == pytest.approx(evaluation.eval["precision"][:, :, 0, 0, 0], abs=1e-9)
    for i, (t, p) in enumerate(zip(truths, predictions, strict=True)):
        order = np.argsort(-p.scores, kind="stable")[:20]
        if len(t.keypoints):
            assert oks(p.keypoints[order], t) == pytest.approx(evaluation.ious[i, 1], abs=1e-12)
    # what is read from the files is the same, and so is its table
    read = read_keypoint_truths({"truths.json": json.dumps(content).encode()})
    found = read_keypoint_results({"results.json": json.dumps(results).encode()}, read)
    assert keypoint_table(read.truths, found.predictions).figures == table.figures


def test_equal_to_pycocotools_on_real_people():
    content = json.loads(need("pose/coco/test_coco.json").read_text())
    generator = np.random.default_rng(0)
    results = []
    for entry in content["annotations"]:
        if entry["iscrowd"] == 0:
            points = np.array(entry["keypoints"], float).reshape(K, 3)
            points[:, :2] += generator.normal(0, 0.03 * math.sqrt(entry["area"]), (K, 2))
            score = float(generator.random())
            results.append({k: entry[k] for k in ("image_id", "category_id")} | {"score": score})
            results[-1]["keypoints"] = points.ravel().tolist()
    truths = read_keypoint_truths({"truths.json": json.dumps(content).encode()})
    found = read_keypoint_results({"results.json": json.dumps(results).encode()}, truths)
    table = keypoint_table(truths.truths, found.predictions)
    assert list(table.figures.values()) == pytest.approx(peer(content, results).stats, abs=1e-9)
    assert table.figures["AP50"] > 0.5


def test_a_table_of_nothing_is_nan():
    nobody, nothing = KeypointTruth([], []), KeypointPredictions([], [])
    assert all(map(math.isnan, keypoint_table([nobody], [nothing]).figures.values()))
    assert all(map(math.isnan, keypoint_table([], []).figures.values()))
    one = KeypointTruth([person()], [[0, 0, 100, 100]])
    missed = keypoint_table([one], [nothing]).figures
    assert missed["AP"] == missed["AR"] == missed["APl"] == 0 and math.isnan(missed["APm"])
    false_alarm = keypoint_table([nobody], [KeypointPredictions(np.zeros((1, K, 2)), [1])])
    assert math.isnan(false_alarm.figures["AP"]) and false_alarm.n_truths == 0


def test_people_after_the_twentieth_are_not_looked_at():
    truth = KeypointTruth([person()], [[0, 0, 100, 100]])
    far, near = np.full((20, K, 2), 1e4), np.zeros((1, K, 2))
    scores = [*np.linspace(1, 0.5, 20), 0.4]
    assert keypoint_table([truth], [KeypointPredictions(np.concatenate([far, near]), scores)]).figures["AR"] == 0
    assert (
        keypoint_table([truth], [KeypointPredictions(np.concatenate([far[1:], near]), scores[1:])]).figures["AR"] == 1
    )


def test_steps_end_with_the_table():
    truths, predictions = hard_case(0)
    *early, last = keypoint_steps(truths * 30, predictions * 30)
    assert len(early) == 2 and all(step.table is None and 0 < step.step < step.total_steps for step in early)
    assert last.step == last.total_steps and pickle.loads(pickle.dumps(last)).table.figures == last.table.figures


def test_input_is_checked():
    with pytest.raises(ShapeError, match="detections must be given for 1 images"):
        keypoint_table([KeypointTruth([], [])], [])
    with pytest.raises(ShapeError, match="The true keypoints must be 17 a person; got 3"):
        oks(np.zeros((1, K, 2)), KeypointTruth(np.ones((1, 3, 3)), [[0, 0, 1, 1]]))
    with pytest.raises(ShapeError, match="The found keypoints must be 17 a person; got 3"):
        oks(np.zeros((1, 3, 2)), KeypointTruth([person()], [[0, 0, 1, 1]]))
    with pytest.raises(ShapeError, match="keypoints must be"):
        KeypointPredictions(np.zeros((2, 17)), [0, 0])
    with pytest.raises(ShapeError, match="scores must be"):
        KeypointPredictions(np.zeros((2, 17, 2)), [0])
    with pytest.raises(InvalidInput, match="finite"):
        KeypointPredictions(np.full((1, 17, 2), math.nan), [0])
    with pytest.raises(InvalidInput, match="Every box must be"):
        KeypointTruth([person()], [[2, 0, 1, 1]])
    for name in ("areas", "crowd", "difficult", "boxes"):
        with pytest.raises(ShapeError, match=name):
            KeypointTruth(**{"keypoints": [person()], "boxes": [[0, 0, 1, 1]], name: np.zeros(2)})
    with pytest.raises(InvalidInput, match="α must be above 0"):
        pck(*toy(), [1, 1], alpha=0)
    with pytest.raises(ShapeError, match="found must be"):
        pck(np.zeros((1, 5, 2)), *toy()[1:], [1, 1])
    with pytest.raises(ShapeError, match="visible and sizes must be"):
        pck(*toy(), [1])
