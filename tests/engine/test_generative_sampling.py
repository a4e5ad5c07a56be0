"""Choosing z: truncation, both ways between corners, planes, films."""

import math

import pytest
import scipy.stats
import torch

from engine.errors import InvalidInput, ShapeError
from engine.generative import sampling
from engine.generative.dcgan import Discriminator, Generator
from engine.generative.painter import film, judged, of_generator, of_vae
from engine.generative.sampling import (
    Sampling,
    between,
    latents,
    plane_through,
    random_plane,
    spherical,
    square,
    straight,
    strip,
    tour,
)
from engine.generative.vae import Vae
from engine.io.video import probe_video


@pytest.mark.parametrize("truncation", [0.5, 1.5, 4.0])
def test_z_has_the_truncated_normal_distribution(truncation):
    z = latents(Sampling(n=256, truncation=truncation), 64).flatten()
    bound = truncation if truncation < 4 else 9.0
    assert z.abs().max() <= bound
    wanted = scipy.stats.truncnorm(-bound, bound).cdf
    assert scipy.stats.kstest(z.numpy(), wanted).pvalue > 0.01


def test_truncation_moves_the_same_z_towards_the_middle():
    wide, narrow = latents(Sampling(n=8), 16), latents(Sampling(n=8, truncation=1.0), 16)
    assert torch.equal(wide.sign(), narrow.sign()) and (narrow.abs() <= wide.abs() + 1e-6).all()
    assert torch.equal(wide[:3], latents(Sampling(n=3), 16)) and torch.equal(wide, latents(Sampling(n=8), 16))
    assert not torch.equal(wide, latents(Sampling(n=8, seed=1), 16))


def test_slerp_keeps_the_length_and_turns_evenly():
    a, b = torch.tensor([2.0, 0, 0]), torch.tensor([0, 2.0, 0])
    t = torch.linspace(0, 1, 7)
    arc = spherical(a, b, t)
    assert torch.allclose(arc.norm(dim=1), torch.full((7,), 2.0))
    assert torch.allclose(torch.atan2(arc[:, 1], arc[:, 0]), t * math.pi / 2, atol=1e-6)
    line = straight(a, b, t)
    assert torch.allclose(line[3], torch.tensor([1.0, 1, 0])) and line[3].norm() < 1.5


@pytest.mark.parametrize("b", [[1.0, 1.0], [2.0, 2.0], [-1.0, -1.0], [0.0, 0.0]])
def test_slerp_where_there_is_no_one_arc(b):
    a, b = torch.tensor([1.0, 1.0]), torch.tensor(b)
    assert torch.allclose(spherical(a, b, torch.tensor([0.0, 0.5, 1.0])), straight(a, b, torch.tensor([0.0, 0.5, 1.0])))


@pytest.mark.parametrize("way", sampling.WAYS)
def test_strips_squares_and_tours_go_through_their_corners(way):
    corners = latents(Sampling(n=4), 5)
    row = strip(corners[0], corners[1], 6, way)
    assert row.shape == (6, 5) and torch.allclose(row[[0, -1]], corners[:2], atol=1e-6)
    grid = square(corners, 3, 4, way)
    assert grid.shape == (3, 4, 5)
    found = torch.stack([grid[0, 0], grid[0, -1], grid[-1, 0], grid[-1, -1]])
    assert torch.allclose(found, corners, atol=1e-6)
    film_of = tour(corners, 40, way)
    assert film_of.shape == (40, 5) and torch.allclose(film_of[::10], corners, atol=1e-6)
    steps = (film_of.roll(-1, 0) - film_of).norm(dim=1)
    assert steps[0] < 0.3 * steps[5]
    there = tour(corners[:2], 11, way, is_closed=False)
    assert torch.allclose(there[-1], corners[1]) and torch.allclose(there[0], corners[0], atol=1e-6)


def test_a_plane():
    plane = random_plane(8, 0)
    both = torch.stack([plane.across, plane.up])
    assert torch.allclose(both @ both.T, torch.eye(2), atol=1e-6)
    z = plane.at(torch.tensor([0.0, 2.0]), torch.tensor([0.0, -1.0]))
    assert not z[0].any() and torch.allclose(z[1], 2 * plane.across - plane.up)
    tilted = plane_through(torch.ones(3), torch.tensor([0, 0, 3.0]), torch.tensor([0, 1.0, 1.0]))
    assert torch.allclose(tilted.up, torch.tensor([0, 1.0, 0]), atol=1e-6)
    for up in (torch.tensor([0.0, 0, -1]), torch.zeros(3)):
        with pytest.raises(InvalidInput, match="two directions"):
            plane_through(torch.ones(3), torch.tensor([0, 0, 3.0]), up)


def test_what_cannot_be_chosen():
    a = torch.zeros(3)
    with pytest.raises(InvalidInput, match="way must be one of"):
        between(a, a, torch.zeros(1), "curved")
    with pytest.raises(ShapeError):
        between(a, torch.zeros(4), torch.zeros(1), "straight")
    with pytest.raises(InvalidInput, match="n must be"):
        strip(a, a, 1, "straight")
    with pytest.raises(ShapeError):
        square(torch.zeros(3, 5), 2, 2, "straight")
    with pytest.raises(ShapeError):
        tour(torch.zeros(1, 5), 10, "straight")
    with pytest.raises(InvalidInput, match="truncation"):
        Sampling(truncation=0.0)


@pytest.fixture
def exact(monkeypatch):
    monkeypatch.setattr("engine.generative.precision.has_bfloat16", lambda device: False)


def test_a_painter_paints_what_its_network_would(exact):
    g, vae = Generator(6, 8, 3, 32).eval(), Vae(6, 8, 3, 32).eval()
    z = latents(Sampling(n=70), 6)
    with torch.no_grad():
        assert torch.allclose(of_generator(g, "g").paint(z), (g(z) + 1) / 2, atol=1e-4)
        assert torch.allclose(of_vae(vae, "v").paint(z), vae.decode(z), atol=1e-4)


def test_a_painter_asked_for_a_class(exact):
    painter = of_generator(Generator(6, 8, 1, 16, 3), "g")
    z = latents(Sampling(n=3), 6)
    assert painter.classes == 3 and painter.paint(z, torch.arange(3)).shape == (3, 1, 16, 16)
    with pytest.raises(ShapeError):
        painter.paint(z)
    with pytest.raises(ShapeError):
        painter.paint(z[:, :4], torch.arange(3))
    with pytest.raises(InvalidInput, match="finite"):
        painter.paint(z * float("inf"), torch.arange(3))


def test_what_d_thinks():
    d = Discriminator(8, 3, 16).eval()
    images = torch.rand(70, 3, 16, 16)
    with torch.no_grad():
        assert torch.allclose(judged(d, images), d(2 * images - 1).sigmoid(), atol=1e-5)


def test_a_film():
    data = film(torch.rand(5, 3, 16, 16))
    info = probe_video(data, "film.mp4")
    assert (info.width_px, info.height_px) == (64, 64)
    assert film(torch.rand(2, 1, 16, 16))
    with pytest.raises(InvalidInput, match="at least one"):
        film([])
