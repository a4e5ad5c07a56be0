"""The bundled weights of the R-CNN family: the right files, and as good on a few held-out scenes as their cards say."""

from pathlib import Path

import pytest

from engine.datasets.scenes import NAMES
from engine.detection.family import FAMILY
from engine.recipes.detector_training import mean_average_precision
from engine.weights import all_weights, load, verify

ROOT = Path(__file__).parents[2]
DECLARED = {weights.name: weights for weights in all_weights()}
MEMBERS = [member for member in FAMILY if member.key != "yolo" and member.weights in DECLARED]
ALLOWANCE = 0.06  # of mAP, for so few scenes
N_SCENES = {"sliding_window": 4}  # slow, and equal to "convolutional"


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.key)
def test_file_card_and_number_of_parameters(member):
    weights = DECLARED[member.weights]
    path = verify(weights)
    assert path.stat().st_size < 8_000_000
    card = (ROOT / weights.card).read_text(encoding="utf-8")
    assert weights.sha256 in card
    assert all(f"{figure:.3f}" in card for figure in weights.metrics.values())
    assert sum(parameter.numel() for parameter in load(weights, "cpu").parameters()) == weights.num_params


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.key)
def test_map_on_held_out_scenes(member):
    detector = member.make("cpu")
    assert detector.names == NAMES
    assert mean_average_precision(detector, N_SCENES.get(member.key, 40)) >= member.mean_ap - ALLOWANCE
