"""One update with all its numbers, and a race."""

from __future__ import annotations

import pickle

import pytest
import torch

from engine.linear_model.conjugate_gradient import ConjugateGradient
from engine.linear_model.cost import LeastSquares, design_matrix
from engine.linear_model.gradient_descent import GradientDescent
from engine.linear_model.hills import HILLS
from engine.linear_model.quasi_newton import BFGS
from engine.linear_model.race import race
from engine.linear_model.update import one_update


def _t(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def test_one_update_by_hand():
    A, y = design_matrix(_t(1, 2)[:, None]), _t(3, 5)
    update = one_update(A, y, _t(1, 1), 0.5)
    torch.testing.assert_close(update.predictions, _t(2, 3))
    torch.testing.assert_close(update.errors, _t(-1, -2))
    torch.testing.assert_close(update.gradient, _t(-1.5, -2.5))
    torch.testing.assert_close(update.new_theta, _t(1.75, 2.25))
    assert (update.cost_before, update.cost_after) == pytest.approx((1.25, (1.0**2 + 1.25**2) / 4))
    first, second = update.one_by_one
    torch.testing.assert_close(first.theta, _t(1.75, 1))
    torch.testing.assert_close(second.predictions, _t(2.75, 3.75))  # θ₀ is new already
    torch.testing.assert_close(second.errors, _t(-0.25, -1.25))
    assert second.slope == pytest.approx((-0.25 - 2.5) / 2)
    torch.testing.assert_close(second.theta, _t(1.75, 1.6875))
    assert second.cost == pytest.approx(LeastSquares(A, y).value(second.theta))


def test_the_simultaneous_update_is_a_step_of_gradient_descent():
    generator = torch.Generator().manual_seed(10)
    A = design_matrix(torch.randn(9, 3, generator=generator, dtype=torch.float64))
    y, theta = torch.randn(9, generator=generator, dtype=torch.float64), _t(1, -1, 2, 0.5)
    update = one_update(A, y, theta, 0.1)
    _, step = GradientDescent(0.1, max_steps=1).minimise(LeastSquares(A, y), theta)
    torch.testing.assert_close(update.new_theta, step.theta)
    assert update.cost_after == pytest.approx(step.cost)
    assert not torch.allclose(update.one_by_one[-1].theta, step.theta)
    assert torch.equal(theta, _t(1, -1, 2, 0.5))


def test_race():
    bowl = HILLS["bowl"]
    entrants = {
        "slow": GradientDescent(0.01, max_steps=30, tolerance=0.0),
        "cg": ConjugateGradient(),
        "bfgs": BFGS(),
        "wild": GradientDescent(1.0, max_steps=30),
    }
    result = race(bowl, _t(*bowl.start), entrants, 1e-3)
    assert list(result.paths) == list(entrants)
    assert {name: path.status for name, path in result.paths.items()} == {
        "slow": "exhausted",
        "cg": "converged",
        "bfgs": "converged",
        "wild": "diverged",
    }
    assert result.n_steps == 30
    cg, slow = result.paths["cg"], result.paths["slow"]
    assert cg.steps_to_target == 2 and slow.steps_to_target is None and slow.seconds_to_target is None
    assert cg.costs[cg.steps_to_target] <= 1e-3 < cg.costs[cg.steps_to_target - 1]
    assert cg.seconds_to_target == cg.seconds[2].item()
    for name, path in result.paths.items():
        snapshots = list(entrants[name].minimise(bowl, _t(*bowl.start)))
        assert torch.equal(path.thetas, torch.stack([s.theta for s in snapshots]))
        assert path.costs.tolist() == [s.cost for s in snapshots]
        assert path.evaluations.tolist() == [s.n_evaluations for s in snapshots]
        assert (path.seconds.diff() >= 0).all() and path.seconds.isfinite().all()
    assert pickle.loads(pickle.dumps(result)).target_cost == 1e-3
