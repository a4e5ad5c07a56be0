"""The part "Measures" of the pose page without a browser: numbers, extremes, uploads, refusals, scripts."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine.datasets.imperfect_poses import example_set
from engine.metrics.pose import COCO_SIGMAS, oks_terms
from engine.metrics.pose_table import FIGURES, keypoint_table
from engine.pose.poses import COCO_17
from engine.settings import limits_of
from pages._ui.controls import link_text
from pages.vision._pose_estimation import measure_cases
from pages.vision._pose_estimation.measure_settings import POSE_MEASURES, PoseMeasures
from pages.vision._pose_estimation.pair_numbers import HALF
from pages.vision._pose_estimation.people_numbers import judge
from tests.pages.scenes import panel, scene, send

ROOT = Path(__file__).parents[2]
EXTREMES = [
    (name, value)
    for name, limits in limits_of(PoseMeasures).items()
    for value in (limits.options if limits.kind == "choice" else (limits.low, limits.high))
    if name not in ("pose_joint", "pose_measure")
]
WRIST = COCO_17.index("left_wrist")


def page() -> None:
    """The measures alone: what stands beside them on the page has tests of its own."""
    from pages._ui.parts import lay_out
    from pages.vision._pose_estimation.layout import PARTS

    lay_out(PARTS["measures"])


@pytest.fixture
def measures():
    """Return a function (query) → the part "Measures", its job at its end."""

    def open_(**query: str) -> AppTest:
        app = AppTest.from_function(page, default_timeout=120)
        for name, value in query.items():
            app.query_params[name] = value
        return at_its_end(app.run())

    return open_


def at_its_end(app):
    for _ in range(200):
        assert not app.exception
        if "stop_set" not in [button.key for button in app.button]:
            return app
        app.run()
    raise AssertionError("the job does not end")


def report(app, joints: np.ndarray, at: int) -> None:
    """Send the joints as the canvas of the browser would."""
    sent = {"joints": {"revision": 0, "sequence": 1, "joints": np.asarray(joints, float).ravel().tolist(), "at": at}}
    send(app, sent)


def equations(app) -> str:
    return "\n".join(scene(app, 1)["equations"])


def figures(app) -> dict[str, str]:
    """Return the table of ten figures as the page writes it."""
    table = next(one.value for one in app.markdown if one.value.startswith("| figure"))
    return dict(re.findall(r"^\| (\w+) \| ([\d.–]+) \|", table, re.M))


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


@pytest.mark.parametrize("measure", POSE_MEASURES)
def test_every_measure_opens_without_a_complaint(measures, measure):
    app = measures(pose_measure=measure)
    assert not app.error and app.session_state["pose_measure"] == measure


@pytest.mark.parametrize(("name", "value"), EXTREMES)
def test_every_extreme_of_every_control_is_met(measures, name, value):
    where = "people" if name.startswith("people") else "pair"
    app = measures(**{"pose_measure": where, name: link_text(value)})
    assert not app.error and app.session_state[name] == value


def test_the_true_pose_scores_one_and_a_dragged_wrist_loses_its_share(measures):
    app, ready = measures(), measure_cases._pair(53)
    true = ready.true[:, :2]
    report(app, true, 0)
    assert app.session_state["pose_joint"] == "nose"  # what was touched is what is told
    text = equations(app)
    assert "d = 0 px ≤ α · torso" in text and "hit" in text
    assert "= 17 / 17 = 1.0000" in text and "OKS = Σ / marked = 17.0000 / 17 = 1.0000" in text
    assert any("passes **10 of 10** thresholds" in one.value for one in app.markdown)
    moved = true.copy()
    moved[WRIST] += (30, 40)
    report(app, moved, WRIST)
    s2, k = ready.area, 2 * COCO_SIGMAS[WRIST]
    term = np.exp(-(50**2) / (2 * s2 * k**2))
    text = equations(app)
    assert f"d = 50 px > α · torso = 0.2 · {np.hypot(*(true[5] - true[12])):.4g}" in text and "missed" in text
    assert "PCK@0.2 = hits / marked = 16 / 17 = 0.9412" in text
    assert f"k = 2σ = 2 · 0.062 = {k:g}" in text and f"= {term:.4f}" in text
    assert f"OKS = Σ / marked = {16 + term:.4f} / 17 = {(16 + term) / 17:.4f}" in text
    layers = scene(app, 0)["layers"]
    missed = next(one for one in layers if one["name"] == "missed" and one["legend"])
    assert missed["dash"] and missed["x"].tolist() == pytest.approx([true[WRIST, 0]], abs=1e-3)
    half = next(one for one in layers if one["name"] == "similarity ½")
    assert half["r"][0] == pytest.approx(HALF * np.sqrt(s2) * k, rel=1e-6)
    assert np.exp(-((HALF * np.sqrt(s2) * k) ** 2) / (2 * s2 * k**2)) == pytest.approx(0.5)


@pytest.mark.parametrize(("kind", "name"), [("torso", "PCK"), ("box", "PCK"), ("head", "PCKh")])
def test_each_size_gives_its_own_limit(measures, kind, name):
    app, ready = measures(pose_size=kind, pose_alpha="0.5"), measure_cases._pair(53)
    box, true = ready.box, ready.true
    sizes = {
        "torso": np.hypot(*(true[5, :2] - true[12, :2])),
        "box": max(box[2] - box[0], box[3] - box[1]),
        "head": ready.head_size,
    }
    assert f"α · {kind} = 0.5 · {sizes[kind]:.4g}" in equations(app) and f"{name}@0.5 =" in equations(app)


def test_another_size_brings_its_usual_threshold(measures):
    app = measures()
    app.segmented_control(key="pose_size").set_value("head").run()
    assert app.session_state["pose_alpha"] == 0.5 and "PCKh@0.5" in equations(app)


def test_an_unmarked_joint_does_not_count(measures):
    app = measures()
    control = next(one for one in app.segmented_control if one.label == "The truth’s v")
    control.set_value(0).run()
    text = equations(app)
    assert "not marked" in text and "/ 16 = " in text
    assert app.query_params["pose_pair"].split("~")[WRIST].endswith(".0")


def test_a_link_brings_the_pose_back_and_nonsense_in_it_is_ignored(measures):
    first = scene(measures())["joints"]
    linked = "~".join(f"{100 * k}.{50 * k}.2" for k in range(1, 18))
    assert scene(measures(pose_pair=linked))["joints"][:4] == [10, 5, 20, 10]
    for text in ("1.2.3", "none", linked + "~1.1.1", linked.replace(".2", ".x"), "~" * 16):
        assert scene(measures(pose_pair=text))["joints"] == first
    nothing = "~".join("10.10.0" for _ in range(17))
    assert "Mark at least one joint" in measures(pose_pair=nothing).info[0].value
    far = scene(measures(pose_pair="~".join("99999.99999.9" for _ in range(17))))
    assert far["joints"][0] == far["x"]["range"][1] and far["joints"][1] == far["y"]["range"][1]


def test_the_prepared_pairs_lie_on_their_pictures():
    for number in (0, 53, 499):
        ready = measure_cases._pair(number)
        assert (ready.true[:, 2] > 0).all()
        for places in (ready.true[:, :2], ready.found):
            assert (places >= 0).all() and (places <= [ready.width, ready.height]).all()
        assert 0.5 < oks_terms(ready.found[None], ready.true, ready.box, ready.area).mean() < 0.95


def test_the_pair_s_script_and_table(measures, offered, printed):
    measures(pose_case="3", pose_alpha="0.1")
    table = rows(offered["joints.csv"]())
    lines = printed(offered["pose_pair.zip"]())
    assert len(table) == 17 and len(lines) == 20
    for row, line in zip(table, lines, strict=False):
        px, similarity = re.search(r"([\d.]+) px, \w+, similarity ([\d.]+)", line).groups()
        assert float(px) == pytest.approx(float(row["distance px"]), abs=1e-6)
        assert float(similarity) == pytest.approx(float(row["similarity"]), abs=1e-6) and row["PCK"] in line
    share = sum(row["PCK"] == "hit" for row in table) / 17
    assert float(lines[17].split(" = ")[1]) == pytest.approx(share, abs=1e-6)
    mean = np.mean([float(row["similarity"]) for row in table])
    assert float(lines[18].split(" = ")[1]) == pytest.approx(mean, abs=1e-6)


@pytest.mark.parametrize("number", [16, 22, 3])
def test_ap_of_one_picture_is_that_of_the_table(number):
    ready = measure_cases._people(number)
    judged = judge(ready.truth, ready.found, 0.5)
    table = keypoint_table([ready.truth], [ready.found])
    assert judged.by_threshold.mean() == pytest.approx(table.figures["AP"], abs=1e-12)
    assert judged.ap == judged.by_threshold[0] == pytest.approx(table.figures["AP50"], abs=1e-12)
    taken = judged.truth[judged.truth >= 0]
    assert len(np.unique(taken)) == len(taken)


def test_one_picture_shows_who_found_whom(measures):
    app = measures(pose_measure="people")
    shown = app.dataframe[0].value
    assert sorted(shown["score"], reverse=True) == shown["score"].tolist() and {"TP", "FP"} == set(shown["result"])
    names = [one["name"] for one in panel(scene(app), "pose-people")["layers"] if one["type"] == "skeleton"]
    assert sum(name.startswith("truth") for name in names) == 4 and len(names) == 4 + len(shown)
    app = measures(pose_measure="people", people_oks="0.95")
    assert not app.error and set(app.dataframe[0].value["result"]) == {"FP"}


def test_the_picture_s_script_gives_its_ap(measures, offered, printed):
    app = measures(pose_measure="people", people_case="22")
    mean = scene(app, 1)["equations"][1].rsplit(" ", 1)[1]
    lines = printed(offered["keypoint_table.zip"]())
    assert f"{float(lines[0].split()[1]):.4f}" == mean


def upload(app, truths: bytes, results: bytes):
    app.file_uploader(key="pose_truth_files").set_value([("1.json", truths, "application/json")])
    app.file_uploader(key="pose_result_files").set_value([("2.json", results, "application/json")])
    return at_its_end(app.run())


def test_the_example_shows_its_table_at_once_its_files_and_its_script_give_it_again(measures, offered, printed):
    app = measures(pose_measure="dataset")
    first = figures(app)
    assert list(first) == list(FIGURES) and all(0.3 < float(value) < 1 for value in first.values())
    expected = [float(row["value"]) for row in rows(offered["keypoints.csv"]())]
    assert list(json.loads(offered["keypoints.json"]()).values()) == expected
    lines = printed(offered["keypoint_table.zip"]())
    assert [float(line.split()[-1]) for line in lines[:10]] == pytest.approx(expected, abs=1e-6)
    curves = rows(offered["keypoint_curves.csv"]())
    at_half = [float(row["precision"]) for row in curves if row["OKS threshold"] == "0.5"]
    assert len(curves) == 1010 and np.mean(at_half) == pytest.approx(expected[1], abs=1e-12)
    again = upload(app, *example_set(measure_cases.N_PICTURES, measure_cases.SEED))
    assert not again.error and figures(again) == first
    assert any(one.value.startswith("**Your files**: 40 images") for one in again.markdown)


@pytest.mark.parametrize(
    ("truths", "found", "words"),
    [
        (b"{", b"[]", "complete"),
        (b"[]", b"[]", "three lists"),
        (b"GIF89a", b"[]", "JSON in COCO's format"),
        (None, b'[{"image_id": 1, "category_id": 1, "keypoints": [1, 2, 3], "score": 1}]', "51 numbers"),
        (None, b'[{"image_id": 99, "category_id": 1, "keypoints": [], "score": 1}]', "51 numbers"),
    ],
)
def test_a_bad_file_gives_one_sentence(measures, truths, found, words):
    app = upload(measures(pose_measure="dataset"), truths or example_set(1, 0)[0], found)
    assert len(app.error) == 1 and words in app.error[0].value and "\n" not in app.error[0].value


def test_one_half_asks_for_the_other(measures):
    app = measures(pose_measure="dataset")
    app.file_uploader(key="pose_truth_files").set_value([("1.json", example_set(1, 0)[0], "application/json")])
    assert "bring the results" in app.run().info[0].value


def test_a_set_in_which_nobody_was_found(measures):
    app = upload(measures(pose_measure="dataset"), example_set(2, 31)[0], b"[]")
    assert not app.error and figures(app)["AP"] == "0.0000"
