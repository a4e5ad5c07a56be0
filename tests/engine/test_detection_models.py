"""The table of detectors: what is in it, what is at hand, and that each row makes what it says."""

import shutil
import sys
from pathlib import Path

import pytest
import torch

from engine.detection import declarations
from engine.detection.classical import HaarFaces, HogPeople
from engine.detection.d2go import D2GoDetector
from engine.detection.models import MODELS, best_at_hand, get, is_here
from engine.detection.torchvision_models import TorchvisionDetector
from engine.errors import DownloadError, InvalidInput
from engine.runtime import ModelPool
from engine.weights import Download, all_weights, path_of, registry
from tests.reference.real_data import need

ROOT = Path(__file__).parents[2]
ROWS = list(MODELS.values())


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(sys.modules["engine.weights.load"], "models", lambda: ModelPool(2**30))
    return tmp_path / "hub" / "checkpoints"


def put(weights):
    """An empty file in the place of a model's own: enough to be "here"."""
    path_of(weights).parent.mkdir(parents=True, exist_ok=True)
    path_of(weights).touch()


@pytest.mark.parametrize("model", ROWS, ids=lambda model: model.key)
def test_a_row_is_complete(model):
    assert MODELS[model.key] is model is get(model.key)
    assert model.title and model.sentence.endswith(".")
    assert model.kind == ("download" if model.weights and isinstance(model.weights.source, Download) else "box")
    if model.weights and model.weights.name != "CROPS_SCENES_V1":  # which two detectors use
        assert model.key == model.weights.name


def test_the_weights_are_registered_with_their_cards():
    assert "engine.detection.declarations" in registry.DECLARATIONS
    registered = {weights.name: weights for weights in all_weights()}
    declared = [model.weights for model in ROWS if model.weights]
    assert len(declared) >= 7
    for weights in declared:
        assert registered[weights.name] is weights
        card = (ROOT / weights.card).read_text(encoding="utf-8")
        for heading in ("What it is", "Data", "Figures", "Limits", "Licence", "Source"):
            assert f"**{heading}.**" in card
        for figure in weights.metrics.values():
            assert f"{figure:.3f}".removeprefix("0") in card
        if weights.sha256_prefix:
            assert f"`{weights.sha256_prefix}`" in card


def test_an_unknown_key_lists_the_keys():
    with pytest.raises(InvalidInput, match=r"model must be one of HAAR_FACES, .*; got 'YOLO'"):
        get("YOLO")


def test_best_at_hand():
    for device in ("cpu", torch.device("cpu")):
        assert best_at_hand(device) == "HAAR_FACES"
        assert best_at_hand(device, can_download=True) == "FASTERRCNN_D2GO_INT8"
    for device in ("cuda", "cuda:1", "mps", torch.device("cuda", 0)):
        assert best_at_hand(device) == "HAAR_FACES"
        assert best_at_hand(device, can_download=True) == "FASTERRCNN_RESNET50_FPN_V2"
    put(declarations.FASTERRCNN_D2GO_INT8)
    assert best_at_hand("cpu") == best_at_hand("cuda") == "FASTERRCNN_D2GO_INT8"
    put(declarations.FASTERRCNN_RESNET50_FPN_V2)
    assert (best_at_hand("cpu"), best_at_hand("cuda")) == ("FASTERRCNN_D2GO_INT8", "FASTERRCNN_RESNET50_FPN_V2")


def test_is_here():
    weights = declarations.FCOS_RESNET50_FPN
    assert is_here("HOG_PEOPLE") and not is_here(weights.name)
    put(weights)
    assert is_here(weights.name)


def test_make():
    assert isinstance(get("HAAR_FACES").make("cpu"), HaarFaces)
    assert isinstance(get("HOG_PEOPLE").make(None), HogPeople)
    file = need("weights/d2go/d2go.pt")
    path_of(declarations.FASTERRCNN_D2GO_INT8).parent.mkdir(parents=True)
    shutil.copyfile(file, path_of(declarations.FASTERRCNN_D2GO_INT8))
    before = torch.backends.quantized.engine
    try:
        assert isinstance(get("FASTERRCNN_D2GO_INT8").make("cuda"), D2GoDetector)  # computes on the CPU all the same
    finally:
        torch.backends.quantized.engine = before


@pytest.mark.parametrize("model", [model for model in ROWS if model.kind == "download"], ids=lambda model: model.key)
def test_make_without_network_says_which_file_from_where(model, monkeypatch):
    fetch_module = sys.modules["engine.weights.fetch"]

    class Offline:
        def open(self, *_, **__):
            raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(fetch_module, "_opener", Offline)
    source = model.weights.source
    with pytest.raises(DownloadError) as caught:
        model.make("cpu")
    assert str(caught.value).startswith(f"{source.file_name} could not be fetched from {source.url}: no connection")


def test_make_gives_a_torchvision_detector(monkeypatch):
    module = sys.modules["engine.detection.torchvision_models"]
    monkeypatch.setattr(
        module, "load", lambda weights, device: (loaded.append((weights.name, device)), weights.build())[1]
    )
    loaded = []
    detector = get("SSDLITE320_MOBILENET_V3_LARGE").make("cpu")
    assert isinstance(detector, TorchvisionDetector) and loaded == [("SSDLITE320_MOBILENET_V3_LARGE", "cpu")]
    assert (detector.size_hint, detector.iou_threshold) == (320, 0.55)
