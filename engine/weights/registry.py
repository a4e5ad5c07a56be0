"""Every declared model by name. A task package declares its own; they are imported at the first question."""

from __future__ import annotations

import importlib
import threading

from engine.errors import InvalidInput, constraint
from engine.weights.declaration import Weights

DECLARATIONS: tuple[str, ...] = (
    "engine.detection.declarations",
    "engine.detection.family",
    "engine.pose.declarations",
    "engine.source_separation.declarations",
    "engine.style_transfer.declarations",
    "engine.sound_recognition.declarations",
)  # modules that call `register`

_registered: dict[str, Weights] = {}
_importing = threading.RLock()


def register(weights: Weights) -> Weights:
    """Add a declaration and return it.

    Raises:
        InvalidInput: another declaration has this name.
    """
    if _registered.setdefault(weights.name, weights) != weights:
        raise InvalidInput(f"{weights.name} is declared twice. Give one of the two another name.")
    return weights


def all_weights() -> list[Weights]:
    """Return every declaration, ordered by name."""
    with _importing:
        for module in DECLARATIONS:
            importlib.import_module(module)
    return sorted(_registered.values(), key=lambda weights: weights.name)


def get(name: str) -> Weights:
    """Return the declaration of this name.

    Raises:
        InvalidInput: there is none; the text lists the names there are.
    """
    if name in _registered:  # where one task's modules are, the others' need not be
        return _registered[name]
    options = {weights.name: weights for weights in all_weights()}
    if name not in options:
        raise InvalidInput(constraint("weights", f"one of {', '.join(options) or '(none registered yet)'}", name))
    return options[name]
