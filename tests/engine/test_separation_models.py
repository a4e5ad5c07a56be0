"""The table of methods of separation: complete, without torch, and clear about what is missing."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from engine.errors import DownloadError, InvalidInput
from engine.runtime import ModelPool
from engine.source_separation import declarations, hdemucs
from engine.source_separation.chunks import joined
from engine.source_separation.declarations import GTCRN_DNS3, HDEMUCS_HIGH_MUSDB_PLUS, as_it_is
from engine.source_separation.models import (
    BEST,
    FOR_SPEECH,
    MEDIAN_FILTERING,
    MODELS,
    get,
    is_here,
    is_offered,
    of_songs,
)
from engine.weights import Bundled, Download, all_weights, files, path_of, registry, state

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


def test_the_models_page_lists_them():
    assert {HDEMUCS_HIGH_MUSDB_PLUS, GTCRN_DNS3, *declarations.OF_SONGS} <= set(all_weights())


def test_a_copy_that_torchaudio_keeps_is_found(cache):
    own = cache / "hub" / "checkpoints" / "hdemucs_high_trained.pt"
    other = cache / "hub" / "torchaudio" / "models" / "hdemucs_high_trained.pt"
    assert path_of(HDEMUCS_HIGH_MUSDB_PLUS) == own and state(HDEMUCS_HIGH_MUSDB_PLUS) == "download"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"x")
    assert path_of(HDEMUCS_HIGH_MUSDB_PLUS) == other and state(HDEMUCS_HIGH_MUSDB_PLUS) == "here" and is_here(BEST)
    own.parent.mkdir(parents=True)
    own.write_bytes(b"x")
    assert path_of(HDEMUCS_HIGH_MUSDB_PLUS) == own
    assert path_of(GTCRN_DNS3).parent == own.parent


def test_a_folder_of_another_library_stays_below_torch_hubs():
    for folder in ("../x", "/etc", "a//b"):
        with pytest.raises(InvalidInput, match="file_name must be"):
            Download("https://example.org/x", "x.pt", 1, also_in=folder)


@pytest.mark.parametrize(
    ("name", "build", "num_params"),
    [
        ("WAVE_U_NET_SONGS_V1", declarations._build_wave_u_net, 1_546_302),
        ("DEMUCS_SONGS_V1", declarations._build_demucs, 5_725_000),
    ],
)
def test_our_own_networks_need_no_more_than_their_declaration(monkeypatch, tmp_path, name, build, num_params):
    monkeypatch.setattr(registry, "_registered", {})
    monkeypatch.setattr(files, "ASSETS", tmp_path)
    network = build()
    assert sum(p.numel() for p in network.parameters()) == num_params
    save_file(network.state_dict(), tmp_path / f"{name}.safetensors")
    sha256 = hashlib.sha256((tmp_path / f"{name}.safetensors").read_bytes()).hexdigest()
    weights = declarations.of_songs(name, build, sha256, num_params, 7.5)
    row = of_songs(weights)
    assert isinstance(weights.source, Bundled) and (ROOT / f"{weights.recipe.replace('.', '/')}.py").is_file()
    assert row.key == name and row.kind == "box" and row.sentence.endswith(".")
    separator = row.make("cpu")
    assert separator.stems == ("drums", "bass", "other", "vocals")
    assert joined(separator.separate(torch.zeros(2, 5000))).shape == (4, 2, 5000)
    monkeypatch.setitem(MODELS, name, row)
    assert is_offered(name)
    (tmp_path / f"{name}.safetensors").unlink()
    assert not is_offered(name)


def test_what_can_be_fetched_is_offered(cache):
    assert is_offered(BEST) and is_offered(MEDIAN_FILTERING) and not is_here(BEST)
