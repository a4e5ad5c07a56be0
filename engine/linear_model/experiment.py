"""The regression page's one settings object, and what is computed from it.

    table → split → polynomial features → scaling → J(θ) → descent or closed form → θ → coefficients on the raw columns

Conventions: θ lives on the scaled features, where the descent happens; `theta_original` takes it back. Everything a run
needs is picklable, so the same run can be made in this process or in another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from engine.datasets import tables
from engine.datasets.table import Table, split
from engine.errors import InvalidInput, constraint
from engine.linear_model.closed_form import least_squares
from engine.linear_model.conjugate_gradient import ConjugateGradient
from engine.linear_model.cost import LeastSquares, design_matrix
from engine.linear_model.features import (
    MAX_COLUMNS,
    SCALINGS,
    Scaler,
    n_polynomial_features,
    polynomial_features,
    polynomial_names,
    unscale_theta,
)
from engine.linear_model.gradient_descent import GradientDescent
from engine.linear_model.optimiser import Optimiser, Snapshot, begin
from engine.linear_model.quasi_newton import BFGS, LBFGS
from engine.metrics.regression import r2, rmse
from engine.settings import check, choice, integer, real

FitSnapshot = Snapshot

DATA = {
    "line": "a line",
    "polynomial": "a curve",
    "houses": "houses: size and rooms",
    "diabetes": "diabetes: ten measurements",
    "upload": "your own table",
    "drawn": "points you draw",
}
METHODS = {
    "gradient_descent": "gradient descent",
    "minibatch": "mini-batch gradient descent",
    "momentum": "gradient descent with momentum",
    "conjugate_gradient": "conjugate gradient",
    "bfgs": "BFGS",
    "lbfgs": "L-BFGS",
    "normal_equation": "normal equation",
}
GENERATED = {"line": tables.line, "polynomial": tables.polynomial, "houses": tables.houses}


@dataclass(frozen=True)
class Experiment:
    """Every setting of the page; the field names are the parameters of its link."""

    data: str = choice("line", DATA, label="data", help="What to fit.")
    n: int = integer(40, 5, 500, label="samples m", help="How many points are made; for made-up data only.")
    noise: float = real(0.6, 0.0, 2.0, label="noise", step=0.05, help="How far points stray from the true function.")
    outliers: int = integer(0, 0, 20, label="outliers", help="How many points are moved far away.")
    validation: float = real(
        0.25, 0.0, 0.5, label="validation", step=0.05, help="The share of rows kept aside to judge the fit."
    )
    degree: int = integer(1, 1, 12, label="degree d", help="The highest power of the features; 1 is a straight line.")
    ridge: float = real(
        0.0, 0.0, 1000.0, label="ridge λ", scale="log", help="Keeps the coefficients small, all but θ₀."
    )
    scaling: str = choice("none", SCALINGS, label="feature scaling", help="Brings all columns to a similar range.")
    method: str = choice("gradient_descent", METHODS, label="method", help="How J(θ) is made small.")
    alpha: float = real(
        0.1, 1e-7, 10.0, label="learning rate α", scale="log", help="The length of a step, times the slope."
    )
    momentum: float = real(
        0.9,
        0.0,
        0.99,
        label="momentum β",
        step=0.01,
        help="Share of the last step made again; momentum only.",
    )
    batch: int = integer(8, 1, 256, label="batch size b", scale="log", help="Rows in one update; for mini-batch only.")
    steps: int = integer(200, 1, 2000, label="most steps", scale="log", help="Where it ends if nothing ends it before.")
    tolerance: float = real(
        1e-6,
        0.0,
        1.0,
        label="tolerance ε",
        scale="log",
        help="Converged when J falls by less; 0 never stops.",
    )
    theta0: float = real(0.0, -1000.0, 1000.0, label="start θ₀", help="Where the first parameter begins.")
    theta1: float = real(0.0, -1000.0, 1000.0, label="start θ₁", help="Where the second parameter begins.")
    seed: int = integer(0, 0, 9999, label="seed", help="Another number draws other data of the same kind.")

    def __post_init__(self) -> None:
        check(self)

    def optimiser(self) -> Optimiser | None:
        """Return the chosen method's settings, or None for the normal equation, which does not iterate."""
        limits = {"max_steps": self.steps, "tolerance": self.tolerance}
        match self.method:
            case "normal_equation":
                return None
            case "conjugate_gradient":
                return ConjugateGradient(**limits)
            case "bfgs":
                return BFGS(**limits)
            case "lbfgs":
                return LBFGS(**limits)
        momentum = self.momentum if self.method == "momentum" else 0.0
        batch_size = self.batch if self.method == "minibatch" else 0
        return GradientDescent(self.alpha, momentum, batch_size, seed=self.seed, **limits)


@dataclass(frozen=True, eq=False)
class Problem:
    """A table made ready for fitting.

    Attributes:
        train, validation: the rows to fit on and, or None, those to judge on; raw columns.
        degree: of the polynomial features.
        scaler: fitted on the training features.
        objective: J(θ) on the scaled training features.
        names: n+1 texts, the term that each θ_j multiplies: "1", "x", "x²".
        start: (n+1,) the θ to begin from.
    """

    train: Table
    validation: Table | None
    degree: int
    scaler: Scaler
    objective: LeastSquares
    names: tuple[str, ...]
    start: Tensor

    def predict(self, theta: Tensor, X: Tensor) -> Tensor:
        """Return h_θ for raw rows X, (m, n_raw) → (m,); θ is on the scaled features."""
        return design_matrix(self.scaler.transform(polynomial_features(X, self.degree))) @ theta


def table_for(experiment: Experiment, upload: Table | None = None, points: Tensor | None = None) -> Table:
    """Return the experiment's data: made, shipped, uploaded or drawn.

    Raises:
        InvalidInput: uploaded data is asked for and there is none, or fewer than two points are drawn.
    """
    e = experiment
    if e.data in GENERATED:
        return GENERATED[e.data](e.n, e.noise, min(e.outliers, e.n), e.seed)
    if e.data == "diabetes":
        return tables.diabetes()
    if e.data == "drawn":
        return tables.from_points(torch.empty(0, 2) if points is None else points)
    if upload is None:
        raise InvalidInput("There must be a table to fit; none is uploaded yet. Choose a CSV file.")
    return upload


def prepare(experiment: Experiment, table: Table) -> Problem:
    """Split, expand, scale, and set up J(θ)."""
    parts = split(table, experiment.validation, experiment.seed)
    features = polynomial_features(parts.train.X, experiment.degree)
    scaler = Scaler.fit(experiment.scaling, features)
    objective = LeastSquares(design_matrix(scaler.transform(features)), parts.train.y, experiment.ridge)
    start = torch.zeros(objective.n_params, dtype=torch.float64)
    start[0], start[1] = experiment.theta0, experiment.theta1
    names = ("1", *polynomial_names(table.feature_names, experiment.degree))
    return Problem(parts.train, parts.validation, experiment.degree, scaler, objective, names, start)


def run(experiment: Experiment, upload: Table | None = None, points: Tensor | None = None) -> Iterator[Snapshot]:
    """Make the data, prepare it and fit from the experiment's start; yields as `branch`."""
    problem = prepare(experiment, table_for(experiment, upload, points))
    yield from branch(problem, experiment, problem.start)


def branch(problem: Problem, experiment: Experiment, theta: Tensor) -> Iterator[Snapshot]:
    """Fit from any θ, (n+1,), by the experiment's method.

    Yields:
        The start and then the state after each step; for the normal equation (solved the stable way) step 1 is the
        solution.
    """
    optimiser = experiment.optimiser()
    if optimiser is not None:
        yield from optimiser.minimise(problem.objective, theta)
        return
    start, _ = begin(problem.objective, theta, 1)
    yield start
    solution = optimum(problem)
    cost, gradient = problem.objective.value_and_gradient(solution)
    yield Snapshot(1, 1, solution, cost, gradient.norm().item(), 2, "converged")


def optimum(problem: Problem) -> Tensor:
    """Return the θ that minimises the problem's J, (n+1,), on the scaled features."""
    return least_squares(problem.objective.A, problem.objective.y, problem.objective.l2)


def theta_original(problem: Problem, theta: Tensor) -> Tensor:
    """Return the coefficients on the features before scaling, (n+1,)."""
    return unscale_theta(theta, problem.scaler)


@dataclass(frozen=True)
class ValidationRow:
    """How the best fit of one degree does; the validation figures are None where no rows were set aside."""

    degree: int
    rmse_train: float
    rmse_validation: float | None
    r2_train: float
    r2_validation: float | None


def validation_curve(experiment: Experiment, table: Table, degrees: Sequence[int]) -> list[ValidationRow]:
    """Fit each degree in closed form and measure it; degrees with too many features are left out."""
    if not degrees:
        raise InvalidInput(constraint("degrees", "at least one number", degrees))
    fitting = [d for d in degrees if n_polynomial_features(table.n_features, d) <= MAX_COLUMNS]
    return [_validation_row(prepare(replace(experiment, degree=d), table)) for d in fitting]


def _validation_row(problem: Problem) -> ValidationRow:
    theta = optimum(problem)
    train = (problem.train.y, problem.predict(theta, problem.train.X))
    if problem.validation is None:
        return ValidationRow(problem.degree, rmse(*train), None, r2(*train), None)
    held = (problem.validation.y, problem.predict(theta, problem.validation.X))
    return ValidationRow(problem.degree, rmse(*train), rmse(*held), r2(*train), r2(*held))
