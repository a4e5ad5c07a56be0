"""Tables to fit: a line, a curve, houses, diabetes patients, drawn points, an uploaded frame.

    y⁽ⁱ⁾ = f(x⁽ⁱ⁾) + noise · unit · ε⁽ⁱ⁾,   ε⁽ⁱ⁾ ~ N(0, 1)

Conventions: `noise` is a standard deviation counted in units that suit each kind (`NOISE_UNIT`: 1 for the line and the
curve, 25 thousand euros for houses), so that one setting from 0 to 2 serves them all. An outlier is moved up or down by
4 to 8 of these units, whatever the noise. Features, noise and outliers come from separate random streams: more noise or
more outliers moves points and never draws others, and more samples keeps those that were there.

Reference: B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, "Least Angle Regression", Annals of Statistics 32
(2004), for the diabetes data.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from engine.datasets.frames import from_frame, numeric_columns
from engine.datasets.table import Split, Table, normal, split, uniform
from engine.errors import InvalidInput, ShapeError, constraint

__all__ = [
    "NOISE_UNIT",
    "Split",
    "Table",
    "diabetes",
    "from_frame",
    "from_points",
    "houses",
    "line",
    "numeric_columns",
    "polynomial",
    "split",
]

NOISE_UNIT = {"line": 1.0, "polynomial": 1.0, "houses": 25.0}  # in the target's unit
LINE = (3.0, 1.5)
CURVE = (1.0, -1.5, -0.3, 0.4)
HOUSE_PRICE = (40.0, 2.4, 12.0)  # thousand euros; per m²; per room


def line(n_samples: int = 40, noise: float = 0.6, n_outliers: int = 0, seed: int = 0) -> Table:
    """Return points about y = 3 + 1.5 x with x uniform in [0, 4].

    Raises:
        InvalidInput: fewer than 2 samples, a negative noise, or more outliers than samples.
    """
    _check(n_samples, noise, n_outliers)
    x = 4 * uniform(n_samples, seed, "x")
    clean = Table(x[:, None], _evaluate(LINE, x), ("x",), "y", true_function=LINE, true_coefficients=LINE)
    return _disturbed(clean, NOISE_UNIT["line"], noise, n_outliers, seed)


def polynomial(n_samples: int = 40, noise: float = 0.6, n_outliers: int = 0, seed: int = 0) -> Table:
    """Return points about y = 1 − 1.5 x − 0.3 x² + 0.4 x³ with x uniform in [−3, 3]; raises as `line`."""
    _check(n_samples, noise, n_outliers)
    x = 6 * uniform(n_samples, seed, "x") - 3
    clean = Table(x[:, None], _evaluate(CURVE, x), ("x",), "y", true_function=CURVE)
    return _disturbed(clean, NOISE_UNIT["polynomial"], noise, n_outliers, seed)


def houses(n_samples: int = 40, noise: float = 0.6, n_outliers: int = 0, seed: int = 0) -> Table:
    """Return houses of 40 to 220 m² with 1 to 8 rooms, price = 40 + 2.4 size + 12 rooms; raises as `line`.

    The two features differ a hundredfold in spread and go together, which is what makes plain gradient descent slow.
    """
    _check(n_samples, noise, n_outliers)
    size = 40 + 180 * uniform(n_samples, seed, "size")
    rooms = (size / 30 + normal(n_samples, seed, "rooms")).round().clamp(1, 8)
    X = torch.stack([size, rooms], 1)
    price = HOUSE_PRICE[0] + X @ torch.tensor(HOUSE_PRICE[1:], dtype=torch.float64)
    names, units = ("size", "rooms"), ("m²", "")
    clean = Table(X, price, names, "price", units, "thousand €", true_coefficients=HOUSE_PRICE)
    return _disturbed(clean, NOISE_UNIT["houses"], noise, n_outliers, seed)


def diabetes() -> Table:
    """Return 442 patients with ten measurements in their own units, and the disease's progression a year later."""
    from sklearn.datasets import load_diabetes  # comes late: it takes longer to import than all of this package

    bunch = load_diabetes(scaled=False)
    units = ("years", "", "kg/m²", "mmHg", "mg/dl", "mg/dl", "mg/dl", "", "", "mg/dl")
    names = ("age", "sex", "bmi", "blood pressure", "tc", "ldl", "hdl", "tch", "ltg", "glu")
    return Table(torch.tensor(bunch.data), torch.tensor(bunch.target), names, "progression", units)


def from_points(points: Tensor) -> Table:
    """Return the table of drawn points.

    Args:
        points: (m, 2), x and y of each.

    Raises:
        InvalidInput: fewer than two points, or one that is not finite.
    """
    points = torch.as_tensor(points, dtype=torch.float64)
    if points.numel() == 0 or len(points) < 2:
        raise InvalidInput(constraint("number of points", "at least 2", len(points), "Add a point to the picture."))
    if points.ndim != 2 or points.shape[1] != 2:
        raise ShapeError(constraint("points", "(m, 2)", tuple(points.shape)))
    if not points.isfinite().all():
        raise InvalidInput("Every point must have finite coordinates. Remove the points that have none.")
    return Table(points[:, :1].clone(), points[:, 1].clone(), ("x",), "y")


def _check(n_samples: int, noise: float, n_outliers: int) -> None:
    if n_samples < 2:
        raise InvalidInput(constraint("number of samples", "at least 2", n_samples))
    if not 0 <= noise < float("inf"):
        raise InvalidInput(constraint("noise", "a number of at least 0", noise))
    if not 0 <= n_outliers <= n_samples:
        raise InvalidInput(constraint("number of outliers", f"from 0 to the {n_samples} samples", n_outliers))


def _evaluate(coefficients: tuple[float, ...], x: Tensor) -> Tensor:
    y = torch.zeros_like(x)
    for c in reversed(coefficients):  # Horner's scheme
        y = y * x + c
    return y


def _disturbed(clean: Table, unit: float, noise: float, n_outliers: int, seed: int) -> Table:
    m = clean.n_samples
    y = clean.y + noise * unit * normal(m, seed, "noise")
    is_outlier = torch.zeros(m, dtype=torch.bool)
    is_outlier[uniform(m, seed, "outlier").argsort()[:n_outliers]] = True
    direction = torch.where(uniform(m, seed, "direction") < 0.5, -1.0, 1.0)
    jump = direction * (4 + 4 * uniform(m, seed, "jump")) * unit
    return replace(clean, y=torch.where(is_outlier, y + jump, y), is_outlier=is_outlier)
