"""The part "Train here" of the page of generative networks without a browser: begin, scrub, stop, go on, take away."""

from __future__ import annotations

import csv
import io
import re
import zipfile

import numpy as np
import pytest
import safetensors.torch
import torch

from engine.generative.training import OwnTraining, train
from engine.io.images import encode_png
from engine.settings import limits_of
from pages._ui.controls import link_text
from pages.generative._generative_networks.train_presets import PRESETS
from pages.generative._generative_networks.train_settings import Learning, between_samples, own_training
from tests.pages.scenes import panel, scene, send

PAGE = "generative/generative_networks.py"
SMALL = {
    "gan_part": "train",
    "train_steps": "40",
    "train_width": "8",
    "train_latent": "4",
    "train_batch_size": "8",
    "train_n_pictures": "100",
}
SETTINGS = OwnTraining(steps=40, width=8, latent=4, batch_size=8, n_pictures=100, minutes=10, sample_every=10)
LIMITS = limits_of(Learning)


@pytest.fixture
def trained(open_page):
    """Return a function (query) → the page after a short training of a small network."""

    def train_(**query):
        app = open_page(PAGE, **SMALL | query)
        app.button(key="train_begin").click().run()
        return at_its_end(app)

    return train_


def at_its_end(app):
    for _ in range(3000):
        bar = scene(app)["player"] if app.get("bidi_component") else None
        if bar and not bar["growing"]:
            return app
        app.run()
        assert not app.exception and not app.error
    raise AssertionError("the training does not end")


def press(app, name):
    token = scene(app)["player"]["token"]
    send(app, {"command": {"name": name, "step": 0, "token": token}, "step": None, "held": ""})
    return app


def test_nothing_is_learned_before_it_is_asked_for(open_page):
    app = open_page(PAGE, **SMALL)
    assert [one["key"] for one in scene(app)["panels"]] == ["real"] and scene(app)["player"] is None
    assert "Nothing is learned before you say so" in " ".join(one.value for one in app.caption)


def test_a_training_is_the_engines_and_its_samples_lie_on_the_time_line(trained):
    app = trained()
    found = scene(app)
    run = found["runs"]["a"]
    *_, last = train(SETTINGS)
    assert run["step"][-1] == 40 and run["loss_d"][-1] == pytest.approx(last.terms["loss_d"], rel=1e-3)
    assert run["right_real"][-1] == pytest.approx(100 * last.terms["right_real"], rel=1e-3)
    sheets = panel(found, "samples")["layers"][0]["jpegs"]
    assert len(sheets) == 5 and sorted(set(run["which"])) == [0, 1, 2, 3, 4]
    assert [one["key"] for one in found["panels"]] == ["samples", "real", "losses", "right"]
    assert "Done: 40 steps." in " ".join(one.value for one in app.caption)


def test_going_on_continues_as_if_it_had_not_been_stopped(trained, offered, printed):
    app = press(trained(), "go_on")
    app = at_its_end(app)
    run = scene(app)["runs"]["a"]
    *_, last = train(OwnTraining(**{**vars(SETTINGS), "steps": 80}))
    assert list(run["step"]) == sorted(run["step"]) and run["step"][-1] == 80 and run["step"][0] == 0
    assert run["loss_g"][-1] == pytest.approx(last.terms["loss_g"], rel=1e-2)
    lines = printed(offered["train_own.zip"]())
    numbers = [float(n) for n in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", lines[-1])]
    assert numbers == pytest.approx([80, *last.terms.values()], rel=1e-2)


def test_a_stop_keeps_what_there_is_and_later_settings_are_for_the_next_one(open_page):
    app = open_page(PAGE, **SMALL | {"train_steps": "20000"})
    app.button(key="train_begin").click().run()
    for _ in range(3000):
        if app.get("bidi_component") and scene(app)["runs"] and scene(app)["runs"]["a"]["step"][-1] > 10:
            break
        app.run()
    app = at_its_end(press(app, "stop"))
    step = scene(app)["runs"]["a"]["step"][-1]
    assert 10 < step < 20000
    app.session_state["train_steps"] = 100
    app.run()
    assert scene(app)["runs"]["a"]["step"][-1] == step
    assert any("Stopped at step" in one.value for one in app.caption)


def test_what_can_be_taken_away(trained, offered):
    app = trained(train_source="glyphs", train_network="conditional", train_steps="20")
    tensors = safetensors.torch.load(offered["own_generator.safetensors"]())
    assert sum(v.numel() for v in tensors.values()) > 1000
    table = list(csv.DictReader(io.StringIO(offered["training.csv"]().decode())))
    assert float(table[-1]["loss_d"]) == pytest.approx(scene(app)["runs"]["a"]["loss_d"][-1], rel=1e-4)
    assert offered["samples.png"]()[:4] == b"\x89PNG" and offered["training.mp4"]()[4:8] == b"ftyp"


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_every_preset_sets_the_page_and_asks_a_question(open_page, preset):
    app = open_page(PAGE, gan_part="train")
    app.button(key=f"train_preset-{preset.name}").click().run()
    assert not app.exception and not app.error and preset.question.endswith("?")
    for name, value in preset.changes.items():
        assert app.session_state[name] == value
    assert app.button(key="train_begin").disabled == (preset.name == "Your own")


@pytest.mark.parametrize("end", ["low", "high"])
def test_every_extreme_is_met_and_bounded(open_page, end):
    found = {name: getattr(one, end) for name, one in LIMITS.items() if one.kind != "choice"}
    app = open_page(PAGE, gan_part="train", **{name: link_text(value) for name, value in found.items()})
    assert not app.error
    settings = own_training(Learning(**found))
    assert settings.steps / settings.sample_every <= 150


def test_between_samples():
    assert [between_samples(*one) for one in ((20, 60), (1500, 60), (20_000, 150), (20_000, 10))] == [10, 30, 140, 1000]


# ---- the visitor's own


def files(n, side=20):
    chance = torch.Generator().manual_seed(0)
    return [(f"{k}.png", encode_png(torch.rand(3, side + k % 3, side, generator=chance))) for k in range(n)]


def packed(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def bring(open_page, given, **query):
    app = open_page(PAGE, **SMALL | {"train_source": "own"} | query)
    app.file_uploader(key="train-files").set_value([(name, data, "application/octet-stream") for name, data in given])
    for _ in range(200):
        app.run()
        if app.error or any("to learn from" in one.value for one in app.caption):
            return app
    raise AssertionError("the pictures are not read")


def test_own_pictures_of_unlike_sizes_are_learned_and_what_is_left_out_is_named(open_page, offered):
    given = [*files(31), ("broken.png", b"\x89PNG no"), ("../out.png", files(1)[0][1])]
    app = bring(open_page, [("mine.zip", packed(given))])
    assert any("31 pictures" in one.value and "2 left out" in one.value for one in app.caption)
    named = " ".join(one.value for one in app.markdown)
    assert "broken.png" in named and "out.png" in named
    app.button(key="train_begin").click().run()
    at_its_end(app)
    with zipfile.ZipFile(io.BytesIO(offered["train_own.zip"]())) as archive:
        kept = safetensors.torch.load(archive.read("train_own/pictures.safetensors"))["pictures"]
    assert kept.shape == (31, 3, 64, 64)
    assert np.isfinite(scene(app)["runs"]["a"]["loss_d"]).all()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (files(1), "30 to 5,000"),
        ([("bomb.zip", packed([(f"{k}.png", b"\0" * 45_000_000) for k in range(10)]))], "when decompressed"),
        ([("broken.zip", packed(files(3))[:-40])], "zip"),
    ],
    ids=["one picture", "a zip bomb", "a damaged zip"],
)
def test_bad_pictures_get_one_sentence(open_page, given, said):
    app = bring(open_page, given)
    assert len(app.error) == 1 and said in app.error[0].value
    assert app.button(key="train_begin").disabled
