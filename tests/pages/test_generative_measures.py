"""The part "Measures" of the page of generative networks without a browser, and the film of a game."""

from __future__ import annotations

import csv
import io
import re

import numpy as np
import pytest

from engine.generative import models
from engine.generative.comparison import Comparing, compare
from engine.io.images import decode_image
from engine.io.video import frames
from engine.weights import registry
from pages.generative._generative_networks.measures_settings import MADE_BY, PRESETS, WEIGHTS
from tests.pages.scenes import panel, scene

PAGE = "generative/generative_networks.py"
QUICK = {"gan_part": "measures", "measure_n": "100"}


def at_its_end(app):
    for _ in range(3000):
        if app.info or app.error or (app.get("bidi_component") and not scene(app)["player"]["growing"]):
            return app
        app.run()
        assert not app.exception
    raise AssertionError("the comparison does not end")


@pytest.fixture
def measured(open_page):
    """Return a function (query) → the page after the last level."""
    return lambda **query: at_its_end(open_page(PAGE, **QUICK | query))


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def test_the_curves_are_the_engines(measured):
    found = scene(measured(measured="real_faces", measure_spoil="noise", counted="glasses"))
    expected = [one for one in compare(Comparing(measure_spoil="noise", measure_n=100), "avatars") if one.made]
    run = found["runs"]["a"]
    assert np.allclose(run["frechet"], [one.made.frechet for one in expected], rtol=1e-4)
    for name in ("precision", "recall", "density", "coverage"):
        assert np.allclose(run[name], [getattr(one.made.shares, name) for one in expected], atol=1e-5)
    assert run["bars"].shape == (6, 3) and np.allclose(run["bars"].sum(1), 100, atol=1e-3)
    sheets = panel(found, "made")["layers"][0]["jpegs"]
    assert len(sheets) == 6 and decode_image(sheets[0].tobytes(), "a.jpg").shape[0] == 3
    rest, _ = panel(found, "frechet")["layers"]
    assert np.allclose(rest["y"], expected[0].second.frechet, rtol=1e-4)
    frames = panel(found, "bars")["layers"][1]
    assert frames["text"] == ["none", "round", "square"] and np.allclose(frames["x1"], [60, 20, 20], atol=1e-3)


def test_the_level_is_named_where_it_is_shown(measured):
    found = scene(measured(measured="real_digits"))
    expected = ["as they are", "without 9", "without 9, 8", "without 9, 8, 7"]
    assert found["runs"]["a"]["said"][:4] == expected and panel(found, "made")["title"] == "Measured: {a.said}"
    assert "level 2: without 9, 8;" in found["stats"][0]["help"]
    assert panel(found, "bars")["y"]["every"] == 1


@pytest.mark.parametrize("query", [{"measured": "digits"}, {"measured": "real_faces", "measure_spoil": "blur"}])
def test_the_script_prints_the_table(measured, offered, printed, query):
    measured(**query)
    table = rows(offered["measures.csv"]())
    said = printed(offered["measure_pictures.zip"]())
    assert len(said) == len(table) and said[0].startswith("a second real sample: ")
    for line, row in zip(said, table, strict=True):
        assert line.startswith(f"{row['pictures']}: ")
        told = [float(number) for number in re.findall(r"[a-z] ([\d.]+)(?:,|$)", line.split(": ", 1)[1])]
        assert told == pytest.approx([float(cell) for cell in list(row.values())[1:]], rel=1e-4, abs=2e-4)


def test_digits_are_counted_as_they_vanish(measured, offered):
    app = measured(measured="digits")
    bars = scene(app)["runs"]["a"]["bars"]
    assert bars.shape == (7, 10) and (bars[6, 4:] == 0).all() and (bars[0] > 0).all()
    table = rows(offered["measures.csv"]())
    assert [one["pictures"] for one in table][:3] == ["a second real sample", "as they are", "without 9"]
    shown = scene(app)["runs"]["a"]["frechet"]
    assert [float(one["Fréchet distance"]) for one in table[1:]] == pytest.approx(shown, abs=0.006)
    frequencies = rows(offered["frequencies.csv"]())
    assert len(frequencies) == 10 and float(frequencies[9]["without 9"]) == 0


@pytest.mark.parametrize("measured_", ["real_faces", "real_digits"])
def test_real_pictures_have_no_z_to_cut(measured, measured_):
    app = measured(measured=measured_, measure_spoil="truncation")
    assert app.session_state["measure_spoil"] == "dropped" and not app.error


def test_a_missing_network_is_one_sentence(measured, monkeypatch):
    monkeypatch.delitem(registry._registered, models.DCGAN, raising=False)
    monkeypatch.setattr(registry, "DECLARATIONS", ())
    app = measured(measured="dcgan")
    (said,) = [one.value for one in app.info]
    assert "DCGAN_AVATARS_V1.safetensors is missing" in said and not app.error


@pytest.mark.parametrize("preset", PRESETS, ids=lambda one: one.name)
def test_every_preset(measured, preset):
    app = measured(measured="real_digits")
    app.button(key=f"measures_preset-{preset.name}").click().run()
    at_its_end(app)
    assert not app.exception and not app.error and preset.question.endswith("?")
    for name, value in {**preset.changes, **preset.more}.items():
        assert app.session_state[name] == value


@pytest.mark.parametrize(
    "query", [{"measured": "moon"}, {"measure_n": "1e99"}, {"counted": "<b>"}, {"measure_seed": "x"}]
)
def test_a_hostile_link_is_clamped(measured, query):
    app = measured(**{"measured": "real_digits"} | query | ({} if "measure_n" not in query else {"measure_n": "-5"}))
    assert not app.error and app.session_state["measured"] in MADE_BY and set(WEIGHTS) < set(MADE_BY)


def test_the_film_of_a_game_has_a_frame_for_each_kept_step(open_page, offered):
    app = open_page(PAGE, gan_part="plane", rounds="200")
    for _ in range(2000):
        if "game.mp4" in offered:
            break
        app.run()
    found = list(frames(offered["game.mp4"](), "game.mp4"))
    assert len(found) == min(600, len(rows(offered["game.csv"]()))) > 1
