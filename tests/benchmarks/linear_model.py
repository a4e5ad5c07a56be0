"""Linear regression against scikit-learn, scipy and NumPy, with the same limit of threads on every side.

Both of a pair do their work in turn, `ROUNDS` times, and the shortest of each are compared: what else the machine does
can only lengthen a run. The closed form and L-BFGS begin from the features X in rows, as a user has them, and making
the design matrix is in their time. The gradient descents begin from a design matrix; NumPy's is measured in both
layouts.

The fairest peer of L-BFGS is scipy's L-BFGS-B without bounds on the same J and gradient written in NumPy: the same work
by the same kind of code. scikit-learn's own (Ridge with solver "lbfgs") takes positive coefficients only and so minds
bounds; it is measured as well. Each runs until a step lowers J by less than about 1e-9, and all must agree on θ to
1e-3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter

import numpy as np
import scipy.optimize
import torch
from sklearn.linear_model import LinearRegression, Ridge
from threadpoolctl import threadpool_limits
from torch import Tensor

from engine.linear_model.closed_form import least_squares
from engine.linear_model.cost import LeastSquares, design_matrix
from engine.linear_model.gradient_descent import GradientDescent
from engine.linear_model.quasi_newton import LBFGS

ROUNDS = 5
N_FEATURES = 20
Row = tuple[str, str, float, float | None, str]


def rows() -> Iterator[Row]:
    """Yield the comparisons."""
    with threadpool_limits(torch.get_num_threads()):
        yield from _closed_form()
        yield from _lbfgs()
        yield from _gradient_descent()


def _data(m: int, positive: bool = False) -> tuple[Tensor, Tensor]:
    """Return X (m, 20) of unlike scales and y (m,)."""
    generator = torch.Generator().manual_seed(0)
    X = torch.randn(m, N_FEATURES, generator=generator, dtype=torch.float64) * torch.linspace(0.5, 2, N_FEATURES)
    theta = torch.randn(N_FEATURES, generator=generator, dtype=torch.float64)
    y = 3 + X @ (theta.abs() + 0.1 if positive else theta)
    return X, y + torch.randn(m, generator=generator, dtype=torch.float64)


def _race(ours: Callable[[], Tensor], theirs: Callable[[], Tensor]) -> tuple[float, float]:
    """Return the shortest seconds of each, after making sure that they agree."""
    torch.testing.assert_close(ours(), theirs(), rtol=0, atol=1e-3)
    times = [(_seconds(ours), _seconds(theirs)) for _ in range(ROUNDS)]
    return min(a for a, _ in times), min(b for _, b in times)


def _seconds(work: Callable[[], Tensor]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def _theta(estimator) -> Tensor:
    return torch.tensor([estimator.intercept_, *estimator.coef_])


def _closed_form() -> Iterator[Row]:
    X, y = _data(1_000_000)
    Xn, yn = X.numpy(), y.numpy()
    seconds = _race(lambda: least_squares(design_matrix(X), y), lambda: _theta(LinearRegression().fit(Xn, yn)))
    yield "closed form, 1,000,000 × 20", "scikit-learn LinearRegression", *seconds, "s"


def _lbfgs() -> Iterator[Row]:
    X, y = _data(1_000_000, positive=True)
    Xn, yn = X.numpy(), y.numpy()

    def ours() -> Tensor:
        objective = LeastSquares(design_matrix(X), y, 1.0)
        *_, last = LBFGS(tolerance=1e-9).minimise(objective, torch.zeros(N_FEATURES + 1, dtype=torch.float64))
        return last.theta

    ridge = Ridge(1.0, solver="lbfgs", positive=True, tol=1e-6)
    yield "L-BFGS, 1,000,000 × 20", "scikit-learn Ridge(lbfgs)", *_race(ours, lambda: _theta(ridge.fit(Xn, yn))), "s"
    yield "L-BFGS, 1,000,000 × 20", "scipy L-BFGS-B on NumPy", *_race(ours, lambda: _scipy_lbfgs(Xn, yn)), "s"


def _scipy_lbfgs(X: np.ndarray, y: np.ndarray) -> Tensor:
    A = np.column_stack([np.ones(len(X)), X])
    penalty = np.ones(A.shape[1])
    penalty[0] = 0.0

    def value_and_gradient(theta: np.ndarray) -> tuple[float, np.ndarray]:
        errors = A @ theta - y
        value = (errors @ errors + penalty @ theta**2) / (2 * len(y))
        return value, (A.T @ errors + penalty * theta) / len(y)

    options = {"ftol": 1e-9, "gtol": 0.0}  # ftol is relative, and J ends near 0.5
    start = np.zeros(A.shape[1])
    found = scipy.optimize.minimize(value_and_gradient, start, jac=True, method="L-BFGS-B", options=options)
    return torch.tensor(found.x)


def _gradient_descent() -> Iterator[Row]:
    X, y = _data(100_000)
    objective = LeastSquares(design_matrix(X), y)
    start = torch.zeros(N_FEATURES + 1, dtype=torch.float64)

    def ours() -> Tensor:
        *_, last = GradientDescent(0.1, max_steps=1000, tolerance=0.0).minimise(objective, start)
        return last.theta

    target = y.numpy()
    for name, order in (("NumPy loop, A in rows", "C"), ("NumPy loop, A in columns", "F")):
        A = np.array(objective.A.numpy(), order=order)
        seconds = _race(ours, lambda A=A: _numpy_loop(A, target))
        yield "gradient descent, 1,000 steps, 100,000 × 20", name, *seconds, "s"


def _numpy_loop(A: np.ndarray, y: np.ndarray) -> Tensor:
    theta = np.zeros(A.shape[1])
    for _ in range(1000):
        theta -= 0.1 * (A.T @ (A @ theta - y)) / len(y)
    return torch.tensor(theta)
