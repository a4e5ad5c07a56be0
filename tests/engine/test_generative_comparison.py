"""Spoiling, comparing and painting with one's own training: exact amounts, what each measure must notice, refusals."""

import pickle

import pytest
import torch

from engine.datasets.avatars import FREQUENCIES
from engine.errors import InvalidInput
from engine.generative.comparison import Comparing, compare, value_names, world_frequencies
from engine.generative.own_painter import own_painter
from engine.generative.spoiling import BLUR, DROPPED, NOISE, SPOILS, dropped_modes, levels, spoiled
from engine.generative.training import Checkpoint, OwnTraining, model_file, train
from engine.runtime.seeds import generator


def seed():
    return generator(0)


def compared(spoil, world="avatars", n=100, **more):
    return [one for one in compare(Comparing(measure_spoil=spoil, measure_n=n), world, **more) if one.made]


# ---- spoiling


@pytest.mark.parametrize("spoil", SPOILS)
def test_no_spoil_leaves_the_pictures_as_they_are(spoil):
    pictures = torch.rand(3, 3, 16, 16, generator=seed())
    first = levels(spoil, "avatars")[0]
    assert torch.equal(spoiled(pictures, spoil, 0.0 if spoil in (BLUR, NOISE) else first, seed()), pictures)


def test_blur_keeps_the_mean_and_noise_has_its_sigma():
    dot = torch.zeros(1, 1, 31, 31)
    dot[0, 0, 15, 15] = 1
    blurred = spoiled(dot, BLUR, 2.0, seed())
    line = torch.exp(-((torch.arange(31.0) - 15) ** 2) / 8) * ((torch.arange(31) - 15).abs() <= 6)
    line /= line.sum()
    assert torch.allclose(blurred[0, 0], line[:, None] * line, atol=1e-6)
    noisy = spoiled(torch.full((1, 1, 200, 200), 0.5), NOISE, 0.05, seed())
    assert float(noisy.std()) == pytest.approx(0.05, rel=0.02) and float(noisy.mean()) == pytest.approx(0.5, abs=1e-3)


def test_blur_of_a_small_picture_and_noise_stay_in_range():
    pictures = torch.rand(2, 3, 8, 8, generator=seed())
    for spoil in (BLUR, NOISE):
        worst = spoiled(pictures, spoil, levels(spoil, "avatars")[-1], seed())
        assert worst.shape == pictures.shape and float(worst.min()) >= 0 and float(worst.max()) <= 1


def test_the_rarest_modes_go_first():
    gone = dropped_modes("avatars", 4)
    shares = FREQUENCIES["hair"]
    assert max(shares[one] for one in gone) <= min(share for name, share in shares.items() if name not in gone)
    assert dropped_modes("glyphs", 2) == ("9", "8") and dropped_modes("avatars", 0) == ()


# ---- comparing


def test_dropped_modes_are_gone_and_recall_falls():
    found = compared(DROPPED, "glyphs", 150)
    assert [one.step for one in found] == list(range(7)) == [int(one.amount) for one in found]
    for k, one in enumerate(found):
        shares = one.made.sample.frequencies
        assert float(shares.sum()) == pytest.approx(1) and bool((shares[10 - k :] == 0).all())
    first, last = found[0].made, found[-1].made
    assert last.frechet > first.frechet and last.shares.recall < first.shares.recall - 0.2
    assert last.shares.precision > 0.8  # which does not look at what is missing
    assert torch.equal(found[0].second.sample.points, last.sample.points) is False


def test_the_levels_of_drawn_faces_are_pictures_spoiled():
    found = compared(NOISE)
    as_they_are, worst = found[0].made, found[-1].made
    assert as_they_are.sample.pictures.shape == (16, 3, 64, 64) and as_they_are.sample.pictures.dtype == torch.uint8
    assert (
        as_they_are.frechet == pytest.approx(found[0].second.frechet, rel=0.3)
        and worst.frechet > 2 * as_they_are.frechet
    )
    assert worst.shares.recall == 0 and as_they_are.sample.points.shape == (100, 2)
    again = compared(NOISE)[-1]
    assert again.made.frechet == worst.frechet and torch.equal(again.made.sample.pictures, worst.sample.pictures)
    assert pickle.loads(pickle.dumps(again)).made.shares == worst.shares


def test_frequencies_stand_beside_the_worlds():
    for world, n_attributes in (("avatars", len(FREQUENCIES)), ("glyphs", 1)):
        names, shares = value_names(world), world_frequencies(world)
        assert len(names) == len(shares) and sum(shares) == pytest.approx(n_attributes)
    assert value_names("own") == [] == world_frequencies("own")


def test_own_pictures_are_split_and_have_no_frequencies():
    own = torch.randint(256, (30, 3, 20, 20), dtype=torch.uint8, generator=seed())
    found = compared(BLUR, "own", side=32, own=own)
    assert len(found) == 6 and found[0].made.sample.frequencies is None
    assert found[0].real.pictures.shape == (10, 3, 32, 32)  # thirds: two real samples, and what is spoiled
    every = [found[0].real, found[0].second.sample, found[0].made.sample]
    seen = {picture.numpy().tobytes() for one in every for picture in one.pictures}
    assert len(seen) == 30


@pytest.mark.parametrize(
    ("spoil", "world", "more", "why"),
    [
        ("truncation", "avatars", {}, "no z"),
        (DROPPED, "own", {"own": torch.zeros(30, 3, 8, 8, dtype=torch.uint8)}, "no named modes"),
        (BLUR, "own", {"own": torch.zeros(29, 3, 8, 8, dtype=torch.uint8)}, "at least 30"),
        (BLUR, "own", {}, "at least 30"),
        (BLUR, "moon", {}, "world"),
    ],
)
def test_what_cannot_be_compared_is_refused(spoil, world, more, why):
    with pytest.raises(InvalidInput, match=why):
        next(compare(Comparing(measure_spoil=spoil), world, **more))


# ---- what was trained here


@pytest.mark.parametrize(("network", "source"), [("dcgan", "own"), ("vae", "own"), ("conditional", "glyphs")])
def test_a_painter_of_ones_own_paints_what_the_training_showed(network, source, monkeypatch):
    monkeypatch.setattr("engine.generative.precision.has_bfloat16", lambda device: False)
    settings = OwnTraining(
        network=network, source=source, width=8, batch_size=8, latent=4, steps=20, sample_every=10, n_pictures=100
    )
    own = torch.randint(256, (30, 3, 40, 40), dtype=torch.uint8, generator=seed()) if source == "own" else None
    *_, last = train(settings, own)
    painter = own_painter(last.checkpoint, settings)
    side, channels = int(settings.side), 1 if source == "glyphs" else 3
    labels = torch.arange(5) if painter.classes else None
    painted = painter.paint(torch.randn(5, 4, generator=seed()), labels)
    assert painted.shape == (5, channels, side, side) and float(painted.std()) > 0
    assert painter.classes == (10 if network == "conditional" else 0) and painter.latent == 4
    assert len(model_file(last.checkpoint, settings)) > 1000
    found = next(
        one
        for one in compare(Comparing(measure_spoil="truncation", measure_n=100), source, painter, side, own)
        if one.made
    )
    assert found.amount == 4 and found.made.sample.pictures.shape[1:] == (channels, side, side)


def test_before_the_first_step_there_is_no_painter():
    with pytest.raises(InvalidInput, match="no model yet"):
        own_painter(Checkpoint(), OwnTraining())


def test_the_bundled_network_is_nearer_than_noise():
    from engine.generative import models

    painter = models.painter(models.CONDITIONAL, "cpu")
    found = compared("truncation", "glyphs", 100, painter=painter, side=32)
    assert found[0].made.shares.recall > found[-1].made.shares.recall + 0.3
    assert found[0].made.frechet < found[-1].made.frechet
