"""Regression metrics against scikit-learn and scipy."""

from __future__ import annotations

import pytest
import scipy.stats
import torch
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from engine.errors import ShapeError
from engine.metrics.regression import mae, qq_points, r2, residual_statistics, rmse


def _pair(m: int = 31) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(11)
    y = torch.randn(m, generator=generator, dtype=torch.float64) * 3 + 100
    return y, y + torch.rand(m, generator=generator, dtype=torch.float64) ** 2


def test_equal_to_scikit_learn():
    y, prediction = _pair()
    assert r2(y, prediction) == pytest.approx(r2_score(y, prediction), rel=1e-13)
    assert rmse(y, prediction) == pytest.approx(root_mean_squared_error(y, prediction), rel=1e-13)
    assert mae(y, prediction) == pytest.approx(mean_absolute_error(y, prediction), rel=1e-13)


def test_r2_of_a_constant_target():
    ones = torch.ones(3, dtype=torch.float64)
    assert r2(ones, ones) == r2_score(ones, ones) == 1.0
    assert r2(ones, 2 * ones) == r2_score(ones, 2 * ones) == 0.0


def test_residual_statistics_equal_scipy():
    residuals = _pair()[1]
    found, z = residual_statistics(residuals), residuals.numpy()
    assert (found.mean, found.std) == pytest.approx((z.mean(), z.std()), rel=1e-13)
    expected = [float(torch.quantile(residuals, q)) for q in (0, 0.25, 0.5, 0.75, 1)]
    quartiles = [found.smallest, found.lower_quartile, found.median, found.upper_quartile, found.largest]
    assert quartiles == pytest.approx(expected, rel=1e-14)
    assert found.skewness == pytest.approx(scipy.stats.skew(z), rel=1e-10)
    assert found.excess_kurtosis == pytest.approx(scipy.stats.kurtosis(z), rel=1e-10)


def test_equal_residuals_have_no_shape():
    found = residual_statistics(torch.full((4,), 0.5, dtype=torch.float64))
    assert (found.std, found.skewness, found.excess_kurtosis, found.median) == (0.0, 0.0, 0.0, 0.5)


@pytest.mark.parametrize("m", [2, 3, 31])
def test_qq_points_equal_scipy(m):
    residuals = _pair(m)[1]
    (x, ordered), (slope, intercept, r) = scipy.stats.probplot(residuals.numpy())
    points = qq_points(residuals)
    torch.testing.assert_close(points.theoretical, torch.tensor(x), rtol=1e-12, atol=1e-14)
    assert torch.equal(points.ordered, torch.tensor(ordered))
    assert (points.slope, points.intercept, points.correlation) == pytest.approx((slope, intercept, r), rel=1e-11)


def test_qq_points_of_equal_residuals_are_finite():
    points = qq_points(torch.zeros(5, dtype=torch.float64))
    assert (points.slope, points.intercept, points.correlation) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("measure", [r2, rmse, mae])
def test_shapes_are_checked(measure):
    y = torch.ones(3)
    for wrong in (torch.ones(2), torch.ones(3, 1)):
        with pytest.raises(ShapeError, match="at least one row"):
            measure(y, wrong)
    with pytest.raises(ShapeError):
        measure(y[:0], y[:0])


def test_residual_shapes_are_checked():
    with pytest.raises(ShapeError, match="at least 2"):
        qq_points(torch.ones(1))
    with pytest.raises(ShapeError):
        residual_statistics(torch.ones(0))
