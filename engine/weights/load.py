"""Loading a declared model: verified file, plain tensors, strict keys, once per process and device.

Formats by the file's name: `.safetensors`, and all else read with `torch.load(weights_only=True)`, where a declaration
may say in which `part` of a checkpoint the state lies. Both hold plain data alone, so nothing in such a file can run. A
declaration without `build` is a TorchScript program: it does run, and is loaded only because its declaration gives the
whole hash of the file. One with `convert` is a whole module in torch's old pickle format, whose tensors are read
without running it (`legacy_pickle`).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import IncompatibleWeights
from engine.runtime.device import as_device
from engine.runtime.pool import models, module_bytes
from engine.weights.declaration import Weights
from engine.weights.fetch import fetch
from engine.weights.files import path_of

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
    key = ("weights", weights, str(device))
    return models().get(key, lambda: _build(weights, device), lambda model: _size_of(weights, model))


def _build(weights: Weights, device: torch.device) -> nn.Module:
    path = fetch(weights)
    model = _program(weights, path) if weights.build is None else _filled(weights, path)
    model = model.to(device).eval()
    for parameter in model.parameters():  # a TorchScript program has no requires_grad_ of its own
        parameter.requires_grad_(False)
    return model


def _size_of(weights: Weights, model: nn.Module) -> int:
    """Return the model's bytes; the packed tensors of an int8 program are in its file, not among its parameters."""
    size = module_bytes(model)
    return size if weights.build else max(size, path_of(weights).stat().st_size)


def _program(weights: Weights, path: Path) -> torch.jit.ScriptModule:
    import torch

    try:
        with warnings.catch_warnings():
            deprecated = r"`torch\.jit\.load` is deprecated"  # its successor cannot read the files that are published
            warnings.filterwarnings("ignore", deprecated, FutureWarning)
            return torch.jit.load(path, map_location="cpu")
    except (RuntimeError, ValueError) as error:
        advice = "Use the TorchScript file made for this model."
        raise IncompatibleWeights(f"{path} cannot be read as the program of {weights.name}. {advice}") from error


def _filled(weights: Weights, path: Path) -> nn.Module:
    tensors = _read(weights, path)
    model = weights.build()
    misfits = _misfits(model.state_dict(), tensors)
    if misfits:
        shown = "; ".join(misfits[:3]) + (f"; and {len(misfits) - 3} more" if len(misfits) > 3 else "")
        raise IncompatibleWeights(
            f"{weights.source.file_name} does not fit {weights.name}: {shown}. Use the file made for this model."
        )
    model.load_state_dict(tensors, strict=True)
    return model


def _read(weights: Weights, path: Path) -> Mapping[str, torch.Tensor]:
    import torch
    from safetensors.torch import load_file

    if weights.convert is not None:
        from engine.weights.legacy_pickle import read_tensors

        return weights.convert(read_tensors(path))
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        tensors = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged pickle raises whatever its bytes happen to lead to
        advice = "Use a .safetensors file, or a .pt or .pth file that holds tensors alone."
        raise IncompatibleWeights(f"{path} cannot be read as weights of {weights.name}. {advice}") from error
    if weights.part:
        tensors = tensors.get(weights.part) if isinstance(tensors, Mapping) else None
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
