"""Loading a declared model: verified file, plain tensors, strict keys, once per process and device.

Formats by the file's name: `.safetensors`, and `.pt` or `.pth` read with `torch.load(weights_only=True)`. Both hold
tensors alone, so nothing in such a file can run.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import IncompatibleWeights
from engine.runtime.device import as_device
from engine.runtime.pool import models
from engine.weights.declaration import Weights
from engine.weights.fetch import fetch

if TYPE_CHECKING:
    import torch
    from torch import nn


def load(weights: Weights, device: torch.device | str | None = None) -> nn.Module:
    """Return the model with its weights, in eval mode, on `device` (None: the chosen one).

    The model is shared by the whole process through the pool of models, so it must not be trained or changed; its
    parameters ask for no gradient. A file that can be downloaded and is not here is fetched first; a page that wants
    to show the progress drains `download(weights)` before.

    Raises:
        DownloadError: the file could not be fetched.
        ChecksumError: the file is not the one declared.
        IncompatibleWeights: the file cannot be read, or its tensors do not fit the model.
        WeightsError: the file is not there and does not come by download.
        ResourceLimit: the model is larger than the pool.
    """
    device = as_device(device)
    return models().get(("weights", weights, str(device)), lambda: _build(weights, device))


def _build(weights: Weights, device: torch.device) -> nn.Module:
    tensors = _read(weights, fetch(weights))
    model = weights.build()
    misfits = _misfits(model.state_dict(), tensors)
    if misfits:
        shown = "; ".join(misfits[:3]) + (f"; and {len(misfits) - 3} more" if len(misfits) > 3 else "")
        raise IncompatibleWeights(
            f"{weights.source.file_name} does not fit {weights.name}: {shown}. Use the file made for this model."
        )
    model.load_state_dict(tensors, strict=True)
    return model.to(device).eval().requires_grad_(False)


def _read(weights: Weights, path: Path) -> Mapping[str, torch.Tensor]:
    import torch
    from safetensors.torch import load_file

    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        tensors = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged pickle raises whatever its bytes happen to lead to
        advice = "Use a .safetensors file, or a .pt or .pth file that holds tensors alone."
        raise IncompatibleWeights(f"{path} cannot be read as weights of {weights.name}. {advice}") from error
    if not isinstance(tensors, Mapping) or not all(isinstance(value, torch.Tensor) for value in tensors.values()):
        raise IncompatibleWeights(f"{path} must hold tensors by name; got something else. Save model.state_dict().")
    return tensors


def _misfits(wanted: Mapping[str, torch.Tensor], given: Mapping[str, torch.Tensor]) -> list[str]:
    """Say, for each tensor that does not fit, why."""
    missing = [f"{name} is missing" for name in wanted if name not in given]
    extra = [f"{name} is not part of the model" for name in given if name not in wanted]
    shapes = [
        f"{name} must have shape {tuple(wanted[name].shape)}, got {tuple(given[name].shape)}"
        for name in wanted
        if name in given and wanted[name].shape != given[name].shape
    ]
    return missing + extra + shapes
