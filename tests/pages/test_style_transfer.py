"""The style page without a browser: every part, preset and refusal, and what is taken away."""

import io
import json
import time

import numpy as np
import pytest
from PIL import Image

from engine.datasets.style_pictures import KINDS
from engine.errors import EngineError
from engine.io.images import decode_image, tensor_to_pixels
from engine.recipes.style_thumbnails import FOLDER, thumbnail
from engine.settings import default_of, limits_of
from engine.style_transfer import models
from engine.style_transfer.one_pass import OnePass
from pages._ui.gallery import TOPICS
from pages._ui.picker import Thumbnail
from pages.vision._style_transfer import methods, pictures
from pages.vision._style_transfer.presets import PRESETS
from pages.vision._style_transfer.transfer_settings import Transfer
from pages.vision._style_transfer.view import View
from pages.vision._style_transfer.watch_settings import Watching
from tests.pages.scenes import scene, send

PAGE = "vision/style_transfer.py"
SMALL = {"style_method": "gatys", "style_preview_px": "96", "style_preview_steps": "10"}
WATCHED = {"style_part": "watch", "watch_px": "96", "watch_steps": "12"}
MASK = "RWYUAFBsFABbchQA"


@pytest.fixture
def style(open_page, without_session, monkeypatch):
    """Return a function (query) → the page once nothing on it grows, without errors."""
    monkeypatch.setattr(pictures, "thumbnails", lambda role: (Thumbnail("cat", "Cat", b"jpeg"),))

    def open_(**query):
        return still(open_page(PAGE, **query))

    return open_


def still(app):
    """Run the page until nothing on it grows."""
    ends = time.monotonic() + 120
    while app.get("progress") or any(one["proto"].get("growing") for one in players(app)):
        assert not app.exception and not app.error and time.monotonic() < ends
        time.sleep(0.1)
        app.run()
    assert not app.exception
    return app


def players(app):
    found = [scene(app, n) for n in range(len(app.get("bidi_component")))]
    return [{"proto": one["player"]} for one in found if one.get("player")]


def canvas(app, field):
    """Return the scene of the first canvas that has this field."""
    found = [scene(app, n) for n in range(len(app.get("bidi_component")))]
    return next(one for one in found if field in one)


def number_of(app, field):
    return next(n for n in range(len(app.get("bidi_component"))) if field in scene(app, n))


def shown(app, which="after"):
    return np.asarray(Image.open(io.BytesIO(canvas(app, "after")[which].tobytes())).convert("RGB"), float)


def file_of(picture, kind="PNG", **options):
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def upload(app, role, content, name="mine.png"):
    app.file_uploader(key=f"style-{role}").set_value((name, content, "application/octet-stream")).run()
    return still(app)


def test_the_page_is_in_the_gallery():
    (topic,) = [topic for topic in TOPICS if topic.file == PAGE]
    tables = (models.FEATURES, models.JOHNSON, models.ANY_STYLE)
    loaded = {row.weights.name for table in tables for row in table.values() if row.weights}
    assert loaded <= set(topic.models)  # the page of models says of each what uses it


def test_the_first_view_paints_the_picture_and_offers_it(style, offered):
    app = style(**SMALL)
    before, after = shown(app, "before"), shown(app)
    assert after.shape == (64, 96, 3)
    small = np.asarray(Image.fromarray(before.astype(np.uint8)).resize((96, 64)), float)
    assert 8 < np.abs(after - small).mean() < 120
    assert any("10 steps" in caption.value for caption in app.caption)
    assert set(offered) == {"style.png", "style_transfer.zip", "TEXTURE_VGG_V1.safetensors"}


def test_the_picture_has_its_settings_inside(style, offered):
    style(**SMALL, style_strength="0.5", style_mask=MASK)
    with Image.open(io.BytesIO(offered["style.png"]())) as picture:
        said = json.loads(picture.text["Tangent settings"])
    assert said["around"]["strength"] == 0.5 and said["gatys"]["size_px"] == 96 and said["mask"] == MASK


def test_the_script_prints_what_the_page_shows(style, offered, printed):
    app = style(**SMALL, second_style="halftone", style_strength="0.7", style_mask=MASK)
    *_, losses, colour = printed(offered["style_transfer.zip"]())
    said = next(caption.value for caption in app.caption if "10 steps" in caption.value)
    content, closeness = (float(losses.split(name)[1].split()[0]) for name in ("content", "style"))
    assert said == f"Gatys, 10 steps: J_content {content:.3f}, J_style {closeness:.3f}."
    taken = decode_image(offered["style.png"](), "x").mean((1, 2)).tolist()
    assert [float(one) for one in colour.split()[2:]] == pytest.approx(taken, abs=2e-4)


def test_strength_nothing_is_the_photograph(style, offered):
    style(**SMALL, style_strength="0")
    found = decode_image(offered["style.png"](), "x")
    photo = pictures.boxed_content("cat").image
    assert (found.mean((1, 2)) - photo.mean((1, 2))).abs().max().item() < 0.01


def test_the_mask_of_a_link_leaves_the_rest_alone(style, offered):
    style(**SMALL, style_strength="1", style_mask=MASK)
    masked = tensor_to_pixels(decode_image(offered["style.png"](), "x")).astype(int)
    style(**SMALL, style_strength="0")
    photo = tensor_to_pixels(decode_image(offered["style.png"](), "x")).astype(int)
    assert np.array_equal(masked[-10:, -10:], photo[-10:, -10:]) and np.abs(masked - photo).max() > 30


def test_a_painted_stroke_is_kept_in_the_link(style):
    app = style(**SMALL)
    app.toggle(key="style_brush").set_value(True).run()
    still(app)
    place = number_of(app, "dabs")
    painted = {"revision": scene(app, place)["revision"], "sequence": 1, "moving": False, "dabs": [0.5, 0.5, 0.1, 0]}
    send(app, {"dabs": painted}, place)
    assert app.query_params["style_mask"] == "gIAaAA"


@pytest.mark.parametrize("sent", [{"dabs": "x"}, {"dabs": [None, {}, "a", 1e400]}, {"dabs": [1, 2]}, 7])
def test_a_hostile_stroke_is_no_mask(style, sent):
    app = style(**SMALL)
    app.toggle(key="style_brush").set_value(True).run()
    place = number_of(still(app), "dabs")
    said = {"revision": scene(app, place)["revision"], "sequence": 1, **sent} if isinstance(sent, dict) else sent
    send(app, {"dabs": said}, place)
    assert "style_mask" not in app.query_params


def test_another_thumbnail_is_another_picture(style):
    app = style(**SMALL, content="palace")
    before = shown(app, "before").shape
    send(app, {"choice": "cat"}, 0)
    still(app)
    assert shown(app, "before").shape != before and "content" not in app.query_params
    send(app, {"choice": "nothing"}, 0)
    assert "content" not in app.query_params


@pytest.mark.parametrize("preset", PRESETS, ids=lambda one: one.name)
def test_every_preset_is_drawn_and_asks(style, preset, monkeypatch):
    limits = limits_of(Transfer)
    assert all(name in limits for name in preset.changes)
    app = style(**SMALL)
    app.button(key=f"style_preset-{preset.name}").click().run()
    assert not app.exception and not app.error
    assert preset.question in [caption.value for caption in app.caption] and preset.question.count("?") >= 1


BAD = {
    "nothing": b"nothing like a picture",
    "cut": file_of(Image.effect_noise((300, 300), 60).convert("RGB"), "JPEG")[:5000],
    "long": file_of(Image.new("RGB", (2000, 3), "red")),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_picture_gets_a_sentence(style, name):
    app = style(**SMALL, content_source="picture")
    upload(app, "content", BAD[name])
    (said,) = [error.value for error in app.error]
    assert said.endswith(".") and len(said) < 220


def gif():
    frames = [Image.new("RGB", (40, 30), color) for color in ("red", "green", "blue")]
    return file_of(frames[0], "GIF", save_all=True, append_images=frames[1:])


GOOD = {
    "one pixel": file_of(Image.new("RGB", (1, 1), "orange")),
    "grey": file_of(Image.effect_noise((50, 40), 60)),
    "clear": file_of(Image.new("RGBA", (50, 40), (200, 30, 30, 60))),
    "gif": gif(),
}


@pytest.mark.parametrize("name", GOOD)
def test_odd_pictures_are_painted(style, name):
    app = style(**SMALL, content_source="picture")
    assert app.info and not app.error
    upload(app, "content", GOOD[name])
    assert not app.error and not app.info
    assert shown(app).std() > 0 or name == "one pixel"


def test_a_style_of_ones_own(style, offered):
    app = style(**SMALL, style_source="picture")
    upload(app, "style", file_of(Image.effect_noise((64, 64), 90).convert("RGB")))
    assert shown(app).shape == (64, 96, 3) and not app.error


def test_settings_outside_their_limits_are_moved_to_the_nearest(style):
    app = style(style_preview_px="9", style_preview_steps="-4", style_strength="7", content="who", style_kind="none")
    assert app.query_params["style_preview_px"] == "96" and app.query_params["style_preview_steps"] == "10"
    assert "style_strength" not in app.query_params


def test_a_run_is_watched_step_by_step(style, offered):
    app = style(**WATCHED)
    found = canvas(app, "runs")
    run = found["runs"]["a"]
    assert run["step"].tolist() == list(range(1, 13)) and run["total"][-1] < run["total"][0]
    gamma = default_of(Watching, "watch_gamma")
    total = run["acontent"] + run["bstyle"] + gamma * run["variation"]
    np.testing.assert_allclose(run["total"], total, rtol=1e-4)
    (picture,) = [one for one in found["panels"] if one["key"] == "picture-a"]
    jpegs = picture["layers"][0]["jpegs"]
    assert len(jpegs) == 12 and run["which"].tolist() == list(range(12))
    assert Image.open(io.BytesIO(jpegs[-1].tobytes())).size == (96, 64)
    assert set(offered) == {"style.png", "losses.csv", "style_transfer.zip"}


def test_a_branch_begins_where_the_first_run_was_left(style):
    app = style(**WATCHED, watch_beta="500", watch_branch="8~watch_px:96~watch_steps:12~watch_beta:1")
    runs = canvas(app, "runs")["runs"]
    assert runs["before"]["step"].tolist() == list(range(1, 13)) and runs["a"]["step"].tolist() == list(range(8, 13))
    assert runs["a"]["total"][0] == runs["before"]["total"][7] and runs["a"]["style"][-1] < runs["before"]["style"][-1]


def test_the_script_of_a_branch_repeats_the_run_before_it(style, offered, printed):
    style(**WATCHED, watch_beta="500", watch_branch="8~watch_px:96~watch_steps:12~watch_beta:1")
    *_, last, colour = printed(offered["style_transfer.zip"]())
    rows = [line.split(",") for line in offered["losses.csv"]().decode().splitlines()]
    content, closeness = (float(rows[-1][rows[0].index(name)]) for name in ("J_content", "J_style"))
    assert last.split() == ["step", "12", "content", f"{content:.5f}", "style", f"{closeness:.5f}"]
    taken = decode_image(offered["style.png"](), "x").mean((1, 2)).tolist()
    assert [float(one) for one in colour.split()[2:]] == pytest.approx(taken, abs=2e-4)


@pytest.mark.parametrize("text", ["x", "8", "8~watch_px:1e9~nothing:3", "99999~~:", "8~watch_content_layers:a,b"])
def test_a_hostile_branch_does_no_harm(open_page, without_session, text, monkeypatch):
    monkeypatch.setattr(pictures, "thumbnails", lambda role: ())
    app = open_page(PAGE, **WATCHED, watch_branch=text)
    assert not app.exception


def test_the_layers_are_chosen_and_stand_in_the_link(style):
    app = style(**WATCHED, watch_style_layers="relu2_1,rubbish")
    assert app.query_params["watch_style_layers"] == "relu2_1"
    assert not app.error


def test_the_gram_matrices_are_shown_entry_by_entry(style):
    app = style(**SMALL, style_part="inside", inside_layer="relu2_1")
    found = canvas(app, "grams")
    assert found["grams"].shape == (3, 64, 64) and [len(one) for one in found["maps"]] == [64] * 3
    np.testing.assert_allclose(found["grams"], found["grams"].transpose(0, 2, 1), rtol=1e-4)
    i, j = found["first"]
    off = found["grams"][1] - np.diag(np.diag(found["grams"][1]))
    assert found["grams"][1][i, j] == off.max() and i != j
    far = [np.square(found["grams"][k] - found["grams"][1]).sum() for k in (0, 2)]
    assert far[1] < far[0]


@pytest.mark.parametrize("part", limits_of(View)["style_part"].options)
def test_every_part_opens(style, part):
    app = style(**SMALL, watch_px="96", watch_steps="4", style_part=part)
    assert not app.error


def test_what_the_engine_refuses_is_a_sentence(style, monkeypatch):
    def refuse(*_, **__):
        raise EngineError("Too much.")

    monkeypatch.setattr("pages.vision._style_transfer.transfer_run.run", refuse)
    app = style(**SMALL)
    assert [error.value for error in app.error] == ["Too much."]


@pytest.fixture
def trained(monkeypatch):
    """Let Johnson's network of one style and AdaIN be here, as plain changes of colour."""
    invert = lambda picture: 1 - picture  # noqa: E731
    monkeypatch.setattr(methods, "offered", lambda: ("gatys", "johnson", "adain", "all"))
    monkeypatch.setattr(methods, "used", lambda method, pair: None)
    for module in ("transfer_run", "full"):
        path = f"pages.vision._style_transfer.{module}.one_pass"
        monkeypatch.setattr(path, lambda *_: OnePass(invert, lambda small: invert, 0))


def test_a_method_of_one_pass_paints_at_once(style, trained, offered):
    style(**{**SMALL, "style_method": "johnson"}, style_strength="0.5")
    half = decode_image(offered["style.png"](), "x")
    assert half.shape[2] == 512 and (half - 0.5).abs().max().item() < 0.01


def test_the_page_opens_with_a_picture_of_one_pass(style, offered):
    app = style()
    assert any("has learned one style" in caption.value for caption in app.caption)
    assert np.abs(shown(app).mean((0, 1)) - shown(app, "before").mean((0, 1))).max() > 8
    sliders = {one.key for one in (*app.slider, *app.select_slider)}
    assert "style_strength" in sliders and not {"style_of_scale", "style_weight_ratio"} & sliders  # they change nothing


@pytest.mark.parametrize("query", [{"style_kind": "halftone"}, {"second_style": "halftone"}])
def test_adain_paints_a_style_that_no_network_of_johnsons_has_learned(style, query):
    app = style(**query)
    assert any("AdaIN paints this one" in caption.value for caption in app.caption) and not app.error


def test_all_methods_stand_side_by_side(style, trained):
    app = style(**{**SMALL, "style_method": "all"})
    wipes = [one for one in (scene(app, n) for n in range(len(app.get("bidi_component")))) if "after" in one]
    assert len(wipes) == 3 and len({one["after"].tobytes() for one in wipes}) == 2


def test_full_size_is_painted_when_asked_for(style, trained, offered, monkeypatch):
    app = style(**{**SMALL, "style_method": "adain"}, style_full_px="600")
    assert "style_full_size.png" not in offered
    app.button(key="style_full").click().run()
    still(app)
    with Image.open(io.BytesIO(offered["style_full_size.png"]())) as picture:
        assert max(picture.size) == 600 and json.loads(picture.text["Tangent settings"])["full_px"] == 600
        found = np.asarray(picture, float)
    photo = pictures.boxed_content("cat").image.permute(1, 2, 0).numpy() * 255
    small = np.asarray(Image.fromarray(found.astype(np.uint8)).resize(photo.shape[1::-1]), float)
    assert np.abs(small - (255 - photo)).mean() < 3


def test_gatys_in_full_size(style, offered):
    app = style(**SMALL, style_full_px="300", style_detail_px="192")
    app.button(key="style_full").click().run()
    still(app)
    with Image.open(io.BytesIO(offered["style_full_size.png"]())) as picture:
        assert max(picture.size) == 300


def test_live_says_which_files_it_needs(style, monkeypatch):
    monkeypatch.setattr(methods, "files", lambda method: {})
    app = style(style_part="live")
    assert "one pass" in app.info[0].value and any("JOHNSON_" in one.value for one in app.caption)


@pytest.mark.parametrize("view", ["layers", "strip"])
def test_a_series_is_made_and_taken_away(style, offered, view):
    app = style(style_part="inside", inside_view=view, series_px="64", series_steps="5")
    canvases = [scene(app, n) for n in range(len(app.get("bidi_component")))]
    drawn = [one for found in canvases for one in found["panels"] if one["layers"]]
    assert len(drawn) == (12 if view == "layers" else 4) == sum(name.endswith(".png") for name in offered)


def test_the_small_style_pictures_are_those_of_the_world():
    files = {file.stem: file for file in FOLDER.glob("*.jpg")}
    assert set(files) == set(KINDS)
    for kind in list(KINDS)[:3]:
        kept, drawn = (decode_image(data, kind) for data in (files[kind].read_bytes(), thumbnail(kind)))
        assert (kept - drawn).abs().mean().item() < 0.02
