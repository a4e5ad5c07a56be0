"""Conjugate gradient, BFGS, L-BFGS and their line search: exact on quadratics, and at scipy's optimum elsewhere."""

from __future__ import annotations

import math
import pickle
from itertools import pairwise

import pytest
import scipy.optimize
import torch

from engine.linear_model.conjugate_gradient import ConjugateGradient
from engine.linear_model.cost import LeastSquares, design_matrix
from engine.linear_model.hills import HILLS, Rosenbrock
from engine.linear_model.line_search import C1, Line, strong_wolfe
from engine.linear_model.quasi_newton import BFGS, LBFGS

METHODS = {"CG": ConjugateGradient, "BFGS": BFGS, "L-BFGS-B": LBFGS}


def _objective(n: int = 5, spread: float = 3.0) -> LeastSquares:
    generator = torch.Generator().manual_seed(4)
    X = torch.randn(60, n, generator=generator, dtype=torch.float64) * torch.linspace(1, spread, n)
    return LeastSquares(design_matrix(X), torch.randn(60, generator=generator, dtype=torch.float64) + 3, 2.0)


def _solution(objective: LeastSquares) -> torch.Tensor:
    return torch.linalg.solve(objective.hessian(), objective.A.T @ objective.y / objective.n_samples)


def _scipy(objective, start: torch.Tensor, method: str):
    def value_and_gradient(theta):
        value, gradient = objective.value_and_gradient(torch.tensor(theta))
        return value, gradient.numpy()

    return scipy.optimize.minimize(value_and_gradient, start.numpy(), jac=True, method=method)


class _NDRosenbrock:
    """Σ 10 (θ_{i+1} − θ_i²)² + (1 − θ_i)² in any number of dimensions."""

    n_samples = 1

    def __init__(self, n_params: int) -> None:
        self.n_params = n_params

    def value(self, t):
        return (10 * (t[1:] - t[:-1] ** 2) ** 2 + (1 - t[:-1]) ** 2).sum().item()

    def value_and_gradient(self, t):
        gradient = torch.zeros_like(t)
        across = 20 * (t[1:] - t[:-1] ** 2)
        gradient[:-1] = -2 * t[:-1] * across - 2 * (1 - t[:-1])
        gradient[1:] += across
        return self.value(t), gradient


@pytest.mark.parametrize("n", [1, 2, 5, 10])
def test_conjugate_gradient_ends_a_quadratic_in_as_many_steps_as_parameters(n):
    objective = _objective(n)
    start = torch.full((n + 1,), 7.0, dtype=torch.float64)
    snapshots = list(ConjugateGradient(tolerance=0.0).minimise(objective, start))
    torch.testing.assert_close(snapshots[n + 1].theta, _solution(objective), rtol=1e-9, atol=1e-11)
    assert (snapshots[n].theta - _solution(objective)).norm() > 1e-6  # and not sooner, by luck


@pytest.mark.parametrize("method", list(METHODS))
def test_agrees_with_scipy_on_least_squares(method):
    objective, start = _objective(), torch.zeros(6, dtype=torch.float64)
    *_, last = METHODS[method](tolerance=0.0).minimise(objective, start)
    reference = _scipy(objective, start, method)
    assert last.status == "converged"
    assert last.cost == pytest.approx(reference.fun, rel=1e-9)
    torch.testing.assert_close(last.theta, torch.tensor(reference.x), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(last.theta, _solution(objective), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("method", list(METHODS))
@pytest.mark.parametrize("n", [2, 6])
def test_agrees_with_scipy_on_a_bent_valley(method, n):
    objective, start = _NDRosenbrock(n), torch.full((n,), 0.3, dtype=torch.float64)
    snapshots = list(METHODS[method](max_steps=1000, tolerance=0.0).minimise(objective, start))
    reference, last = _scipy(objective, start, method), snapshots[-1]
    torch.testing.assert_close(last.theta, torch.tensor(reference.x), rtol=0, atol=1e-4)
    torch.testing.assert_close(last.theta, torch.ones(n, dtype=torch.float64), rtol=0, atol=1e-7)
    as_low = next(s for s in snapshots if s.cost <= reference.fun)
    assert as_low.n_evaluations <= 2.5 * reference.nfev


@pytest.mark.parametrize("method", list(METHODS))
@pytest.mark.parametrize("name", list(HILLS))
def test_every_hill_ends_at_one_of_its_minima_never_rising(method, name):
    hill = HILLS[name]
    start = torch.tensor(hill.start, dtype=torch.float64)
    snapshots = list(METHODS[method](tolerance=1e-12).minimise(hill, start))
    assert snapshots[-1].status == "converged"
    assert (hill.minima - snapshots[-1].theta).norm(dim=1).min() < 1e-5
    assert all(b.cost <= a.cost + 1e-15 for a, b in pairwise(snapshots))
    assert [s.status for s in snapshots[:-1]] == ["running"] * (len(snapshots) - 1)


@pytest.mark.parametrize("method", list(METHODS))
def test_stops_by_tolerance_by_steps_and_at_a_minimum(method):
    objective, start = _objective(spread=30.0), torch.zeros(6, dtype=torch.float64)
    snapshots = list(METHODS[method](tolerance=1e-2).minimise(objective, start))
    falls = [a.cost - b.cost for a, b in pairwise(snapshots)]
    assert snapshots[-1].status == "converged" and falls[-1] < 1e-2 and all(f >= 1e-2 for f in falls[:-1])
    few = list(METHODS[method](max_steps=2, tolerance=0.0).minimise(objective, start))
    assert [s.status for s in few] == ["running", "running", "exhausted"]
    assert [s.step for s in few] == [0, 1, 2]
    at_rest = list(METHODS[method]().minimise(HILLS["bowl"], torch.zeros(2, dtype=torch.float64)))
    assert [s.status for s in at_rest] == ["running", "converged"]
    assert pickle.loads(pickle.dumps(at_rest[-1])).status == "converged"


@pytest.mark.parametrize("method", list(METHODS))
def test_evaluations_are_counted(method):
    class Counted(Rosenbrock):
        calls = 0

        def value_and_gradient(self, theta):
            self.calls += 1
            return super().value_and_gradient(theta)

    hill = Counted()
    for snapshot in METHODS[method]().minimise(hill, torch.tensor([-1.2, 1.0], dtype=torch.float64)):
        assert snapshot.n_evaluations == hill.calls


def test_lbfgs_with_a_long_history_repeats_bfgs_on_its_second_step():
    # from the same H = γI, with one pair, both formulas are the same matrix
    objective, start = _objective(), torch.zeros(6, dtype=torch.float64)
    s, t = torch.randn(2, 6, generator=torch.Generator().manual_seed(6), dtype=torch.float64)
    t = objective.hessian() @ s
    from engine.linear_model.quasi_newton import _DenseInverse, _LimitedInverse

    dense, limited = _DenseInverse(6), _LimitedInverse(5)
    scale = (t @ s) / (t @ t)
    dense._H = scale * dense._H
    dense.learn(s, t)
    limited.learn(s, t)
    vector = start + torch.arange(6.0, dtype=torch.float64)
    torch.testing.assert_close(limited.times(vector), dense.times(vector), rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(dense.times(t), s)  # the secant equation


class _Quartic:
    """J(θ) = (θ − 2)⁴ − 3 (θ − 2)², and beyond θ = 6 not a number, or what `beyond` says."""

    n_params, n_samples = 1, 1

    def __init__(self, beyond: float = math.nan) -> None:
        self.beyond = beyond

    def value_and_gradient(self, theta):
        t = theta[0].item() - 2
        if t > 4:
            return self.beyond, torch.full((1,), self.beyond, dtype=torch.float64)
        return t**4 - 3 * t**2, torch.tensor([4 * t**3 - 6 * t], dtype=torch.float64)


@pytest.mark.parametrize("beyond", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("c2", [0.1, 0.9])
@pytest.mark.parametrize("first_step", [1e-6, 0.01, 0.3, 1.0, 100.0])
def test_the_line_search_meets_the_strong_wolfe_conditions(first_step, c2, beyond):
    objective, start = _Quartic(beyond), torch.tensor([0.1], dtype=torch.float64)
    value, gradient = objective.value_and_gradient(start)
    line = Line(objective, start, value, gradient, -gradient)
    trial = strong_wolfe(line, first_step, c2)
    assert trial.is_finite and trial.value <= value + C1 * trial.step * line.start.slope
    assert abs(trial.slope) <= c2 * abs(line.start.slope)
    assert trial.theta.item() == pytest.approx(start.item() - trial.step * gradient.item())


def test_the_line_search_gives_up_without_a_way_down():
    objective, start = _Quartic(), torch.tensor([0.1], dtype=torch.float64)
    value, gradient = objective.value_and_gradient(start)
    assert strong_wolfe(Line(objective, start, value, gradient, gradient), 1.0, 0.9) is None

    class Slope(_Quartic):  # falls for ever: no step has a flat end
        def value_and_gradient(self, theta):
            return -theta[0].item(), torch.tensor([-1.0], dtype=torch.float64)

    line = Line(
        Slope(), start, -0.1, torch.tensor([-1.0], dtype=torch.float64), torch.tensor([1.0], dtype=torch.float64)
    )
    assert strong_wolfe(line, 1.0, 0.9) is None
