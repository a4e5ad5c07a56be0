"""The bundled networks of style transfer: their files and cards, and what a judge says of a real photograph."""

from pathlib import Path

import pytest
import torch

from engine.datasets.style_pictures import KINDS, StylePicture, draw
from engine.style_transfer import declarations, models
from engine.style_transfer.adain import Mix, style_moments, stylise
from engine.style_transfer.johnson import stylise as repaint
from engine.weights import get, load, state, verify
from tests.reference import real_data, real_styles

ROOT = Path(__file__).parents[2]
OURS = [declarations.TEXTURE_VGG_V1, declarations.ADAIN_V1, *declarations.JOHNSON.values()]
real = pytest.mark.skipif(not real_data.FOLDER.is_dir(), reason="the real photographs are not here")


@pytest.mark.parametrize("weights", OURS, ids=lambda weights: weights.name)
def test_file_card_and_number_of_parameters(weights):
    assert get(weights.name) is weights and state(weights) == "bundled"
    assert verify(weights).stat().st_size < 9_000_000
    assert sum(p.numel() for p in load(weights, "cpu").parameters()) == weights.num_params
    card = (ROOT / weights.card).read_text(encoding="utf-8")
    for heading in ("What it is", "Input", "Output", "Data", "Figures", "Limits", "Licence", "Source"):
        assert f"**{heading}.**" in card, heading
    assert weights.sha256 in card and f"{weights.num_params:,}" in card and weights.recipe in card
    assert all(f"{value:g}" in card for value in weights.metrics.values())
    assert (ROOT / f"{weights.recipe.replace('.', '/')}.py").is_file()


def test_four_styles_under_seven_megabytes_each():
    assert len(declarations.JOHNSON) >= 4
    assert all(verify(weights).stat().st_size < 7_000_000 for weights in declarations.JOHNSON.values())


@pytest.fixture(scope="module")
def judge():
    return real_styles.load_judge()


@real
@pytest.mark.parametrize("kind", declarations.JOHNSON)
def test_johnson_comes_nearer_to_its_style(kind, judge):
    photograph = real_styles.read(real_styles.PHOTOGRAPHS[2])
    style = draw(StylePicture(kind, KINDS[kind].hung[0], 256))
    network = models.JOHNSON.row(declarations.JOHNSON[kind].name).make("cpu")
    assert real_styles.figures(judge, repaint(network, photograph), photograph, style).closed > 0.3


@real
def test_adain_comes_nearer_to_a_painting(judge):
    photograph, painting = (real_styles.read(one[-1]) for one in (real_styles.PHOTOGRAPHS, real_styles.PAINTINGS))
    network = models.ANY_STYLE.row(models.ADAIN).make("cpu")
    result = stylise(network, photograph, [style_moments(network, painting)], Mix((1.0,)))
    found = real_styles.figures(judge, result, photograph, painting)
    assert found.closed > 0.25 and found.cost < 0.95


def test_features_are_normalised_to_a_mean_of_one():
    network = models.FEATURES.row(models.TEXTURE_VGG).make("cpu")
    pictures = torch.stack([draw(StylePicture(kind, KINDS[kind].hung[0], 128)) for kind in KINDS])
    with torch.no_grad():
        found = network(pictures, ["relu2_2", "relu4_2"])
    assert all(0.3 < x.mean().item() < 3 for x in found.values())
