"""The recipes of the generative networks: pools, a few steps of each, going on from a checkpoint, the figures."""

import re
import sys
from functools import partial

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.datasets.avatars import draw_bytes, labels_of, some_avatars
from engine.generative import shapes
from engine.generative.attributes import Effect, Probing
from engine.generative.declarations import BUILDS
from engine.recipes import (
    avatar_pool,
    gan_training,
    generative_figures,
    train_avatar_reader,
    train_conditional_gan_glyphs,
    train_dcgan_avatars,
    train_glyph_reader,
    train_vae_avatars,
)
from engine.recipes.gan_training import GanTraining
from engine.recipes.reader_training import disturbed
from engine.runtime.seeds import generator


@pytest.fixture
def run(monkeypatch, tmp_path, capsys):
    """Return a function that runs a recipe as the command line would, and returns what it says."""
    monkeypatch.setattr(avatar_pool, "PART", 20)

    def running(recipe, **options):
        given = {"out": tmp_path / "out.safetensors", "folder": tmp_path / "ck", **options}
        words = [word for name, value in given.items() for word in (f"--{name.replace('_', '-')}", str(value))]
        monkeypatch.setattr(sys, "argv", ["recipe", *words])
        recipe.main()
        return capsys.readouterr().out

    return running


def test_the_pool_goes_on_where_it_was_cut_off(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(avatar_pool, "PART", 10)
    first = avatar_pool.load(tmp_path, 30)
    (tmp_path / "avatars_0_10_10.safetensors").unlink()
    capsys.readouterr()
    again = avatar_pool.load(tmp_path, 25)
    assert len(capsys.readouterr().out.splitlines()) == 1
    assert torch.equal(first.images[:25], again.images) and first.images.shape == (30, 3, 64, 64)
    avatars = some_avatars(30)
    assert torch.equal(first.labels, labels_of(avatars)) and torch.equal(first.images, draw_bytes(avatars))
    assert first.smiles.tolist() == pytest.approx([one.smile for one in avatars])


@pytest.mark.parametrize(
    ("recipe", "name", "pool"),
    [
        (train_dcgan_avatars, "DCGAN_AVATARS_V1", True),
        (train_conditional_gan_glyphs, "CONDITIONAL_GAN_GLYPHS_V1", False),
        (train_vae_avatars, "VAE_AVATARS_V1", True),
        (train_avatar_reader, "AVATAR_READER_V1", True),
        (train_glyph_reader, "GLYPH_READER_V1", False),
    ],
)
def test_a_recipe_trains_and_writes(recipe, name, pool, run, tmp_path, monkeypatch):
    monkeypatch.setattr("engine.generative.adversaries.SETTLING", (2, 4))
    options = {"pool": tmp_path / "pool", "faces": 20} if pool else {}
    if "GAN" not in name:
        options["held_out"] = 20
    said = run(recipe, steps=2, batch=4, **options)
    out = tmp_path / "out.safetensors"
    assert f"{out} has " in said and ("GAN" in name or re.search(r"on 20 held-out (faces|glyphs)", said))
    BUILDS[name]().load_state_dict(load_file(out))
    assert out.stat().st_size < 15e6 and any((tmp_path / "ck").rglob("checkpoint.pt"))


def test_the_second_part_of_the_faces_begins_with_the_first(run, tmp_path, monkeypatch):
    monkeypatch.setattr("engine.generative.adversaries.SETTLING", (2, 4))
    run(train_dcgan_avatars, steps=4, batch=4, pool=tmp_path / "pool", faces=20)
    first, second = (torch.load(tmp_path / "ck" / part / "checkpoint.pt") for part in ("first", "second"))
    assert (first["step"], second["step"]) == (4, 2)  # 24,000 after 40,000
    assert (first["state"]["n_steps"], second["state"]["n_steps"]) == (4, 6)
    name = "generator.layers.0.weight"
    moved = (second["state"][name] - first["state"][name]).abs().max()
    assert 0 < moved < 0.005  # a fresh start would be .02 away, times the largest of many normal numbers


def test_a_pair_goes_on_as_if_it_had_not_been_cut_off(tmp_path, monkeypatch):
    monkeypatch.setattr(gan_training, "CHECKPOINT_STEPS", 2)
    monkeypatch.setattr("engine.generative.adversaries.SETTLING", (2, 4))

    def build():
        pair = shapes.Dcgan(shapes.Generator(4, 8, 1, 16), shapes.Discriminator(8, 1, 16))
        return pair.generator, pair.discriminator

    class Cut(Exception):
        pass

    def draw(n, chance, limit=None):
        images = torch.rand(n, 1, 16, 16, generator=chance) * 2 - 1
        drawn.append(images)
        if limit is not None and len(drawn) > limit:
            raise Cut
        return images, None

    training, drawn = GanTraining(steps=5, batch_size=4), []
    through = gan_training.train_pair(build, draw, training, tmp_path / "a")
    drawn.clear()
    with pytest.raises(Cut):
        gan_training.train_pair(build, lambda n, chance: draw(n, chance, 3), training, tmp_path / "b")
    rest = gan_training.train_pair(build, draw, training, tmp_path / "b")
    for name, value in through.state_dict().items():
        assert torch.equal(value, rest.state_dict()[name]), name


def test_noise_and_rate_fall():
    training = GanTraining(steps=100, noise=0.2, noise_share=0.5, decay_from=0.6)
    assert [training.noise_at(step) for step in (0, 25, 50, 99)] == pytest.approx([0.2, 0.1, 0, 0])
    assert [training.rate_at(step) for step in (0, 60, 80, 99)] == pytest.approx([1, 1, 0.5, 0.025])


def test_what_disturbs_pictures():
    images = torch.rand(8, 3, 16, 16, generator=generator(0))
    out = disturbed(images, generator(1))
    assert out.shape == images.shape and out.min() >= 0 and out.max() <= 1 and not torch.equal(out, images)
    assert torch.equal(out, disturbed(images, generator(1)))


def test_the_figures(tmp_path, monkeypatch, capsys):
    torch.manual_seed(0)
    for name, build in BUILDS.items():
        state = {key: value.contiguous() for key, value in build().state_dict().items()}
        save_file(state, tmp_path / f"{name}.safetensors")
    monkeypatch.setattr(generative_figures, "Probing", partial(Probing, n=200))
    monkeypatch.setattr(generative_figures, "effect", lambda *given: Effect(0.5, {"hat": 0.1}))
    monkeypatch.setattr(sys, "argv", ["figures", "--weights", str(tmp_path), "--faces", "20", "--digits", "20"])
    generative_figures.main()
    said = capsys.readouterr().out
    for wanted in (
        r"DCGAN_AVATARS_V1\n  Fréchet distance on the features: \d",
        r"of 20 digits are read as asked",
        "reconstruction",
        "KL",
    ):
        assert re.search(wanted, said), wanted
    assert said.count("sliders") == 4 and said.count("frequencies: at most") == 2
