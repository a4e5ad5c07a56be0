"""One update of gradient descent with every number in it, done right and done wrong.

Right, all parameters at once:
    e⁽ⁱ⁾ = θᵀx⁽ⁱ⁾ − y⁽ⁱ⁾,   ∂J/∂θ_j = 1/m [Σ_i e⁽ⁱ⁾ x_j⁽ⁱ⁾ + λ θ_j (j ≥ 1)]
    temp_j := θ_j − α ∂J/∂θ_j   for every j from the same θ,   then θ_j := temp_j for every j

Wrong, one after the other:
    for j = 0, 1, …:  e from the θ as it stands by now,   θ_j := θ_j − α ∂J/∂θ_j

so that each parameter after the first follows a slope measured at a point to which the path never went.

Conventions: A is (m, n+1) with ones first, y is (m,), θ is (n+1,); θ₀ is not penalised.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from engine.linear_model.cost import LeastSquares


@dataclass(frozen=True, eq=False)
class OneByOneStep:
    """The wrong update of a single θ_j.

    Attributes:
        j: which parameter.
        predictions, errors: (m,) with the parameters before j already changed.
        slope: ∂J/∂θ_j at that mixed point.
        theta: (n+1,) after θ_j was changed.
        cost: J there.
    """

    j: int
    predictions: Tensor
    errors: Tensor
    slope: float
    theta: Tensor
    cost: float


@dataclass(frozen=True, eq=False)
class Update:
    """One simultaneous update, and the same one by one.

    Attributes:
        theta: (n+1,) before.
        predictions, errors: (m,) h_θ(x⁽ⁱ⁾), and less y⁽ⁱ⁾.
        gradient: (n+1,) ∂J/∂θ_j.
        temporaries: (n+1,) θ_j − α ∂J/∂θ_j, which become the new θ.
        cost_before, cost_after: J at θ and at the temporaries.
        one_by_one: the wrong way, a step for each parameter; the last one's `theta` and `cost` are its result.
    """

    theta: Tensor
    predictions: Tensor
    errors: Tensor
    gradient: Tensor
    temporaries: Tensor
    cost_before: float
    cost_after: float
    one_by_one: tuple[OneByOneStep, ...]

    @property
    def new_theta(self) -> Tensor:
        """The new θ of the simultaneous update, (n+1,)."""
        return self.temporaries


def one_update(A: Tensor, y: Tensor, theta: Tensor, learning_rate: float, l2: float = 0.0) -> Update:
    """Compute one update with learning rate α = `learning_rate` and ridge λ = `l2` from θ, both ways."""
    objective = LeastSquares(A, y, l2)
    predictions = A @ theta
    errors = predictions - y
    gradient = (A.T @ errors + objective.penalty * theta) / len(y)
    temporaries = theta - learning_rate * gradient
    return Update(
        theta=theta.clone(),
        predictions=predictions,
        errors=errors,
        gradient=gradient,
        temporaries=temporaries,
        cost_before=objective.value(theta),
        cost_after=objective.value(temporaries),
        one_by_one=_one_by_one(objective, theta, learning_rate),
    )


def _one_by_one(objective: LeastSquares, theta: Tensor, learning_rate: float) -> tuple[OneByOneStep, ...]:
    steps = []
    for j in range(objective.n_params):
        predictions = objective.A @ theta
        errors = predictions - objective.y
        slope = ((errors @ objective.A[:, j] + objective.penalty[j] * theta[j]) / len(errors)).item()
        theta = theta.clone()
        theta[j] -= learning_rate * slope
        steps.append(OneByOneStep(j, predictions, errors, slope, theta, objective.value(theta)))
    return tuple(steps)
