"""The cost, its gradient against autograd, and its pictures against point-by-point evaluation."""

from __future__ import annotations

import pytest
import torch

from engine.errors import InvalidInput, ShapeError
from engine.linear_model.cost import LeastSquares, cost_grid, cost_slice, design_matrix


def _objective(l2: float = 0.0, m: int = 12, n: int = 3) -> LeastSquares:
    generator = torch.Generator().manual_seed(2)
    X = torch.randn(m, n, generator=generator, dtype=torch.float64)
    return LeastSquares(design_matrix(X), torch.randn(m, generator=generator, dtype=torch.float64) + 5, l2)


THETA = torch.tensor([0.5, -1.0, 2.0, 0.3], dtype=torch.float64)


def test_value_by_hand():
    # h = 1 + 2x at x = 0, 1, 3 is 1, 3, 7; errors 0, 1, 3; J = (0 + 1 + 9 + λ 2²) / (2·3)
    A = design_matrix(torch.tensor([[0.0], [1.0], [3.0]], dtype=torch.float64))
    y = torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64)
    theta = torch.tensor([1.0, 2.0], dtype=torch.float64)
    assert LeastSquares(A, y).value(theta) == pytest.approx(10 / 6, rel=1e-15)
    assert LeastSquares(A, y, 6.0).value(theta) == pytest.approx(34 / 6, rel=1e-15)


@pytest.mark.parametrize("l2", [0.0, 2.5])
def test_gradient_and_hessian_equal_autograd(l2):
    objective = _objective(l2)

    def cost(theta):
        penalty = l2 * theta[1:].square().sum()
        return ((objective.A @ theta - objective.y).square().sum() + penalty) / (2 * len(objective.y))

    value, gradient = objective.value_and_gradient(THETA)
    assert value == pytest.approx(cost(THETA).item(), rel=1e-14)
    assert value == objective.value(THETA)
    expected = torch.func.grad(cost)(THETA)
    torch.testing.assert_close(gradient, expected, rtol=1e-13, atol=1e-14)
    torch.testing.assert_close(objective.gradient(THETA), expected, rtol=1e-13, atol=1e-14)
    torch.testing.assert_close(objective.hessian(), torch.autograd.functional.hessian(cost, THETA))


def test_minibatches_of_an_epoch_average_to_the_whole_gradient():
    objective = _objective(2.5)
    batches = [objective.minibatch(torch.arange(k, k + 3)) for k in range(0, 12, 3)]
    mean = torch.stack([b.gradient(THETA) for b in batches]).mean(0)
    torch.testing.assert_close(mean, objective.gradient(THETA))


@pytest.mark.parametrize(("i", "j"), [(0, 1), (3, 1)])
@pytest.mark.parametrize("l2", [0.0, 2.5])
def test_cost_grid_equals_evaluation_point_by_point(i, j, l2):
    objective = _objective(l2)
    vi, vj = torch.linspace(-3, 3, 4, dtype=torch.float64), torch.linspace(-50, 2, 3, dtype=torch.float64)
    grid = cost_grid(objective, THETA, i, j, vi, vj)
    assert grid.shape == (3, 4)
    for row, b in enumerate(vj):
        for column, a in enumerate(vi):
            theta = THETA.clone()
            theta[i], theta[j] = a, b
            assert grid[row, column].item() == pytest.approx(objective.value(theta), rel=1e-12)


def test_cost_grid_with_fewer_rows_than_columns_and_at_an_exact_fit_is_not_negative():
    A = design_matrix(torch.tensor([[1.0], [2.0]], dtype=torch.float64))
    grid = cost_grid(
        LeastSquares(A, A @ torch.tensor([1.0, 1.0], dtype=torch.float64)),
        torch.zeros(2, dtype=torch.float64),
        0,
        1,
        torch.tensor([1.0, 2.0], dtype=torch.float64),
        torch.tensor([1.0], dtype=torch.float64),
    )
    assert 0 <= grid[0, 0].item() < 1e-28
    assert grid[0, 1].item() == pytest.approx(0.5)


@pytest.mark.parametrize("j", [0, 2])
def test_cost_slice(j):
    objective = _objective(1.0)
    values = torch.linspace(-1, 1, 5, dtype=torch.float64)
    expected = []
    for v in values:
        theta = THETA.clone()
        theta[j] = v
        expected.append(objective.value(theta))
    torch.testing.assert_close(cost_slice(objective, THETA, j, values), torch.tensor(expected, dtype=torch.float64))


def test_refusals():
    A, y = torch.ones(3, 2, dtype=torch.float64), torch.ones(3, dtype=torch.float64)
    with pytest.raises(ShapeError):
        LeastSquares(A, y[:2])
    with pytest.raises(ShapeError):
        LeastSquares(A[:0], y[:0])
    with pytest.raises(InvalidInput, match="ridge λ"):
        LeastSquares(A, y, -1.0)
    with pytest.raises(InvalidInput, match="second parameter"):
        cost_grid(LeastSquares(A, y), torch.zeros(2, dtype=torch.float64), 1, 1, y, y)
