"""The table of methods of separation: complete, without torch, and clear about what is missing."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from engine.errors import DownloadError, InvalidInput
from engine.runtime import ModelPool
from engine.source_separation import hdemucs
from engine.source_separation.chunks import joined
from engine.source_separation.declarations import GTCRN_DNS3, HDEMUCS_HIGH_MUSDB_PLUS, as_it_is
from engine.source_separation.models import BEST, FOR_SPEECH, MEDIAN_FILTERING, MODELS, get, is_here
from engine.weights import Download, registry

ROOT = Path(__file__).parents[2]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(sys.modules["engine.weights.load"], "models", lambda: ModelPool(2**30))
    return tmp_path


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.key)
def test_a_row_is_complete(model):
    assert MODELS[model.key] is model is get(model.key)
    assert model.title and model.sentence.endswith(".")
    if model.weights is None:
        assert model.kind == "box" and is_here(model.key)
        return
    assert model.key == model.weights.name and registry.get(model.key) is model.weights
    assert model.kind == ("download" if isinstance(model.weights.source, Download) else "box")
    card = (ROOT / model.weights.card).read_text(encoding="utf-8")
    for heading in ("What it is", "Input", "Output", "Data", "Figures", "Limits", "Licence", "Source"):
        assert f"**{heading}.**" in card
    for figure in model.weights.metrics.values():
        assert f"{figure:.2f}" in card
    assert model.weights.licence in card


def test_the_card_says_what_it_was_trained_on():
    card = (ROOT / HDEMUCS_HIGH_MUSDB_PLUS.card).read_text(encoding="utf-8")
    assert "test songs of MUSDB" in card.replace("*", "") and HDEMUCS_HIGH_MUSDB_PLUS.sha256[:8] in card
    assert "3862c44808dca492ea5a8a145d2dc2a1028d08c8" in GTCRN_DNS3.source.url


def test_listing_the_methods_brings_no_torch():
    script = "import sys, engine.source_separation.models; print('torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert (ran.stdout.strip(), ran.stderr) == ("False", "")


def test_an_unknown_key_lists_the_keys():
    with pytest.raises(InvalidInput, match=r"one of MEDIAN_FILTERING, .*; got 'SPLEETER'"):
        get("SPLEETER")


@pytest.mark.parametrize("key", [BEST, FOR_SPEECH])
def test_without_a_network_a_row_says_what_it_needs(cache, monkeypatch, key):
    monkeypatch.setenv("TANGENT_OFFLINE", "1")
    assert not is_here(key)
    with pytest.raises(DownloadError, match=r"hdemucs_high_trained\.pt|model_trained_on_dns3\.tar"):
        get(key).make("cpu")


def test_the_method_of_the_box_separates():
    stems = joined(get(MEDIAN_FILTERING).make("cpu").separate(torch.randn(1, 5000)))
    assert stems.shape == (2, 1, 5000)


def test_a_loaded_network_is_given_to_its_module(monkeypatch):
    network = object()
    monkeypatch.setattr(sys.modules["engine.source_separation.models"], "load", lambda weights, device: network)
    monkeypatch.setattr(hdemucs, "separator", lambda given: ("separator of", given))
    assert get(BEST).make("cpu") == ("separator of", network)


def test_preprocessing_is_left_to_the_separator():
    sound = torch.randn(2, 5)
    assert as_it_is()(sound) is sound
