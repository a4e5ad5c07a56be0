"""The recipes of style transfer: each learns a few steps on tiny pools; losses fall or are those of their equations."""

import re
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.datasets.style_pictures import KINDS
from engine.datasets.visual_tasks import TASKS, make_sources
from engine.recipes import content_pool, johnson_training, train_adain, train_johnson_mosaic, train_texture_vgg
from engine.recipes.training import new_model
from engine.runtime.seeds import generator
from engine.style_transfer.adain import AdaIN
from engine.style_transfer.johnson import JohnsonNet
from engine.style_transfer.losses import total_variation
from engine.style_transfer.objective import Objective, Weighting
from engine.style_transfer.texture_vgg import CONTENT, STYLE, TextureVGG

DECLARED = re.compile(r"has (\d+) parameters, (\d+) bytes, SHA-256 [0-9a-f]{64}")


@pytest.fixture(scope="module")
def sources():
    return make_sources(len(KINDS), 0, side_px=64)


@pytest.fixture(scope="module")
def features_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("features") / "TEXTURE_VGG_V1.safetensors"
    save_file(new_model(TextureVGG, 0).state_dict(), path)
    return path


@pytest.fixture
def small(monkeypatch):
    """Two photographs, and one drawn picture of each world."""
    monkeypatch.setattr(content_pool, "PHOTOGRAPHS", ("cat", "coffee"))
    monkeypatch.setattr(content_pool, "DRAWN_PX", 128)


def test_texture_vgg_answers_every_task(sources):
    pupil = new_model(train_texture_vgg.Pupil, 0)
    said, clean = pupil(torch.rand(2, 3, 64, 64))
    assert {task: answer.shape for task, answer in said.items()} == {task: (2, n) for task, n in TASKS.items()}
    assert [picture.shape for picture in clean] == [(2, 3, 64, 64)] * 3
    terms = train_texture_vgg.loss_of(pupil, sources, 6, generator(1))
    assert set(terms) == {"answers", "clean"} and all(term.isfinite() for term in terms.values())


def test_texture_vgg_learns_and_is_written(tmp_path, monkeypatch, capsys, sources):
    (tmp_path / "folder").mkdir()
    sources.save(tmp_path / "folder" / "sources_3.safetensors")
    monkeypatch.setattr(train_texture_vgg, "make_sources", lambda *args, **named: sources)
    arguments = ["--out", str(tmp_path / "out.safetensors"), "--folder", str(tmp_path / "folder"), "--steps", "2"]
    monkeypatch.setattr(sys, "argv", ["train", *arguments, "--styles", "3", "--held-out", "8"])
    train_texture_vgg.main()
    said = capsys.readouterr().out
    assert DECLARED.search(said) and len(re.findall(" right$", said, re.M)) == len(TASKS)
    TextureVGG().load_state_dict(load_file(tmp_path / "out.safetensors"))


def test_the_loss_of_johnson_is_that_of_gatys(features_file, monkeypatch):
    monkeypatch.setattr(johnson_training, "fast_convolutions", lambda device: torch.autocast("cpu", enabled=False))
    features = content_pool.load_features(features_file)
    style, x, painted = (torch.rand(1, 3, 48, 48, generator=generator(k)) for k in range(3))
    recipe = johnson_training.Recipe()
    terms = johnson_training.StyleLoss(features, style[0], recipe)(painted, x)
    weighting = Weighting(recipe.content_weight, recipe.style_weight, recipe.variation_weight, CONTENT, STYLE)
    wanted = Objective(features, x, [style], [1.0], weighting, exact=True).losses(painted)
    assert terms["content"].item() == pytest.approx(recipe.content_weight * wanted.content, rel=1e-4)
    assert terms["style"].item() == pytest.approx(recipe.style_weight * wanted.style, rel=1e-4)
    variation = recipe.variation_weight * total_variation(painted).item()
    assert terms["variation"].item() == pytest.approx(variation, rel=1e-5)


def test_johnson_learns_and_is_written(tmp_path, monkeypatch, capsys, features_file, small):
    arguments = [
        "--out",
        str(tmp_path / "out.safetensors"),
        "--folder",
        str(tmp_path),
        "--features",
        str(features_file),
    ]
    monkeypatch.setattr(sys, "argv", ["train", *arguments, "--steps", "2", "--drawn", "0.001"])
    train_johnson_mosaic.main()
    assert DECLARED.search(capsys.readouterr().out)
    JohnsonNet().load_state_dict(load_file(tmp_path / "out.safetensors"))


def test_adain_learns_and_is_written(tmp_path, monkeypatch, capsys, features_file, small):
    arguments = [
        "--out",
        str(tmp_path / "out.safetensors"),
        "--folder",
        str(tmp_path),
        "--features",
        str(features_file),
    ]
    monkeypatch.setattr(sys, "argv", ["train", *arguments, "--steps", "2", "--drawn", "0.001", "--styles", "2"])
    train_adain.main()
    assert DECLARED.search(capsys.readouterr().out)
    trained = AdaIN()
    trained.load_state_dict(load_file(tmp_path / "out.safetensors"))
    kept = load_file(features_file)
    assert all(torch.equal(value, kept[name]) for name, value in trained.encoder.state_dict().items())


def test_crops_come_in_every_size_from_a_seed(tmp_path, small):
    pool = content_pool.ContentPool(0, tmp_path, 0.001)
    crops = pool.crops(3, 64, generator(5))
    assert crops.shape == (3, 3, 64, 64) and crops.min() >= 0 and crops.max() <= 1
    again = content_pool.ContentPool(0, tmp_path, 0.001)  # from the folder
    assert torch.equal(again.crops(3, 64, generator(5)), crops)
