"""The bundled pose estimators: the right files, their cards, and as good on held-out figures as the cards say."""

from pathlib import Path

import pytest

from engine.pose import models
from engine.pose.backbone import STRIDE_PX
from engine.pose.declarations import (
    ALPHAPOSE_FIGURES_V1,
    CPM_FIGURES_V1,
    DEEPPOSE_FIGURES_V1,
    OPENPOSE_FIGURES_V1,
)
from engine.pose.pose_machine import SIDE_PX
from engine.recipes.pose_scores import ALONE, ByPeak, average_precision, single_pck
from engine.recipes.train_alphapose_figures import find_people
from engine.weights import load, state, verify

ROOT = Path(__file__).parents[2]
OF_ONE, OF_ALL = [CPM_FIGURES_V1, DEEPPOSE_FIGURES_V1], [OPENPOSE_FIGURES_V1, ALPHAPOSE_FIGURES_V1]
N_PICTURES = 40
ALLOWANCE, ALLOWANCE_OF_AP = 0.03, 0.08  # for so few pictures


@pytest.mark.parametrize("weights", [*OF_ONE, *OF_ALL], ids=lambda weights: weights.name)
def test_file_card_and_number_of_parameters(weights):
    assert state(weights) == "bundled" and verify(weights).stat().st_size < 12_000_000
    card = (ROOT / weights.card).read_text(encoding="utf-8")
    assert weights.sha256 in card and f"{weights.num_params:,}" in card
    for figure in weights.metrics.values():
        assert f"{figure:.3f}".removeprefix("0") in card
    assert sum(p.numel() for p in load(weights, "cpu").parameters()) == weights.num_params


@pytest.mark.parametrize("weights", OF_ONE, ids=lambda weights: weights.name)
def test_one_person_s_joints_on_held_out_figures(weights):
    network = load(weights, "cpu")
    joints = ByPeak(network, STRIDE_PX) if weights is CPM_FIGURES_V1 else network
    found = single_pck(joints, N_PICTURES, SIDE_PX, ALONE)
    assert found["box, seen joints"].overall == pytest.approx(weights.metrics["PCK@.2"], abs=ALLOWANCE)


@pytest.mark.parametrize("weights", OF_ALL, ids=lambda weights: weights.name)
def test_everyone_s_joints_on_held_out_figures(weights):
    estimator = models.get(weights.name).make("cpu")
    boxes = (lambda image: None) if estimator.finds_people else find_people
    found = average_precision(lambda image: estimator.estimate(image, boxes(image)), N_PICTURES)
    assert found["seen joints"]["AP50"] == pytest.approx(weights.metrics["OKS-AP@.5"], abs=ALLOWANCE_OF_AP)
