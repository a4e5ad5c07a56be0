"""Both kinds of update, the three scalings, and both closed forms, side by side."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.datasets.table import Table
from engine.linear_model.comparisons import (
    MOST_STEPS,
    NEAR,
    compare_scalings,
    digits_by_degree,
    integer_powers,
    update_paths,
)
from engine.linear_model.experiment import Experiment, prepare, table_for
from engine.linear_model.gradient_descent import GradientDescent
from engine.linear_model.trace import picture


def _t(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def test_update_paths_by_hand():
    table = Table(_t(1, 2)[:, None], _t(3, 5), ("x",), "y")
    shown = picture(prepare(Experiment(data="upload", validation=0.0), table))
    paths = update_paths(shown, _t(1, 1), 0.5, 2)
    # together, from θ = (1, 1): errors (−1, −2), slopes (−1.5, −2.5); then errors (1, 1.25), slopes (1.125, 1.75)
    assert paths.together.tolist() == [[1, 1], [1.75, 2.25], [1.1875, 1.375]]
    assert paths.together_cost.tolist() == pytest.approx(
        [1.25, (1.0**2 + 1.25**2) / 4, (0.4375**2 + 1.0625**2) / 4], abs=1e-12
    )
    # one by one, the errors are (−1, −2), (−0.25, −1.25), (0.4375, 0.125), (0.296875, −0.015625)
    by_hand = [[1, 1], [1.75, 1], [1.75, 1.6875], [1.609375, 1.6875], [1.609375, 1.62109375]]
    assert paths.one_by_one.tolist() == by_hand
    errors = [(a + b - 3, a + 2 * b - 5) for a, b in by_hand]
    assert paths.one_by_one_cost.tolist() == pytest.approx([(e * e + f * f) / 4 for e, f in errors], abs=1e-12)


def test_update_paths_go_on_as_long_as_asked_and_end_when_they_explode():
    table = table_for(Experiment(data="houses"))
    shown = picture(prepare(Experiment(data="houses"), table))
    start = torch.zeros(3, dtype=torch.float64)
    calm = update_paths(shown, start, 1e-6, 7)
    assert calm.together.shape == (8, 3) and calm.one_by_one.shape == (1 + 7 * 3, 3)
    wild = update_paths(shown, start, 1.0, 200)
    assert 3 <= len(wild.together) < 10
    assert len(wild.one_by_one) == 1 + 3 * (len(wild.together) - 1)
    assert max(wild.together[-1].abs().max(), wild.one_by_one[-1].abs().max()) > 1e12
    for values in (wild.together, wild.one_by_one, wild.together_cost, wild.one_by_one_cost):
        assert values.isfinite().all()


def test_simultaneous_updates_are_gradient_descent_with_the_ridge_in_it():
    experiment = Experiment(data="houses", scaling="std", ridge=5.0)
    problem = prepare(experiment, table_for(experiment))
    start = _t(300, 20, -40)
    paths = update_paths(picture(problem), start, 0.3, 6)
    steps = list(GradientDescent(0.3, max_steps=6, tolerance=0.0).minimise(problem.objective, start))
    torch.testing.assert_close(paths.together, torch.stack([s.theta for s in steps]), rtol=1e-12, atol=0)
    assert paths.together_cost.tolist() == pytest.approx([s.cost for s in steps], rel=1e-11)
    expected = [problem.objective.value(theta) for theta in paths.one_by_one]
    assert paths.one_by_one_cost.tolist() == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("data", ["line", "houses", "diabetes"])
def test_condition_numbers_equal_numpy(data):
    experiment = Experiment(data=data, ridge=0.5 if data == "houses" else 0.0)
    table = table_for(experiment)
    runs = compare_scalings(experiment, table)
    assert [run.kind for run in runs] == ["none", "range", "std"]
    X = prepare(experiment, table).train.X.numpy()
    columns = [X, (X - X.mean(0)) / np.ptp(X, axis=0), (X - X.mean(0)) / X.std(0)]
    for run, scaled in zip(runs, columns, strict=True):
        A = np.column_stack([np.ones(len(scaled)), scaled])
        hessian = (A.T @ A + experiment.ridge * np.diag([0.0] + [1.0] * scaled.shape[1])) / len(A)
        assert run.condition == pytest.approx(np.linalg.cond(hessian), rel=1e-6)
        assert run.learning_rate == pytest.approx(1 / np.linalg.eigvalsh(hessian)[-1], rel=1e-10)


def test_one_standardised_feature_arrives_in_one_step():
    experiment = Experiment(theta0=5.0, theta1=-3.0)  # which the comparison does not use
    *_, std = compare_scalings(experiment, table_for(experiment))
    assert (std.condition, std.learning_rate) == pytest.approx((1.0, 1.0), rel=1e-12)
    assert std.steps == 1
    torch.testing.assert_close(std.snapshots[1].theta, std.shown.optimum)
    assert std.snapshots[0].theta.tolist() == [0.0, 0.0]


def test_steps_count_to_the_first_that_is_near_the_lowest():
    experiment = Experiment(data="houses")
    runs = compare_scalings(experiment, table_for(experiment))
    for run in runs:
        near = [s.cost - run.shown.lowest <= NEAR * run.shown.lowest for s in run.snapshots]
        assert run.steps == (len(near) - 1 if near[-1] else None)
        assert not any(near[:-1])
        falls = [a.cost - b.cost for a, b in zip(run.snapshots, run.snapshots[1:], strict=False)]
        assert min(falls) >= 0  # no direction swings
    none, scaled, std = runs
    assert none.steps is None and len(none.snapshots) == MOST_STEPS + 1
    assert std.steps < scaled.steps < MOST_STEPS


def test_a_perfect_fit_is_arrived_at_too():
    experiment = Experiment(noise=0.0)
    steps = [run.steps for run in compare_scalings(experiment, table_for(experiment))]
    assert None not in steps


def test_integer_powers_are_exact():
    for degree in (1, 5, 12):
        table = integer_powers(degree)
        exact = [sum(x**k for k in range(degree + 1)) for x in range(21)]
        assert [int(y) for y in table.y] == exact
        assert table.true_function == (1.0,) * (degree + 1)


def test_digits_by_degree():
    found = dict(digits_by_degree([1, 5, 7]))
    assert list(found) == [1, 5, 7]
    textbook = {degree: both.textbook_digits.min().item() for degree, both in found.items()}
    stable = {degree: both.stable_digits.min().item() for degree, both in found.items()}
    assert textbook[1] > 12 and textbook[5] < 6 and textbook[7] < 1
    assert stable[5] >= 10 and stable[7] > 6
    for degree, both in found.items():
        assert both.stable.shape == (degree + 1,)
        errors = (both.stable - 1).abs().clamp(min=1e-16)
        assert both.stable_digits.tolist() == pytest.approx((-errors.log10()).tolist(), abs=1e-9)
    A = np.vander(np.arange(21.0), 6, increasing=True)
    assert found[5].condition == pytest.approx(np.linalg.cond(A), rel=1e-6)
