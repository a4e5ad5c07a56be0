"""YOLO_SCENES_V1: the right file, its card, and as good on held-out scenes as its card says."""

from pathlib import Path

import pytest

from engine.detection import models
from engine.detection.declarations import YOLO_SCENES_V1
from engine.recipes.train_yolo_scenes import mean_average_precision
from engine.weights import load, state, verify

ROOT = Path(__file__).parents[2]
N_SCENES = 60
ALLOWANCE = 0.03  # of mAP, for so few scenes


def test_file_card_and_number_of_parameters():
    assert state(YOLO_SCENES_V1) == "bundled"
    assert verify(YOLO_SCENES_V1).stat().st_size < 8_000_000
    card = (ROOT / YOLO_SCENES_V1.card).read_text(encoding="utf-8")
    assert YOLO_SCENES_V1.sha256 in card and "554,257" in card and ".9795" in card
    assert sum(p.numel() for p in load(YOLO_SCENES_V1, "cpu").parameters()) == YOLO_SCENES_V1.num_params


def test_map_on_held_out_scenes():
    detector = models.get(models.FOR_SCENES).make("cpu")
    found = mean_average_precision(detector, N_SCENES)
    assert found == pytest.approx(YOLO_SCENES_V1.metrics["mAP@.5"], abs=ALLOWANCE)
