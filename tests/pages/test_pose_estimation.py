"""The pose page without a browser: what is drawn is what the engine finds; every source, preset and refusal."""

import csv
import io
import json
import shutil
import subprocess
import sys
import time
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from engine.detection.people import find_people
from engine.io.images import encode_png
from engine.io.video import VideoWriter
from engine.pose import models
from engine.pose.angles import ANGLES, joint_angles
from engine.pose.poses import COCO_17, MPII_16, MPII_SKELETON, Poses
from engine.pose.settings import PoseThresholds
from engine.settings import limits_of
from engine.weights.model_table import ModelTable
from pages._ui.controls import link_text
from pages._ui.gallery import TOPICS
from pages.vision._pose_estimation import pictures
from pages.vision._pose_estimation.presets import PRESETS
from pages.vision._pose_estimation.watch_settings import Watch
from tests.pages.scenes import scene
from tests.reference.real_data import need

PAGE = "vision/pose_estimation.py"
FIRST = 20


class Stickman:
    """An estimator that sees the same body in every box, its right arm less surely than the rest."""

    names, skeleton, finds_people = MPII_16, MPII_SKELETON, False

    def estimate(self, image, boxes=None):
        height, width = image.shape[1:]
        boxes = image.new_tensor([[0, 0, width, height]]).float() if boxes is None else boxes.float()
        x = np.array([0.4, 0.4, 0.4, 0.6, 0.6, 0.6, 0.5, 0.5, 0.5, 0.5, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8])
        y = np.array(
            [0.9, 0.7, 0.5, 0.5, 0.7, 0.9, 0.5, 0.3, 0.2, 0.1, 0.3, 0.4, 0.3, 0.3, 0.4, 0.2]
        )  # the left wrist is higher
        share = boxes.new_tensor(np.stack([x, y], 1))
        keypoints = boxes[:, None, :2] + share * (boxes[:, None, 2:] - boxes[:, None, :2])
        scores = boxes.new_full((len(boxes), 16), 0.9)
        scores[:, [10, 11]] = 0.4
        return Poses(keypoints, scores, boxes, self.names, self.skeleton)


@pytest.fixture
def pose(open_page, without_session):
    """Return a function (query) → the page, without errors, with what is in the box alone."""

    def open_(**query):
        app = open_page(PAGE, **query)
        assert not app.error
        return app

    return open_


@pytest.fixture
def stickman(monkeypatch):
    """Let every model be here, and be the stickman."""
    for key, one in models.MODELS.items():
        monkeypatch.setitem(models.MODELS, key, replace(one, make=lambda device=None: Stickman()))
    monkeypatch.setattr(ModelTable, "is_here", lambda self, key: True)


def skeleton(app):
    return next(one for one in scene(app)["panels"][0]["layers"] if one["type"] == "skeleton")


def png(width, height):
    file = io.BytesIO()
    Image.new("RGB", (width, height), (90, 120, 150)).save(file, "PNG")
    return file.getvalue()


def upload(app, source, name, content):
    app.file_uploader(key=f"pose-{source}").set_value((name, content, "application/octet-stream")).run()


def test_the_first_view_shows_what_the_model_in_the_box_finds(pose, offered):
    app = pose(joint_confidence="0.05")
    drawn, picture = skeleton(app), pictures.figure(FIRST)
    found = models.get(models.IN_THE_BOX).make("cpu").estimate(picture.image, picture.truth.boxes)
    is_shown = found.scores.numpy().ravel() >= 0.05
    places = np.stack([drawn["x"], drawn["y"]], 1)
    assert len(found) == 3 and is_shown.sum() > 30 and not app.info
    assert np.allclose(places[is_shown], found.keypoints.numpy().reshape(-1, 2)[is_shown], atol=1e-2)
    assert set(offered) == {"poses.png", "keypoints.csv", "keypoints.json", "pose_picture.zip"}


def test_what_the_estimator_finds_is_drawn_with_its_confidence(pose, stickman):
    app = pose()
    boxes = pictures.figure(FIRST).truth.boxes
    found, drawn = Stickman().estimate(pictures.figure(FIRST).image, boxes), skeleton(app)
    assert np.allclose(np.stack([drawn["x"], drawn["y"]], 1), found.keypoints.numpy().reshape(-1, 2), atol=1e-3)
    assert drawn["tips"][10] == "person 1: right wrist 40 %" and drawn["tips"][16] == "person 2: right ankle 90 %"
    assert drawn["roles"][10] == drawn["bone_roles"][MPII_SKELETON.index((10, 11))] == "class 1"  # right
    assert drawn["alphas"][10] < drawn["alphas"][0]


def test_a_joint_below_the_confidence_is_left_out(pose, stickman):
    drawn = skeleton(pose(joint_confidence="0.5"))
    gone = np.isnan(drawn["x"]).nonzero()[0] % 16
    assert set(gone) == {10, 11}


def test_the_angles_are_the_engines(pose, stickman):
    app = pose(angle="left_elbow", person="2")
    poses = Stickman().estimate(pictures.figure(FIRST).image, pictures.figure(FIRST).truth.boxes)
    angles = dict(zip(ANGLES, joint_angles(poses)[1].tolist(), strict=True))
    table = app.dataframe[0].value.set_index("angle")
    for name, degrees in angles.items():
        side, joint = name.split("_")
        assert table.loc[joint, side] == f"{degrees:.0f}°"
    lines = scene(app)["equations"]
    assert len(lines) == 2 and lines[1].endswith(f"= {angles['left_elbow']:.1f}°")
    assert skeleton(app)["text"][16 + MPII_16.index("left_elbow")] == f"{angles['left_elbow']:.0f}°"


def test_one_person_in_the_middle_needs_no_detector(pose, stickman):
    assert len(skeleton(pose(people="one"))["x"]) == 16


def test_nobody_is_said(pose, stickman):
    app = pose(joint_confidence="0.95")
    assert any("Nobody was found" in info.value for info in app.info)


def test_downloads_hold_what_is_shown(pose, stickman, offered):
    pose()
    coco = json.loads(offered["keypoints.json"]())
    assert len(coco["annotations"]) == 3 and coco["categories"][0]["keypoints"] == list(COCO_17)
    assert offered["keypoints.csv"]().decode().count("\n") == 4
    assert offered["poses.png"]()[:4] == b"\x89PNG"
    assert offered["pose_picture.zip"]()[:2] == b"PK"


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
@pytest.mark.parametrize("is_here", [False, True])
def test_every_preset_sets_the_page_and_asks_a_question(pose, preset, is_here, request):
    if is_here:
        request.getfixturevalue("stickman")
    app = pose(joint_confidence="0.95")
    app.button(key=f"pose_preset-{preset.name}").click().run()
    assert not app.exception and not app.error
    assert any(caption.value == preset.question for caption in app.caption)
    for name, value in {**preset.changes, **preset.more}.items():
        assert app.session_state[name] == value


@pytest.mark.parametrize("source", ["sample", "video"])
@pytest.mark.parametrize(
    ("settings", "name"), [(one, name) for one in (PoseThresholds, Watch) for name in limits_of(one)]
)
def test_extremes_of_every_control(pose, settings, name, source):
    limits = limits_of(settings)[name]
    ends = list(limits.options)[:: len(limits.options) - 1] if limits.options else (limits.low, limits.high)
    for value in ends:
        app = pose(pose_source=source, **{name: link_text(value)})
        assert not app.exception


def test_a_large_model_is_fetched_only_when_asked(pose):
    app = pose(pose_model="KEYPOINTRCNN_RESNET50_FPN")
    assert "237 MB" in app.button(key="get_KEYPOINTRCNN_RESNET50_FPN").label
    app.button(key="get_KEYPOINTRCNN_RESNET50_FPN").click().run()
    assert "asks no other host" in app.info[0].value


def test_an_uploaded_picture_is_examined(pose, stickman):
    app = pose(pose_source="picture", people="one")
    assert any("Upload a picture" in info.value for info in app.info)
    upload(app, "picture", "mine.png", png(320, 200))
    assert not app.error and scene(app)["panels"][0]["x"]["range"] == [0, 320]
    assert np.allclose(skeleton(app)["x"][:2], 0.4 * 320, atol=1e-3)


def test_without_a_network_an_uploaded_picture_is_examined_by_what_is_in_the_box(pose):
    app = pose(pose_source="picture", joint_confidence="0.05")
    upload(app, "picture", "mine.png", png(320, 200))
    assert "EfficientPoseRT" in app.info[0].value and "raw.githubusercontent.com" in app.info[0].value
    assert "Until then: Pose Machine" in app.info[0].value
    assert len(skeleton(app)["x"]) == len(COCO_17)
    assert any("Nobody is as sure as that" in one.value for one in app.caption)
    assert app.slider(key="person_confidence").value == PoseThresholds().person_confidence


def test_without_a_network_the_people_of_a_photo_are_found_by_what_is_in_the_box(pose, offered):
    image = pictures.figure(FIRST).image
    n_people = len(find_people(image, "YOLO_FIGURES_V1", PoseThresholds().person_confidence))
    app = pose(pose_source="picture", joint_confidence="0.05")
    upload(app, "picture", "mine.png", encode_png(image))
    assert n_people > 1 and len(skeleton(app)["x"]) == n_people * len(COCO_17)
    content = zipfile.ZipFile(io.BytesIO(offered["pose_picture.zip"]()))
    assert json.loads(content.read("pose_picture/settings.json"))["people"] == "YOLO_FIGURES_V1"
    weights = {name.rsplit("/", 1)[1] for name in content.namelist() if "assets/weights" in name}
    assert weights == {"CPM_FIGURES_V1.safetensors", "YOLO_FIGURES_V1.safetensors"}


@pytest.mark.parametrize(
    ("source", "name", "content"),
    [
        ("picture", "a.png", b"not a picture"),
        ("picture", "a.jpg", png(8, 8)[:40]),
        ("video", "a.mp4", b"just text, no video at all"),
        ("video", "a.mp4", png(8, 8)),
    ],
)
def test_a_file_that_is_not_what_its_name_says_gets_one_sentence(pose, source, name, content):
    app = pose(pose_source=source)
    upload(app, source, name, content)
    assert not app.exception and len(app.error) == 1 and app.error[0].value.count(".") <= 4


def test_the_camera_offers_other_ways(pose, stickman):
    app = pose(pose_source="camera")
    assert any("Snapshot" in caption.value for caption in app.caption)
    assert {"poses", "people", "repetitions"} <= {metric.label for metric in app.metric}


def test_the_models_page_is_told_of_every_model_that_this_page_loads():
    (topic,) = (topic for topic in TOPICS if topic.file == PAGE)
    assert {model.weights.name for model in models.MODELS.values()} <= set(topic.models)


def test_a_snapshot_is_examined(pose, stickman):
    app = pose(pose_source="snapshot")
    assert any("Take a picture" in info.value for info in app.info)


def test_the_script_prints_what_the_page_shows(pose, offered, tmp_path):
    """With the published weights: the joints in the table of the page are those that its script finds."""
    here = tmp_path / "torch" / "hub" / "checkpoints"
    here.mkdir(parents=True)
    shutil.copy(need("weights/efficientpose/EfficientPoseRT"), here)
    pose(pose_model="EFFICIENTPOSE_RT")
    (first, *_) = csv.DictReader(io.StringIO(offered["keypoints.csv"]().decode("utf-8-sig")))
    zipfile.ZipFile(io.BytesIO(offered["pose_picture.zip"]())).extractall(tmp_path)
    command = [sys.executable, "-W", "error", "pose_picture.py"]
    done = subprocess.run(command, cwd=tmp_path / "pose_picture", capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    thorax = next(line.split() for line in done.stdout.splitlines() if "thorax" in line)
    assert done.stdout.endswith("3 people\n")
    assert [float(v) for v in thorax[1:3]] == [float(first["thorax_x"]), float(first["thorax_y"])]


def test_a_video_is_annotated_and_its_repetitions_are_counted(pose, stickman, offered, monkeypatch):
    angles = iter([170.0, 90.0, 170.0, 90.0, 170.0, 170.0])

    def bent(self, image, boxes=None):
        poses = Stickman.straight(self, image, boxes)
        hip, knee, ankle = (MPII_16.index(f"left_{one}") for one in ("hip", "knee", "ankle"))
        theta = np.radians(next(angles))
        poses.keypoints[:, hip] = poses.keypoints[:, knee] + poses.keypoints.new_tensor([0, -40])
        way = [40 * np.sin(theta), -40 * np.cos(theta)]
        poses.keypoints[:, ankle] = poses.keypoints[:, knee] + poses.keypoints.new_tensor(way)
        return poses

    monkeypatch.setattr(Stickman, "straight", Stickman.estimate, raising=False)
    monkeypatch.setattr(Stickman, "estimate", bent)
    with VideoWriter(160, 120, 2) as writer:
        for _ in range(6):
            writer.add(np.full((120, 160, 3), 90, np.uint8))
        clip = writer.finish()
    app = pose(pose_source="video", angle="left_knee", joint="left_wrist")
    upload(app, "video", "mine.mp4", clip)
    app.button(key="annotate").click().run()
    ends = time.monotonic() + 120
    while "poses.mp4" not in offered:
        assert not app.exception and not app.error and time.monotonic() < ends
        app.run()
    assert any("**2 repetitions** of the left knee" in text.value for text in app.markdown)
    curve = scene(app)["panels"][0]["layers"]
    assert len(curve[0]["x"]) == 6 and [one["name"].rsplit(" ", 1)[0] for one in curve[1:]] == [
        "bent below",
        "straight above",
    ]
    assert offered["poses.csv"]().decode().count("\n") == 7 and b"annotations" in offered["poses.json"]()
    assert offered["poses.mp4"]()[4:8] == b"ftyp" and offered["pose_clip.zip"]()[:2] == b"PK"
