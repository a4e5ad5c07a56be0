"""A run as arrays equals what scikit-learn and the objective say of each step."""

from __future__ import annotations

import pickle

import pytest
import torch
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import r2_score, root_mean_squared_error

from engine.errors import InvalidInput
from engine.linear_model.experiment import Experiment, branch, prepare, table_for, theta_original
from engine.linear_model.trace import SquaredErrors, at_optimum, cost_of, features_of, picture, trace

EXPERIMENTS = {
    "line": Experiment(steps=30),
    "houses": Experiment(data="houses", degree=2, scaling="std", ridge=3.0, method="momentum", steps=30),
    "diabetes": Experiment(data="diabetes", method="lbfgs", validation=0.3),
    "closed form": Experiment(data="polynomial", degree=3, scaling="range", method="normal_equation"),
}


def _run(experiment: Experiment):
    problem = prepare(experiment, table_for(experiment))
    return picture(problem), list(branch(problem, experiment, problem.start))


@pytest.fixture(params=EXPERIMENTS)
def run(request):
    return _run(EXPERIMENTS[request.param])


def test_errors_equal_scikit_learn(run):
    shown, snapshots = run
    full = trace(shown, snapshots)
    p = shown.problem
    for part, rmse, r2 in (
        (p.train, full.rmse_train, full.r2_train),
        (p.validation, full.rmse_validation, full.r2_validation),
    ):
        assert len(rmse) == len(r2) == len(snapshots) > 1
        for k, snapshot in enumerate(snapshots):
            predicted = p.predict(snapshot.theta, part.X)
            assert rmse[k].item() == pytest.approx(root_mean_squared_error(part.y, predicted), rel=1e-10)
            assert r2[k].item() == pytest.approx(r2_score(part.y, predicted), rel=1e-9, abs=1e-10)


def test_the_other_columns_are_those_of_the_snapshots(run):
    shown, snapshots = run
    full = trace(shown, snapshots, first_step=12)
    assert full.step.tolist() == [12 + s.step for s in snapshots]
    assert full.status == snapshots[-1].status != "running"
    for name in ("cost", "gradient_norm", "n_evaluations"):
        assert getattr(full, name).tolist() == [getattr(s, name) for s in snapshots]
    for k, snapshot in enumerate(snapshots):
        assert torch.equal(full.theta[k], snapshot.theta)
        torch.testing.assert_close(full.original[k], theta_original(shown.problem, snapshot.theta), rtol=1e-12, atol=0)


def test_columns(run):
    shown, snapshots = run
    full = trace(shown, snapshots)
    columns = full.columns()
    assert list(columns)[:3] == ["step", "cost", "gradient_norm"]
    assert list(columns)[8:] == [f"theta_{j}" for j in range(full.theta.shape[1])]
    assert columns["theta_1"] == full.theta[:, 1].tolist()
    assert columns["r2_validation"] == full.r2_validation.tolist()
    assert {len(values) for values in columns.values()} == {len(snapshots)}


def test_cost_of_equals_the_objective(run):
    shown, snapshots = run
    theta = torch.stack([s.theta for s in snapshots])
    costs = cost_of(shown, theta)
    for k, snapshot in enumerate(snapshots):
        assert costs[k].item() == pytest.approx(shown.problem.objective.value(snapshot.theta), rel=1e-11)
        assert costs[k].item() == pytest.approx(snapshot.cost, rel=1e-11)


def test_at_optimum(run):
    shown, snapshots = run
    theta = torch.stack([s.theta for s in snapshots])
    before = theta.clone()
    moved = at_optimum(shown, theta, (0, 1))
    assert torch.equal(moved[:, :2], theta[:, :2])
    assert torch.equal(moved[:, 2:], shown.optimum[2:].expand(len(theta), -1))
    assert torch.equal(at_optimum(shown, theta, []), shown.optimum.expand(len(theta), -1))
    assert torch.equal(theta, before)


def test_picture_equals_scikit_learn_and_numpy():
    shown, _ = _run(EXPERIMENTS["houses"])
    o = shown.problem.objective
    peer = Ridge(alpha=3.0).fit(o.A[:, 1:].numpy(), o.y.numpy())
    assert shown.optimum.tolist() == pytest.approx([peer.intercept_, *peer.coef_], rel=1e-9)
    assert shown.lowest == pytest.approx(o.value(shown.optimum), rel=1e-12)
    assert all(o.value(shown.optimum + 0.01 * e) > shown.lowest for e in torch.eye(o.n_params, dtype=torch.float64))
    along = torch.autograd.functional.hessian(
        lambda t: ((o.A @ t - o.y).square().sum() + 3 * t[1:] @ t[1:]) / 2, o.y[:6]
    )
    assert shown.largest_curvature == pytest.approx(torch.linalg.eigvalsh(along / len(o.y))[-1].item(), rel=1e-10)


def test_squared_errors_of_more_columns_than_rows_and_of_none_left():
    A = torch.arange(1.0, 13.0, dtype=torch.float64).reshape(3, 4) ** 1.5
    y = torch.tensor([1.0, -2.0, 4.0], dtype=torch.float64)
    theta = torch.tensor([[1.0, 0.5, -1.0, 2.0], [0.0, 0.0, 0.0, 0.0]], dtype=torch.float64)
    errors = SquaredErrors(A, y)
    assert errors(theta).tolist() == pytest.approx([(A @ t - y).square().mean().item() for t in theta], rel=1e-12)
    assert errors.variance == pytest.approx(6.0)  # of 1, −2, 4 about 1: (0 + 9 + 9) / 3


def test_without_validation_rows_there_are_no_figures():
    full = trace(*_run(Experiment(validation=0.0, steps=3)))
    assert full.rmse_validation.isnan().all() and full.r2_validation.isnan().all()
    assert full.rmse_train.isfinite().all()


def test_a_single_validation_row_has_an_error_and_no_r2():
    full = trace(*_run(Experiment(validation=0.1, n=10, steps=3)))
    assert full.rmse_validation.isfinite().all() and full.r2_validation.isnan().all()


def test_features_of_equal_what_was_fitted():
    shown, _ = _run(EXPERIMENTS["houses"])
    p = shown.problem
    assert torch.equal(features_of(p, p.train.X), p.objective.A)
    peer = LinearRegression().fit(features_of(p, p.train.X)[:, 1:].numpy(), p.train.y.numpy())
    expected = torch.tensor(peer.predict(features_of(p, p.validation.X)[:, 1:].numpy()))
    theta = torch.tensor([peer.intercept_, *peer.coef_])
    torch.testing.assert_close(p.predict(theta, p.validation.X), expected, rtol=1e-10, atol=0)


def test_a_trace_of_nothing_is_refused_and_one_can_be_pickled():
    shown, snapshots = _run(EXPERIMENTS["line"])
    with pytest.raises(InvalidInput, match="at least one snapshot"):
        trace(shown, [])
    again = pickle.loads(pickle.dumps(trace(shown, snapshots)))
    assert torch.equal(again.cost, trace(shown, snapshots).cost)
