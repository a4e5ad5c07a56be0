"""The part "Four methods" without a browser: what is drawn and written is what the engine says, of stand-ins."""

import csv
import io
import json
import re
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from engine.datasets.figures import make_figure
from engine.detection import models as detectors
from engine.detection.people import PEOPLE
from engine.io.network_input import resized
from engine.metrics.pose import oks_terms
from engine.pose import deep_pose, models, openpose
from engine.pose.affinity_fields import limb_fields, part_maps
from engine.pose.assembly import Assembly
from engine.pose.backbone import STRIDE_PX
from engine.pose.deep_pose import DeepPose, patch_sides
from engine.pose.heatmaps import gaussians
from engine.pose.openpose import OpenPose, OpenPoseEstimator, poses_of
from engine.pose.parts import LIMBS, PARTS, with_neck
from engine.pose.person_crops import crop_squares, to_picture
from engine.pose.pose_machine import SIDE_PX, PoseMachine
from engine.pose.pose_nms import PoseNms, similarity
from engine.pose.poses import COCO_17, COCO_SKELETON, Poses
from engine.pose.spatial_transformer import ROUGH_PX, ROUGH_SCALE, SEEN_PX, SpatialTransformer
from engine.settings import limits_of
from pages._ui.controls import link_text
from pages._ui.pictures import in_8_bits
from pages.vision._pose_estimation import method_models, pictures
from pages.vision._pose_estimation.method_errors import judge
from pages.vision._pose_estimation.method_settings import METHODS, STEPS, Methods
from tests.pages.scenes import panel, scene

PAGE = "vision/pose_estimation.py"
FIGURE = 20  # three people
WRIST = COCO_17.index("left_wrist")
# joints of the crop in which every stand-in for a single person believes
_HEAD = [[64.0, 20], [68, 17], [60, 17], [72, 19], [56, 19]]
_ARMS = [[78, 38], [50, 38], [86, 56], [42, 56], [90, 72], [38, 72]]
_LEGS = [[72, 74], [56, 74], [74, 94], [54, 94], [76, 114], [52, 114]]
BODY = torch.tensor([*_HEAD, *_ARMS, *_LEGS]) * SIDE_PX / 128
WRONG = torch.tensor([18.0, -15.0])  # where stage 1 believes the left wrist, from where the others do


class Believing(PoseMachine):
    """Pose Machine that believes in one body; stage 1 is wrong about its left wrist."""

    def stages(self, crops):
        beliefs = []
        for t, height in enumerate((0.4, 0.6, 0.8)):
            joints = BODY.clone()
            joints[WRIST] += WRONG * (t == 0)
            side = crops.shape[-1] // STRIDE_PX
            beliefs.append(height * gaussians(joints, side, side).expand(len(crops), -1, -1, -1))
        return beliefs

    def forward(self, crops):
        return self.stages(crops)[-1]


class Saying(DeepPose):
    """DeepPose that comes nearer to one body stage by stage."""

    def stages(self, crops, disturb=None):
        return [(BODY + off).expand(len(crops), -1, -1) for off in (6.0, 2.0, 0.0)]


class Knowing(OpenPose):
    """OpenPose that knows the true maps and fields of the pictures of this test."""

    looked = 0

    def stages(self, images):
        Knowing.looked += 1
        parts = with_neck(truth_in_network())
        rows, columns = images.shape[2] // STRIDE_PX, images.shape[3] // STRIDE_PX
        given = part_maps(parts, rows, columns)[None], limb_fields(parts, LIMBS, rows, columns)[None]
        return [given] * 3


def drawn():
    return make_figure(FIGURE, pictures.FIGURE_SEED, pictures.FIGURE_SIZE)


def truth_in_network():
    """Return the true keypoints (N, 17, 3) in the pixels that OpenPose sees."""
    figure = drawn()
    _, scale = resized(figure.image, openpose.SIDE_PX, openpose.MULTIPLE_PX, openpose.MAX_ASPECT)
    keypoints = figure.keypoints.clone()
    keypoints[..., :2] *= torch.tensor(scale)
    return keypoints


def find(image, confidence, iou):
    """Find the true people; with a loose IoU each once more, in a box that is off."""
    boxes = drawn().boxes
    sides = (boxes[:, 2:] - boxes[:, :2]).repeat(1, 2)
    return torch.cat([boxes, boxes + 0.02 * sides]) if iou > 0.55 else boxes


@pytest.fixture
def methods(open_page, without_session, monkeypatch):
    """Return a function (query) → the part's page, without exceptions, while nothing was downloaded."""
    for table in (detectors, models):
        monkeypatch.setattr(table, "is_here", lambda key, table=table: table.get(key).kind == "box")
    return lambda **query: open_page(PAGE, **{"pose_part": "methods", "figure": str(FIGURE)} | query)


@pytest.fixture
def here(monkeypatch):
    """Let stand-ins be the four methods and the finder of people."""
    torch.manual_seed(0)
    networks = {
        method_models.CPM: Believing().eval(),
        method_models.DEEPPOSE: Saying().eval(),
        method_models.OPENPOSE: Knowing().eval(),
        method_models.ALPHAPOSE: SpatialTransformer().eval(),
    }
    monkeypatch.setattr(method_models, "network", networks.get)
    monkeypatch.setattr(method_models, "finder_title", lambda is_drawn: "The stand-in")
    monkeypatch.setattr(method_models, "finder", lambda is_drawn: find)


@pytest.fixture
def page(methods, here):
    """Return a function (query) → the part's page with everything here, without errors."""

    def open_(**query):
        app = methods(**query)
        assert not app.error, app.error[0].value
        return app

    return open_


def layers(one, kind):
    return [layer for layer in one["layers"] if layer["type"] == kind]


def rows(data):
    return list(csv.DictReader(io.StringIO(data.decode())))


def numbers(text):
    return [float(found.replace("−", "-")) for found in re.findall(r"[−-]?\d+\.?\d*", text)]


# ---- what is here --------------------------------------------------------------------------------------------------


def test_what_comes_with_tangent_finds_seventeen_joints(methods):
    assert method_models.ready() == ["deeppose", "cpm", "openpose", "alphapose"]
    for method in method_models.ready():
        found = method_models.way(method, Methods())(in_8_bits(drawn().image), drawn().boxes)
        assert found.names == COCO_17 and found.keypoints.isfinite().all() and len(found) > 1


def test_the_finder_of_a_photo_is_the_downloaded_one_where_it_is_here(methods, monkeypatch):
    assert {method_models.finder_key(is_drawn) for is_drawn in (True, False)} == {"YOLO_FIGURES_V1"}
    for table in (detectors, models):
        monkeypatch.setattr(table, "is_here", lambda key: True)
    assert method_models.finder_key(False) == "FASTERRCNN_D2GO_INT8" and method_models.finder_key(True) in PEOPLE
    assert "efficientpose" in method_models.ready()


@pytest.mark.parametrize("source", ["picture", "snapshot", "camera", "video"])
def test_without_a_picture_the_page_says_what_to_do(page, source):
    app = page(pose_source=source, pose_method="cpm")
    assert len(app.info) == 1


# ---- side by side ------------------------------------------------------------------------------------------------


def test_side_by_side_has_every_method_with_its_errors(page, offered):
    app = page()
    assert [one["key"] for one in scene(app)["panels"]] == ["truth", "deeppose", "cpm", "openpose", "alphapose"]
    table = app.dataframe[0].value
    assert list(table["people"]) == ["3", "3", "3", "3"]  # AlphaPose was given six boxes
    assert list(table["boxes (ms)"] == "–") == [False, False, True, False]
    openpose = judge(poses_of(OpenPoseEstimator(Knowing().eval()).look(in_8_bits(drawn().image))), drawn())
    assert float(table["error (px)"][2]) == pytest.approx(openpose.error_px, abs=0.01) and openpose.error_px < 3
    assert float(table["PCK@.2"][2]) == pytest.approx(openpose.pck, abs=1e-3) and openpose.pck > 0.7
    (line,) = (row for row in rows(offered["methods.csv"]()) if row["method"] == "OpenPose")
    assert float(line["mean OKS"]) == pytest.approx(openpose.oks, abs=1e-3)
    joints = rows(offered["methods_joints.csv"]())
    assert len(joints) == 4 * 3 * 17


def test_errors_of_the_truth_are_none_and_a_person_who_is_missed_counts():
    figure = drawn()
    perfect = Poses(figure.keypoints[..., :2], torch.ones(3, 17), figure.boxes, COCO_17, COCO_SKELETON)
    judged = judge(perfect, figure)
    assert (judged.n_true, judged.n_matched, judged.error_px, judged.oks) == (3, 3, 0.0, 1.0) and judged.pck == 1.0
    two = judge(perfect.pick([2, 0]), figure)
    assert (two.n_true, two.n_matched, two.error_px) == (3, 2, 0.0)
    assert two.oks == pytest.approx(2 / 3) and 0.5 < two.pck < 0.8
    moved = Poses(perfect.keypoints + torch.tensor([3.0, 4.0]), torch.ones(3, 17), figure.boxes, COCO_17, COCO_SKELETON)
    keypoints, boxes, areas = figure.keypoints.numpy(), figure.boxes.numpy(), figure.masks.flatten(1).sum(1).numpy()
    people = [
        oks_terms(k[None, :, :2] + [3, 4], k, b, a).mean() for k, b, a in zip(keypoints, boxes, areas, strict=True)
    ]
    assert judge(moved, figure).error_px == pytest.approx(5) and judge(moved, figure).oks == pytest.approx(
        np.mean(people)
    )
    nobody = judge(perfect.pick([]), figure)
    assert (nobody.n_matched, nobody.oks, nobody.pck) == (0, 0, 0) and np.isnan(nobody.error_px)


# ---- a single person ---------------------------------------------------------------------------------------------


def test_both_methods_for_one_person_see_crops_of_one_size():
    assert deep_pose.SIDE_PX == SIDE_PX


def crop_truth(person=0):
    figure = drawn()
    left, top, side = crop_squares(figure.boxes)[person].tolist()
    return (figure.keypoints[person, :, :2].numpy() - [left, top]) * SIDE_PX / side, figure.keypoints[
        person, :, 2
    ].numpy()


def test_pose_machines_show_every_stage_and_what_a_later_one_corrects(page, offered):
    app = page(pose_method="cpm", method_joint="left_wrist")
    shown = scene(app)
    for t, height in enumerate((0.4, 0.6, 0.8), 1):
        own = panel(shown, f"stage{t}")
        (heat,), peak = layers(own, "heat"), layers(own, "points")[0]
        believed = BODY[WRIST] + WRONG * (t == 1)
        assert heat["grid"].shape == (SIDE_PX // STRIDE_PX,) * 2 and heat["grid"].max() == pytest.approx(
            height, rel=0.1
        )
        assert [peak["x"][0], peak["y"][0]] == pytest.approx(believed.tolist(), abs=0.5)
    true, visible = crop_truth()
    assert len(shown["equations"]) == 3 and shown["equations"][1].startswith("b₂ = softmax g₂(x, s₁, c)")
    assert numbers(shown["equations"][2])[1:3] == pytest.approx(BODY[WRIST].tolist(), abs=0.5)
    if visible[WRIST]:
        off = np.linalg.norm(BODY[WRIST].numpy() - true[WRIST])
        assert numbers(shown["equations"][2])[-1] == pytest.approx(off, abs=0.5)
    table = rows(offered["cpm.csv"]())
    wrist = [row for row in table if row["joint"] == "left_wrist"]
    assert len(table) == 3 * 17 and float(wrist[0]["x (px of the crop)"]) == pytest.approx(
        BODY[WRIST, 0] + WRONG[0], abs=0.5
    )
    means = [numbers(stat["text"])[0] for stat in shown["stats"]]
    errors = np.linalg.norm(BODY.numpy() - true, axis=1)[visible > 0]
    assert means[2] == pytest.approx(errors.mean(), abs=0.3)


@pytest.mark.parametrize("person", [0, 1, 2])
def test_the_most_corrected_joint_is_one_press_away(page, person):
    app = page(pose_method="cpm", method_joint="nose", cpm_all="true", method_person=str(person + 1))
    label, (true, visible) = app.button(key="cpm_corrected").label, crop_truth(person)
    before, after = (np.linalg.norm(BODY[WRIST].numpy() + off - true[WRIST]) for off in (WRONG.numpy(), 0))
    assert visible[WRIST] and ("left wrist" in label) == (before > after)  # no other joint's place changes
    app.button(key="cpm_corrected").click().run()
    assert app.session_state["method_joint"].replace("_", " ") in label and app.session_state["cpm_all"] is False


def test_all_joints_at_once_are_the_highest_beliefs(page):
    heat = layers(panel(scene(page(pose_method="cpm", cpm_all="true")), "stage3"), "heat")[0]["grid"]
    assert np.allclose(heat, Believing().stages(torch.zeros(1, 3, SIDE_PX, SIDE_PX))[2][0].amax(0), atol=1e-5)


def test_deep_pose_moves_every_joint_by_its_square(page, offered):
    app = page(pose_method="deeppose", deeppose_stage="2", method_joint="right_knee")
    whole, near = (panel(scene(app), key) for key in ("whole", "near"))
    (arrows,) = layers(whole, "arrows")
    assert np.allclose(np.stack([arrows["x"], arrows["y"]], 1), BODY + 6, atol=1e-3)
    assert np.allclose(np.stack([arrows["x1"], arrows["y1"]], 1), BODY + 2, atol=1e-3)
    side = patch_sides((BODY + 6)[None])[0].item()
    knee = COCO_17.index("right_knee")
    image = near["layers"][0]
    assert image["rgb"].shape == (24, 24, 3) and not image["smooth"]
    assert image["extent"][1] - image["extent"][0] == pytest.approx(side, abs=1e-3)
    y, b = scene(app)["equations"]
    assert numbers(y)[:5] == pytest.approx([*(BODY[knee] + 6).tolist(), side, -4 / side, -4 / side], abs=0.1)
    assert numbers(y)[-2:] == pytest.approx((BODY[knee] + 2).tolist(), abs=0.1) and f"{side:.1f} px" in b
    true, visible = crop_truth()
    table = app.dataframe[0].value
    for stage, off in enumerate((6, 2, 0)):
        errors = np.linalg.norm(BODY.numpy() + off - true, axis=1)[visible > 0]
        assert float(table["mean error"][stage]) == pytest.approx(errors.mean(), abs=6e-3)
    assert len(rows(offered["deeppose.csv"]())) == 3 * 17


def test_the_first_stage_says_coordinates(page):
    app = page(pose_method="deeppose", deeppose_stage="1", method_joint="nose")
    (line,) = scene(app)["equations"]
    assert not layers(panel(scene(app), "whole"), "arrows")
    *_, x, y = numbers(line)
    assert [x, y] == pytest.approx((BODY[0] + 6).tolist(), abs=0.1)


# ---- OpenPose ----------------------------------------------------------------------------------------------------


def look(settings=None):
    return OpenPoseEstimator(Knowing().eval()).look(in_8_bits(drawn().image), settings)


@pytest.mark.parametrize("step", STEPS)
def test_every_step_is_drawn(page, step):
    app = page(pose_method="openpose", openpose_step=step)
    kinds = {one["type"] for one in scene(app)["panels"][0]["layers"]}
    wanted = {
        "maps": "heat",
        "fields": "arrows",
        "peaks": "points",
        "scores": "segments",
        "matching": "segments",
        "people": "skeleton",
    }
    assert wanted[step] in kinds and "image" in kinds


def test_the_field_points_along_the_limb(page):
    app = page(pose_method="openpose", openpose_step="fields", openpose_limb="left_shoulder-left_elbow")
    (arrows,) = layers(scene(app)["panels"][0], "arrows")
    a, b = PARTS.index("left_shoulder"), PARTS.index("left_elbow")
    known = [one for one in drawn().keypoints.numpy() if one[a, 2] > 0 and one[b, 2] > 0]
    limbs = [one[b, :2] - one[a, :2] for one in known]
    steps = np.stack([arrows["x1"] - arrows["x"], arrows["y1"] - arrows["y"]], 1)
    turns = [[step @ v / np.linalg.norm(step) / np.linalg.norm(v) for v in limbs] for step in steps]
    assert len(steps) > 4 and np.max(turns, 1).min() > 0.9
    middles = np.stack([arrows["x1"] + arrows["x"], arrows["y1"] + arrows["y"]], 1) / 2
    along = np.concatenate([one[a, :2] + np.linspace(0, 1, 9)[:, None] * (one[b, :2] - one[a, :2]) for one in known])
    assert np.linalg.norm(middles[:, None] - along[None], axis=2).min(1).max() < 20  # px: half a limb is 12.5


def test_the_line_integral_is_written_out_for_the_chosen_pair(page):
    limb = "left_hip-left_knee"
    c = LIMBS.index(tuple(PARTS.index(name) for name in limb.split("-")))
    own = look().pairs[c]
    app = page(pose_method="openpose", openpose_step="scores", openpose_limb=limb, openpose_pair="2")
    table = app.dataframe[0].value
    integrals = own.samples.mean(2)
    assert len(table) == integrals.numel() > 1
    assert sorted(table["E"]) == pytest.approx(sorted(integrals.flatten().tolist()), abs=6e-4)
    (line,) = scene(app)["equations"]
    a, b = (int(name[1:]) - 1 for name in table["pair"][1].split())
    assert line.startswith(f"E(a{a + 1}, b{b + 1})")
    terms = numbers(line.split(" = ")[1].replace("(−", "−"))
    assert terms[:10] == pytest.approx(own.samples[a, b].tolist(), abs=6e-3)
    assert numbers(line)[-1] == pytest.approx(integrals[a, b].item(), abs=6e-4)
    dots = next(one for one in layers(scene(app)["panels"][0], "points") if one["name"] == "samples")
    assert len(dots["x"]) == 10


def test_the_matching_says_what_became_of_each_pair(page):
    limb = "left_hip-left_knee"
    c = LIMBS.index(tuple(PARTS.index(name) for name in limb.split("-")))
    app = page(pose_method="openpose", openpose_step="matching", openpose_limb=limb)
    table = app.dataframe[0].value
    taken = [said for said in table[""] if said.startswith("✓")]
    assert taken == [f"✓ {n}" for n in range(1, len(look().pairs[c].chosen) + 1)]
    assert all(said.endswith("gone") or said == "no limb" for said in table[""] if said not in taken)


def test_settings_put_people_together_anew_without_the_network(page):
    app = page(pose_method="openpose", openpose_step="people")
    bodies = layers(scene(app)["panels"][0], "skeleton")
    assert sum(not body["dash"] for body in bodies) == len(look().people) == 3
    looked = Knowing.looked
    app.slider(key="openpose_peak").set_value(0.9).run()
    app.slider(key="openpose_parts").set_value(16).run()
    assert Knowing.looked == looked
    anew = look(Assembly(peak=0.9, parts=16))
    assert [int(stat["text"]) for stat in scene(app)["stats"][::2]] == [len(anew.candidates.part), len(anew.people)]
    said = list(app.dataframe[0].value[""])
    assert len(anew.people) == 1 and said == ["", *["too few parts"] * (len(said) - 1)] and len(said) > 2


# ---- AlphaPose ---------------------------------------------------------------------------------------------------


def theta_of(app):
    """Return θ as it is written out, signs and all."""
    line = scene(app)["equations"][0].replace("− ", "−").replace("+ ", "")
    return numbers(line)


def test_of_redundant_boxes_one_pose_a_person_stays(page, offered):
    app = page(pose_method="alphapose")
    stats = {stat["label"]: stat["text"] for stat in scene(app)["stats"]}
    assert (stats["boxes"], stats["poses that stay"], stats["true people"]) == ("6", "3", "3")
    boxes, squares = find(None, 0.1, 0.6), crop_squares(find(None, 0.1, 0.6), ROUGH_SCALE)
    theta = SEEN_PX / ROUGH_PX  # the middle of the rough crop, for the transformer has learnt nothing
    places = to_picture((((BODY * 2 / SEEN_PX - 1) * theta + 1) * ROUGH_PX / 2).expand(6, -1, -1), squares, ROUGH_PX)
    table = rows(offered["alphapose.csv"]())
    assert np.allclose([[float(row["x (px)"]), float(row["y (px)"])] for row in table], places.flatten(0, 1), atol=2.5)
    keypoints = torch.tensor([[float(r["x (px)"]), float(r["y (px)"])] for r in table]).unflatten(0, (6, 17))
    scores = torch.tensor([float(r["score"]) for r in table]).unflatten(0, (6, 17))
    d = similarity(keypoints, scores, boxes, PoseNms())
    shown = app.dataframe[0].value
    for i, j, value, said in zip(shown["surer"] - 1, shown["other"] - 1, shown["d"], shown[""], strict=True):
        assert value == pytest.approx(d[i, j].item(), abs=0.2) and bool(said) == (value >= PoseNms().eta)
    assert theta_of(app) == pytest.approx([theta, 0, 0, 0, theta, 0], abs=1e-3)


def test_without_suppression_every_box_keeps_its_pose(page):
    app = page(pose_method="alphapose", alphapose_nms="false")
    stats = {stat["label"]: stat["text"] for stat in scene(app)["stats"]}
    assert stats["poses that stay"] == "6" and not app.dataframe
    app = page(pose_method="alphapose", alphapose_eta="40")
    assert {stat["label"]: stat["text"] for stat in scene(app)["stats"]}["poses that stay"] == "6"


def test_the_transformer_can_be_left_out(page, here, monkeypatch):
    moving = SpatialTransformer().eval()
    with torch.no_grad():
        moving.say[-1].bias.copy_(torch.tensor([-0.1, 0.2, 0]))
    other = method_models.network
    monkeypatch.setattr(
        method_models, "network", lambda name: moving if name == method_models.ALPHAPOSE else other(name)
    )
    on, off = theta_of(page(pose_method="alphapose")), theta_of(page(pose_method="alphapose", alphapose_stn="false"))
    assert on == pytest.approx([0.724, 0, 0.2, 0, 0.724, 0], abs=1e-3)  # 0.8 exp(−0.1)
    assert off == pytest.approx([0.8, 0, 0, 0, 0.8, 0], abs=1e-3)


# ---- everywhere --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in limits_of(Methods) if name not in ("pose_method", "openpose_step")])
def test_extremes_of_every_control(page, name):
    limits = limits_of(Methods)[name]
    method = name.partition("_")[0] if name.partition("_")[0] in METHODS else "cpm"
    values = {"flag": (True, False), "choice": tuple(limits.options or ())}.get(limits.kind, (limits.low, limits.high))
    for value in {values[0], values[-1]}:
        step = "people" if name == "openpose_parts" else "scores"
        app = page(pose_method=method, openpose_step=step, **{name: link_text(value)})
        assert not app.exception


@pytest.mark.parametrize("method", METHODS)
def test_a_script_takes_the_settings_the_boxes_and_the_weights_along(page, offered, method):
    page(pose_method=method, openpose_parts="7")
    with zipfile.ZipFile(io.BytesIO(offered["pose_methods.zip"]())) as archive:
        settings = json.loads(archive.read("pose_methods/settings.json"))
        names = set(archive.namelist())
    assert {"pose_methods/picture.png", "pose_methods/pose_methods.py"} <= names
    own = {"alphapose": ("ALPHAPOSE", "CPM"), "together": ("ALPHAPOSE", "CPM", "DEEPPOSE", "OPENPOSE")}
    weights = {f"{one}_FIGURES_V1.safetensors" for one in own.get(method, (method.upper(),))}
    assert {name.rsplit("/", 1)[1] for name in names if name.endswith(".safetensors")} == weights
    assert settings["methods"] == ([key for key in METHODS if key != "together"] if method == "together" else [method])
    assert settings["assembly"]["parts"] == 7
    assert len(settings["boxes"] or []) == {"deeppose": 1, "cpm": 1, "together": 3}.get(method, 0)
    assert len(settings["loose_boxes"] or []) == {"alphapose": 6, "together": 6}.get(method, 0)


def test_the_script_prints_the_joints_of_the_page(page, offered, monkeypatch, tmp_path, capsys):
    from engine.scripts import pose_methods

    page()
    with zipfile.ZipFile(io.BytesIO(offered["pose_methods.zip"]())) as archive:
        archive.extractall(tmp_path)
    monkeypatch.chdir(tmp_path / "pose_methods")
    monkeypatch.setattr(pose_methods, "get", lambda name: name)
    monkeypatch.setattr(pose_methods, "load", method_models.network)
    pose_methods.main()
    printed = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    shown = [row for row in rows(offered["methods_joints.csv"]()) if float(row["score"]) > 0]
    assert len(printed) == len(shown) > 4 * 30
    for (person, joint, *values), row in zip(printed, shown, strict=True):
        assert (person, joint) == (row["person"], row["joint"])
        assert [float(v) for v in values] == pytest.approx(
            [float(row[k]) for k in ("x (px)", "y (px)", "score")], abs=0.02
        )


@pytest.mark.parametrize("method", METHODS)
def test_a_picture_of_ones_own_has_joints_and_no_errors(page, method):
    app = page(pose_source="picture", pose_method=method)
    file = io.BytesIO()
    Image.new("RGB", (320, 240), (90, 120, 150)).save(file, "PNG")
    app.file_uploader(key="pose-picture").set_value(("mine.png", file.getvalue(), "image/png")).run()
    assert not app.exception and not app.error
    if method == "together":
        table = app.dataframe[0].value
        assert all(list(table[name]) == ["–"] * 4 for name in ("error (px)", "PCK@.2", "mean OKS"))
        assert "truth" not in [one["key"] for one in scene(app)["panels"]]
    if method == "deeppose":
        assert list(app.dataframe[0].value["mean error"]) == ["–"] * 3


@pytest.mark.parametrize("method", METHODS)
def test_a_picture_without_people_is_no_accident(page, method, monkeypatch):
    nobody = lambda image, confidence, iou: torch.zeros(0, 4)  # noqa: E731
    monkeypatch.setattr(method_models, "finder", lambda is_drawn: nobody)
    monkeypatch.setattr(
        Knowing, "stages", lambda self, images: [(torch.zeros(1, 18, 48, 64), torch.zeros(1, 34, 48, 64))]
    )
    for step in ("peaks", "scores", "people"):
        app = page(pose_method=method, openpose_step=step)
        assert not app.exception
