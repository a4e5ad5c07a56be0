"""torchvision's detectors: declarations against its metadata, stages and thresholds against its own forward, the real
way from a file to a model."""

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn
from torchvision.models import get_model, get_model_weights
from torchvision.models._api import WeightsEnum

from engine.detection import declarations
from engine.detection.coco_names import COCO_NAMES
from engine.detection.torchvision_models import MAX_MASK_PIXELS, TorchvisionDetector, build, make
from engine.errors import ChecksumError, IncompatibleWeights, InvalidInput, ResourceLimit, ShapeError
from engine.runtime import ModelPool
from engine.weights import fetch, load, path_of, state

load_module = sys.modules["engine.weights.load"]
NAMES = (
    "ssdlite320_mobilenet_v3_large",
    "fasterrcnn_mobilenet_v3_large_320_fpn",
    "fasterrcnn_resnet50_fpn_v2",
    "retinanet_resnet50_fpn_v2",
    "fcos_resnet50_fpn",
    "maskrcnn_resnet50_fpn_v2",
)
RUN = tuple(name for name in NAMES if name != "fasterrcnn_resnet50_fpn_v2")  # Mask R-CNN is the same and a mask head
SIGMOID = ("retinanet_resnet50_fpn_v2", "fcos_resnet50_fpn")  # no class of theirs is "none of the others"
SSDLITE = declarations.SSDLITE320_MOBILENET_V3_LARGE
MIB = 1024 * 1024


def official(name):
    return get_model_weights(name).COCO_V1


def declared(name):
    return getattr(declarations, name.upper())


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    pool = ModelPool(2**30)
    monkeypatch.setattr(load_module, "models", lambda: pool)
    return tmp_path / "hub" / "checkpoints"


# Declarations


@pytest.mark.parametrize("name", NAMES)
def test_a_declaration_says_what_torchvision_says(name):
    weights, theirs = declared(name), official(name)
    assert weights.name == name.upper()
    assert weights.source.url == theirs.url
    assert weights.source.file_name == theirs.url.rpartition("/")[2]
    assert weights.source.file_name == f"{weights.source.file_name.rpartition('-')[0]}-{weights.sha256_prefix}.pth"
    assert len(weights.sha256_prefix) == 8
    assert f"{weights.source.size_bytes / MIB:.3f}" == f"{theirs.meta['_file_size']:.3f}"
    assert MIB * 0.0005 < weights.source.tolerance_bytes <= MIB * 0.001
    assert weights.num_params == theirs.meta["num_params"]
    published = theirs.meta["_metrics"]["COCO-val2017"]
    figures = {key.replace("_map", " mAP"): value / 100 for key, value in published.items()}
    assert weights.metrics == pytest.approx(figures)


def test_names_are_torchvisions():
    theirs = official(NAMES[0]).meta["categories"]
    ours = {"__background__": "background", "N/A": ""}
    assert [ours.get(name, name) for name in theirs] == list(COCO_NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_built_takes_the_published_file(name, monkeypatch):
    """torchvision's own loader, strict, with our model's tensors in the place of the download."""
    with torch.device("meta") if "ssd" not in name else torch.device("cpu"):
        ours = build(name)
        monkeypatch.setattr(WeightsEnum, "get_state_dict", lambda self, **_: ours.state_dict())
        theirs = get_model(name, weights="COCO_V1")
    assert sum(parameter.numel() for parameter in ours.parameters()) == declared(name).num_params
    assert [(key, t.shape) for key, t in ours.state_dict().items()] == [
        (key, t.shape) for key, t in theirs.state_dict().items()
    ]
    kinds = [type(module) for module in theirs.modules()]
    assert [type(module) for module in ours.modules()] == kinds
    eps = [module.eps for module in theirs.modules() if hasattr(module, "eps")]
    assert [module.eps for module in ours.modules() if hasattr(module, "eps")] == eps


# Detection against torchvision's forward


def spread(model):
    """Scale the layers that give class scores and offsets, so that what they give is of order 3 and 0.5."""
    ends = {"cls_score": 3, "cls_logits": 1, "bbox_pred": 0.5, "bbox_reg": 0.5}
    ends |= {f"classification_head.module_list.{k}.1": 3 for k in range(6)}
    ends |= {f"regression_head.module_list.{k}.1": 0.5 for k in range(6)}
    noise = torch.rand(3, 90, 120)

    def scale(module, _, output, size):
        factor = size / (output - output.mean()).std()
        module.weight.data *= factor
        module.bias.data.zero_()

    for path, module in model.named_modules():
        end = next((size for name, size in ends.items() if path.endswith(name)), None)
        if end and isinstance(module, nn.Conv2d | nn.Linear):
            handle = module.register_forward_hook(lambda m, i, o, end=end: scale(m, i, o, end))
            _handles.append(handle)
    with torch.no_grad():
        model([noise])
    while _handles:
        _handles.pop().remove()


_handles = []


def random_model(name):
    """Random weights whose scores spread over [0, 1], at a small input size; made once for each name."""
    if name not in _models:
        torch.manual_seed(1)
        model = build(name).eval()
        transform = model.transform
        if transform.fixed_size is None:
            transform.min_size, transform.max_size = (64,), 96
        if "rcnn" in name:
            model.rpn._post_nms_top_n["testing"] = 12  # else a thousand crops go through the head
            model.roi_heads.detections_per_img = 12
        spread(model)
        _models[name] = model.requires_grad_(False)
    return _models[name]


_models = {}


@pytest.fixture(scope="module")
def image():
    return torch.rand(3, 90, 120, generator=torch.Generator().manual_seed(0))


def thresholds(model):
    last = getattr(model, "roi_heads", model)
    return last.score_thresh, last.nms_thresh


def forward(model, image, score_threshold, iou_threshold):
    """torchvision's own answer, on the model with its thresholds changed and put back."""
    last = getattr(model, "roi_heads", model)
    own = thresholds(model)
    last.score_thresh, last.nms_thresh = score_threshold, iou_threshold
    try:
        with torch.inference_mode():
            return model([image])[0]
    finally:
        last.score_thresh, last.nms_thresh = own


@pytest.mark.parametrize("name", RUN)
@pytest.mark.parametrize("case", ["own thresholds", "others"])
def test_detect_equals_forward_and_changes_nothing(name, case, image):
    model = random_model(name)
    own = thresholds(model)
    score_threshold, iou_threshold = own if case == "own thresholds" else (own[0] * 1.05 + 0.001, 0.2)
    expected = forward(model, image, score_threshold, iou_threshold)
    before = [tensor.clone() for tensor in model.state_dict().values()]
    found = TorchvisionDetector(model).detect(image, score_threshold, iou_threshold)
    assert len(found) > 2
    assert torch.equal(found.labels, expected["labels"])
    torch.testing.assert_close(found.boxes, expected["boxes"], atol=1e-4, rtol=0)
    torch.testing.assert_close(found.scores, expected["scores"], atol=1e-4, rtol=0)
    assert found.names == COCO_NAMES
    assert thresholds(model) == own
    assert all(torch.equal(a, b) for a, b in zip(before, model.state_dict().values(), strict=True))
    if "mask" in name:
        assert found.masks.shape == (len(found), 90, 120) and found.masks.dtype == torch.bool
        assert torch.equal(found.masks, expected["masks"][:, 0] > 0.5)
        assert found.masks.any() and not found.masks.all()
    else:
        assert found.masks is None


@pytest.mark.parametrize("name", RUN)
def test_stages_lead_to_the_detections(name, image):
    model = random_model(name)
    detector = TorchvisionDetector(model)
    stages = {stage.name: stage for stage in detector.stages(image)}
    two = ["proposals"] if "rcnn" in name else []
    assert list(stages) == ["anchors", *two, "raw boxes"]
    raw, anchors = stages["raw boxes"], stages["anchors"]
    score_threshold, _ = thresholds(model)
    assert len(raw.boxes) >= len(detector.detect(image, score_threshold, 1.0)) > 0
    assert (raw.scores > score_threshold).all()
    assert (raw.labels > 0).all() or name in SIGMOID
    assert raw.boxes.min() >= 0 and raw.boxes[:, 2].max() <= 120.001 and raw.boxes[:, 3].max() <= 90.001
    assert anchors.boxes[:, 2].max() > 60  # in pixels of the image, not of a grid
    for stage in stages.values():
        assert (stage.scores >= 0).all() and (stage.scores <= 1).all() and stage.labels.dtype == torch.int64
        assert len(stage.boxes) == len(stage.scores) == len(stage.labels)
        assert str(len(stage.boxes)) in stage.sentence
    if two:
        expected = {}
        hook = model.roi_heads.register_forward_pre_hook(lambda _, inputs: expected.update(boxes=inputs[1][0]))
        with torch.inference_mode():
            model([image])
        hook.remove()
        height, width = model.transform([image])[0].image_sizes[0]
        scale = torch.tensor([120 / width, 90 / height]).repeat(2)
        torch.testing.assert_close(stages["proposals"].boxes, expected["boxes"] * scale, atol=1e-3, rtol=0)
        assert len(stages["proposals"].scores.unique()) > 1


def test_bad_input_is_refused(image):
    detector = TorchvisionDetector(random_model("maskrcnn_resnet50_fpn_v2"))
    for wrong in (torch.rand(1, 8, 8), torch.rand(3, 8), torch.rand(3, 0, 8), torch.rand(1, 3, 8, 8)):
        with pytest.raises(ShapeError, match=r"image must be of shape \(3, H, W\)"):
            detector.detect(wrong)
    with pytest.raises(InvalidInput, match="image must be floating point"):
        detector.detect(torch.zeros(3, 8, 8, dtype=torch.uint8))
    for pair in ((-0.1, 0.5), (1.1, 0.5), (float("nan"), 0.5)):
        with pytest.raises(InvalidInput, match="score_threshold must be from 0 to 1"):
            detector.detect(image, *pair)
        with pytest.raises(InvalidInput, match="iou_threshold must be from 0 to 1"):
            detector.detect(image, *pair[::-1])
    with pytest.raises(ResourceLimit, match="at most 4 megapixels for a model that draws masks"):
        detector.detect(torch.zeros(3, 1, 1).expand(3, 1000, MAX_MASK_PIXELS // 1000 + 1))


def test_nothing_found_is_empty(image):
    found = TorchvisionDetector(random_model("maskrcnn_resnet50_fpn_v2")).detect(image, 1.0, 0.5)
    assert (found.boxes.shape, found.masks.shape) == ((0, 4), (0, 90, 120))


# From a file to a model


def put(cache, content):
    cache.mkdir(parents=True, exist_ok=True)
    path = cache / SSDLITE.source.file_name
    path.write_bytes(content)
    return path


def saved(cache):
    """A state dict of random weights under the official name; the declaration of the same, with this file's digits."""
    model = random_model(NAMES[0])
    path = put(cache, b"")
    torch.save(model.state_dict(), path)
    return replace(SSDLITE, sha256_prefix=hashlib.sha256(path.read_bytes()).hexdigest()[:8])


def test_the_official_file_name_with_the_right_digits_is_loaded(cache, image):
    weights = saved(cache)
    assert state(weights) == "here" and path_of(weights).parent == cache == Path(torch.hub.get_dir()) / "checkpoints"
    detector = make(weights, "cpu")
    expected = TorchvisionDetector(random_model(NAMES[0])).detect(image, 0.02, 0.5)
    found = detector.detect(image, 0.02, 0.5)
    assert torch.equal(found.boxes, expected.boxes) and len(found) > 0
    assert load(weights, "cpu") is make(weights, "cpu")._model


def test_the_official_file_name_with_other_digits_is_refused(cache):
    path = saved(cache) and path_of(SSDLITE)
    for use in (fetch, make):
        with pytest.raises(
            ChecksumError, match=r"a79551df\.pth is not the file .* fetch it again from https://download"
        ):
            use(SSDLITE)
    assert path.is_file()


def test_keys_are_strict(cache):
    tensors = dict(random_model(NAMES[0]).state_dict())
    tensors.pop("head.classification_head.module_list.0.1.bias")
    path = put(cache, b"")
    torch.save(tensors, path)
    weights = replace(SSDLITE, sha256_prefix=hashlib.sha256(path.read_bytes()).hexdigest()[:8])
    with pytest.raises(IncompatibleWeights, match=r"module_list\.0\.1\.bias is missing"):
        make(weights, "cpu")


def test_declaring_imports_neither_torch_nor_torchvision():
    code = (
        "import sys; from engine.weights import all_weights, state\n"
        "from engine.detection.models import MODELS, best_at_hand, is_here\n"
        "assert len([state(w) for w in all_weights()]) >= 7 and best_at_hand('cpu')\n"
        "assert [is_here(key) for key in MODELS]\n"
        "print([name for name in ('torch', 'torchvision', 'cv2', 'numpy') if name in sys.modules])"
    )
    root = Path(__file__).parents[2]
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("[]\n", "")
