"""Faces, digits and the judge without a browser. Where a network's file is not in the box, a random one stands in."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
import re
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import save

from engine.datasets.avatars import FREQUENCIES, make_avatars
from engine.generative import models
from engine.generative.asking import write
from engine.generative.attributes import SLIDERS, SOFTLY, Directions, Probing
from engine.generative.declarations import BUILDS, CONDITIONAL_GAN_GLYPHS_V1
from engine.generative.judging import HELD_OUT, auc, changed, rebuild, scores, square
from engine.generative.latent_views import face_latents, on_sheet, plane_grid
from engine.generative.sampling import random_plane
from engine.generative.steering import FIELDS, Steering, along, alphas
from engine.io.images import decode_image, encode_png
from engine.runtime.pool import models as pool
from engine.weights import Bundled, get, registry, state
from pages.generative._generative_networks import faces_part, glyphs_part, glyphs_settings, judge_settings
from tests.pages.scenes import panel, scene, send, unpack

PAGE = "generative/generative_networks.py"
NETWORKS = (models.DCGAN, models.VAE)


def in_the_box(name: str) -> bool:
    return any(one.name == name and state(one) == "bundled" for one in registry.all_weights())


@pytest.fixture(scope="module", autouse=True)
def networks(tmp_path_factory):
    """Let both networks for faces be there, and their directions be quick to find."""
    folder = tmp_path_factory.mktemp("weights")
    stand_ins = [name for name in NETWORKS if not in_the_box(name)]
    kept = {name: registry._registered.get(name) for name in NETWORKS}
    for name in stand_ins:
        torch.manual_seed(0)
        data = save(BUILDS[name]().state_dict())
        path = folder / f"{name}.safetensors"
        path.write_bytes(data)
        sha256 = hashlib.sha256(data).hexdigest()
        changes = {"name": name, "source": Bundled(str(path)), "build": BUILDS[name], "sha256": sha256}
        registry._registered[name] = dataclasses.replace(CONDITIONAL_GAN_GLYPHS_V1, **changes, metrics={})
    yield
    for name in stand_ins:
        registry._registered.pop(name)
        if kept[name]:
            registry._registered[name] = kept[name]
    if stand_ins:
        pool().clear()


@pytest.fixture
def missing(monkeypatch):
    """Take the networks for faces away."""
    for name in NETWORKS:
        monkeypatch.delitem(registry._registered, name)
    monkeypatch.setattr(registry, "DECLARATIONS", ())


@pytest.fixture
def quick(monkeypatch):
    """Let random directions stand for those that take seconds to find, and be measured at a single slider."""
    vectors = torch.nn.functional.normalize(torch.randn(len(SLIDERS), 64, generator=torch.Generator().manual_seed(1)))
    found = Directions(vectors, torch.full((len(SLIDERS),), 0.5))
    monkeypatch.setattr(models, "directions", lambda name, settings: found)
    return found


@pytest.fixture
def view(open_page):
    """Return a function (part, query) → the page with this part open."""
    return lambda part="faces", **query: open_page(PAGE, gan_part=part, **query)


def canvases(app) -> list[dict]:
    return [unpack(one.proto.bytes) for one in app.get("bidi_component")]


def pictures_of(message: dict, n: int | None = None) -> np.ndarray:
    """Return the pictures (N, 3, 64, 64) of a sheet of tiles."""
    sheet = decode_image(message["png"].tobytes(), "sheet.png")
    px, across = message["px"], message["across"]
    cells = [(k // across * px, k % across * px) for k in range(n or message["n"])]
    return np.stack([sheet[:, y : y + px, x : x + px].numpy() for y, x in cells])


def n_of(app, name: str) -> int:
    """Return the place among the canvases of the one whose label starts so."""
    return next(k for k, one in enumerate(canvases(app)) if str(one.get("label", "")).startswith(name))


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


# ---- sample


@pytest.mark.parametrize("network", ["dcgan", "vae"])
def test_the_faces_are_those_of_the_seed(view, network):
    app = view(face_network=network, n_faces="6", face_seed="3", face_truncation="1")
    painter = models.painter({"dcgan": models.DCGAN, "vae": models.VAE}[network])
    expected = painter.paint(face_latents(3, 6, 64, 1.0)).numpy()
    assert np.abs(pictures_of(scene(app)) - expected).max() < 0.51 / 255 + 1e-6


def test_a_click_chooses_a_face_to_steer(view, quick):
    app = view(n_faces="6")
    send(app, {"choice": 4}, n_of(app, "Faces"))
    assert app.session_state["face"] == 4 and canvases(app)[0]["chosen"] == 4
    assert panel(scene(app, 1), "chosen-face")["title"] == "Face 5"
    send(app, {"choice": 99}, n_of(app, "Faces"))  # the browser may send anything
    send(app, {"choice": "x"}, n_of(app, "Faces"))
    assert app.session_state["face"] == 4
    app.button(key="steer_it").click().run()
    assert app.session_state["faces_view"] == "steer" and panel(scene(app), "before")["title"] == "Face 5"


def test_other_faces_are_another_seed(view):
    app = view(n_faces="4")
    app.button(key="other_faces").click().run()
    assert app.session_state["face_seed"] == 1 and not app.error


@pytest.mark.parametrize("preset", faces_part.PRESETS, ids=lambda one: one.name)
def test_every_preset_of_the_faces(view, quick, preset):
    app = view()
    app.button(key=f"faces_preset-{preset.name}").click().run()
    assert not app.exception and not app.error and preset.question.endswith((".", "?"))
    for name, value in {**preset.changes, **preset.more}.items():
        assert app.session_state[name] == value


@pytest.mark.parametrize("part", ["sample", "steer", "plane", "between"])
def test_a_missing_network_is_one_sentence(view, missing, part):
    app = view(faces_view=part)
    (said,) = [info.value for info in app.info]
    assert "DCGAN_AVATARS_V1.safetensors is missing" in said and not app.error


def test_what_is_missing_elsewhere_is_said_as_well(view, missing):
    assert "VAE_AVATARS_V1" in view(faces_view="rebuild").info[0].value
    assert "DCGAN_AVATARS_V1" in view("judge").info[0].value


# ---- steer


def test_a_slider_adds_its_direction(view, quick):
    app = view(faces_view="steer", face="2", smiling_yes="2.5")
    z = face_latents(0, 40, 64)[2:3]
    moved = z + 2.5 * quick.of("smiling: yes")
    expected = models.painter(models.DCGAN).paint(moved)[0]
    (image,) = panel(scene(app), "now")["layers"]
    shown = decode_image(image["jpeg"].tobytes(), "face.png")[:, ::4, ::4]
    assert float((shown - expected).abs().max()) < 0.51 / 255 + 1e-6
    assert f"steered {float(moved.norm()):.1f}" in scene(app)["note"]["text"]
    assert "smiling_yes" in app.query_params
    app.button(key="sliders_zero").click().run()
    assert app.session_state["smiling_yes"] == 0 and "smiling_yes" not in app.query_params


def test_the_row_follows_the_slider_chosen(view, quick):
    app = view(faces_view="steer", followed="age: old")
    z = face_latents(0, 40, 64)[0]
    expected = models.painter(models.DCGAN).paint(along(z, quick.of("age: old"))).numpy()
    row = pictures_of(canvases(app)[n_of(app, "The face along age")])
    assert np.abs(row - expected).max() < 0.51 / 255 + 1e-6


@pytest.mark.parametrize(
    ("apart", "expected"),
    [("no", Probing(apart=False)), ("softly", Probing(softness=SOFTLY)), ("wholly", Probing())],
)
def test_directions_are_set_apart_as_chosen(view, quick, offered, monkeypatch, apart, expected):
    asked = []
    monkeypatch.setattr(models, "directions", lambda name, settings: asked.append(settings) or quick)
    app = view(faces_view="steer", apart=apart)
    assert asked == [expected] and ("apart" in app.query_params) == (apart != "no")
    archive = zipfile.ZipFile(io.BytesIO(offered["steer_face.zip"]()))
    told = json.loads(archive.read("steer_face/settings.json"))["probing"]
    assert Probing(**told) == expected


def test_every_slider_has_a_field_of_its_own():
    assert len(FIELDS) == len(SLIDERS) and alphas(Steering()) == {}
    assert alphas(Steering(glasses_any=1.0, hair_bob=-4.0)) == {"glasses: any": 1.0, "hair: bob": -4.0}
    with pytest.raises(ValueError, match="glasses must be"):
        Steering(glasses_any=5.0)


# ---- a plane of z


def test_the_ring_is_a_place_in_z(view):
    app = view(faces_view="plane", face_network="vae", plane_cells="3", plane_seed="5")
    plane, painter = random_plane(64, 5), models.painter(models.VAE)
    pad = canvases(app)[0]
    cells = painter.paint(plane_grid(plane, 3, 3.0))
    assert pad["png"].tobytes() == encode_png(on_sheet(cells, 3))
    place = {"x": 1.5, "y": -2.0, "moving": False, "sequence": 1, "generation": pad["generation"]}
    send(app, {"place": place})
    assert canvases(app)[0]["at"] == [1.5, -2.0]
    (image,) = panel(scene(app, 1), "at")["layers"]
    expected = painter.paint((1.5 * plane.across - 2.0 * plane.up)[None])[0]
    assert float((decode_image(image["jpeg"].tobytes(), "a.png")[:, ::4, ::4] - expected).abs().max()) < 2.1e-3


@pytest.mark.parametrize("place", [None, 3, {"x": "a", "y": 1}, {"x": 1e999, "y": 0}, {"x": True, "y": 0}])
def test_a_hostile_place_is_the_middle(view, place):
    app = view(faces_view="plane", plane_cells="3")
    told = {**place, "generation": 0} if isinstance(place, dict) else place
    send(app, json.dumps({"place": told}))
    assert canvases(app)[0]["at"] == [0.0, 0.0]


def test_the_same_attribute_on_both_axes_is_refused(view, quick):
    app = view(faces_view="plane", plane_axes="attributes", across="age: old", up="age: old")
    assert "must not be the same" in app.error[0].value


# ---- interpolate


def test_both_ways_are_shown_and_a_click_sets_a_corner(view):
    app = view(faces_view="between", n_between="5", film_frames="12", corner_b="9")
    ways = canvases(app)[n_of(app, "From A to B")]
    z = face_latents(0, 40, 64)
    painter = models.painter(models.DCGAN)
    shown = pictures_of(ways)
    ends = painter.paint(z[[0, 9]]).numpy()
    assert np.abs(shown[[0, 5]] - ends[0]).max() < 2.1e-3 and np.abs(shown[[4, 9]] - ends[1]).max() < 2.1e-3
    lengths = [float(text) for text in ways["captions"]]
    assert lengths[7] == pytest.approx(float(((z[0] + z[9]) / 2).norm()), abs=0.06) and lengths[2] > lengths[7]
    film = scene(app)
    assert len(film["panels"][0]["layers"][0]["jpegs"]) == 12 == len(film["runs"]["a"]["step"])
    send(app, {"choice": 7}, n_of(app, "Faces to choose"))
    assert app.session_state["corner_a"] == 7 and app.session_state["next_corner"] == "B"


def test_four_corners_make_a_square(view):
    app = view(faces_view="between", n_corners="4", n_between="3", film_frames="12")
    numbers = [0, 5, 11, 18]
    shown = pictures_of(canvases(app)[n_of(app, "Between four")])
    expected = models.painter(models.DCGAN).paint(face_latents(0, 40, 64)[numbers]).numpy()
    assert np.abs(shown[[0, 2, 6, 8]] - expected).max() < 2.1e-3


# ---- reconstruct


def test_a_drawn_face_goes_through_the_vae(view, quick):
    app = view(faces_view="rebuild", rebuild_sample="4")
    image = decode_image(encode_png(make_avatars(1, HELD_OUT, 4)[0][0]), "a.png")
    found = rebuild(models.vae("cpu"), image)
    assert f"{100 * found.difference:.1f} %" == scene(app)["stats"][2]["text"]
    assert f"{found.kl:,.0f}".replace(",", "\u202f") in scene(app)["equations"][0]
    app.button(key="steer_own").click().run()
    assert app.session_state["faces_view"] == "steer" and app.session_state["face"] == -1
    assert panel(scene(app), "before")["title"] == "Your face, rebuilt"


def test_an_upload_goes_through_the_vae_and_a_bad_one_is_refused(view):
    app = view(faces_view="rebuild", rebuild_source="picture")
    assert "Upload a picture" in app.info[0].value
    photo = torch.rand(3, 90, 130, generator=torch.Generator().manual_seed(2))
    app.get("file_uploader")[0].upload("me.png", encode_png(photo), "image/png").run()
    assert [one["key"] for one in scene(app)["panels"]] == ["given", "back"]
    app.get("file_uploader")[0].upload("me.png", b"nonsense", "image/png").run()
    assert len(app.error) == 1 and not app.exception


def test_the_middle_square_is_taken():
    photo = torch.zeros(3, 64, 128)
    photo[:, :, 32:96] = 1
    assert bool((square(photo) == 1).all()) and square(torch.rand(3, 5, 3)).shape == (3, 64, 64)


# ---- digits


def test_the_digits_asked_for_are_written_and_read(view):
    app = view("digits", digits="0907", n_rows="3", digit_seed="2")
    found = write(models.painter(models.CONDITIONAL), models.glyph_reader(), "0907", 3, 2, 4.0, True)
    assert found.asked == [0, 9, 0, 7] * 3 and sum(a == r for a, r in zip(found.asked, found.read, strict=True)) > 9
    assert torch.equal(found.pictures[0], found.pictures[2]) and not torch.equal(found.pictures[0], found.pictures[4])
    right = sum(a == r for a, r in zip(found.asked, found.read, strict=True))
    assert scene(app)["stats"][0]["text"] == f"{right} of 12"
    boxes = panel(scene(app), "digits")["layers"][1]
    assert "asked for 9" in boxes["tips"][1]


def test_without_same_z_every_digit_has_its_own():
    found = write(models.painter(models.CONDITIONAL), models.glyph_reader(), "55", 2, 0, 4.0, False)
    assert len({one.numpy().tobytes() for one in found.pictures}) == 4


@pytest.mark.parametrize("text", ["abc", "१२", "<b>1</b>", "9" * 300])
def test_what_is_no_digit_is_left_out(view, text):
    app = view("digits", digits=text)
    assert not app.error and set(glyphs_part.only_digits(text)) <= set("0123456789")
    app.text_input(key=glyphs_settings.ASKED).set_value("no digits").run()
    assert "Type a number" in app.info[0].value


@pytest.mark.parametrize("preset", glyphs_settings.PRESETS, ids=lambda one: one.name)
def test_every_preset_of_the_digits(view, preset):
    app = view("digits")
    app.button(key=f"digits_preset-{preset.name}").click().run()
    assert not app.exception and not app.error
    assert app.session_state[glyphs_settings.ASKED] == preset.more[glyphs_settings.ASKED]


# ---- the judge


def test_the_judge_scores_drawn_generated_and_mine(view):
    app = view("judge", n_judged="20", judge_sample="6", judge_change="upside_down")
    judge = models.discriminator(models.DCGAN, "cpu")
    image = changed(square(make_avatars(1, HELD_OUT, 6)[0][0]), "upside_down")
    image = decode_image(encode_png(image), "a.png")
    mine = float(scores(judge, image[None])[0])
    found = scene(app)
    assert float(found["stats"][0]["text"].replace("−", "-")) == pytest.approx(mine, abs=0.006)
    drawn = scores(judge, make_avatars(20, HELD_OUT)[0])
    layers = [one for one in panel(found, "scores")["layers"] if one["name"] == "Drawn"]
    assert np.allclose(np.sort(layers[0]["x"]), np.sort(drawn.numpy()), atol=1e-4)


@pytest.mark.parametrize("preset", judge_settings.PRESETS, ids=lambda one: one.name)
def test_every_preset_of_the_judge(view, preset):
    app = view("judge", n_judged="20")
    app.button(key=f"judge_preset-{preset.name}").click().run()
    assert not app.exception and not app.error


def test_told_apart_is_the_area_under_the_curve():
    assert auc(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 1.0])) == pytest.approx(0.875)


# ---- take it away


def test_pictures_films_and_tables(view, quick, offered):
    view(n_faces="4")
    assert decode_image(offered["faces.png"](), "faces.png").shape == (3, 4 * 64, 4 * (4 * 64 + 3 * 2))
    assert len(rows(offered["shares.csv"]())) == sum(map(len, FREQUENCIES.values()))
    view(faces_view="between", film_frames="12", n_between="3")
    assert offered["between.mp4"]()[4:8] == b"ftyp"
    view("digits", digits="12", n_rows="2")
    assert [row["asked for"] for row in rows(offered["digits.csv"]())] == ["1", "2", "1", "2"]


def test_the_script_of_the_digits(view, offered, printed):
    app = view("digits", digits="31", n_rows="2")
    lines = printed(offered["ask_digits.zip"]())
    assert lines[-1] == f"mean confidence {scene(app)['stats'][1]['text']}" and len(lines) == 3


SCRIPTS = {
    "sample_faces": ({"faces_view": "sample", "n_faces": "4"}, "hair: short"),
    "steer_face": ({"faces_view": "steer", "smiling_yes": "2"}, "smiling: "),
    "paint_z": ({"faces_view": "plane", "plane_cells": "3"}, "mean colour"),
    "interpolate_faces": ({"faces_view": "between", "film_frames": "12"}, "length of z"),
    "rebuild_face": ({"faces_view": "rebuild"}, "reconstruction"),
    "judge_picture": ({"gan_part": "judge", "n_judged": "20"}, "picture: score"),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_scripts_print_what_the_page_shows(open_page, offered, printed, name):
    if not all(in_the_box(one) for one in NETWORKS) or str(get(models.DCGAN).source.path).startswith("/"):
        pytest.skip("the networks for faces are not in the box yet")
    query, first = SCRIPTS[name]
    app = open_page(PAGE, **{"gan_part": "faces", **query})
    said = "\n".join(printed(offered[f"{name}.zip"]()))
    assert first in said
    if name == "judge_picture":
        shown = float(scene(app)["stats"][0]["text"].replace("−", "-"))
        assert float(re.search(r"picture: score (-?[\d.]+)", said)[1]) == pytest.approx(shown, abs=0.006)
    if name == "interpolate_faces":
        shown = canvases(app)[n_of(app, "From A to B")]["captions"][:9]
        assert said.splitlines()[-1] == "length of z: " + ", ".join(shown)


# ---- what the views are made of


def test_a_row_goes_from_minus_four_to_four():
    z, d = torch.ones(3), torch.tensor([1.0, 0.0, 0.0])
    assert along(z, d, 3).tolist() == [[-3.0, 1.0, 1.0], [1.0, 1.0, 1.0], [5.0, 1.0, 1.0]]


def test_a_picture_is_turned_and_mirrored():
    image = torch.arange(12.0).view(3, 2, 2) / 12
    assert (changed(image, "upside_down")[0] * 12).tolist() == [[2.0, 3.0], [0.0, 1.0]]
    assert (changed(image, "mirrored")[0] * 12).tolist() == [[1.0, 0.0], [3.0, 2.0]]


def test_a_plane_has_its_highest_row_first():
    plane = random_plane(8, 1)
    grid = plane_grid(plane, 3, 2.0)
    assert torch.allclose(grid[0], 2 * plane.up - 2 * plane.across) and torch.allclose(grid[5], 2 * plane.across)
