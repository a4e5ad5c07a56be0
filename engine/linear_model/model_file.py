"""A fitted model as a safetensors file, and back.

    ŷ = [1  (φ(x) − μ) / s] θ,   φ the polynomial features up to the degree

Conventions: the tensors are theta (n+1,), mean (n,), scale (n,) and theta_original (n+1,), all float64; theta belongs
to the scaled features, theta_original to the features before scaling. The metadata are texts; names, units and settings
are JSON. Such a file holds nothing that could run, and what it says is checked before it is believed.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import safetensors.torch
import torch
from torch import Tensor

from engine.errors import EngineError, InvalidInput, ShapeError, constraint
from engine.io import limits
from engine.linear_model.cost import design_matrix
from engine.linear_model.experiment import Experiment, Problem, theta_original
from engine.linear_model.features import Scaler, n_polynomial_features, polynomial_features, unscale_theta
from engine.settings import limits_of

FORMAT = "tangent linear model 1"


@dataclass(frozen=True, eq=False)
class LinearModel:
    """A fitted model that needs no data.

    Attributes:
        theta: (n+1,) on the scaled features.
        scaler: the μ and s of the features.
        degree: of the polynomial features.
        feature_names, feature_units: one text for each raw column.
        target_name, target_unit: of what is predicted.
        settings: what it was fitted with.
    """

    theta: Tensor
    scaler: Scaler
    degree: int
    feature_names: tuple[str, ...]
    feature_units: tuple[str, ...]
    target_name: str
    target_unit: str
    settings: Experiment

    @property
    def theta_original(self) -> Tensor:
        """The coefficients on the features before scaling, (n+1,)."""
        return unscale_theta(self.theta, self.scaler)

    def predict(self, X: Tensor) -> Tensor:
        """Return the prediction for raw rows X, (m, n_raw) → (m,).

        Raises:
            ShapeError: X has another number of columns.
        """
        if X.ndim != 2 or X.shape[1] != len(self.feature_names):
            raise ShapeError(constraint("X", f"(m, {len(self.feature_names)})", tuple(X.shape)))
        return design_matrix(self.scaler.transform(polynomial_features(X, self.degree))) @ self.theta


def save_model(problem: Problem, theta: Tensor, experiment: Experiment) -> bytes:
    """Return the file of θ, (n+1,) on the problem's scaled features."""
    tensors = {
        "theta": theta,
        "mean": problem.scaler.mean,
        "scale": problem.scaler.scale,
        "theta_original": theta_original(problem, theta),
    }
    table = problem.train
    metadata = {
        "format": FORMAT,
        "degree": str(problem.degree),
        "feature_names": json.dumps(table.feature_names),
        "feature_units": json.dumps(table.feature_units),
        "target": json.dumps(table.target_name),
        "target_unit": json.dumps(table.target_unit),
        "settings": json.dumps(asdict(experiment)),
    }
    return safetensors.torch.save({name: value.contiguous() for name, value in tensors.items()}, metadata)


def load_model(data: bytes, name: str = "the model") -> LinearModel:
    """Read the file's bytes; `name` stands in messages.

    Raises:
        InvalidInput: it is not a file that `save_model` wrote.
        ResourceLimit: it is larger than an upload may be.
    """
    shown = limits.check_upload(data, name)
    try:
        return _read(data)
    except (safetensors.SafetensorError, EngineError, LookupError, TypeError, ValueError, RuntimeError) as error:
        advice = "Choose a model that was downloaded here."
        raise InvalidInput(constraint("The file", "a linear model in safetensors form", shown, advice)) from error


def _read(data: bytes) -> LinearModel:
    tensors = safetensors.torch.load(data)
    length = int.from_bytes(data[:8], "little")  # the file begins with the length of its JSON header
    metadata = json.loads(data[8 : 8 + length])["__metadata__"]
    names, units = _texts(metadata["feature_names"]), _texts(metadata["feature_units"])
    (target,), (unit,) = (_texts(f"[{metadata[key]}]") for key in ("target", "target_unit"))
    degree, highest = int(metadata["degree"]), limits_of(Experiment)["degree"].high
    settings = Experiment(**json.loads(metadata["settings"]))
    if metadata["format"] != FORMAT or len(units) != len(names) or not names or not 1 <= degree <= highest:
        raise ValueError("its parts do not fit together")
    n = n_polynomial_features(len(names), degree)
    theta, mean, scale = (_finite(tensors[key], size) for key, size in (("theta", n + 1), ("mean", n), ("scale", n)))
    if not (scale > 0).all() or (settings.scaling == "none" and (mean.any() or (scale != 1).any())):
        raise ValueError("its scaling cannot be")
    return LinearModel(theta, Scaler(settings.scaling, mean, scale), degree, names, units, target, unit, settings)


def _texts(text: str) -> tuple[str, ...]:
    values = json.loads(text)
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError("names are not texts")
    return tuple(values)


def _finite(values: Tensor, size: int) -> Tensor:
    if values.shape != (size,) or values.dtype != torch.float64 or not values.isfinite().all():
        raise ValueError("a tensor is not what it should be")
    return values
