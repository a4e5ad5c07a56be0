"""The closed forms against certified values, scikit-learn and numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.linear_model import LinearRegression, Ridge

from engine.errors import InvalidInput, ShapeError
from engine.linear_model import closed_form
from engine.linear_model.closed_form import (
    compare_closed_forms,
    condition_number,
    correct_digits,
    least_squares,
    normal_equation,
)
from engine.linear_model.cost import LeastSquares, design_matrix
from engine.linear_model.features import polynomial_features
from tests.reference.real_data import nist


def _data(m: int = 50, n: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(8)
    X = torch.randn(m, n, generator=generator, dtype=torch.float64) * torch.tensor([0.1, 1.0, 10.0, 100.0])[:n]
    return X, torch.randn(m, generator=generator, dtype=torch.float64) * 3 + 7


def _wampler() -> tuple[torch.Tensor, torch.Tensor]:
    """y = 1 + x + x² + x³ + x⁴ + x⁵ at x = 0 … 20: all coefficients are 1 (Wampler 1970; NIST StRD Wampler1)."""
    powers = polynomial_features(torch.arange(21, dtype=torch.float64)[:, None], 5)
    A = design_matrix(powers)
    return A, A.sum(1)


@pytest.mark.parametrize(("name", "degree", "digits"), [("Longley", 1, 10.5), ("Norris", 1, 13), ("Wampler1", 5, 10)])
def test_certified_values_of_nist(name, degree, digits):
    X, y, certified = nist(name)
    theta = least_squares(design_matrix(polynomial_features(X, degree)), y)
    assert len(theta) == len(certified)
    assert correct_digits(theta, certified).min() > digits


def test_the_textbook_formula_loses_digits_that_the_stable_way_keeps():
    A, y = _wampler()
    ones = torch.ones(6, dtype=torch.float64)
    both = compare_closed_forms(A, y, truth=ones)
    assert both.stable_digits.min() > 10
    assert both.textbook_digits.min() < 6
    assert both.condition == pytest.approx(torch.linalg.cond(A).item(), rel=1e-6)
    torch.testing.assert_close(both.stable, ones, rtol=1e-10, atol=0)


def test_equals_linear_regression():
    X, y = _data()
    peer = LinearRegression().fit(X.numpy(), y.numpy())
    expected = torch.tensor([peer.intercept_, *peer.coef_])
    for solve in (least_squares, normal_equation):
        torch.testing.assert_close(solve(design_matrix(X), y), expected, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("l2", [1e-3, 1.0, 1000.0])
@pytest.mark.parametrize("m", [50, 3])
def test_equals_ridge(l2, m):
    X, y = _data(m)
    peer = Ridge(alpha=l2, solver="svd").fit(X.numpy(), y.numpy())
    expected = torch.tensor([peer.intercept_, *peer.coef_])
    for solve in (least_squares, normal_equation):
        torch.testing.assert_close(solve(design_matrix(X), y, l2), expected, rtol=1e-8, atol=1e-10)


def test_ridge_is_the_minimum_of_the_cost():
    X, y = _data()
    objective = LeastSquares(design_matrix(X), y, 5.0)
    gradient = objective.gradient(least_squares(objective.A, y, 5.0))
    assert gradient.norm() < 1e-9 * objective.gradient(torch.zeros(5, dtype=torch.float64)).norm()


def test_dependent_columns_give_the_shortest_solution():
    X, y = _data()
    A = design_matrix(torch.cat([X, 2 * X[:, 1:2] - X[:, 2:3], torch.zeros_like(X[:, :1])], 1))
    theta = least_squares(A, y)
    expected = np.linalg.lstsq(A.numpy(), y.numpy(), rcond=1e-14)[0]
    torch.testing.assert_close(theta, torch.tensor(expected), rtol=1e-8, atol=1e-10)
    wide = A[:3]
    expected = np.linalg.lstsq(wide.numpy(), y[:3].numpy(), rcond=1e-14)[0]
    torch.testing.assert_close(least_squares(wide, y[:3]), torch.tensor(expected), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("block", [1, 2, 7, 1000])
def test_the_size_of_the_blocks_does_not_matter(block, monkeypatch):
    X, y = _data()
    whole = least_squares(design_matrix(X), y, 0.1)
    condition = condition_number(design_matrix(X))
    monkeypatch.setattr(closed_form, "BLOCK_ROWS", block)
    torch.testing.assert_close(least_squares(design_matrix(X), y, 0.1), whole, rtol=1e-11, atol=1e-12)
    assert condition_number(design_matrix(X)) == pytest.approx(condition, rel=1e-9)


def test_a_singular_normal_equation_is_refused_with_advice():
    A = torch.ones(4, 2, dtype=torch.float64)
    with pytest.raises(InvalidInput, match="ridge λ above 0"):
        normal_equation(A, A[:, 0])
    both = compare_closed_forms(A, A[:, 0])
    assert both.textbook is None and both.condition > 1e15
    assert torch.equal(both.textbook_digits, torch.zeros(2, dtype=torch.float64))
    torch.testing.assert_close(both.stable, torch.full((2,), 0.5, dtype=torch.float64))
    assert condition_number(A[:1]) == float("inf")


def test_correct_digits():
    reference = torch.tensor([2.0, 0.0, 3.0, 1.0, 5.0], dtype=torch.float64)
    estimate = torch.tensor([2.002, 1e-5, 3.0, -9.0, float("nan")], dtype=torch.float64)
    expected = torch.tensor([3.0, 5.0, 16.0, 0.0, 0.0], dtype=torch.float64)
    torch.testing.assert_close(correct_digits(estimate, reference), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("solve", [least_squares, normal_equation])
def test_refusals(solve):
    A, y = torch.eye(3, dtype=torch.float64), torch.ones(3, dtype=torch.float64)
    with pytest.raises(ShapeError):
        solve(A, y[:2])
    with pytest.raises(InvalidInput, match="ridge λ"):
        solve(A, y, -1.0)
    with pytest.raises(InvalidInput, match="finite"):
        solve(A * float("nan"), y)
