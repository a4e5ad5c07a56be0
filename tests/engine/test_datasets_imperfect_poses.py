"""Imagined estimators: the mistakes they make, and the two files of the bundled data set."""

from __future__ import annotations

import json

import numpy as np
import pytest

from engine.datasets.annotation_keypoints import read_keypoint_results, read_keypoint_truths
from engine.datasets.figures import make_figure
from engine.datasets.imperfect_poses import (
    PAIRS,
    example_set,
    one_mistake,
    one_of_each,
    truth_of,
    write_results,
    write_truths,
)
from engine.metrics.pose import oks, oks_terms
from engine.metrics.pose_table import keypoint_table

SIZE = (120, 160)


def people(index: int = 16):
    return truth_of(make_figure(index, 32, SIZE, (4, 5)))


def test_the_mirror_joints_are_those_of_their_names():
    assert PAIRS == ((1, 2), (3, 4), (5, 6), (7, 8), (9, 10), (11, 12), (13, 14), (15, 16))


@pytest.mark.parametrize("seed", range(8))
def test_one_mistake_exchanges_one_pair_and_leaves_the_rest_near(seed):
    truth = truth_of(make_figure(9, 31, SIZE, (1, 1)))
    true, area, box = truth.keypoints[0], float(truth.areas[0]), truth.boxes[0]
    found = one_mistake(true, area, seed)
    back = {pair: found.copy() for pair in PAIRS}
    for (left, right), pose in back.items():
        pose[[left, right]] = pose[[right, left]]
    before = oks_terms(found[None], true, box, area).mean()
    after = {pair: oks_terms(pose[None], true, box, area).mean() for pair, pose in back.items()}
    best = max(after, key=after.get)
    assert after[best] > before + 0.05 and best[0] in (7, 9, 13, 15)  # exchanged back, all is well
    assert np.array_equal(found, one_mistake(true, area, seed))
    assert not np.array_equal(found, one_mistake(true, area, seed + 100))


def test_one_of_each_has_every_mistake():
    truth = people()
    found = one_of_each(truth, SIZE, 5)
    n = len(truth.keypoints)
    assert n == 4 and len(found.scores) == n + 1  # one missed, one doubled, one false
    best = oks(found.keypoints, truth)
    assert (best.max(0) < 0.3).sum() >= 1 and np.bincount(best.argmax(1)[best.max(1) > 0.25], minlength=n).max() == 2
    assert ((found.scores >= 0.05) & (found.scores <= 0.99)).all()


def test_the_files_say_what_was_written():
    truth = people()
    found = one_of_each(truth, SIZE, 5)
    truths = read_keypoint_truths({"a.json": write_truths([truth], [SIZE])})
    results = read_keypoint_results({"b.json": write_results([found])}, truths)
    again, others = truths.truths[0], results.predictions[0]
    for name in ("keypoints", "boxes", "areas", "crowd", "difficult"):
        assert np.array_equal(getattr(again, name), getattr(truth, name)), name
    assert np.array_equal(others.keypoints, found.keypoints) and np.array_equal(others.scores, found.scores)
    entry = json.loads(write_truths([truth], [SIZE]))["annotations"][0]
    assert entry["num_keypoints"] == int((truth.keypoints[0, :, 2] > 0).sum()) and entry["iscrowd"] == 0


def test_the_example_is_the_same_for_a_seed_and_has_what_the_table_needs():
    files = example_set(6, 31)
    assert files == example_set(6, 31) and files[0] != example_set(6, 32)[0]
    truths = read_keypoint_truths({"a.json": files[0]})
    table = keypoint_table(truths.truths, read_keypoint_results({"b.json": files[1]}, truths).predictions)
    assert len(truths.truths) == 6 and all(0 < value < 1 for value in table.figures.values())


def test_a_picture_without_people_has_nothing_found():
    nobody = truth_of(make_figure(0, 1, SIZE, (0, 0)))
    assert nobody.keypoints.shape[0] == 0 and len(one_of_each(nobody, SIZE, 1).scores) == 0
