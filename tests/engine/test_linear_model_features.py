"""Polynomial features and scaling against scikit-learn."""

from __future__ import annotations

import pytest
import torch
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from engine.errors import InvalidInput, ResourceLimit, ShapeError
from engine.linear_model.cost import design_matrix
from engine.linear_model.features import (
    SCALINGS,
    Scaler,
    n_polynomial_features,
    polynomial_features,
    polynomial_names,
    scale_theta,
    unscale_theta,
)


def _features(m: int, n: int) -> torch.Tensor:
    return torch.rand(m, n, generator=torch.Generator().manual_seed(1), dtype=torch.float64) * 3 - 1


@pytest.mark.parametrize(("n", "degree"), [(1, 1), (1, 12), (2, 5), (3, 3), (10, 3)])
def test_polynomial_features_equal_scikit_learn(n, degree):
    X = _features(7, n)
    expected = PolynomialFeatures(degree, include_bias=False).fit_transform(X.numpy())
    ours = polynomial_features(X, degree)
    assert ours.shape == (7, n_polynomial_features(n, degree))
    torch.testing.assert_close(ours, torch.tensor(expected), rtol=1e-12, atol=0)


def test_names_follow_the_columns():
    assert polynomial_names(("x",), 12)[:3] == ("x", "x²", "x³")
    assert polynomial_names(("x",), 12)[-1] == "x¹²"
    assert polynomial_names(("size", "rooms"), 2) == ("size", "rooms", "size²", "size·rooms", "rooms²")


@pytest.mark.parametrize(("m", "n", "degree"), [(3, 10, 4), (200_000, 10, 3)])
def test_too_many_features_are_refused_with_advice(m, n, degree):
    with pytest.raises(ResourceLimit, match="Lower the degree"):
        polynomial_features(torch.zeros(1, 1, dtype=torch.float64).expand(m, n), degree)


def test_refusals():
    with pytest.raises(ShapeError):
        polynomial_features(torch.ones(3), 2)
    with pytest.raises(InvalidInput, match="degree must be at least 1"):
        polynomial_features(torch.ones(3, 1), 0)
    with pytest.raises(InvalidInput, match="too large"):
        polynomial_features(torch.full((2, 1), 1e90, dtype=torch.float64), 4)
    with pytest.raises(InvalidInput, match="one of none, range, std"):
        Scaler.fit("minmax", torch.ones(3, 1))


def test_std_scaling_equals_scikit_learn_and_range_is_mean_normalisation():
    X = _features(9, 3)
    expected = torch.tensor(StandardScaler().fit_transform(X.numpy()))
    torch.testing.assert_close(Scaler.fit("std", X).transform(X), expected, rtol=0, atol=1e-12)
    ranged = Scaler.fit("range", X).transform(X)
    torch.testing.assert_close(ranged, (X - X.mean(0)) / (X.max(0).values - X.min(0).values))
    assert Scaler.fit("none", X).transform(X) is X


def test_a_constant_column_is_centred_and_stays_finite():
    X = torch.cat([_features(5, 1), torch.full((5, 1), 7.0, dtype=torch.float64)], 1)
    for kind in ("range", "std"):
        assert torch.equal(Scaler.fit(kind, X).transform(X)[:, 1], torch.zeros(5, dtype=torch.float64))


@pytest.mark.parametrize("kind", list(SCALINGS))
def test_scaling_and_its_inverse(kind):
    X = _features(6, 2) * torch.tensor([100.0, 0.1])
    theta = torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64)
    scaler = Scaler.fit(kind, X)
    torch.testing.assert_close(scaler.inverse(scaler.transform(X)), X)
    on_raw = unscale_theta(theta, scaler)
    torch.testing.assert_close(design_matrix(X) @ on_raw, design_matrix(scaler.transform(X)) @ theta)
    torch.testing.assert_close(scale_theta(on_raw, scaler), theta)
