"""Hills: gradients equal autograd's, and each stated minimum is one."""

from __future__ import annotations

import pytest
import torch

from engine.linear_model.gradient_descent import GradientDescent
from engine.linear_model.hills import HILLS


@pytest.mark.parametrize("name", list(HILLS))
def test_gradient_equals_autograd(name):
    hill = HILLS[name]
    points = torch.rand(20, 2, generator=torch.Generator().manual_seed(9), dtype=torch.float64) * 4 - 2
    for theta in points:
        expected = torch.func.grad(lambda t: hill.height(t[0], t[1]))(theta)
        value, gradient = hill.value_and_gradient(theta)
        torch.testing.assert_close(gradient, expected, rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(hill.gradient(theta), expected, rtol=1e-12, atol=1e-12)
        assert value == hill.value(theta)


@pytest.mark.parametrize("name", list(HILLS))
def test_known_minima_are_minima_in_order_and_in_the_picture(name):
    hill = HILLS[name]
    costs = [hill.value(theta) for theta in hill.minima]
    assert costs == pytest.approx(sorted(costs), abs=1e-12)
    for theta in hill.minima:
        assert hill.gradient(theta).norm() < 1e-7
        curvature = torch.autograd.functional.hessian(lambda t: hill.height(t[0], t[1]), theta)
        assert torch.linalg.eigvalsh(curvature).min() > 0
        assert hill.x_range[0] < theta[0] < hill.x_range[1] and hill.y_range[0] < theta[1] < hill.y_range[1]


def test_published_minima():
    assert HILLS["six_hump_camel"].value(HILLS["six_hump_camel"].minima[0]) == pytest.approx(-1.0316, abs=5e-5)
    assert all(HILLS["himmelblau"].value(theta) < 1e-20 for theta in HILLS["himmelblau"].minima)


def test_grid_has_rows_for_the_second_parameter():
    hill = HILLS["rosenbrock"]
    x, y = torch.linspace(-2, 2, 5, dtype=torch.float64), torch.linspace(-1, 3, 3, dtype=torch.float64)
    grid = hill.grid(x, y)
    assert grid.shape == (3, 5)
    assert grid[2, 1].item() == pytest.approx(hill.value(torch.stack([x[1], y[2]])))


@pytest.mark.parametrize("name", list(HILLS))
def test_the_suggested_start_and_learning_rate_get_near_a_minimum(name):
    hill = HILLS[name]
    start = torch.tensor(hill.start, dtype=torch.float64)
    *_, last = GradientDescent(hill.learning_rate, max_steps=2000, tolerance=1e-9).minimise(hill, start)
    assert (hill.minima - last.theta).norm(dim=1).min() < 0.25


def test_the_start_decides_which_well_is_reached():
    wells, ends = HILLS["wells"], set()
    for x, y in ((-1.0, -1.0), (1.5, -1.5), (0.5, 1.5)):
        *_, last = GradientDescent(0.1, max_steps=2000, tolerance=1e-10).minimise(wells, torch.tensor([x, y]).double())
        ends.add(int((wells.minima - last.theta).norm(dim=1).argmin()))
    assert ends == {0, 1, 2}
