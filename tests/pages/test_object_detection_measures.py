"""The part "Measures" of the detection page without a browser: numbers, extremes, uploads, refusals, known answers."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine.datasets.imperfect import example_set, one_of_each
from engine.datasets.scenes import make_scene
from engine.detection.boxes import overlap
from engine.detection.overlap_curve import overlap_curve
from engine.metrics.coco import FIGURES
from engine.metrics.detection import average_precision
from engine.metrics.image_boxes import box_iou
from engine.settings import limits_of
from pages._ui.controls import link_text
from pages.vision._object_detection import cases
from pages.vision._object_detection.measure_settings import MEASURES, Measures
from tests.pages.scenes import panel, scene, send

PAGE = Path(__file__).parents[2] / "pages" / "vision" / "object_detection.py"
REAL = Path(__file__).parents[3] / "shared" / "real" / "detection"
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="the real files are not here")
PUBLISHED = (0.503647, 0.696973, 0.571667, 0.593252, 0.557991, 0.489363)
PUBLISHED += (0.386813, 0.593680, 0.595353, 0.654764, 0.603130, 0.553744)
EXTREMES = [
    (name, value)
    for name, limits in limits_of(Measures).items()
    for value in (limits.options if limits.kind == "choice" else (limits.low, limits.high))
]


@pytest.fixture
def measures():
    """Return a function (query) → the part "Measures", its job at its end."""

    def open_(**query: str) -> AppTest:
        app = AppTest.from_file(str(PAGE), default_timeout=120)
        for name, value in {"part": "measures", **query}.items():
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


def report(app, n: int, boxes) -> None:
    """Send boxes as the n-th canvas of the browser would."""
    sent = {"boxes": {"revision": 0, "sequence": 1, "boxes": np.asarray(boxes, float).ravel().tolist()}}
    send(app, sent, n)


def figures(app) -> dict[str, str]:
    """Return the table of twelve figures as the page writes it."""
    table = next(one.value for one in app.markdown if one.value.startswith("| figure"))
    return dict(re.findall(r"^\| (\w+) \| ([\d.–]+) \|", table, re.M))


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_opens_without_a_complaint(measures, measure):
    app = measures(measure=measure)
    assert not app.error and app.session_state["measure"] == measure


@pytest.mark.parametrize(("name", "value"), EXTREMES)
def test_every_extreme_of_every_control_is_met(measures, name, value):
    where = {"ground": "overlap", "text_form": "dataset"}.get(name, "precision")
    app = measures(**{"measure": where, name: link_text(value)})
    assert not app.error and app.session_state[name] == value


def test_the_terms_of_two_boxes_stand_in_the_formulas(measures):
    app = measures()
    drawn, numbers = scene(app, 0), scene(app, 1)
    assert drawn["boxes"] == [120, 110, 360, 330, 0, 250, 190, 480, 400, 1]
    text = "\n".join(numbers["equations"])
    assert "|A ∩ B| = 110 × 140 = 15400 px²" in text
    assert "= 52800 + 48300 − 15400 = 85700 px²" in text
    assert "IoU = |A ∩ B| / |A ∪ B| = 15400 / 85700 = 0.1797" in text
    assert "GIoU = IoU − (|C| − |A ∪ B|) / |C| = 0.1797 − (104400 − 85700) / 104400 = 0.0006" in text
    assert "DIoU = IoU − ρ² / c² = 0.1797 − 145.8² / 462.3² = 0.0803" in text
    by_name = {one["name"]: one for one in drawn["layers"]}
    shared, around = by_name["intersection A ∩ B"], by_name["enclosing box C"]
    assert [shared[k].tolist() for k in ("x0", "y0", "x1", "y1")] == [[250], [190], [360], [330]]
    assert [around[k].tolist() for k in ("x0", "y0", "x1", "y1")] == [[120], [110], [480], [400]] and around["dash"]
    assert by_name["distance ρ"]["x"].tolist() == [240, 365]
    now = next(one for one in panel(numbers, "slide")["layers"] if one["name"] == "DIoU now")
    assert now["x"][0] == pytest.approx(145.774, abs=1e-3) and now["y"][0] == pytest.approx(0.08026, abs=1e-5)


def test_boxes_that_do_not_meet_still_differ_in_giou_and_diou(measures):
    app = measures()
    report(app, 0, [[0, 0, 100, 100, 0], [200, 0, 300, 100, 1]])
    text = "\n".join(scene(app, 1)["equations"])
    assert "0, they do not meet" in text and "/ 20000 = 0.0000" in text
    assert "(30000 − 20000) / 30000 = −0.3333" in text and "200² / 316.2² = −0.4000" in text
    shared = next(one for one in scene(app, 0)["layers"] if one["name"] == "intersection A ∩ B")
    assert np.isnan(shared["x0"]).all()  # hidden, and still in the legend, so that the picture does not jump
    assert app.query_params["ab"] == "0.0.100.100.0.100~200.0.300.100.1.100"


def test_a_link_brings_the_boxes_back_and_nonsense_in_it_is_ignored(measures):
    linked = "0.0.100.100.0.100~200.0.300.100.1.100"
    assert scene(measures(ab=linked))["boxes"] == [0, 0, 100, 100, 0, 200, 0, 300, 100, 1]
    assert scene(measures(ab="none"))["boxes"] == []
    for text in ("1.2.3", "a.b.c.d.e.f", "-1.0.9.9.0.1", "1e9.0.9.9.0.1", "~", "²." * 5 + "1"):
        assert scene(measures(ab=text))["boxes"][:4] == [120, 110, 360, 330]


def test_one_box_alone_asks_for_another(measures):
    app = measures()
    report(app, 0, [[0, 0, 100, 100, 0]])
    assert "Draw two boxes" in app.info[0].value


TRUTHS = [[0, 0, 100, 100, 0, 1], [200, 200, 300, 300, 0, 1], [400, 0, 500, 100, 0, 1]]
FOUND = [[0, 0, 100, 90, 1, 0.9], [0, 0, 100, 60, 1, 0.8], [205, 200, 300, 300, 1, 0.7], [500, 300, 600, 400, 1, 0.3]]


def test_matching_precision_recall_and_the_three_averages(measures):
    app = measures(measure="precision", cut="0.5")
    report(app, 0, TRUTHS + FOUND)
    table = app.dataframe[0].value
    assert table["result"].tolist() == ["TP", "FP", "TP", "FP"]
    assert table["truth"].tolist() == ["T1", "–", "T2", "–"]
    assert table["IoU"].tolist() == [0.9, 0.6, 0.95, 0]
    assert table["precision"].tolist() == [1, 0.5, 0.6667, 0.5]
    assert table["recall"].tolist() == [0.3333, 0.3333, 0.6667, 0.6667]
    drawn = {one["name"]: one for one in scene(app, 0)["layers"]}
    assert drawn["true positive"]["x1"].tolist() == [100, 300]
    assert drawn["false positive"]["x1"].tolist() == [100, 600]
    assert drawn["missed truth"]["dash"] and drawn["missed truth"]["x0"].tolist() == [395]
    curves = scene(app, 1)
    text = "\n".join(curves["equations"])
    assert "= 0.333·1 + 0.333·0.667 = 0.5556" in text  # every point: ⅓ · 1 + ⅓ · ⅔
    eleven = (4 * 1 + 3 * 2 / 3) / 11
    assert f"/ 11 = {eleven:.4f}" in text and panel(curves, "ap-11 points")["title"].endswith(f"{eleven:.4f}")
    hundred = (34 * 1 + 33 * 2 / 3) / 101
    assert f"/ 101 = {hundred:.4f}" in text
    ring = next(one for one in panel(curves, "ap-coco 101")["layers"] if one["name"] == "score threshold")
    assert ring["x"].tolist() == pytest.approx([2 / 3]) and ring["y"].tolist() == pytest.approx([2 / 3])
    assert any("precision = 2 / (2 + 1) = 0.6667" in one.value for one in app.markdown)


def test_the_rule_decides_about_a_box_whose_best_truth_is_taken(measures):
    near = [[0, 0, 100, 100, 0, 1], [0, 40, 100, 140, 0, 1]]
    found = [[0, 0, 100, 100, 1, 0.9], [0, 15, 100, 115, 1, 0.8]]  # IoU .739 with the first, .6 with the second
    for rule, result in (("coco", "TP"), ("voc", "FP")):
        app = measures(measure="precision", rule=rule)
        report(app, 0, near + found)
        assert app.dataframe[0].value["result"].tolist() == ["TP", result]


def test_no_detection_and_no_truth_are_met(measures):
    app = measures(measure="precision", case_boxes="none")
    assert "Draw at least one truth" in app.info[0].value
    report(app, 0, TRUTHS)
    assert "Draw at least one truth" in app.info[0].value


def test_the_prepared_case_has_every_mistake_and_its_seed_makes_another():
    scene_ = make_scene(4, cases.SEED, cases.SIZE, cases.N_OBJECTS)
    true = scene_.boxes.double().numpy()
    found = one_of_each(true, cases.SIZE, 4)
    best = box_iou(found.boxes, true).argmax(1)
    overlaps = box_iou(found.boxes, true)
    assert len(found.boxes) == len(true) + 1  # one missed, one doubled, one false
    assert (overlaps.max(0) < 0.5).sum() >= 1 and (overlaps.max(1) < 0.3).sum() == 1
    assert np.bincount(best[overlaps.max(1) > 0.3]).max() == 2
    assert np.array_equal(found.boxes, one_of_each(true, cases.SIZE, 4).boxes)
    assert not np.array_equal(found.boxes, one_of_each(true, cases.SIZE, 5).boxes)


@pytest.mark.parametrize("b", [(250, 190, 480, 400), (0, 0, 40, 40), (120, 110, 360, 330), (500, 150, 640, 290)])
def test_the_curve_goes_through_the_present_place(b):
    a = (120, 110, 360, 330)
    now = overlap(a, b)
    curve = overlap_curve(a, b, [now.centre_distance, 900.0])
    assert (curve.iou[0], curve.giou[0], curve.diou[0]) == pytest.approx((now.iou, now.giou, now.diou), abs=1e-12)
    just = overlap_curve(a, b, [curve.apart - 0.01, curve.apart + 0.01])
    assert just.iou[0] > 0 and just.iou[1] == 0


def upload(app, truths, found):
    app.file_uploader(key="truth_files").set_value(truths)
    app.file_uploader(key="detection_files").set_value(found)
    return at_its_end(app.run())


def files(folder: Path) -> list[tuple[str, bytes, str]]:
    return [(file.name, file.read_bytes(), "text/plain") for file in sorted(folder.iterdir())]


def as_json(data: bytes, name: str) -> list[tuple[str, bytes, str]]:
    return [(name, data, "application/json")]


def test_the_example_shows_its_table_at_once_and_its_files_give_it_again(measures):
    app = measures(measure="dataset")
    first = figures(app)
    assert list(first) == list(FIGURES) and all(0.3 < float(value) < 1 for value in first.values())
    assert app.dataframe[0].value["class"].tolist() == ["ball", "mug", "car", "house", "tree", "fish", "bottle", "star"]
    truths, found = example_set(cases.N_SCENES, cases.SEED)
    again = upload(app, as_json(truths, "truths.json"), as_json(found, "found.json"))
    assert not again.error and figures(again) == first
    assert any(one.value.startswith("**Your files** (COCO): 40 images") for one in again.markdown)


@needs_real
def test_the_published_coco_figures(measures):
    folder = REAL / "coco_eval" / "test_coco_eval"
    app = measures(measure="dataset")
    app.selectbox(key="curve_class").select(7).run()  # a class that the next data set has too, or has not
    app = upload(
        app,
        as_json((folder / "gts" / "sampled_gts_bbox_area.json").read_bytes(), "truths.json"),
        as_json((folder / "cocoapi_results.json").read_bytes(), "results.json"),
    )
    assert [float(value) for value in figures(app).values()] == pytest.approx(PUBLISHED, abs=5.1e-5)  # four decimals
    assert not app.error


@needs_real
def test_the_published_voc_figures(measures):
    folder = REAL / "padilla_example"
    app = upload(measures(measure="dataset"), files(folder / "groundtruths"), files(folder / "detections"))
    assert not app.error
    row = app.dataframe[0].value.iloc[0]
    assert row["AP .3"] == pytest.approx(0.2456866804, abs=1e-9)
    assert row["AP .5"] == pytest.approx(0.0222222222, abs=1e-9)
    assert row["11 points .5"] == pytest.approx(0.0303030303, abs=1e-9)


@pytest.mark.parametrize(
    ("truths", "found", "words"),
    [
        (b"{", b"[]", "complete"),
        (b"[]", b"[]", "three lists"),
        (b"GIF89a", b"[]", "1.json"),
        (None, b'[{"image_id": 99, "category_id": 1, "bbox": [0, 0, 1, 1], "score": 1}]', "among those listed"),
        (None, b"dog 1 2 3 4 5", "JSON for COCO"),
    ],
)
def test_a_bad_file_gives_one_sentence(measures, truths, found, words):
    truths = truths or example_set(1, 0)[0]
    app = upload(measures(measure="dataset"), as_json(truths, "1.json"), as_json(found, "2.json"))
    assert len(app.error) == 1 and words in app.error[0].value and "\n" not in app.error[0].value


def test_one_half_asks_for_the_other_and_a_name_given_twice_is_refused(measures):
    app = measures(measure="dataset")
    app.file_uploader(key="truth_files").set_value([("a.txt", b"dog 1 2 3 4", "text/plain")])
    assert "bring the detections" in app.run().info[0].value
    app = upload(app, [("a.txt", b"dog 1 2 3 4", "text/plain")] * 2, [("a.txt", b"dog 1 1 2 3 4", "text/plain")])
    assert "different names" in app.error[0].value


def test_a_set_with_nothing_to_find_or_nothing_found_is_shown(measures):
    app = measures(measure="dataset")
    app = upload(app, [("a.txt", b"dog 1 2 3 4", "text/plain")], [("a.txt", b"", "text/plain")])
    assert not app.error and figures(app)["AP"] == "0.0000" and figures(app)["APl"] == "–"
    app = upload(app, [("a.txt", b"", "text/plain")], [("a.txt", b"dog 1 1 2 3 4", "text/plain")])
    assert not app.error and set(figures(app).values()) == {"–"}


def test_the_averages_are_those_of_the_engine(measures):
    app = measures(measure="precision")
    table = app.dataframe[0].value
    exact = average_precision(table["precision"], table["recall"], "every point")
    assert float(panel(scene(app, 1), "ap-every point")["title"].rsplit(" ", 1)[1]) == pytest.approx(exact, abs=3e-4)
