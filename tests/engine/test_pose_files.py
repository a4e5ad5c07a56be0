"""Poses as CSV and COCO JSON, read back by us and by pycocotools, and whole videos."""

import contextlib
import io
import json
import pickle
import shutil
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
import torch
from PIL import Image
from pycocotools.coco import COCO
from torchvision.transforms.functional import pil_to_tensor

from engine.datasets.annotation_keypoints import read_keypoint_results, read_keypoint_truths
from engine.datasets.figures import make_clip
from engine.detection.people import find_people
from engine.errors import InvalidInput
from engine.io.images import encode_png, tensor_to_pixels
from engine.io.standalone import closure
from engine.io.tables import read_table, write_csv
from engine.io.video import VideoWriter, frames
from engine.pose.angles import ANGLES
from engine.pose.annotate_video import annotate_file, annotate_video
from engine.pose.declarations import EFFICIENTPOSE_RT
from engine.pose.efficientpose_rt import EfficientPoseRT
from engine.pose.pose_files import columns_of, rows_of, to_coco_json
from engine.pose.poses import COCO_17, COCO_SKELETON, MPII_16, MPII_SKELETON, Poses
from engine.pose.settings import PoseThresholds
from engine.pose.stream import Request
from engine.runtime import ModelPool
from engine.weights import path_of
from tests.reference.real_data import need


def people(n=2, names=COCO_17, skeleton=COCO_SKELETON):
    """Make people whose keypoint k is at (10 k, 5 k + n); the first keypoint is not sure."""
    k = torch.arange(len(names)).float()
    keypoints = torch.stack([torch.stack([10 * k, 5 * k + person], 1) for person in range(n)])
    scores = torch.full((n, len(names)), 0.75)
    scores[:, 0] = 0.1
    boxes = torch.tensor([[0.0, 0, 200, 100]]).repeat(n, 1)
    return Poses(keypoints, scores, boxes, names, skeleton, torch.linspace(0.9, 0.5, n))


def test_a_row_holds_a_person():
    first, second = rows_of(people(), 0.3, (4, 9), frame=3, time_s=0.12)
    assert (first.frame, first.time_s, first.person, first.score) == (3, 0.12, 4, 0.9)
    assert (second.person, second.score, second.keypoints[2]) == (9, 0.5, (20, 11, 0.75))
    assert set(first.angles) == {0, 180}  # all keypoints on a line
    assert [row.person for row in rows_of(people(3), 0.3)] == [1, 2, 3]
    assert rows_of(people(), 0.8)[0].angles == (None,) * 8


def test_a_table_has_a_row_for_each_person():
    table = read_table(write_csv(columns_of(rows_of(people(), 0.3), COCO_17)), "poses.csv")
    assert list(table)[:7] == ["frame", "time_s", "person", "score", "nose_x", "nose_y", "nose_score"]
    assert list(table)[-8:] == [f"{name}_deg" for name in ANGLES] and table.shape == (2, 4 + 3 * 17 + 8)
    assert table["left_ankle_x"].tolist() == [150, 150] and table["left_ankle_y"].tolist() == [75, 76]
    unknown = read_table(write_csv(columns_of(rows_of(people(), 0.8), COCO_17)), "poses.csv")
    assert unknown["left_knee_deg"].isna().all()
    assert columns_of([], MPII_16)["pelvis_x"] == []


def test_coco_json_is_read_back():
    rows = rows_of(people(), 0.3, frame=0) + rows_of(people(1), 0.3, frame=2)
    data = to_coco_json(rows, (120, 200), 0.3, 3)
    truths = read_keypoint_truths({"poses.json": data})
    assert truths.keys == (0, 1, 2) and truths.titles == ("frame_000000.png", "frame_000001.png", "frame_000002.png")
    first = truths.truths[0]
    assert first.keypoints.shape == (2, 17, 3) and len(truths.truths[1].keypoints) == 0
    assert first.keypoints[1, 0].tolist() == [0, 0, 0] and first.keypoints[1, 3].tolist() == [30, 16, 2]
    assert first.boxes.tolist() == [[10, 5, 160, 80], [10, 6, 160, 81]] and first.areas.tolist() == [150 * 75] * 2
    results = read_keypoint_results({"poses.json": data}, truths)
    assert results.predictions[0].scores.tolist() == [0.9, 0.5] and results.n_left_out == 0


def test_coco_json_is_read_by_cocos_own_program(tmp_path):
    path = tmp_path / "poses.json"
    path.write_bytes(to_coco_json(rows_of(people(), 0.3), (120, 200), 0.3, {0: "a.png"}))
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(path))
        found = coco.loadRes(json.loads(path.read_text())["annotations"])
    (category,) = coco.loadCats(coco.getCatIds())
    assert category["keypoints"] == list(COCO_17) and min(min(pair) for pair in category["skeleton"]) == 1
    assert [[a - 1, b - 1] for a, b in category["skeleton"]] == [list(pair) for pair in COCO_SKELETON]
    (image,) = coco.loadImgs(coco.getImgIds())
    assert (image["file_name"], image["width"], image["height"]) == ("a.png", 200, 120)
    first, second = coco.loadAnns(coco.getAnnIds(imgIds=[0], catIds=[1]))
    assert first["num_keypoints"] == 16 and first["bbox"] == [10, 5, 150, 75] and second["id"] == 2
    assert [one["score"] for one in found.loadAnns(found.getAnnIds())] == [0.9, 0.5]


def test_mpiis_limbs_are_in_cocos_file():
    rows = rows_of(people(1, MPII_16, MPII_SKELETON), 0.3)
    (person,) = json.loads(to_coco_json(rows, (120, 200), 0.3))["annotations"]
    by_name = dict(zip(COCO_17, np.array(person["keypoints"]).reshape(17, 3).tolist(), strict=True))
    assert person["num_keypoints"] == 11 and by_name["left_wrist"] == [150, 75, 2]
    assert by_name["right_ankle"] == by_name["nose"] == [0, 0, 0]  # the one not sure, the other not of MPII


def test_a_person_without_a_sure_keypoint_is_left_out():
    content = json.loads(to_coco_json(rows_of(people(), 0.3), (120, 200), 0.8))
    assert content["annotations"] == [] and len(content["images"]) == 1


# Videos


class Walker:
    """An estimator that finds one person who goes to the right."""

    names, skeleton, finds_people = COCO_17, COCO_SKELETON, False

    def __init__(self):
        self.x = 0.0

    def estimate(self, image, boxes=None):
        self.x += 1
        found = people(1)
        return Poses(found.keypoints / 4 + self.x, found.scores, found.boxes, COCO_17, COCO_SKELETON)


@pytest.fixture(scope="module")
def clip():
    with VideoWriter(96, 72, 10) as writer:
        for picture in make_clip(3, 12, (72, 96), "squat").frames:
            writer.add(tensor_to_pixels(picture.image))
        return writer.finish()


def test_a_video_comes_back_with_its_skeletons_and_a_row_for_each(clip):
    request = Request(Walker(), smooth=False, traced_joint="left_knee", counted_angle="knees")
    steps = list(annotate_video(clip, "clip.mp4", request))
    assert [one.step for one in steps] == [*range(1, 13), 12] and {one.total_steps for one in steps} == {12}
    assert steps[0].preview[:2] == b"\xff\xd8" and not any(one.video for one in steps[:-1])
    last = steps[-1]
    assert len(last.rows) == last.n_found == 12 and last.size == (72, 96)
    assert [row.frame for row in last.rows] == list(range(12)) and {row.person for row in last.rows} == {1}
    assert last.rows[3].time_s == pytest.approx(0.3) and last.rows[3].keypoints[4][0] == 14
    back, before = ([f.image.astype(int) for f in frames(video, "a.mp4")] for video in (last.video, clip))
    assert len(back) == 12 and np.abs(back[5] - before[5]).max() > 60


def test_stopping_in_the_middle_lets_go_of_the_writer(clip):
    run = annotate_video(clip, "clip.mp4", Request(Walker()))
    next(run)
    run.close()


def test_what_is_no_video_is_refused_before_the_first_frame():
    with pytest.raises(InvalidInput):
        next(annotate_video(b"only text", "a.mp4", Request(Walker())))


# With the real network


@pytest.fixture
def real(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(sys.modules["engine.weights.load"], "models", lambda: ModelPool(2**26))
    path = path_of(EFFICIENTPOSE_RT)
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(need("weights/efficientpose/EfficientPoseRT"), path)
    return tmp_path


def test_a_model_annotates_as_a_job(real, clip):
    finder = partial(find_people, key="HOG_PEOPLE", confidence=0.5)
    job = pickle.loads(pickle.dumps(partial(annotate_file, clip, "clip.mp4", "EFFICIENTPOSE_RT", PoseThresholds())))
    *_, last = job(smooth=True, counted_angle="knees")
    assert last.video and len(last.rows) == 12 and last.rows[0].names == MPII_16
    *_, found = pickle.loads(pickle.dumps(partial(job, find_people=finder)))()
    assert found.step == 12


def test_the_scripts_print_the_same_again(real, clip, tmp_path):
    photo = Image.open(need("pose/coco/000000000785.jpg")).convert("RGB")
    image = pil_to_tensor(photo) / 255
    alone = {"model": "EFFICIENTPOSE_RT", "thresholds": {"joint_confidence": 0.3, "person_confidence": 0.5}}
    expected = rows_of(EfficientPoseRT("cpu").estimate(image), 0.3)
    printed = run_script(
        "pose_picture", tmp_path, {**alone, "people": None, "boxes": None}, {"picture.png": encode_png(image)}
    )
    assert printed[-1] == "1 people" and printed[0].split()[:2] == ["person", "1"]
    shown = {line.split()[0]: [float(v) for v in line.split()[1:4]] for line in printed[1:-1] if "deg" not in line}
    for name, point in zip(MPII_16, expected[0].keypoints, strict=True):
        assert (name in shown) == (point[2] >= 0.3) and shown.get(name, point) == pytest.approx(point, abs=0.05)
    asked = {"smooth": True, "traced_joint": "left_wrist", "counted_angle": "knees", "show_angles": True}
    settings = {**alone, **asked, "people": None, "video": "clip.mp4"}
    assert run_script("pose_clip", tmp_path, settings, {"clip.mp4": clip}) == ["12 poses of 1 people in 12 frames"]
    assert (tmp_path / "pose_clip" / "poses.mp4").stat().st_size > 1000
    assert len(read_table((tmp_path / "pose_clip" / "poses.csv").read_bytes(), "poses.csv")) == 12
    assert read_keypoint_truths({"poses.json": (tmp_path / "pose_clip" / "poses.json").read_bytes()}).keys[-1] == 11


def run_script(name, folder, settings, files):
    """Run a script in a folder that holds nothing but what it imports; return the lines that it prints."""
    sources, _ = closure(f"engine.scripts.{name}")
    own = folder / name
    texts = {**sources, f"{name}.py": sources[f"engine/scripts/{name}.py"], "settings.json": json.dumps(settings)}
    for path, content in {**{path: text.encode() for path, text in texts.items()}, **files}.items():
        (own / path).parent.mkdir(parents=True, exist_ok=True)
        (own / path).write_bytes(content)
    done = subprocess.run([sys.executable, "-W", "error", f"{name}.py"], cwd=own, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
