"""The course's exercises give the course's numbers."""

from __future__ import annotations

import pytest
import torch

from engine.linear_model.closed_form import least_squares, normal_equation
from engine.linear_model.cost import LeastSquares, design_matrix
from engine.linear_model.features import Scaler
from engine.linear_model.gradient_descent import GradientDescent
from tests.reference.real_data import course


def _t(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def test_profit_of_food_trucks_one_feature():
    X, y = course("ex1data1.txt")
    objective = LeastSquares(design_matrix(X), y)
    assert objective.value(_t(0, 0)) == pytest.approx(32.07, abs=0.005)
    assert objective.value(_t(-1, 2)) == pytest.approx(54.24, abs=0.005)
    *_, last = GradientDescent(0.01, max_steps=1500, tolerance=0.0).minimise(objective, _t(0, 0))
    torch.testing.assert_close(last.theta, _t(-3.6303, 1.1664), rtol=0, atol=5e-5)
    for solve in (least_squares, normal_equation):
        torch.testing.assert_close(solve(objective.A, y), _t(-3.8958, 1.1930), rtol=0, atol=5e-5)


def test_price_of_houses_two_features():
    X, y = course("ex1data2.txt")
    house = _t(1650, 3)
    for solve in (least_squares, normal_equation):
        theta = solve(design_matrix(X), y)
        torch.testing.assert_close(theta, _t(89597.91, 139.2107, -8738.019), rtol=0, atol=5e-3)
        assert (theta[0] + theta[1:] @ house).item() == pytest.approx(293081.46, abs=0.005)
    scaler = Scaler.fit("std", X)
    objective = LeastSquares(design_matrix(scaler.transform(X)), y)
    *_, last = GradientDescent(0.1, max_steps=1500, tolerance=0.0).minimise(objective, _t(0, 0, 0))
    price = design_matrix(scaler.transform(house[None])) @ last.theta
    assert price.item() == pytest.approx(293081.46, abs=0.005)
