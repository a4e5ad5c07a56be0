"""The picture of data and fit as a panel for `live`: a curve over one feature, or predictions against the truth."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.linear_model.trace import Picture, features_of
from pages._ui.live import axis, layer, panel, times

MOST_POINTS = 400
CURVE = 160


def data_panel(shown: Picture, *, second: bool, **look: Any) -> dict:
    """Draw data and fit over the one feature, or predictions against the truth where there are several."""
    return (
        _curve_panel(shown, second, look)
        if shown.problem.train.n_features == 1
        else _agreement_panel(shown, second, look)
    )


def fit_layers(shown: Picture, low: float, high: float, *, second: bool) -> list[dict]:
    """Return the layers of truth, residuals and fitted curve over one feature in [low, high]."""
    train = shown.problem.train
    x = np.linspace(low, high, CURVE)
    basis = features_of(shown.problem, train.X.new_tensor(x)[:, None]).numpy()
    kept = _sample(train.n_samples)
    at_points = shown.problem.objective.A[kept].numpy()
    px, py = train.X[kept, 0].numpy(), train.y[kept].numpy()
    layers = []
    if train.true_function:
        y = np.polynomial.polynomial.polyval(x, train.true_function)
        layers.append(layer("line", "truth", name="truth", x=x, y=y, dash=True, width=1.5, legend=True))
    layers.append(layer("segments", "residual", run="a", x=px, y=py, y1=times(at_points, "theta")))
    if second:
        layers.append(
            layer(
                "line", "before", name="first run", run="before", x=x, y=times(basis, "theta"), width=1.5, legend=True
            )
        )
    return [*layers, layer("line", "fit", name="fit", run="a", x=x, y=times(basis, "theta"), width=2.5, legend=True)]


def _curve_panel(shown: Picture, second: bool, look: dict) -> dict:
    train, held = shown.problem.train, shown.problem.validation
    low, high = _padded(train.X[:, 0].numpy(), held.X[:, 0].numpy() if held else None)
    y_low, y_high = _padded(train.y.numpy(), held.y.numpy() if held else None)
    layers = fit_layers(shown, low, high, second=second)
    kept = _sample(train.n_samples)
    layers.append(
        layer("points", "data", name="training", x=train.X[kept, 0].numpy(), y=train.y[kept].numpy(), legend=True)
    )
    if held:
        kept = _sample(held.n_samples)
        more = {"x": held.X[kept, 0].numpy(), "y": held.y[kept].numpy()}
        layers.append(layer("points", "validation", name="validation", hollow=True, legend=True, **more))
    return panel(
        "data",
        "Data and fit" + _shown_part(train.n_samples),
        axis(train.feature_names[0], low, high, unit=train.feature_units[0]),
        axis(train.target_name, y_low, y_high, unit=train.target_unit),
        layers,
        alt=f"{train.n_samples} training points and the fitted curve",
        **look,
    )


def _agreement_panel(shown: Picture, second: bool, look: dict) -> dict:
    train, held = shown.problem.train, shown.problem.validation
    low, high = _padded(train.y.numpy(), held.y.numpy() if held else None)
    kept = _sample(train.n_samples)
    y, A = train.y[kept].numpy(), shown.problem.objective.A[kept].numpy()
    ends = np.array([low, high])
    layers = [layer("line", "truth", name="perfect", x=ends, y=ends, dash=True, width=1.5, legend=True)]
    layers.append(layer("segments", "residual", run="a", x=y, y=y, y1=times(A, "theta")))
    if second:
        layers.append(
            layer("points", "before", name="first run", run="before", x=y, y=times(A, "theta"), size=2.5, legend=True)
        )
    layers.append(layer("points", "data", name="training", run="a", x=y, y=times(A, "theta"), legend=True))
    if held:
        some = _sample(held.n_samples)
        guess = times(features_of(shown.problem, held.X[some]).numpy(), "theta")
        layers.append(
            layer(
                "points",
                "validation",
                name="validation",
                run="a",
                x=held.y[some].numpy(),
                y=guess,
                hollow=True,
                legend=True,
            )
        )
    name, unit = train.target_name, train.target_unit
    return panel(
        "data",
        "Prediction against truth" + _shown_part(train.n_samples),
        axis(f"{name}, true", low, high, unit=unit),
        axis(f"{name}, predicted", low, high, unit=unit),
        layers,
        alt=f"{train.n_samples} training rows: predicted against true values",
        **look,
    )


def validation_rings(shown: Picture) -> list[dict]:
    """Return rings around the points that are kept aside, for a picture that draws all points alike."""
    held = shown.problem.validation
    if not held:
        return []
    where = {"x": held.X[:, 0].numpy(), "y": held.y.numpy()}
    return [layer("points", "validation", name="validation", hollow=True, size=8, legend=True, **where)]


def at_step(one: dict, theta: np.ndarray) -> dict:
    """Return a layer of a run as a layer that stands still, at this θ."""
    resolve = lambda value: value["basis"] @ theta if isinstance(value, dict) and "basis" in value else value  # noqa: E731
    return {key: resolve(value) for key, value in one.items()} | {"run": ""}


def _sample(m: int) -> np.ndarray:
    return np.arange(m) if m <= MOST_POINTS else np.unique(np.linspace(0, m - 1, MOST_POINTS).astype(int))


def _shown_part(m: int) -> str:
    return "" if m <= MOST_POINTS else f" ({MOST_POINTS} of {m:,} rows drawn)"


def _padded(*parts: np.ndarray | None) -> tuple[float, float]:
    values = np.concatenate([p for p in parts if p is not None])
    low, high = float(values.min()), float(values.max())
    pad = 0.06 * (high - low) or 0.5
    return low - pad, high + pad
