"""Models of style transfer: declarations against torchvision's metadata, tables, the scripts that are taken away."""

import json
import subprocess
import sys

import pytest
import torch
from torchvision.models import SqueezeNet1_1_Weights, VGG19_Weights

from engine.errors import InvalidInput
from engine.io.images import decode_image, encode_png
from engine.io.standalone import closure
from engine.recipes.training import new_model
from engine.runtime.seeds import generator
from engine.scripts import paint_picture, transfer_style
from engine.style_transfer import adain, declarations, johnson, models
from engine.style_transfer.gatys import Gatys, optimise
from engine.style_transfer.random_filters import RandomFilters
from engine.style_transfer.texture_vgg import TextureVGG
from engine.weights import registry
from engine.weights.model_table import Model, ModelTable

OFFICIAL = {
    declarations.VGG19.name: VGG19_Weights.IMAGENET1K_V1,
    declarations.SQUEEZENET1_1.name: SqueezeNet1_1_Weights.IMAGENET1K_V1,
}


@pytest.mark.parametrize("name", OFFICIAL)
def test_declarations_repeat_the_metadata_of_torchvision(name):
    ours, theirs = registry.get(name), OFFICIAL[name]
    assert ours.source.url == theirs.url and theirs.url.endswith(ours.source.file_name)
    assert abs(ours.source.size_bytes / 2**20 - theirs.meta["_file_size"]) < 1e-3
    assert ours.num_params == theirs.meta["num_params"]
    assert ours.metrics["top-1 accuracy"] == pytest.approx(theirs.meta["_metrics"]["ImageNet-1K"]["acc@1"] / 100)
    assert ours.sha256_prefix in ours.source.file_name


def test_the_networks_have_the_numbers_that_are_declared():
    count = lambda model: sum(parameter.numel() for parameter in model.parameters())  # noqa: E731
    assert count(TextureVGG()) == 1_264_480
    assert count(johnson.JohnsonNet()) == 994_947
    assert count(adain.AdaIN()) == 2_076_931


def test_tables_list_what_is_here_without_torch():
    script = "import sys, engine.style_transfer.models; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "False\n"
    assert models.RANDOM_FILTERS in models.FEATURES and models.FEATURES.is_here(models.RANDOM_FILTERS)
    network = models.FEATURES.row(models.RANDOM_FILTERS).make("cpu")
    assert isinstance(network, RandomFilters)
    with pytest.raises(InvalidInput, match="model must be one of"):
        models.FEATURES.row("VGG16")


def test_squeezenet_is_made_from_its_file(monkeypatch):
    from engine.style_transfer.torchvision_features import build

    whole = build("squeezenet1_1").eval().requires_grad_(False)
    monkeypatch.setattr(models, "load", lambda weights, device: whole)
    network = models.FEATURES.row(models.SQUEEZENET).make("cpu")
    assert set(network(torch.rand(1, 3, 64, 64), tuple(network.style))) == set(network.style)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for k, name in enumerate(("content.png", "style.png")):
        (tmp_path / name).write_bytes(encode_png(torch.rand(3, 40, 56, generator=generator(k))))
    return tmp_path


def test_the_script_of_gatys_gives_the_result_of_the_page(folder, capsys):
    asked = {"size_px": 64, "steps": 4, "levels": 1, "content_layers": [], "style_layers": ["scale1"]}
    said = {
        "features": "RANDOM_FILTERS",
        "settings": asked,
        "content": "content.png",
        "styles": ["style.png"],
        "mix": [1],
    }
    (folder / "settings.json").write_text(json.dumps(said))
    transfer_style.main()
    read = lambda name: decode_image((folder / name).read_bytes(), name)  # noqa: E731
    settings = Gatys(**(asked | {"content_layers": (), "style_layers": ("scale1",)}))
    *_, last = optimise(RandomFilters(), read("content.png"), [read("style.png")], settings)
    assert torch.equal(read("result.png").mul(255).round().byte(), last.picture)
    assert f"J {last.losses.total:.5f}" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["johnson", "adain"])
def test_the_script_of_one_pass_paints(folder, monkeypatch, capsys, kind):
    network = new_model(johnson.JohnsonNet if kind == "johnson" else adain.AdaIN, 0).eval().requires_grad_(False)
    table = ModelTable([Model("OURS", "", "", None, lambda device: network)])
    monkeypatch.setattr(paint_picture, "JOHNSON", table if kind == "johnson" else ModelTable([]))
    monkeypatch.setattr(paint_picture, "ANY_STYLE", table)
    said = {"model": "OURS", "settings": {"keep": "histogram"}, "content": "content.png", "mask": None}
    said |= {"styles": ["style.png"], "mix": [1], "style_px": 64}
    (folder / "settings.json").write_text(json.dumps(said))
    paint_picture.main()
    assert decode_image((folder / "result.png").read_bytes(), "result.png").shape == (3, 40, 56)
    assert "mean colour" in capsys.readouterr().out


def test_what_the_scripts_import_can_be_packed():
    for module in (transfer_style, paint_picture):
        sources, packages = closure(module.__name__)
        assert "torch" in packages and not any("streamlit" in package for package in packages)
        assert any("style_transfer" in path for path in sources)
