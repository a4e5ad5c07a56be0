"""Every script that the detection page gives away, run in an empty folder: it prints what the page shows."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from pathlib import Path

import pytest

from engine.io.standalone import closure, requirements
from engine.weights import get
from pages._ui import scripts
from tests.pages.scenes import scene

PAGE = "vision/object_detection.py"
SCRIPTS = Path(__file__).parents[2] / "engine" / "scripts"
SHORT = {"training_steps": "20", "n_scenes": "50", "batch_size": "16"}


@pytest.fixture
def taken(open_page, without_session, offered):
    """Return a function (press, query) → the page once it offers a script, and file name → maker of its downloads."""

    def take(press=None, **query):
        app = open_page(PAGE, **query)
        if press:
            app.button(key=press).click().run()
        ends = time.monotonic() + 240
        while not any(name.endswith(".zip") for name in offered) or growing(app):
            assert not app.exception and not app.error and time.monotonic() < ends
            app.run()
        return app, offered

    return take


def growing(app) -> bool:
    """Return whether a run that the page shows goes on."""
    bars = [scene(app, k).get("player") for k in range(len(app.get("bidi_component")))]
    return bool(app.get("progress")) or any(bar and bar["growing"] for bar in bars)


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def numbers(line: str) -> list[float]:
    return [float(text) for text in re.findall(r"-?\d+\.?\d*(?:e[-+]\d+)?", line)]


def test_a_picture(taken, printed):
    _, files = taken(part="live", scene="12", confidence="0.3")
    expected = json.loads(files["detections.json"]())
    *lines, last = printed(files["detect_picture.zip"]())
    assert last == f"{len(expected)} objects" and len(lines) == len(expected) > 2
    for line, one in zip(lines, expected, strict=True):
        assert line.split()[0] == one["label"]
        assert numbers(line)[-5:] == pytest.approx([one[k] for k in ("score", "x0", "y0", "x1", "y1")], abs=0.02)


def test_the_xray(taken, printed):
    app, files = taken(part="xray", scene="7", confidence="0.2", method="linear", soft_iou="0.2")
    raw, kept, soft = (int(stat["text"]) for stat in scene(app, 1)["stats"])
    lines = printed(files["suppress_boxes.zip"]())
    assert f"raw boxes above 0.2: {raw}" in lines and lines[-1] == f"kept {kept}, by soft-NMS {soft}"
    assert sum(line.startswith("step ") for line in lines) == kept and raw > kept > 2 and soft != kept


def test_two_boxes(taken, printed):
    app, files = taken(part="measures", measure="overlap", ground="scene", case="9")
    lines = dict(line.split(" = ") for line in printed(files["overlap_of_two.zip"]()))
    shown = [layer.get("name", "") for layer in scene(app, 1)["panels"][0]["layers"] if layer["type"] == "line"]
    for key, name in (("iou", "IoU"), ("giou", "GIoU"), ("diou", "DIoU")):
        assert f"{name} {float(lines[key]):.4f}".replace("-", "−") in shown


def test_precision_and_recall(taken, printed):
    _, files = taken(part="measures", measure="precision", case="6", match_iou="0.6", rule="voc")
    expected = rows(files["precision_recall.csv"]())
    lines = printed(files["precision_of_boxes.zip"]())
    assert len(lines) == len(expected) + 3
    for line, row in zip(lines, expected, strict=False):
        assert line.split()[1] == row["result"]
        assert numbers(line)[-2:] == pytest.approx([float(row["precision"]), float(row["recall"])], abs=1e-4)
    assert all(line.startswith("AP by ") for line in lines[-3:])


def test_a_whole_set(taken, printed):
    _, files = taken(part="measures", measure="dataset")
    expected = [float(row["value"]) for row in rows(files["coco.csv"]())]
    lines = printed(files["coco_table.zip"]())
    assert [numbers(line)[-1] for line in lines[:12]] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("chapter", "script", "table", "columns"),
    [
        ("localise", "localise_object", "localisation", ("mean IoU", "right class", "right p_c")),
        ("landmarks", "find_landmarks", "landmarks", ("mean error", "close")),
    ],
)
def test_a_training(taken, printed, chapter, script, table, columns):
    _, files = taken(part="family", chapter=chapter, **SHORT)
    last = rows(files[f"{table}.csv"]())[-1]
    line = printed(files[f"{script}.zip"]())[-1]
    step, *measures = numbers(line)
    assert step == int(last["step"]) == 20
    assert measures == pytest.approx([float(last[name]) for name in columns], abs=2e-3)


def test_the_family(taken, printed):
    _, files = taken(part="family", chapter="compare", scene="3")
    expected = rows(files["family.csv"]())
    lines = [line for line in printed(files["compare_family.zip"]()) if not line.startswith("  ")]
    shown = [f"{row['method']}: {row['boxes']} boxes, {row['passes through the network']} passes" for row in expected]
    assert len(shown) == 6 and [line.rsplit(",", 1)[0] for line in lines] == shown


def test_the_window(taken, printed):
    app, files = taken(part="family", chapter="window", scene="3")
    lines = printed(files["compare_windows.zip"]())
    passes = [int(re.sub(r"\D", "", stat["help"])) for stat in scene(app)["stats"][:2]]
    assert [int(numbers(line)[0]) for line in lines[:2]] == passes
    assert numbers(lines[2])[0] < 1e-5


def test_a_video(taken, printed):
    _, files = taken(part="live", source="video", press="annotate")
    expected = json.loads(files["detections.json"]())
    (line,) = printed(files["annotate_clip.zip"]())
    assert line.startswith(f"{len(expected)} boxes in ") and len(expected) > 50


def test_every_script_is_offered_and_tested():
    root = Path(__file__).parents[2]
    tests, pages = ("".join(path.read_text() for path in (root / one).rglob("*.py")) for one in ("tests", "pages"))
    for path in SCRIPTS.glob("[a-z]*.py"):
        assert f'"{path.stem}"' in pages and re.search(rf'"{path.stem}(\.zip)?"', tests), path.stem


def test_what_a_script_imports_and_needs():
    sources, packages = closure("engine.scripts.precision_of_boxes")
    assert "engine/metrics/box_matching.py" in sources and "engine/__init__.py" in sources
    assert not any("torch" in source for source in sources.values() if "import torch" in source)
    assert [line.split("==")[0] for line in requirements(packages)] == ["numpy"]
    assert "streamlit" not in closure("engine.scripts.detect_picture")[1]


def test_only_bundled_weights_travel():
    assert scripts.weight_files(get("SSDLITE320_MOBILENET_V3_LARGE"), None) == {}
    assert list(scripts.weight_files(get("YOLO_SCENES_V1"))) == ["assets/weights/YOLO_SCENES_V1.safetensors"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [("../../etc/passwd", "passwd"), ("a b\u202e.txt", "a_b_.txt"), ("..", "file"), ("C:\\x\\y.json", "y.json")],
)
def test_names_of_visitors_files_are_made_safe(name, safe):
    assert scripts.safe_name(name) == safe
