"""The table of pose estimators, their thresholds, and Keypoint R-CNN as torchvision builds it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torchvision.models import detection
from torchvision.models.detection import KeypointRCNN_ResNet50_FPN_Weights
from torchvision.ops import FrozenBatchNorm2d

from engine.errors import DownloadError, InvalidInput, ShapeError
from engine.pose import models
from engine.pose.declarations import EFFICIENTPOSE_RT, KEYPOINTRCNN_RESNET50_FPN
from engine.pose.efficientpose_rt import EfficientPoseRT
from engine.pose.keypoint_rcnn import MAX_PEOPLE, KeypointRcnn, build, joint_scores
from engine.pose.models import MODELS, best_at_hand, get, is_here
from engine.pose.poses import COCO_17, COCO_SKELETON, MPII_16, MPII_SKELETON, Poses, to_coco
from engine.pose.settings import PoseThresholds
from engine.runtime import ModelPool
from engine.weights import Download, path_of, registry
from engine.weights.declaring import MIB

ROOT = Path(__file__).parents[2]
OFFICIAL = KeypointRCNN_ResNet50_FPN_Weights.COCO_V1


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(sys.modules["engine.weights.load"], "models", lambda: ModelPool(2**30))
    return tmp_path


def put(weights):
    path_of(weights).parent.mkdir(parents=True, exist_ok=True)
    path_of(weights).touch()


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.key)
def test_a_row_is_complete(model):
    assert MODELS[model.key] is model is get(model.key) and model.key == model.weights.name
    assert model.title and model.sentence.endswith(".")
    assert model.kind == ("download" if isinstance(model.weights.source, Download) else "box")
    assert registry.get(model.key) is model.weights
    card = (ROOT / model.weights.card).read_text(encoding="utf-8")
    for heading in ("What it is", "Data", "Figures", "Limits", "Licence", "Source"):
        assert f"**{heading}.**" in card
    for figure in model.weights.metrics.values():
        assert f"{figure:.3f}".removeprefix("0") in card
    if model.weights.sha256_prefix:
        assert f"`{model.weights.sha256_prefix}`" in card


def test_best_at_hand(cache):
    assert best_at_hand("cpu") == best_at_hand("cuda") == models.IN_THE_BOX
    assert best_at_hand("cuda:1", can_download=True) == best_at_hand(torch.device("cuda"), True) == models.ON_A_GPU
    assert best_at_hand(torch.device("cpu"), can_download=True) == models.ON_A_CPU
    put(KEYPOINTRCNN_RESNET50_FPN)
    assert best_at_hand("cuda") == models.ON_A_GPU and is_here(models.ON_A_GPU) and not is_here(models.ON_A_CPU)
    put(EFFICIENTPOSE_RT)
    assert best_at_hand("cpu") == models.ON_A_CPU


def test_an_unknown_key_lists_the_keys():
    for ask in (get, is_here):
        with pytest.raises(InvalidInput, match=r"model must be one of EFFICIENTPOSE_RT, .*; got 'POSENET'"):
            ask("POSENET")


@pytest.mark.parametrize("key", ["EFFICIENTPOSE_RT", "KEYPOINTRCNN_RESNET50_FPN"])
def test_without_a_network_a_row_says_what_it_needs(cache, monkeypatch, key):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with pytest.raises(DownloadError, match=re.escape(get(key).weights.source.file_name)):
        get(key).make("cpu")


def test_listing_imports_no_torch():
    code = (
        "import sys; from engine.pose.models import MODELS, best_at_hand\n"
        "from engine.pose.settings import PoseThresholds\n"
        "from engine.detection.people import PEOPLE\n"
        "assert best_at_hand('cpu') and PEOPLE and PoseThresholds()\n"
        "print([name for name in ('torch', 'torchvision', 'cv2', 'numpy') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("[]\n", "")


def test_thresholds_have_limits():
    assert (PoseThresholds().joint_confidence, PoseThresholds().person_confidence) == (0.3, 0.5)
    for name in ("joint_confidence", "person_confidence"):
        with pytest.raises(InvalidInput, match=r"must be a number from 0\.05 to 0\.95"):
            PoseThresholds(**{name: 0.0})


def test_the_declaration_says_what_torchvision_says():
    ours = KEYPOINTRCNN_RESNET50_FPN
    assert ours.source.url == OFFICIAL.url and OFFICIAL.url.endswith(f"/{ours.source.file_name}")
    assert ours.source.file_name.endswith(f"-{ours.sha256_prefix}.pth") and len(ours.sha256_prefix) == 8
    assert f"{ours.source.size_bytes / MIB:.3f}" == f"{OFFICIAL.meta['_file_size']:.3f}"
    assert MIB * 0.0005 < ours.source.tolerance_bytes <= MIB * 0.001
    assert ours.num_params == OFFICIAL.meta["num_params"] and tuple(OFFICIAL.meta["keypoint_names"]) == COCO_17
    published = {f"{key} mAP": ours.metrics[f"{key} mAP"] for key in ("box", "keypoint")}
    theirs = OFFICIAL.meta["_metrics"]["COCO-val2017"]
    assert published == pytest.approx({"box mAP": theirs["box_map"] / 100, "keypoint mAP": theirs["kp_map"] / 100})
    assert ours.preprocess()(1) == [1]


@pytest.fixture(scope="module")
def network():
    """Random weights with which people are "found": their scores lie about a half."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = build().eval()
    for name, value in network.state_dict().items():
        if name.endswith("bn3.weight"):
            value.fill_(0.2)  # so that sixteen residual blocks do not double the signal sixteen times
    assert network.roi_heads.detections_per_img == MAX_PEOPLE
    network.roi_heads.detections_per_img = 3  # each costs the keypoints' head
    network.rpn._post_nms_top_n = {"training": 50, "testing": 50}
    network.transform.min_size, network.transform.max_size = (160,), 240
    return network.requires_grad_(False)


def test_the_network_is_the_one_that_torchvision_builds_for_its_file(network, monkeypatch):
    monkeypatch.setattr(type(OFFICIAL), "get_state_dict", lambda self, **_: network.state_dict())
    theirs = detection.keypointrcnn_resnet50_fpn(weights=OFFICIAL)
    assert sum(value.numel() for value in theirs.parameters()) == KEYPOINTRCNN_RESNET50_FPN.num_params
    norms = [[m.eps for m in one.modules() if isinstance(m, FrozenBatchNorm2d)] for one in (network, theirs)]
    assert norms[0] == norms[1] == [0.0] * 53


@pytest.fixture(scope="module")
def image():
    return torch.rand(3, 120, 200, generator=torch.Generator().manual_seed(1))


def test_keypoint_rcnn_reports_what_torchvision_does(network, image):
    with torch.inference_mode():
        (theirs,) = network([image])
    found = KeypointRcnn(network).estimate(image)
    assert len(found) == 3 and (found.names, found.skeleton) == (COCO_17, COCO_SKELETON)
    assert torch.equal(found.boxes, theirs["boxes"]) and torch.equal(found.keypoints, theirs["keypoints"][..., :2])
    assert torch.equal(found.person_scores, theirs["scores"])
    assert (found.person_scores.diff() <= 0).all()  # the best first
    assert torch.equal(found.scores, torch.sigmoid(theirs["keypoints_scores"] - 2))
    assert KeypointRcnn(network).estimate(image, torch.zeros(7, 3)).boxes.equal(found.boxes)  # which it ignores
    inside = (found.boxes[:, None, :2] <= found.keypoints) & (found.keypoints <= found.boxes[:, None, 2:])
    assert inside.all()


def test_keypoint_rcnn_answers_in_pixels_of_the_picture(network, image):
    twice = image.repeat_interleave(2, 1).repeat_interleave(2, 2)
    small, large = (KeypointRcnn(network).estimate(one) for one in (image, twice))
    assert large.boxes.max() > 250 > 200 >= small.boxes[:, 2].max()
    as_bytes = (255 * image).round().byte()
    assert torch.equal(
        KeypointRcnn(network).estimate(as_bytes).boxes, KeypointRcnn(network).estimate(as_bytes / 255).boxes
    )


def test_keypoint_rcnn_where_nobody_is(network, image, monkeypatch):
    monkeypatch.setattr(network.roi_heads, "score_thresh", 1.0)
    found = KeypointRcnn(network).estimate(image)
    assert len(found) == 0 and found.keypoints.shape == (0, 17, 2) and found.scores.shape == (0, 17)


def test_keypoint_rcnn_refuses_what_is_no_image(network):
    with pytest.raises(ShapeError, match="image must be of shape"):
        KeypointRcnn(network).estimate(torch.zeros(20, 20))
    with pytest.raises(InvalidInput, match="image must be floating point"):
        KeypointRcnn(network).estimate(torch.zeros(3, 20, 20, dtype=torch.int64))


def test_joint_scores_are_a_half_at_two():
    assert joint_scores(torch.tensor([2.0, -50, 50])).tolist() == pytest.approx([0.5, 0, 1])


def test_who_needs_boxes():
    assert (KeypointRcnn.finds_people, EfficientPoseRT.finds_people) == (True, False)


def poses(n, names=MPII_16, skeleton=MPII_SKELETON, **more):
    scores = torch.arange(n * len(names)).reshape(n, -1) / (n * len(names))
    return Poses(torch.zeros(n, len(names), 2), scores, torch.zeros(n, 4), names, skeleton, **more)


def test_a_person_has_a_score():
    assert torch.equal(poses(2).person_scores, poses(2).scores.mean(1))
    given = poses(2, person_scores=torch.tensor([0.1, 0.9]))
    assert to_coco(given).person_scores.tolist() == given.person_scores.tolist()
    with pytest.raises(ShapeError, match="person_scores must be of shape"):
        poses(2, person_scores=torch.zeros(3))


def test_people_are_picked_in_order():
    given = poses(3, person_scores=torch.tensor([0.1, 0.9, 0.5]))
    picked = given.pick([2, 0])
    assert torch.equal(picked.scores, given.scores[[2, 0]]) and picked.person_scores.tolist() == [
        0.5,
        pytest.approx(0.1),
    ]
    assert len(given.pick([])) == 0 and picked.names == MPII_16
