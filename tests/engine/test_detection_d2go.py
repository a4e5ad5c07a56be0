"""The int8 Faster R-CNN, from the file put where its download would have put it."""

import shutil
import sys
import warnings
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from PIL import Image
from torchvision.models.detection._utils import BoxCoder
from torchvision.transforms.functional import to_tensor

from engine.detection import d2go
from engine.detection.coco_names import COCO_NAMES
from engine.detection.d2go import BOX_SCALE, D2GoDetector, decode, load_program
from engine.detection.declarations import FASTERRCNN_D2GO_INT8
from engine.errors import ChecksumError, ShapeError, WeightsError
from engine.metrics.coco import coco_table
from engine.metrics.image_boxes import GroundTruth, Predictions
from engine.runtime import ModelPool
from engine.weights import path_of, state
from tests.reference.real_data import need

load_module = sys.modules["engine.weights.load"]
COCO_OF_VOC = {
    "aeroplane": "airplane",
    "diningtable": "dining table",
    "motorbike": "motorcycle",
    "pottedplant": "potted plant",
    "sofa": "couch",
    "tvmonitor": "tv",
}
_pool = ModelPool(2**28)


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    """An empty torch.hub cache, but for the file, and one pool for this module."""
    home = tmp_path_factory.getbasetemp() / "d2go"
    monkeypatch.setenv("TORCH_HOME", str(home))
    monkeypatch.setattr(load_module, "models", lambda: _pool)
    path = path_of(FASTERRCNN_D2GO_INT8)
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(need("weights/d2go/d2go.pt"), path)
    return path


def photo(path):
    return to_tensor(Image.open(need(path)).convert("RGB"))


def forward(image):
    """The program's own answer to an RGB image."""
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "torch.meshgrid", UserWarning)
        return load_program()([image.flip(0)])[1][0]


def test_the_file_is_where_a_download_puts_it(cache):
    assert cache.name == "d2go.pt" and cache.parent == Path(torch.hub.get_dir()) / "checkpoints"
    assert state(FASTERRCNN_D2GO_INT8) == "here"
    assert FASTERRCNN_D2GO_INT8.source.size_bytes == cache.stat().st_size


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("weights/d2go/test1.png", {"bicycle": 0.9, "truck": 0.65, "dog": 0.7}),
        ("weights/d2go/test2.jpg", {"horse": 0.99, "person": 0.85}),
        ("weights/d2go/test3.png", {"person": 0.98}),
    ],
)
def test_published_pictures(path, expected):
    """The objects are the published ones; their scores differ by some hundredths from engine to engine."""
    found = D2GoDetector().detect(photo(path))
    best = {}
    for label, score in zip(found.labels.tolist(), found.scores.tolist(), strict=True):
        best.setdefault(found.names[label], score)
    assert all(best.get(name, 0) > score for name, score in expected.items()), best
    assert max(best, key=best.get) == next(iter(expected))


@pytest.mark.parametrize("path", ["weights/d2go/test2.jpg", "images/street/bus.jpg"])
def test_with_the_built_in_thresholds_it_is_the_programs_own_answer(path):
    image = photo(path)
    expected = forward(image)
    found = D2GoDetector().detect(image, 0.05, 0.5)
    assert len(found) > 10
    assert torch.equal(found.labels, expected["labels"])
    torch.testing.assert_close(found.boxes, expected["boxes"], atol=1e-3, rtol=0)
    torch.testing.assert_close(found.scores, expected["scores"], atol=1e-4, rtol=0)


def test_thresholds_are_the_callers():
    detector, image = D2GoDetector(), photo("weights/d2go/test2.jpg")
    n = {pair: len(detector.detect(image, *pair)) for pair in ((0.05, 0.2), (0.05, 0.5), (0.05, 0.9), (0.01, 0.5))}
    assert n[0.05, 0.2] < n[0.05, 0.5] < n[0.05, 0.9]
    assert n[0.01, 0.5] > n[0.05, 0.5]
    assert (detector.detect(image, 0.9, 0.5).scores > 0.9).all()


def test_stages():
    image = photo("weights/d2go/test2.jpg")
    anchors, proposals, raw = D2GoDetector().stages(image)
    assert [stage.name for stage in (anchors, proposals, raw)] == ["anchors", "proposals", "raw boxes"]
    assert len(anchors.boxes) == 20 * 27 * 15 and len(proposals.boxes) == 30
    assert anchors.scores.argmax() in torch.where(anchors.scores >= proposals.scores[0])[0]
    assert (raw.scores > 0.05).all() and raw.boxes[:, 2].max() <= 640.01 and raw.boxes[:, 3].max() <= 480.01
    assert {COCO_NAMES[label] for label in raw.labels} >= {"horse", "person"}


def test_map_on_real_pictures():
    detector, truths, found = D2GoDetector(), [], []
    folder = need("detection/coco_eval")
    files = sorted((folder / "images").glob("*.jpg"))
    assert len(files) == 30
    for file in files:
        objects = list(ET.parse(folder / "gts" / "pascalvoc_format" / f"{file.stem}.xml").iter("object"))
        names = [thing.findtext("name") for thing in objects]
        corners = [
            [float(thing.findtext(f"bndbox/{k}")) for k in ("xmin", "ymin", "xmax", "ymax")] for thing in objects
        ]
        truths.append(GroundTruth(corners, [COCO_NAMES.index(COCO_OF_VOC.get(name, name)) for name in names]))
        result = detector.detect(photo(f"detection/coco_eval/images/{file.name}"), 0.05, 0.5)
        found.append(Predictions(result.boxes.numpy(), result.labels.numpy(), result.scores.numpy()))
    figures = coco_table(truths, found).figures
    assert figures["AP"] >= 0.36 and figures["AP50"] >= 0.58, figures


def test_several_threads_give_the_same():
    detector, image = D2GoDetector(), photo("weights/d2go/test3.png")
    expected = detector.detect(image)
    with ThreadPoolExecutor(3) as threads:
        for found in threads.map(lambda _: detector.detect(image), range(6)):
            assert torch.equal(found.boxes, expected.boxes)


def test_decode_is_torchvisions():
    generator = torch.Generator().manual_seed(0)
    deltas = torch.randn(50, 4, generator=generator) * 12
    anchors = torch.rand(50, 4, generator=generator) * 10
    anchors[:, 2:] += anchors[:, :2] + 1
    expected = BoxCoder(BOX_SCALE).decode_single(deltas, anchors)
    torch.testing.assert_close(decode(deltas, anchors, BOX_SCALE), expected)


def test_another_file_is_never_run(cache, monkeypatch):
    cache.write_bytes(cache.read_bytes() + b"\0")
    monkeypatch.setattr(load_module, "models", lambda: ModelPool(2**28))
    with pytest.raises(ChecksumError, match=r"d2go\.pt is not the file that FASTERRCNN_D2GO_INT8 needs"):
        D2GoDetector()


def test_without_int8_arithmetic_it_says_so(monkeypatch):
    monkeypatch.setattr(d2go, "choose_engine", lambda: None)
    with pytest.raises(WeightsError, match="needs int8 arithmetic, which PyTorch lacks here"):
        load_program()


def test_bad_input_is_refused():
    with pytest.raises(ShapeError):
        D2GoDetector().detect(torch.zeros(3, 4))
