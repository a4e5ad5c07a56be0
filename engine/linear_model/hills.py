"""Surfaces over (θ₀, θ₁) that are not those of linear regression: several minima, a bent valley, a narrow bowl.

Conventions: each hill is an objective of two parameters (`value`, `gradient`, `value_and_gradient`), with its gradient
written by hand. `height` takes tensors of any one shape. `minima` is (k, 2), the lowest first.

Reference: D. Himmelblau, "Applied Nonlinear Programming" (1972); L. Dixon and G. Szegő, "Towards Global Optimisation 2"
(1978), for the six-hump camel; H. Rosenbrock, "An automatic method for finding the greatest or least value of a
function", The Computer Journal 3 (1960).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

Point = tuple[float, float]


class Hill(ABC):
    """A named surface z = height(θ₀, θ₁).

    Attributes:
        label: its name on a screen.
        help: one sentence on what to see there.
        x_range, y_range: the part of the plane to show, for θ₀ and θ₁.
        start: a good place to begin.
        learning_rate: an α with which gradient descent gets along from `start`.
        known_minima: the places of the local minima, the lowest first.
    """

    label: ClassVar[str]
    help: ClassVar[str]
    x_range: ClassVar[Point]
    y_range: ClassVar[Point]
    start: ClassVar[Point]
    learning_rate: ClassVar[float]
    known_minima: ClassVar[tuple[Point, ...]]
    n_params = 2
    n_samples = 1

    @abstractmethod
    def height(self, x: Tensor, y: Tensor) -> Tensor:
        """Return z at each point; x, y and z have one shape."""

    @abstractmethod
    def slopes(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return ∂z/∂θ₀ and ∂z/∂θ₁ at each point."""

    def value(self, theta: Tensor) -> float:
        """Return z at θ, (2,)."""
        return self.height(theta[0], theta[1]).item()

    def gradient(self, theta: Tensor) -> Tensor:
        """Return the gradient at θ, (2,)."""
        return torch.stack(self.slopes(theta[0], theta[1]))

    def value_and_gradient(self, theta: Tensor) -> tuple[float, Tensor]:
        """Return z and its gradient at θ, (2,)."""
        return self.value(theta), self.gradient(theta)

    def minibatch(self, indices: Tensor) -> Hill:
        """Return the hill itself, for it is not a sum over data."""
        return self

    @property
    def minima(self) -> Tensor:
        """The local minima, (k, 2), the lowest first."""
        return torch.tensor(self.known_minima, dtype=torch.float64)

    def grid(self, values_x: Tensor, values_y: Tensor) -> Tensor:
        """Return z over a grid of θ₀ and θ₁, (len_y, len_x)."""
        y, x = torch.meshgrid(values_y, values_x, indexing="ij")
        return self.height(x, y)


class Wells(Hill):
    """z = (θ₀² + θ₁²)/40 − Σ_k a_k exp(−‖θ − c_k‖² / 2 w_k²): three wells of unlike depth in a shallow bowl."""

    label = "Three wells"
    help = "Which minimum is reached depends on the start alone."
    x_range = (-4.0, 4.0)
    y_range = (-4.0, 4.0)
    start = (0.2, 0.4)
    learning_rate = 0.1
    wells = ((2.0, (-1.8, -1.2), 0.9), (1.4, (1.8, -1.0), 0.8), (1.0, (0.6, 2.0), 0.9))  # a, c, w
    known_minima = (
        (-1.7640120701771238, -1.1760502718172108),
        (1.756965315475702, -0.9746539316847833),
        (0.5770370549826421, 1.9193832457826658),
    )

    def _terms(self, x: Tensor, y: Tensor) -> list[tuple[Tensor, Tensor, Tensor]]:
        """Return for each well −a exp(…) and the derivatives of its exponent."""
        terms = []
        for a, (cx, cy), w in self.wells:
            depth = -a * torch.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * w**2))
            terms.append((depth, -(x - cx) / w**2, -(y - cy) / w**2))
        return terms

    def height(self, x: Tensor, y: Tensor) -> Tensor:
        return (x**2 + y**2) / 40 + sum(depth for depth, _, _ in self._terms(x, y))

    def slopes(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        terms = self._terms(x, y)
        return x / 20 + sum(d * dx for d, dx, _ in terms), y / 20 + sum(d * dy for d, _, dy in terms)


class Himmelblau(Hill):
    """z = (θ₀² + θ₁ − 11)² + (θ₀ + θ₁² − 7)²: four minima, all at 0."""

    label = "Himmelblau: four minima"
    help = "Four minima of the same depth, and ridges between their basins."
    x_range = (-5.0, 5.0)
    y_range = (-5.0, 5.0)
    start = (0.0, 0.0)
    learning_rate = 0.01
    known_minima = (
        (3.0, 2.0),
        (-2.805118086952745, 3.131312518250573),
        (-3.779310253377747, -3.283185991286170),
        (3.584428340330492, -1.848126526964404),
    )

    def height(self, x: Tensor, y: Tensor) -> Tensor:
        return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2

    def slopes(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        p, q = x**2 + y - 11, x + y**2 - 7
        return 4 * x * p + 2 * q, 2 * p + 4 * y * q


class SixHumpCamel(Hill):
    """z = (4 − 2.1 θ₀² + θ₀⁴/3) θ₀² + θ₀ θ₁ + (4 θ₁² − 4) θ₁²: six minima, two of them lowest at −1.0316."""

    label = "Six-hump camel"
    help = "Six minima, of which two are the lowest."
    x_range = (-2.0, 2.0)
    y_range = (-1.1, 1.1)
    start = (1.2, 0.1)
    learning_rate = 0.02
    known_minima = (
        (0.08984201310031807, -0.7126564030207396),
        (-0.08984201310031807, 0.7126564030207396),
        (-1.7036067149699814, 0.7960835686726252),
        (1.7036067149699814, -0.7960835686726252),
        (-1.6071047529201976, -0.5686514548841314),
        (1.6071047529201976, 0.5686514548841314),
    )

    def height(self, x: Tensor, y: Tensor) -> Tensor:
        return (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (4 * y**2 - 4) * y**2

    def slopes(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return 8 * x - 8.4 * x**3 + 2 * x**5 + y, x + 16 * y**3 - 8 * y


class Rosenbrock(Hill):
    """z = (1 − θ₀)² + 20 (θ₁ − θ₀²)²: one minimum, at the end of a bent valley."""

    label = "Rosenbrock's valley"
    help = "Down into the valley is easy; along its floor is slow."
    x_range = (-2.0, 2.0)
    y_range = (-1.0, 3.0)
    start = (-1.2, 1.0)
    learning_rate = 0.002
    known_minima = ((1.0, 1.0),)
    steepness = 20.0

    def height(self, x: Tensor, y: Tensor) -> Tensor:
        return (1 - x) ** 2 + self.steepness * (y - x**2) ** 2

    def slopes(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        across = 2 * self.steepness * (y - x**2)
        return -2 * (1 - x) - 2 * x * across, across


class Bowl(Hill):
    """z = ½ (u² + 25 v²), with u, v the axes turned by 30°: a quadratic of condition number 25."""

    label = "Narrow bowl"
    help = "A quadratic like the cost of a regression: who gets to the bottom first?"
    x_range = (-4.0, 4.0)
    y_range = (-4.0, 4.0)
    start = (-3.5, 2.5)
    learning_rate = 0.03
    known_minima = ((0.0, 0.0),)
    cosine, sine, ratio = 0.75**0.5, 0.5, 25.0

    def height(self, x: Tensor, y: Tensor) -> Tensor:
        u, v = self.cosine * x + self.sine * y, self.cosine * y - self.sine * x
        return (u**2 + self.ratio * v**2) / 2

    def slopes(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        u, v = self.cosine * x + self.sine * y, self.ratio * (self.cosine * y - self.sine * x)
        return self.cosine * u - self.sine * v, self.sine * u + self.cosine * v


HILLS: dict[str, Hill] = {
    "wells": Wells(),
    "himmelblau": Himmelblau(),
    "six_hump_camel": SixHumpCamel(),
    "rosenbrock": Rosenbrock(),
    "bowl": Bowl(),
}
