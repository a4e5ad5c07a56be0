"""Settings with limits: frozen dataclasses whose fields know their range, unit and label.

An algorithm's settings are one `@dataclass(frozen=True)`. Each field is declared with `real`, `integer`, `choice`
or `flag`, which keep the limits in the field's metadata; `__post_init__` calls `check(self)`. The pages make their
controls from the same limits, so what a slider can reach and what the engine accepts cannot drift apart.

Conventions: limits are inclusive. A `scale` of "log" asks for a control in steps of 1-2-5; it may start at 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any

from engine.errors import InvalidInput, constraint


@dataclass(frozen=True)
class Limits:
    """What one field accepts, and how to name it on a screen.

    Attributes:
        kind: "real", "integer", "choice" or "flag".
        label: its name in a sentence, such as "learning rate α".
        unit: "px", "Hz" …, or "" for a plain number.
        help: one sentence on what it does.
        low, high: inclusive ends of a number.
        step: distance between two positions of a linear control.
        scale: "linear" or "log".
        options: value → label, for a choice.
    """

    kind: str
    label: str
    unit: str = ""
    help: str = ""
    low: float = 0.0
    high: float = 0.0
    step: float = 0.0
    scale: str = "linear"
    options: Mapping[str, str] | None = None


def real(
    default: float,
    low: float,
    high: float,
    *,
    label: str,
    unit: str = "",
    help: str = "",
    step: float = 0.0,
    scale: str = "linear",
) -> Any:
    """Declare a finite number in [low, high]; `step` defaults to a hundredth of the range."""
    step = step or (high - low) / 100
    return field(default=default, metadata={"limits": Limits("real", label, unit, help, low, high, step, scale)})


def integer(
    default: int,
    low: int,
    high: int,
    *,
    label: str,
    unit: str = "",
    help: str = "",
    step: int = 1,
    scale: str = "linear",
) -> Any:
    """Declare a whole number in [low, high]."""
    return field(default=default, metadata={"limits": Limits("integer", label, unit, help, low, high, step, scale)})


def choice(default: str, options: Mapping[str, str] | Sequence[str], *, label: str, help: str = "") -> Any:
    """Declare one of `options`, given as value → label or as the values alone."""
    named = dict(options) if isinstance(options, Mapping) else {option: option for option in options}
    return field(default=default, metadata={"limits": Limits("choice", label, help=help, options=named)})


def flag(default: bool, *, label: str, help: str = "") -> Any:
    """Declare a yes or no."""
    return field(default=default, metadata={"limits": Limits("flag", label, help=help)})


def limits_of(settings: type | object) -> dict[str, Limits]:
    """Return field name → `Limits` of a settings class or object, for the fields that have limits."""
    return {f.name: f.metadata["limits"] for f in fields(settings) if "limits" in f.metadata}


def default_of(settings: type, name: str) -> Any:
    """Return the default of one field of a settings class."""
    found: Field = next(f for f in fields(settings) if f.name == name)
    return found.default if found.default is not MISSING else found.default_factory()


def check(settings: object) -> None:
    """Raise `InvalidInput` for the first field outside its limits; call it in `__post_init__`."""
    for name, limits in limits_of(settings).items():
        _check_value(limits, getattr(settings, name))


def clamp(limits: Limits, value: Any, default: Any) -> Any:
    """Return the accepted value nearest to `value`, or `default` where there is none (text for a number, NaN).

    For what comes from outside, such as a link's parameters: it never raises.
    """
    if limits.kind == "choice":
        return value if isinstance(value, str) and value in limits.options else default
    if limits.kind == "flag":
        return {"true": True, "false": False}.get(str(value).lower(), default)
    try:
        number = float(value)
    except (TypeError, ValueError):
        return default
    if math.isnan(number):
        return default
    number = min(max(number, limits.low), limits.high)
    return round(number) if limits.kind == "integer" else number


def _check_value(limits: Limits, value: Any) -> None:
    if limits.kind == "choice":
        if not isinstance(value, str) or value not in limits.options:
            raise InvalidInput(constraint(limits.label, f"one of {', '.join(limits.options)}", value))
        return
    if limits.kind == "flag":
        if not isinstance(value, bool):
            raise InvalidInput(constraint(limits.label, "true or false", value))
        return
    whole = limits.kind == "integer"
    is_number = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
    if not is_number or not limits.low <= value <= limits.high:  # also refuses NaN
        kind = "a whole number" if whole else "a number"
        unit = f" {limits.unit}" if limits.unit else ""
        raise InvalidInput(constraint(limits.label, f"{kind} from {limits.low:g} to {limits.high:g}{unit}", value))
