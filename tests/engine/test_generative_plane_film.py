"""The film of a game: frames in number and size, colours and places of what is drawn."""

import numpy as np
import pytest
import torch

from engine.errors import InvalidInput
from engine.generative import plane_film
from engine.generative.duel_view import DuelSnapshot
from engine.generative.plane_data import REACH
from engine.generative.plane_film import GENERATED, REAL, SIDE_PX, duel_film, duel_frame
from engine.io.video import frames

FIELD = torch.zeros(40, 40, dtype=torch.uint8)
FIELD[20:] = 255  # real above


def snapshot(step=0, point=(REACH / 2, -REACH / 2)):
    numbers = ("loss_real", "loss_fake", "loss_g", "penalty", "d_real", "d_fake", "gradient", "good_share")
    numbers += ("gradient_minimax", "gradient_non_saturating")
    shapes = {"samples": torch.tensor([point]), "pull": torch.zeros(1, 2), "bent": torch.zeros(1, 2, 2)}
    shapes |= {"field": FIELD, "middle": torch.zeros(2)}
    return DuelSnapshot(step=step, total_steps=3, modes=1, players=None, **shapes, **dict.fromkeys(numbers, 0.0))


def test_a_frame_has_its_points_and_the_field_upright():
    picture = duel_frame(snapshot(), np.array([[-REACH / 2, REACH / 2]]))
    quarter = SIDE_PX // 4
    assert tuple(picture[3 * quarter, 3 * quarter]) == GENERATED and tuple(picture[quarter, quarter]) == REAL
    assert picture[5, 5].tolist() == [132, 182, 218] and picture[-5, 5].tolist() == [234, 170, 120]
    assert (picture == GENERATED).all(-1).sum() == 25 == (picture == REAL).all(-1).sum()


@pytest.mark.parametrize("point", [(np.nan, 0.0), (np.inf, 0.0), (9 * REACH, 0.0)])
def test_a_point_that_is_nowhere_is_left_out(point):
    picture = duel_frame(snapshot(point=point), np.zeros((0, 2)))
    assert not (picture == GENERATED).all(-1).any()


def test_the_film_has_a_frame_for_each_step(monkeypatch):
    shown = [snapshot(k, (-REACH / 2 + k * REACH / 4, 0.0)) for k in range(5)]
    for most, n in ((600, 5), (3, 3)):
        monkeypatch.setattr(plane_film, "MOST_FRAMES", most)
        found = list(frames(duel_film(shown, np.zeros((0, 2))), "game.mp4"))
        assert len(found) == n


def test_nothing_is_no_film():
    with pytest.raises(InvalidInput, match="at least one step"):
        duel_film([], np.zeros((0, 2)))
