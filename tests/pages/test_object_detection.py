"""The detection page without a browser: what is drawn is what the engine finds; every source, preset and refusal."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from engine.datasets.scenes import make_scene
from engine.detection import models, suppression
from engine.detection.settings import Soft, Thresholds
from engine.settings import limits_of
from pages._ui import camera
from pages._ui.controls import link_text
from pages._ui.gallery import TOPICS
from pages.vision._object_detection import pictures
from pages.vision._object_detection.presets import PRESETS
from tests.pages.scenes import scene

PAGE = "vision/object_detection.py"


@pytest.fixture
def detection(open_page, without_session):
    """Return a function (query) → the page, without errors."""

    def open_(**query):
        app = open_page(PAGE, **query)
        assert not app.error
        return app

    return open_


def found(index, confidence=0.5, iou=0.5):
    image = pictures.in_8_bits(make_scene(index, pictures.SCENE_SEED, pictures.SCENE_SIZE).image)
    return models.get(models.FOR_SCENES).make("cpu").detect(image, confidence, iou)


def layer_of(shown, kind):
    return next(one for one in shown["panels"][0]["layers"] if one["type"] == kind)


def png(width, height):
    file = io.BytesIO()
    Image.new("RGB", (width, height), (90, 120, 150)).save(file, "PNG")
    return file.getvalue()


def test_the_first_view_shows_what_the_bundled_model_finds(detection):
    shown = scene(detection())
    boxes, expected = layer_of(shown, "boxes"), found(7)
    drawn = np.stack([boxes[name] for name in ("x0", "y0", "x1", "y1")], 1)
    assert len(expected) > 3 and np.allclose(drawn, expected.boxes.numpy(), atol=1e-3)
    names = [text.split()[0] for text in boxes["text"]]
    assert names == [expected.names[k] for k in expected.labels.tolist()]
    assert layer_of(shown, "image")["jpeg"][:2].tolist() == [0xFF, 0xD8]


@pytest.mark.parametrize("confidence", [0.05, 0.95])
@pytest.mark.parametrize("iou", [0.1, 0.9])
def test_thresholds_of_the_link_are_the_detectors(detection, confidence, iou):
    app = detection(confidence=str(confidence), iou=str(iou))
    expected = found(7, confidence, iou)
    assert len(layer_of(scene(app), "boxes")["x0"]) == len(expected)


def test_the_models_page_is_told_of_every_model_that_this_page_loads():
    (topic,) = (topic for topic in TOPICS if topic.file == PAGE)
    assert set(topic.models) == {model.weights.name for model in models.MODELS.values() if model.weights}


def test_classes_of_the_link_are_shown_alone(detection):
    app = detection(only="mug")
    assert {text.split()[0] for text in layer_of(scene(app), "boxes")["text"]} == {"mug"}


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_every_preset_sets_the_page_and_asks_a_question(detection, preset):
    app = detection(confidence="0.95")
    app.button(key=f"preset-{preset.name}").click().run()
    assert not app.exception and not app.error
    assert any(caption.value == preset.question for caption in app.caption)
    for name, value in {**preset.changes, **preset.more}.items():
        assert app.session_state[name] == value


@pytest.mark.parametrize(("settings", "name"), [(one, name) for one in (Thresholds, Soft) for name in limits_of(one)])
def test_extremes_of_the_xray(detection, settings, name):
    limits = limits_of(settings)[name]
    for value in limits.options or (limits.low, limits.high):
        assert not detection(part="xray", **{name: link_text(value)}).exception


def test_suppression_on_the_page_keeps_what_suppression_keeps(detection):
    app = detection(part="xray", confidence="0.2", iou="0.4")
    shown = scene(app, 1)
    raw = (
        models.get(models.FOR_SCENES)
        .make("cpu")
        .stages(make_scene(7, pictures.SCENE_SEED, pictures.SCENE_SIZE).image)[-1]
    )
    above = raw.scores > 0.2
    kept = suppression.nms(raw.boxes[above], raw.scores[above], raw.labels[above], 0.4)
    last = np.asarray(shown["runs"]["hard"]["state"])[-1]
    assert (last == 2).sum() == len(kept) and set(np.unique(last)) <= {2, 4}


def test_no_box_above_the_confidence_is_said(detection):
    app = detection(part="xray", model="HAAR_FACES", confidence="0.95")
    assert any("No raw box" in info.value for info in app.info)


def test_a_model_that_is_not_here_is_named_with_its_address_and_replaced(detection):
    app = detection(model="FASTERRCNN_D2GO_INT8")
    said = app.info[0].value
    assert "d2go.pt" in said and "raw.githubusercontent.com" in said and "YOLO" in said
    assert len(layer_of(scene(app), "boxes")["x0"]) == len(found(7))


def test_a_large_model_is_fetched_only_when_asked(detection):
    app = detection(model="MASKRCNN_RESNET50_FPN_V2")
    assert "186 MB" in app.button(key="get_MASKRCNN_RESNET50_FPN_V2").label
    app.button(key="get_MASKRCNN_RESNET50_FPN_V2").click().run()
    assert "asks no other host" in app.info[0].value


def test_an_uploaded_picture_is_examined(detection):
    app = detection(source="picture", model="HAAR_FACES")
    assert any("Upload a picture" in info.value for info in app.info)
    app.file_uploader(key="detection-picture").set_value(("mine.png", png(320, 200), "image/png")).run()
    shown = scene(app)
    assert not app.error and shown["panels"][0]["x"]["range"] == [0, 320]


@pytest.mark.parametrize(
    ("source", "name", "content"),
    [
        ("picture", "a.png", b"not a picture"),
        ("picture", "a.jpg", png(8, 8)[:40]),
        ("video", "a.mp4", b"just text, no video at all"),
        ("video", "a.mp4", png(8, 8)),
    ],
)
def test_a_file_that_is_not_what_its_name_says_gets_one_sentence(open_page, source, name, content):
    app = open_page(PAGE, source=source)
    app.file_uploader(key=f"detection-{source}").set_value((name, content, "application/octet-stream")).run()
    assert not app.exception and len(app.error) == 1 and app.error[0].value.count(".") <= 4


def test_a_picture_of_200_megapixels_is_refused(open_page):
    app = open_page(PAGE, source="picture")
    file = io.BytesIO()
    Image.new("1", (20_000, 10_000)).save(file, "PNG")
    app.file_uploader(key="detection-picture").set_value(("big.png", file.getvalue(), "image/png")).run()
    assert not app.exception and "megapixels" in app.error[0].value


def test_the_camera_offers_other_ways(detection):
    app = detection(source="camera")
    assert any("Snapshot" in caption.value for caption in app.caption)


@pytest.mark.parametrize("named", ['[{"urls": "turn:turn.example.org"}]', ""])
def test_ice_servers_come_from_the_environment(monkeypatch, named):
    monkeypatch.setenv("TANGENT_ICE_SERVERS", named)
    assert camera.ice_servers() == json.loads(named or "[]")


@pytest.mark.parametrize("named", ["turn:turn.example.org", "{}", "[1]", '[{"url": "x"}]', '"x"'])
def test_ice_servers_that_cannot_be_read_are_said_and_left_out(open_page, without_session, monkeypatch, named):
    monkeypatch.setenv("TANGENT_ICE_SERVERS", named)
    app = open_page(PAGE, source="camera")
    assert "TANGENT_ICE_SERVERS" in app.error[0].value and not app.exception
