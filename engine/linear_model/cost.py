"""The squared error cost of linear regression, its gradient by hand, and its picture over two of the parameters.

    h_θ(x) = θᵀx,   J(θ) = 1/(2m) [ Σ_i (h_θ(x⁽ⁱ⁾) − y⁽ⁱ⁾)² + λ Σ_{j≥1} θ_j² ]
    ∂J/∂θ_j = 1/m [ Σ_i (h_θ(x⁽ⁱ⁾) − y⁽ⁱ⁾) x_j⁽ⁱ⁾ + λ θ_j (j ≥ 1) ]

Conventions: A is the design matrix (m, n+1) with x₀ = 1 in its first column; θ is (n+1,); all float64. θ₀ is not
penalised.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from engine.errors import InvalidInput, ShapeError, constraint


def design_matrix(X: Tensor) -> Tensor:
    """Return A = [1 X], (m, n+1), of features (m, n).

    Each column lies in one piece in memory: then both products of a descent step, A θ and Aᵀ e, read it in order.
    """
    columns = torch.ones(X.shape[1] + 1, X.shape[0], dtype=X.dtype)
    columns[1:] = X.T
    return columns.T


@dataclass(frozen=True, eq=False)
class LeastSquares:
    """The cost J(θ) of fixed data.

    Attributes:
        A: (m, n+1) design matrix, the ones first.
        y: (m,) target.
        l2: the course's λ, at least 0.
    """

    A: Tensor
    y: Tensor
    l2: float = 0.0

    def __post_init__(self) -> None:
        if self.A.ndim != 2 or self.y.shape != self.A.shape[:1] or len(self.y) == 0:
            got = (tuple(self.A.shape), tuple(self.y.shape))
            raise ShapeError(constraint("A and y", "(m, n+1) and (m,) with at least one row", got))
        if not 0 <= self.l2 < float("inf"):
            raise InvalidInput(constraint("ridge λ", "a number of at least 0", self.l2))

    @property
    def n_params(self) -> int:
        """Length of θ."""
        return self.A.shape[1]

    @property
    def n_samples(self) -> int:
        """The course's m."""
        return self.A.shape[0]

    @cached_property
    def penalty(self) -> Tensor:
        """(n+1,) weights of θ_j² in the penalty: 0 for θ₀, λ for the others."""
        weights = torch.full((self.n_params,), float(self.l2), dtype=self.A.dtype)
        weights[0] = 0.0
        return weights

    def value(self, theta: Tensor) -> float:
        """Return J(θ)."""
        errors = torch.addmv(self.y, self.A, theta, beta=-1)
        return ((errors @ errors + self.penalty @ theta**2) / (2 * self.n_samples)).item()

    def gradient(self, theta: Tensor) -> Tensor:
        """Return ∇J(θ), (n+1,)."""
        return self.value_and_gradient(theta)[1]

    def value_and_gradient(self, theta: Tensor) -> tuple[float, Tensor]:
        """Return J(θ) and ∇J(θ), which share the errors."""
        errors = torch.addmv(self.y, self.A, theta, beta=-1)  # A θ − y in one pass, (m,)
        if self.l2 == 0:  # nothing to add: half the operations, the same numbers
            return (errors @ errors / (2 * self.n_samples)).item(), errors @ self.A / self.n_samples
        weighted = self.penalty * theta
        value = (errors @ errors + weighted @ theta) / (2 * self.n_samples)
        return value.item(), (errors @ self.A + weighted) / self.n_samples

    def hessian(self) -> Tensor:
        """Return ∇²J, (n+1, n+1), which is the same at every θ."""
        return (self.A.T @ self.A + torch.diag(self.penalty)) / self.n_samples

    def minibatch(self, indices: Tensor) -> LeastSquares:
        """Return the cost of some of the rows, with λ scaled to b/m so that its gradient is unbiased."""
        share = len(indices) / self.n_samples
        return LeastSquares(self.A[indices], self.y[indices], self.l2 * share)


def cost_grid(objective: LeastSquares, theta: Tensor, i: int, j: int, values_i: Tensor, values_j: Tensor) -> Tensor:
    """Return J over a grid of (θ_i, θ_j) with the other parameters held, (len_j, len_i).

    The errors are linear in the two: e = θ_i a_i + θ_j a_j + r. With R from the QR of the three columns [a_i a_j r],
    ‖e‖ = ‖R (θ_i, θ_j, 1)‖, so a point of the grid costs the same for three rows as for a million, and never
    comes out negative.

    Args:
        theta: (n+1,) where the other parameters are held.
        i, j: two different parameters.
        values_i, values_j: (len_i,), (len_j,) their values.

    Raises:
        InvalidInput: i equals j.
    """
    if i == j:
        raise InvalidInput(constraint("the second parameter", "another than the first", f"θ{j}", "Choose two."))
    held = theta.clone()
    held[[i, j]] = 0.0
    rest = objective.A @ held - objective.y
    R = torch.linalg.qr(torch.stack([objective.A[:, i], objective.A[:, j], rest], 1), mode="r").R  # (3, 3)
    grid_j, grid_i = torch.meshgrid(values_j, values_i, indexing="ij")
    points = torch.stack([grid_i, grid_j, torch.ones_like(grid_i)])  # (3, len_j, len_i)
    squares = torch.einsum("rk,kji->rji", R, points).square().sum(0)
    p = objective.penalty
    squares += p[i] * grid_i**2 + p[j] * grid_j**2 + p @ held**2
    return squares / (2 * objective.n_samples)


def cost_slice(objective: LeastSquares, theta: Tensor, j: int, values: Tensor) -> Tensor:
    """Return J as θ_j takes each of `values` with the other parameters held at `theta`, (len,)."""
    i = 0 if j != 0 else 1
    if objective.n_params == 1:
        return torch.tensor([objective.value(v.reshape(1)) for v in values], dtype=theta.dtype)
    return cost_grid(objective, theta, i, j, theta[i : i + 1], values)[:, 0]
