"""Gradient descent follows its closed form on a quadratic, and stops for the right reason."""

from __future__ import annotations

import math
import pickle
from itertools import pairwise

import pytest
import torch

from engine.errors import InvalidInput, ShapeError
from engine.linear_model.cost import LeastSquares, design_matrix
from engine.linear_model.gradient_descent import GradientDescent
from engine.linear_model.optimiser import StoppingRule


def _objective(m: int = 40, l2: float = 0.5) -> LeastSquares:
    generator = torch.Generator().manual_seed(3)
    X = torch.randn(m, 3, generator=generator, dtype=torch.float64) * torch.tensor([1.0, 2.0, 0.3])
    return LeastSquares(design_matrix(X), torch.randn(m, generator=generator, dtype=torch.float64) + 2, l2)


def _zeros(n: int = 4) -> torch.Tensor:
    return torch.zeros(n, dtype=torch.float64)


def _diagonal(eigenvalues: list[float]) -> LeastSquares:
    """A least squares whose Hessian is diag(eigenvalues), with its minimum, 0, at θ = 0."""
    n = len(eigenvalues)
    A = torch.diag((n * torch.tensor(eigenvalues, dtype=torch.float64)).sqrt())
    return LeastSquares(A, _zeros(n))


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_follows_the_closed_form_for_200_steps(momentum):
    objective, alpha = _objective(), 0.1
    H, identity = objective.hessian(), torch.eye(4, dtype=torch.float64)
    minimum = torch.linalg.solve(H, objective.A.T @ objective.y / objective.n_samples)
    # with e_k = θᵏ − θ*, one step is the linear map (e_k, e_{k-1}) → ((1 + β)I − αH) e_k − β e_{k-1}
    top = torch.cat([(1 + momentum) * identity - alpha * H, -momentum * identity], 1)
    step = torch.cat([top, torch.cat([identity, torch.zeros_like(identity)], 1)])
    start = torch.tensor([3.0, -2.0, 1.0, 0.5], dtype=torch.float64)
    state = torch.cat([start - minimum, start - minimum])
    snapshots = list(GradientDescent(alpha, momentum, max_steps=200, tolerance=0.0).minimise(objective, start))
    assert len(snapshots) == 201
    for k, snapshot in enumerate(snapshots):
        expected = minimum + (torch.linalg.matrix_power(step, k) @ state)[:4]
        torch.testing.assert_close(snapshot.theta, expected, rtol=1e-11, atol=1e-12)
        assert snapshot.cost == pytest.approx(objective.value(expected), rel=1e-11)
        assert (snapshot.step, snapshot.n_evaluations, snapshot.total_steps) == (k, k + 1, 200)
    assert [s.status for s in snapshots] == ["running"] * 200 + ["exhausted"]
    assert snapshots[7].gradient_norm == pytest.approx(objective.gradient(snapshots[7].theta).norm().item())


def test_the_start_is_kept_and_snapshots_do_not_share_memory():
    start = torch.ones(4, dtype=torch.float64)
    snapshots = list(GradientDescent(0.1, max_steps=3, tolerance=0.0).minimise(_objective(), start))
    assert torch.equal(start, torch.ones(4, dtype=torch.float64))
    assert len({s.theta.data_ptr() for s in snapshots} | {start.data_ptr()}) == 5
    assert torch.equal(pickle.loads(pickle.dumps(snapshots[2])).theta, snapshots[2].theta)


def test_converges_when_the_fall_is_below_the_tolerance():
    snapshots = list(GradientDescent(0.1, max_steps=5000, tolerance=1e-4).minimise(_objective(), _zeros()))
    falls = [a.cost - b.cost for a, b in pairwise(snapshots)]
    assert snapshots[-1].status == "converged"
    assert 0 <= falls[-1] < 1e-4
    assert all(fall >= 1e-4 for fall in falls[:-1])


def test_momentum_does_not_converge_at_the_turn_of_a_swing():
    # one mode: J stands still at the far end of each swing, where a single small change (as the rule asks without
    # momentum) would stop this run at J = 0.63
    optimiser = GradientDescent(3e-3, 0.99, max_steps=20_000, tolerance=1e-3)
    *_, last = optimiser.minimise(_diagonal([1.0]), _zeros(1) + 2)
    assert last.status == "converged"
    assert last.cost < 0.1


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("share", [1e-4, 0.1, 0.5, 0.96])
def test_below_the_stability_limit_nothing_is_called_divergence(momentum, share):
    objective = _diagonal([1.0, 0.1, 0.01])
    alpha = share * 2 * (1 + momentum)  # the limit for the largest eigenvalue, 1
    optimiser = GradientDescent(alpha, momentum, max_steps=1000, tolerance=0.0)
    *_, last = optimiser.minimise(objective, torch.tensor([1.0, -2.0, 5.0], dtype=torch.float64))
    assert last.status == "exhausted"


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("excess", [1.01, 1.5, 2.6])
@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_above_the_stability_limit_divergence_is_found_and_finite(momentum, excess, scale):
    objective = _diagonal([1.0, 0.1])
    alpha = excess * 2 * (1 + momentum)
    optimiser = GradientDescent(alpha, momentum, max_steps=20_000, tolerance=0.0)
    snapshots = list(optimiser.minimise(objective, scale * torch.tensor([1.0, -2.0], dtype=torch.float64)))
    assert snapshots[-1].status == "diverged"
    assert len(snapshots) < (60 if momentum == 0 else 2000)
    assert all(math.isfinite(s.cost) and s.theta.isfinite().all() for s in snapshots)


def test_a_long_harmless_rise_under_momentum_is_not_called_divergence():
    # at α λ = (1 + √β)² both roots of the recursion are −√β, and |θ| grows like k √βᵏ before it shrinks
    optimiser = GradientDescent((1 + 0.9**0.5) ** 2, 0.9, max_steps=1000, tolerance=0.0)
    costs = [s.cost for s in optimiser.minimise(_diagonal([1.0]), _zeros(1) + 1)]
    assert max(costs) > 50 * costs[0] and costs.index(max(costs)) > 10
    assert costs[-1] < 1e-20 and len(costs) == 1001


def test_the_rule_by_its_costs():
    assert StoppingRule(1.0, tolerance=1e-3).judge(1.0005) == "running"  # a rise is no convergence
    assert StoppingRule(1.0, tolerance=1e-3).judge(0.9995) == "converged"
    for cost, expected in ((2e6, False), (2e6 + 2, True), (math.nan, True), (math.inf, True), (-5.0, False)):
        assert StoppingRule(1.0, 0.0).explodes(cost) is expected
    for momentum, most in ((0.0, 10), (0.9, 100)):
        rule = StoppingRule(1.0, 0.0, momentum)
        judged = [rule.judge(3.0 + k) for k in range(most)]
        assert judged == ["running"] * (most - 1) + ["diverged"]
    rule = StoppingRule(1.0, 0.0)
    assert {rule.judge(0.5 + k / 100) for k in range(30)} == {"running"}  # rising, but below the start


@pytest.mark.parametrize("batch_size", [0, 8])
def test_an_overflow_in_one_step_leaves_no_nan(batch_size):
    objective = LeastSquares(1e120 * _objective().A, _objective().y)
    optimiser = GradientDescent(10.0, batch_size=batch_size, max_steps=50)
    snapshots = list(optimiser.minimise(objective, _zeros()))
    assert [s.status for s in snapshots] == ["running", "diverged"]
    assert snapshots[-1].step == 1
    assert math.isfinite(snapshots[-1].cost) and snapshots[-1].theta.isfinite().all()


def test_a_start_too_far_to_compute_is_refused():
    objective = LeastSquares(1e200 * _objective().A, _objective().y)
    with pytest.raises(InvalidInput, match="scale the features"):
        next(GradientDescent().minimise(objective, _zeros() + 1))
    with pytest.raises(ShapeError, match=r"\(4,\)"):
        next(GradientDescent().minimise(_objective(), _zeros(3)))


def test_minibatch_steps_are_those_of_its_batches():
    objective = _objective(m=10)
    snapshots = list(
        GradientDescent(0.05, batch_size=4, max_steps=7, tolerance=0.0, seed=5).minimise(objective, _zeros())
    )
    generator = torch.Generator().manual_seed(5)
    orders = [torch.randperm(10, generator=generator) for _ in range(3)]
    batches = [order[a:b] for order in orders for a, b in ((0, 4), (4, 8), (8, 10))]
    theta = _zeros()
    for snapshot, batch in zip(snapshots[1:], batches, strict=False):
        errors = objective.A[batch] @ theta - objective.y[batch]
        penalty = torch.tensor([0.0, 0.5, 0.5, 0.5], dtype=torch.float64) / 10
        theta = theta - 0.05 * (objective.A[batch].T @ errors / len(batch) + penalty * theta)
        torch.testing.assert_close(snapshot.theta, theta, rtol=1e-12, atol=1e-14)
        assert snapshot.cost == pytest.approx(objective.value(theta), rel=1e-12)
    assert len(snapshots) == 8


def test_minibatch_is_judged_at_the_end_of_an_epoch_only():
    optimiser = GradientDescent(0.05, batch_size=10, max_steps=5000, tolerance=1e-2)
    costs = [s.cost for s in optimiser.minimise(_objective(m=40), _zeros())]
    falls = [a - b for a, b in pairwise(costs[::4])]
    assert (len(costs) - 1) % 4 == 0
    assert 0 <= falls[-1] < 1e-2 and not any(0 <= fall < 1e-2 for fall in falls[:-1])
    assert any(0 <= a - b < 1e-2 for a, b in pairwise(costs[:-4]))  # which, step by step, would have ended it


def test_same_seed_same_path_and_other_seed_another():
    def path(seed: int) -> torch.Tensor:
        optimiser = GradientDescent(0.05, batch_size=4, max_steps=9, seed=seed)
        return torch.stack([s.theta for s in optimiser.minimise(_objective(), _zeros())])

    torch.manual_seed(1)
    before = torch.get_rng_state()
    assert torch.equal(path(1), path(1))
    assert not torch.equal(path(1), path(2))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_batch_as_large_as_the_data_is_the_whole_batch():
    whole, large = (list(GradientDescent(0.1, batch_size=b).minimise(_objective(), _zeros())) for b in (0, 40))
    assert torch.equal(whole[-1].theta, large[-1].theta)


@pytest.mark.parametrize("wrong", [{"learning_rate": 0.0}, {"momentum": 1.0}, {"max_steps": 0}, {"tolerance": -1.0}])
def test_settings_outside_their_limits_are_refused(wrong):
    with pytest.raises(InvalidInput, match="from"):
        GradientDescent(**wrong)
