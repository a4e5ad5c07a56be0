"""The page of generative networks without a browser: what is drawn, moved, branched and given away is the engine's."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest
import safetensors.torch
import torch
from starlette.requests import Request

from engine.generative.duel import Move, moves_of, play
from engine.generative.duel_record import of_a_step
from engine.generative.duel_settings import Game
from engine.generative.optimal_discriminator import TwoDensities, jensen_shannon
from engine.settings import default_of, limits_of
from pages._ui import feed
from pages._ui.controls import link_text, nearest_stop
from pages.generative._generative_networks import best_judge, plane_drawing
from pages.generative._generative_networks.plane_presets import PRESETS
from tests.pages.scenes import panel, scene, send, unpack

PAGE = "generative/generative_networks.py"
SMALL = {"rounds": "50", "game_batch": "10", "g_width": "10", "d_width": "10"}
GAME = Game(rounds=50, game_batch=10, g_width=10, d_width=10)
LIMITS = limits_of(Game)
LONG = ("rounds", "head_start")
MOST_OPTIONS = max(len(limits.options or ()) for limits in LIMITS.values())
EXTREMES = {
    end: {name: getattr(limits, end) for name, limits in LIMITS.items() if limits.kind != "choice" and name not in LONG}
    for end in ("low", "high")
} | {
    f"option {k}": {
        name: list(limits.options)[k % len(limits.options)] for name, limits in LIMITS.items() if limits.options
    }
    for k in range(MOST_OPTIONS)
}


@pytest.fixture
def networks(open_page):
    """Return a function (query) → the page with its runs at their end."""
    return lambda **query: _at_its_end(open_page(PAGE, **query))


@pytest.fixture
def game(networks):
    """Return a function (query) → the page with a short game of small networks at its end."""
    return lambda **query: networks(**SMALL | query)


def _at_its_end(app):
    for _ in range(600):
        canvases = app.get("bidi_component")
        bars = [scene(app, n).get("player") for n in range(len(canvases))]
        if bars and not any(bar and bar["growing"] for bar in bars):
            return app
        app.run()
        assert not app.exception
    raise AssertionError("the run does not end")


def engine_end(*moves, points=None):
    *_, last = play([replace(move, game=of_a_step(move.game)) for move in moves], points)
    return last


def linked(app, name):
    """Return a parameter of the address."""
    found = app.query_params[name]
    return found if isinstance(found, str) else found[0]


def press(app, name, step):
    """Press a button of the player."""
    send(
        app, {"command": {"name": name, "step": step, "token": scene(app)["player"]["token"]}, "step": None, "held": ""}
    )
    return _at_its_end(app)


def test_the_first_view_shows_a_game_that_the_engine_played(game):
    app = game()
    found = scene(app)
    run, last = found["runs"]["a"], engine_end(*moves_of(GAME))
    assert run["step"][0] == 0 and run["step"][-1] == 50
    assert np.allclose(run["sample_x"][-1], last.samples[:, 0]) and np.allclose(run["loss_d"][-1], last.loss_d)
    assert (run["field"][-1] == last.field.numpy()).all() and run["field"].dtype == np.uint8
    assert run["bent_x"].shape == (len(run["step"]), 225) and run["modes"][-1] == last.modes
    heat, real, arrows, made = panel(found, "plane")["layers"]
    assert (heat["ramp"], heat["range"], real["name"], made["name"]) == ("diverging", [255, 0], "real", "generated")
    drawn = np.stack([run["tip_x"][-1] - run["foot_x"][-1], run["tip_y"][-1] - run["foot_y"][-1]], 1)
    pull = last.pull[:80].numpy()
    short = np.linalg.norm(pull, axis=1) < 1.5
    assert short.any() and np.allclose(drawn[short], pull[short] / 2, atol=1e-5) and arrows["type"] == "arrows"
    assert "After 50 steps" in found["note"]["text"]
    assert [one["name"] for one in found["player"]["more"]] == ["step_d", "step_g", "step_both", "perfect_d", "go_on"]


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_every_preset_sets_the_page_and_asks_a_question(open_page, preset):
    app = open_page(PAGE, **SMALL)
    app.button(key=f"plane_preset-{preset.name}").click().run()
    assert not app.exception and not app.error
    assert preset.question in [caption.value for caption in app.caption] and preset.question.endswith("?")
    for name, value in preset.changes.items():
        assert app.session_state[name] == value  # a stop that its control can show
    player = scene(app, int(preset.name == "Draw"))["player"]
    assert app.session_state["g_width"] == 64 and player["at"] == "start"


@pytest.mark.parametrize("extreme", EXTREMES)
def test_every_extreme_of_every_control_is_met(open_page, extreme):
    found = EXTREMES[extreme]
    app = open_page(PAGE, **SMALL | {name: link_text(value) for name, value in found.items()})
    for name, value in found.items():
        assert app.session_state[name] == nearest_stop(LIMITS[name], value, default_of(Game, name))
    is_drawn = found.get("plane_data") == "drawn"
    assert not app.error and scene(app, int(is_drawn))["runs"]["a"]["step"][0] == 0


def test_the_settings_are_in_the_link(game):
    app = game(game_loss="hinge", g_rate="0.02")
    assert linked(app, "game_loss") == "hinge" and linked(app, "g_rate") == "0.02"
    assert "moves" not in app.query_params and "branch" not in app.query_params


# ---- moves and branches


def test_moves_go_on_from_the_step_where_the_playhead_rests(game):
    app = press(game(), "step_d", 50)
    assert linked(app, "moves") == "r50.d1" and scene(app)["runs"]["a"]["step"][-1] == 51
    app = press(app, "step_d", 51)
    app = press(app, "step_g", 52)
    assert linked(app, "moves") == "r50.d2.g1"
    expected = engine_end(Move("rounds", 50, GAME), Move("d", 2, GAME), Move("g", 1, GAME))
    assert np.allclose(scene(app)["runs"]["a"]["sample_x"][-1], expected.samples[:, 0])
    app = press(app, "step_both", 30)  # what came after step 30 is given up
    assert linked(app, "moves") == "r31" and scene(app)["runs"]["a"]["step"][-1] == 31
    app = press(app, "go_on", 31)
    assert linked(app, "moves") == "r81"
    expected = engine_end(Move("rounds", 81, GAME))
    assert np.allclose(scene(app)["runs"]["a"]["sample_x"][-1], expected.samples[:, 0])


def test_moves_of_a_link_are_played(game):
    app = game(moves="r20.d30.g1")
    expected = engine_end(Move("rounds", 20, GAME), Move("d", 30, GAME), Move("g", 1, GAME))
    assert np.allclose(scene(app)["runs"]["a"]["loss_d"][-1], expected.loss_d, rtol=1e-4)
    app = press(app, "reseed", 51)
    assert "moves" not in app.query_params and app.session_state["game_seed"] == 1


@pytest.mark.parametrize("text", ["x", "r99999999", "d", "r5..r5", "~", "r-1"])
def test_hostile_moves_and_branches_are_harmless(game, text):
    assert scene(game(moves=text))["runs"]["a"]["step"][-1] == 50
    app = game(branch=f"5~{text}~g_rate:nan~game_loss:rm")
    assert not app.error and "before" not in scene(app)["runs"]


def test_a_branch_shares_its_past_and_is_kept_in_the_link(game):
    app = press(game(g_rate="0.02"), "branch", 20)
    app.selectbox(key="game_loss").set_value("hinge").run()
    app = _at_its_end(app)
    assert linked(app, "branch") == "20~r50~game_batch:10~g_rate:0.02"
    first, second = scene(app)["runs"]["before"], scene(app)["runs"]["a"]
    plain = replace(GAME, g_rate=0.02)
    assert np.allclose(first["loss_d"][-1], engine_end(Move("rounds", 50, plain)).loss_d, rtol=1e-4)
    expected = engine_end(Move("rounds", 20, plain), Move("rounds", 50, replace(plain, game_loss="hinge")))
    assert second["step"][-1] == 70 and np.allclose(second["sample_y"][-1], expected.samples[:, 1], atol=1e-5)
    assert [one["key"] for one in scene(app)["panels"]][:2] == ["plane", "first"]
    link = {name: linked(app, name) for name in app.query_params}
    again = scene(game(**link))["runs"]
    assert np.allclose(again["a"]["sample_y"][-1], expected.samples[:, 1], atol=1e-5)
    app = press(app, "step_g", 70)
    assert linked(app, "moves") == "r50.g1"
    app = press(app, "unbranch", 71)
    assert "branch" not in app.query_params and "before" not in scene(app)["runs"]


def test_what_the_browser_has_is_not_sent_again(game):
    app = game()
    whole = scene(app)["runs"]["a"]
    send(app, {"held": whole["name"], "step": None})
    part = scene(app)["runs"]["a"]
    assert part["part"] and part["name"] == whole["name"] and list(part["step"]) == [50]


def test_the_feed_gives_what_came_after_a_step(open_page, monkeypatch):
    monkeypatch.setattr(feed, "_folder", "/feed")
    app = open_page(PAGE, **SMALL | {"rounds": "20000"})
    found = scene(app)
    bar = found["player"]
    assert bar["growing"] and bar["feed"]["run"] == "a"

    def get(name, query):
        scope = {"type": "http", "headers": [], "path_params": {"name": name}, "query_string": query.encode()}
        return asyncio.run(feed._answer(Request(scope)))

    name = bar["feed"]["path"].rpartition("/")[2]
    more = unpack(get(name, "after=4").body)
    assert more["growing"] and more["runs"]["a"]["name"] == found["runs"]["a"]["name"]
    assert more["runs"]["a"]["step"][0] == 5 and more["runs"]["a"]["part"]
    assert get("another", "after=4").status_code == 204 and get(name, "after=x").status_code == 204
    press_stop = {"command": {"name": "stop", "step": 5, "token": bar["token"]}, "step": None, "held": ""}
    send(app, press_stop)
    _at_its_end(app)
    assert get(name, "after=4").status_code == 204


# ---- a drawing


def test_a_drawing_travels_in_the_link_and_is_imitated(game):
    points = np.array([[-2.0, 1.0], [2.0, 1.0], [0.0, -2.5]])
    text = plane_drawing.encode_points(points)
    assert np.allclose(plane_drawing.decode_points(text), points, atol=1e-3)
    app = game(plane_data="drawn", drawing=text)
    assert "of 3" in scene(app, 1)["stats"][0]["text"]
    assert scene(app)["points"] == pytest.approx(np.column_stack([points, np.zeros(3)]).ravel().tolist(), abs=1e-3)
    real = panel(scene(app, 1), "plane")["layers"][1]
    nearest = np.linalg.norm(np.stack([real["x"], real["y"]], 1)[:, None] - points, axis=2).min(1)
    assert nearest.max() < 0.6


@pytest.mark.parametrize("text", ["", "!!!", "AAA", "é", "A" * 5000, "AAAA="])
def test_a_hostile_drawing_is_a_heart(text):
    assert len(plane_drawing.decode_points(text)) == plane_drawing.N_HEART


def test_an_empty_drawing_asks_for_a_point(open_page):
    app = open_page(PAGE, **SMALL | {"plane_data": "drawn", "drawing": "none"})
    assert len(app.error) == 1 and "none is drawn yet" in app.error[0].value


# ---- take it away


def test_the_script_prints_the_numbers_of_the_page(game, offered, printed):
    app = game(moves="r40.d5", game_loss="wasserstein", g_rate="0.005")
    run = scene(app)["runs"]["a"]
    lines = printed(offered["play_duel.zip"]())
    numbers = [float(n) for n in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", "\n".join(lines))]
    names = ("step", "loss_d", "loss_real", "loss_fake", "penalty", "loss_g", "gradient", "modes", "good")
    assert numbers == pytest.approx([float(run[name][-1]) for name in names], rel=1e-3, abs=1e-5)


def test_the_script_of_a_drawing_has_its_points(game, offered, printed):
    app = game(plane_data="drawn")
    run = scene(app, 1)["runs"]["a"]
    lines = printed(offered["play_duel.zip"]())
    assert f"modes covered {int(run['modes'][-1])}," in lines[-1]


def test_points_numbers_and_networks(game, offered):
    app = game()
    run = scene(app)["runs"]["a"]
    points = list(csv.DictReader(io.StringIO(offered["points.csv"]().decode())))
    assert len(points) == 256 and float(points[0]["x"]) == pytest.approx(run["sample_x"][-1][0])
    table = list(csv.DictReader(io.StringIO(offered["game.csv"]().decode())))
    assert [int(row["step"]) for row in table] == run["step"].tolist()
    assert float(table[-1]["loss_g"]) == pytest.approx(run["loss_g"][-1], rel=1e-5)
    g, d = (safetensors.torch.load(offered[f"{name}.safetensors"]()) for name in ("generator", "discriminator"))
    assert g["layers.0.weight"].shape == (10, 2) and d["layers.2.weight"].shape == (1, 10)
    assert torch.equal(g["layers.2.bias"], engine_end(*moves_of(GAME)).players[0].layers[2].bias)


# ---- the best D


def test_the_best_d_is_drawn_beside_the_learned_one(networks):
    app = networks(gan_part="best", best_steps="200", made_at="0.5")
    found = scene(app)
    settings = TwoDensities(best_steps=200, made_at=0.5)
    assert found["stats"][3]["text"] == f"{jensen_shannon(settings):.4g}"
    run = found["runs"]["a"]
    assert run["difference"][-1] < 0.05 < run["difference"][0]
    best = panel(found, "best")["layers"][0]["grid"].astype(float) / 255
    learned = run["field"][-1] / 255.0
    middle = slice(15, 25)
    assert np.abs(best[middle, middle] - learned[middle, middle]).mean() < 0.12
    assert "game_loss" not in app.query_params


@pytest.mark.parametrize("preset", best_judge.PRESETS, ids=lambda preset: preset.name)
def test_every_preset_of_the_best_d(open_page, preset):
    app = open_page(PAGE, gan_part="best")
    app.button(key=f"best_preset-{preset.name}").click().run()
    assert not app.exception and not app.error and app.session_state["gan_part"] == "best"
    for name, value in preset.changes.items():
        assert app.session_state[name] == value


def test_the_script_of_the_best_d_prints_the_numbers_of_the_page(networks, offered, printed):
    run = scene(networks(gan_part="best", best_steps="100"))["runs"]["a"]
    numbers = [float(line.split()[-1]) for line in printed(offered["best_discriminator.zip"]())]
    assert numbers[0] == 100 and numbers[1] == pytest.approx(run["value"][-1], rel=1e-3)
    assert numbers[3] == pytest.approx(run["difference"][-1], rel=1e-3)
    assert numbers[4] == pytest.approx(jensen_shannon(TwoDensities()), rel=1e-4)


def test_messages_are_plain_json(game):
    json.dumps(scene(game())["stats"])
