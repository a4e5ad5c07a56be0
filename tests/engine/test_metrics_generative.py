"""Fréchet distance, precision, recall, density, coverage: equal to scipy and to NumPy written from the papers."""

import numpy as np
import pytest
import scipy.linalg
import torch

from engine.errors import InvalidInput, ShapeError
from engine.metrics.generative import frechet_distance, manifolds
from engine.runtime.seeds import generator


def sets(n=70, m=60, d=5, shift=0.4):
    chance = generator(0)
    mixing = torch.randn(d, d, generator=chance)
    return torch.randn(n, d, generator=chance) @ mixing, shift + torch.randn(m, d, generator=chance) @ mixing.T


def scipy_frechet(a, b):
    a, b = a.double().numpy(), b.double().numpy()
    first, second = (np.atleast_2d(np.cov(one, rowvar=False)) for one in (a, b))
    root = scipy.linalg.sqrtm(first @ second).real
    return ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(first + second - 2 * root)


def numpy_manifolds(real, made, k, k_density):
    def distances(a, b):
        return np.sqrt(((a[:, None] - b[None]) ** 2).sum(2))

    def radii(a, k):
        return np.sort(distances(a, a), 1)[:, k]  # column 0 is the point itself

    apart = distances(real, made)
    wide = radii(real, k_density)
    return (
        (apart < radii(real, k)[:, None]).any(0).mean(),
        (apart < radii(made, k)[None]).any(1).mean(),
        (apart < wide[:, None]).sum(0).mean() / k_density,
        (apart.min(1) < wide).mean(),
    )


@pytest.mark.parametrize("d", [1, 5, 20])
def test_frechet_distance_is_scipys(d):
    a, b = sets(d=d)
    assert frechet_distance(a, b) == pytest.approx(scipy_frechet(a, b), rel=1e-6)


def test_frechet_distance_of_known_gaussians():
    x = torch.tensor([[-1.0, 0], [1, 0], [0, -1], [0, 1]], dtype=torch.float64)  # covariance 2/3 I
    assert frechet_distance(x, 3 * x + torch.tensor([1.0, 2])) == pytest.approx(5 + 2 * 2 / 3 * (3 - 1) ** 2)
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-9)


def test_frechet_distance_of_fewer_points_than_dimensions():
    a, b = sets(8, 9, 30)
    assert frechet_distance(a, b) == pytest.approx(scipy_frechet(a, b), rel=1e-3)
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a))


@pytest.mark.parametrize("shift", [0.0, 1.0, 100.0])
def test_manifolds_are_those_of_the_papers(shift, monkeypatch):
    monkeypatch.setattr("engine.metrics.generative._ROWS", 25)
    a, b = sets(shift=shift)
    found = manifolds(a, b, 3, 5)
    wanted = numpy_manifolds(a.double().numpy(), b.double().numpy(), 3, 5)
    assert tuple(vars(found).values()) == pytest.approx(wanted)
    assert shift < 50 or tuple(vars(found).values()) == (0, 0, 0, 0)


def test_a_set_is_all_of_itself():
    a, _ = sets()
    found = manifolds(a, a)
    assert (found.precision, found.recall, found.coverage) == (1, 1, 1) and found.density > 1


def test_a_collapsed_generator_is_precise_and_covers_little():
    a, _ = sets(200)
    found = manifolds(a, a[:1] + 1e-4 * torch.randn(100, 5, generator=generator(1)))
    assert found.precision == 1 and found.recall < 0.02 and found.coverage < 0.1


def test_what_cannot_be_measured():
    a, b = sets()
    with pytest.raises(ShapeError):
        frechet_distance(a, b[:, :3])
    with pytest.raises(InvalidInput, match="at least 2"):
        frechet_distance(a[:1], b)
    with pytest.raises(InvalidInput, match="at least 6"):
        manifolds(a[:5], b)
    with pytest.raises(InvalidInput, match="finite"):
        manifolds(a, b * float("nan"))
