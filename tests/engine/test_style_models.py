"""Models of style transfer: declarations against torchvision's metadata, tables, the script that is taken away."""

import json
import subprocess
import sys
from dataclasses import asdict

import pytest
import torch
from torchvision.models import SqueezeNet1_1_Weights, VGG19_Weights

from engine.errors import InvalidInput
from engine.io.images import decode_image, encode_png
from engine.io.standalone import closure
from engine.recipes.training import new_model
from engine.runtime.seeds import generator
from engine.scripts import style_transfer
from engine.style_transfer import adain, declarations, johnson, models
from engine.style_transfer.gatys import Gatys, optimise
from engine.style_transfer.one_pass import with_adain, with_johnson
from engine.style_transfer.random_filters import RandomFilters
from engine.style_transfer.sizes import longest
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
    for k, name in enumerate(("content.png", "style_1.png")):
        (tmp_path / name).write_bytes(encode_png(torch.rand(3, 40, 56, generator=generator(k))))
    return tmp_path


def read(folder, name):
    return decode_image((folder / name).read_bytes(), name)


def run_script(folder, **changes):
    """Run the script with these settings, and return its result as bytes (3, H, W)."""
    said = {"network": "RANDOM_FILTERS", "mix": [1], "mask": "", "around": {"strength": 1.0, "colours": "style"}}
    (folder / "settings.json").write_text(json.dumps(said | changes))
    style_transfer.main()
    return read(folder, "result.png").mul(255).round().byte()


def gatys(**changes):
    return Gatys(size_px=64, levels=1, style_layers=("scale1",), **changes)


def test_the_script_of_gatys_repeats_a_run_and_its_branch(folder, capsys):
    first, second = gatys(steps=6, style_weight=500.0), gatys(steps=5)
    before = [{"gatys": asdict(first), "step": 3}]
    found = run_script(folder, method="gatys", before=before, gatys=asdict(second), step=5)
    pictures = RandomFilters(), read(folder, "content.png"), [read(folder, "style_1.png")]
    left = list(optimise(*pictures, first))[2]
    *_, last = optimise(*pictures, second, resume=left)
    assert torch.equal(found, last.picture)
    assert f"step    5  content {last.losses.content:.5f}  style {last.losses.style:.5f}" in capsys.readouterr().out


def test_the_script_of_a_run_that_was_stopped_stops_there(folder):
    found = run_script(folder, method="gatys", gatys=asdict(gatys(steps=6)), step=2)
    pictures = RandomFilters(), read(folder, "content.png"), [read(folder, "style_1.png")]
    assert torch.equal(found, list(optimise(*pictures, gatys(steps=6)))[1].picture)


@pytest.mark.parametrize("kind", ["johnson", "adain"])
def test_the_script_of_one_pass_paints(folder, monkeypatch, capsys, kind):
    network = new_model(johnson.JohnsonNet if kind == "johnson" else adain.AdaIN, 0).eval().requires_grad_(False)
    table = ModelTable([Model("OURS", "", "", None, lambda device: network)])
    monkeypatch.setattr(style_transfer, "JOHNSON" if kind == "johnson" else "ANY_STYLE", table)
    monkeypatch.setattr(style_transfer, "PREVIEW_PX", 64)
    found = run_script(folder, method=kind, network="OURS", style_px=48, step=1)
    small = longest(read(folder, "content.png")[None], 64)[0]
    method = with_johnson(network) if kind == "johnson" else with_adain(network, [read(folder, "style_1.png")], [1], 48)
    assert torch.equal(found, method.paint(small).mul(255).round().byte())
    assert "mean colour" in capsys.readouterr().out


def test_what_the_script_imports_can_be_packed():
    sources, packages = closure(style_transfer.__name__)
    assert "torch" in packages and not any("streamlit" in package for package in packages)
    assert any("style_transfer" in path for path in sources)
