"""The experiment of the page: settings to table to problem to snapshots."""

from __future__ import annotations

import math
import pickle

import pytest
import torch
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import r2_score, root_mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

from engine.datasets.tables import from_points, line
from engine.errors import InvalidInput, ResourceLimit
from engine.linear_model.conjugate_gradient import ConjugateGradient
from engine.linear_model.experiment import (
    DATA,
    METHODS,
    Experiment,
    branch,
    optimum,
    prepare,
    run,
    table_for,
    theta_original,
    validation_curve,
)
from engine.linear_model.features import SCALINGS
from engine.linear_model.gradient_descent import GradientDescent
from engine.linear_model.quasi_newton import BFGS, LBFGS
from engine.settings import limits_of

OWN_DATA = [data for data in DATA if data not in ("upload", "drawn")]


def _drain(experiment: Experiment, **data):
    return list(run(experiment, **data))


@pytest.mark.parametrize("data", OWN_DATA)
@pytest.mark.parametrize("method", list(METHODS))
@pytest.mark.parametrize("scaling", list(SCALINGS))
def test_every_method_runs_on_every_table_and_stays_finite(data, method, scaling):
    experiment = Experiment(data=data, method=method, scaling=scaling, steps=30)
    snapshots = _drain(experiment)
    problem = prepare(experiment, table_for(experiment))
    assert snapshots[0].theta.tolist() == [0.0] * problem.objective.n_params
    assert snapshots[-1].status in ("converged", "diverged", "exhausted")
    for k, s in enumerate(snapshots):
        assert s.step == k and s.theta.shape == (problem.objective.n_params,) and s.theta.isfinite().all()
        assert math.isfinite(s.cost) and s.cost == pytest.approx(problem.objective.value(s.theta))
    assert len(problem.names) == problem.objective.n_params


@pytest.mark.parametrize("name", [n for n, limits in limits_of(Experiment).items() if limits.kind != "choice"])
def test_the_ends_of_every_range_work(name):
    limits = limits_of(Experiment)[name]
    for value in (limits.low, limits.high):
        experiment = Experiment(**{name: value}, data="polynomial")
        last = _drain(experiment)[-1]
        assert last.theta.isfinite().all() and math.isfinite(last.cost)
    with pytest.raises(InvalidInput):
        Experiment(**{name: limits.high + 1})


@pytest.mark.parametrize("method", list(METHODS))
def test_all_methods_reach_the_same_optimum(method):
    experiment = Experiment(method=method, tolerance=0.0, steps=400, scaling="std", ridge=2.0, batch=256)
    problem = prepare(experiment, table_for(experiment))
    *_, last = branch(problem, experiment, problem.start)
    torch.testing.assert_close(last.theta, optimum(problem), rtol=1e-6, atol=1e-6)
    assert problem.objective.gradient(optimum(problem)).norm() < 1e-12


def test_settings_become_the_methods_settings():
    common = {"max_steps": 50, "tolerance": 0.5}
    made = {m: Experiment(method=m, steps=50, tolerance=0.5, alpha=0.2, seed=3).optimiser() for m in METHODS}
    assert made == {
        "gradient_descent": GradientDescent(0.2, 0.0, 0, seed=3, **common),
        "minibatch": GradientDescent(0.2, 0.0, 8, seed=3, **common),
        "momentum": GradientDescent(0.2, 0.9, 0, seed=3, **common),
        "conjugate_gradient": ConjugateGradient(**common),
        "bfgs": BFGS(**common),
        "lbfgs": LBFGS(**common),
        "normal_equation": None,
    }


def test_the_first_look_converges():
    assert _drain(Experiment())[-1].status == "converged"


def test_the_normal_equation_is_one_step():
    experiment = Experiment(method="normal_equation", theta0=5.0, theta1=-2.0)
    start, solution = _drain(experiment)
    assert start.theta.tolist() == [5.0, -2.0] and start.status == "running"
    assert (solution.step, solution.total_steps, solution.status) == (1, 1, "converged")
    assert solution.gradient_norm < 1e-12


def test_branch_starts_where_it_is_told():
    experiment = Experiment()
    problem = prepare(experiment, table_for(experiment))
    snapshots = list(branch(problem, experiment, problem.start))
    again = list(branch(problem, experiment, snapshots[20].theta))
    torch.testing.assert_close(again[5].theta, snapshots[25].theta, rtol=0, atol=0)


@pytest.mark.parametrize("scaling", list(SCALINGS))
@pytest.mark.parametrize("data", ["polynomial", "houses"])
def test_coefficients_on_raw_columns_equal_scikit_learn(data, scaling):
    experiment = Experiment(data=data, degree=2, scaling=scaling)
    problem = prepare(experiment, table_for(experiment))
    peer = make_pipeline(PolynomialFeatures(2, include_bias=False), LinearRegression(tol=1e-14))
    peer.fit(problem.train.X.numpy(), problem.train.y.numpy())
    theta = theta_original(problem, optimum(problem))
    expected = torch.tensor([peer[-1].intercept_, *peer[-1].coef_])
    torch.testing.assert_close(theta, expected, rtol=1e-8, atol=1e-8)
    X = problem.validation.X
    torch.testing.assert_close(
        problem.predict(optimum(problem), X), torch.tensor(peer.predict(X.numpy())), rtol=1e-8, atol=0
    )


def test_scaling_is_learned_from_the_training_rows_alone():
    problem = prepare(Experiment(scaling="std", validation=0.5), line(20))
    torch.testing.assert_close(problem.scaler.mean, problem.train.X.mean(0))
    assert problem.train.n_samples == problem.validation.n_samples == 10


def test_ridge_equals_scikit_learn_on_the_scaled_features():
    problem = prepare(Experiment(ridge=3.0, scaling="std", degree=3), line(20))
    scaled = problem.objective.A[:, 1:].numpy()
    peer = Ridge(3.0, solver="svd").fit(scaled, problem.train.y.numpy())
    expected = torch.tensor([peer.intercept_, *peer.coef_])
    torch.testing.assert_close(optimum(problem), expected, rtol=1e-8, atol=1e-10)


def test_validation_curve_equals_scikit_learn():
    experiment = Experiment(data="polynomial", noise=1.0)
    table = table_for(experiment)
    rows = validation_curve(experiment, table, range(1, 7))
    assert [row.degree for row in rows] == [1, 2, 3, 4, 5, 6]
    problem = prepare(experiment, table)
    for row in rows:
        peer = make_pipeline(PolynomialFeatures(row.degree), LinearRegression(tol=1e-14))
        peer.fit(problem.train.X.numpy(), problem.train.y.numpy())
        for part, found_rmse, found_r2 in (
            (problem.train, row.rmse_train, row.r2_train),
            (problem.validation, row.rmse_validation, row.r2_validation),
        ):
            h = peer.predict(part.X.numpy())
            assert found_rmse == pytest.approx(root_mean_squared_error(part.y, h), rel=1e-7)
            assert found_r2 == pytest.approx(r2_score(part.y, h), rel=1e-6)
    assert rows[2].rmse_validation < 0.7 * rows[0].rmse_validation  # the truth is a cubic


def test_validation_curve_without_validation_and_beyond_the_bound():
    experiment = Experiment(data="diabetes", validation=0.0)
    rows = validation_curve(experiment, table_for(experiment), range(1, 13))
    assert [row.degree for row in rows] == [1, 2, 3]
    assert all(row.rmse_validation is None and row.r2_validation is None for row in rows)
    assert rows[0].rmse_train > rows[1].rmse_train > rows[2].rmse_train
    with pytest.raises(ResourceLimit, match="Lower the degree"):
        _drain(Experiment(data="diabetes", degree=4))


def test_own_data():
    points = torch.tensor([[0.0, 1.0], [1.0, 3.0], [2.0, 5.0]])
    drawn = Experiment(data="drawn", method="normal_equation")
    torch.testing.assert_close(_drain(drawn, points=points)[-1].theta, torch.tensor([1.0, 2.0]).double())
    uploaded = Experiment(data="upload", method="normal_equation")
    torch.testing.assert_close(
        _drain(uploaded, upload=from_points(points))[-1].theta, torch.tensor([1.0, 2.0]).double()
    )
    for degree in (1, 12):  # two points above each other, and more parameters than points
        same_x = torch.tensor([[1.0, 1.0], [1.0, 3.0]])
        experiment = Experiment(data="drawn", method="normal_equation", degree=degree, scaling="std")
        assert _drain(experiment, points=same_x)[-1].cost == pytest.approx(0.5)
    with pytest.raises(InvalidInput, match="Choose a CSV file"):
        table_for(Experiment(data="upload"))
    with pytest.raises(InvalidInput, match="Add a point"):
        table_for(Experiment(data="drawn"))


def test_everything_a_run_needs_is_picklable():
    experiment = Experiment(data="houses", scaling="std")
    problem = prepare(experiment, table_for(experiment))
    twin, settings = pickle.loads(pickle.dumps((problem, experiment)))
    assert settings == experiment
    assert torch.equal(list(branch(twin, settings, twin.start))[-1].theta, _drain(experiment)[-1].theta)
