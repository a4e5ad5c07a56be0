"""The bundled pose estimators: the right files, their cards, and as good on held-out figures as the cards say."""

from pathlib import Path

import pytest

from engine.pose.backbone import STRIDE_PX
from engine.pose.declarations import CPM_FIGURES_V1, DEEPPOSE_FIGURES_V1
from engine.pose.pose_machine import SIDE_PX
from engine.recipes.pose_scores import ALONE, ByPeak, single_pck
from engine.weights import load, state, verify

ROOT = Path(__file__).parents[2]
TRAINED_HERE = [CPM_FIGURES_V1, DEEPPOSE_FIGURES_V1]
N_PICTURES = 40
ALLOWANCE = 0.03  # for so few pictures


@pytest.mark.parametrize("weights", TRAINED_HERE, ids=lambda weights: weights.name)
def test_file_card_and_number_of_parameters(weights):
    assert state(weights) == "bundled" and verify(weights).stat().st_size < 12_000_000
    card = (ROOT / weights.card).read_text(encoding="utf-8")
    assert weights.sha256 in card and f"{weights.num_params:,}" in card
    for figure in weights.metrics.values():
        assert f"{figure:.3f}".removeprefix("0") in card
    assert sum(p.numel() for p in load(weights, "cpu").parameters()) == weights.num_params


@pytest.mark.parametrize("weights", TRAINED_HERE, ids=lambda weights: weights.name)
def test_one_person_s_joints_on_held_out_figures(weights):
    network = load(weights, "cpu")
    joints = ByPeak(network, STRIDE_PX) if weights is CPM_FIGURES_V1 else network
    found = single_pck(joints, N_PICTURES, SIDE_PX, ALONE)
    assert found["box, seen joints"].overall == pytest.approx(weights.metrics["PCK@.2"], abs=ALLOWANCE)
