"""The device that models run on: cuda before mps before cpu, or the one that TANGENT_DEVICE names.

torch is imported inside the functions, so that importing this module costs nothing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from engine.errors import InvalidInput, constraint

if TYPE_CHECKING:
    import torch

DEVICE_VARIABLE = "TANGENT_DEVICE"


def choose_device() -> torch.device:
    """Return the device named by TANGENT_DEVICE ("cpu", "cuda", "cuda:1", "mps"), else the best one there is.

    Raises:
        InvalidInput: TANGENT_DEVICE names a device that this machine does not have.
    """
    there = _devices()
    named = os.environ.get(DEVICE_VARIABLE, "").strip().lower()
    if not named:
        return as_device(there[0])
    if (f"{named}:0" if named == "cuda" else named) not in there:
        advice = "Choose one of them, or unset the variable."
        raise InvalidInput(constraint(DEVICE_VARIABLE, f"a device of this machine ({', '.join(there)})", named, advice))
    return as_device(named)


def as_device(device: torch.device | str | None = None) -> torch.device:
    """Return one form for each device: None is the chosen one, and "cuda" is "cuda:0".

    Raises:
        InvalidInput: the text is not the name of a device.
    """
    import torch

    if device is None:
        return choose_device()
    try:
        found = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise InvalidInput(constraint("device", "cpu, cuda, cuda:1 … or mps", device)) from error
    return torch.device("cuda", found.index or 0) if found.type == "cuda" else torch.device(found.type)


def count_gpus() -> int:
    """Return how many GPUs jobs may share: 0 on a CPU, 1 where TANGENT_DEVICE names one, else all of them."""
    import torch

    device = choose_device()
    if device.type == "cuda" and not os.environ.get(DEVICE_VARIABLE, "").strip():
        return torch.cuda.device_count()
    return 0 if device.type == "cpu" else 1


def count_cores() -> int:
    """Return how many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS or Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def describe_device() -> str:
    """Return a short label for a screen, such as "NVIDIA H100", "Apple GPU" or "CPU, 2 cores"."""
    import torch

    device = choose_device()
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return "Apple GPU"
    cores = count_cores()
    return f"CPU, {cores} core{'s' if cores > 1 else ''}"


def _devices() -> list[str]:
    """Return the names of this machine's devices, best first."""
    import torch

    cuda = [f"cuda:{index}" for index in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    mps = ["mps"] if torch.backends.mps.is_available() else []
    return [*cuda, *mps, "cpu"]
