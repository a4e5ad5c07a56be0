"""Controls made from a settings dataclass, and bound to the URL.

One field makes one widget, whose key and URL parameter are the field's name and whose range is the field's own limits
(`engine.settings`). A link's value outside the limits is moved to the nearest allowed one. Hidden controls keep their
value for the session.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import streamlit as st

from engine.settings import Limits, clamp, default_of, limits_of

Settings = TypeVar("Settings")
MOST_LETTERS = 22  # a choice whose labels are longer in all becomes a list


def control(
    settings: type,
    name: str,
    *,
    options: Sequence[str] | None = None,
    segments: bool = False,
    on_change: Callable[[], None] | None = None,
) -> Any:
    """Show the control of one field and return its value.

    Args:
        settings: the settings class.
        name: the field.
        options: the values of a choice to offer, where not all of them apply.
        segments: show a choice as a row of all its options, without the label.
        on_change: called before the rerun that a change causes.
    """
    limits, default = limits_of(settings)[name], default_of(settings, name)
    adopt_link(name, limits, default)
    common = {"label": _label(limits), "key": name, "help": limits.help or None, "on_change": on_change}
    common |= {"bind": "query-params", "persist_state": "session"}
    fresh = name not in st.session_state
    if limits.kind == "flag":
        return st.toggle(**common, **({"value": default} if fresh else {}))
    if limits.kind == "choice":
        return _choice(limits, list(options or limits.options), default, fresh, common, segments)
    if limits.scale == "log":
        stops = log_stops(limits, default)
        start = {"value": default} if fresh else {}
        return st.select_slider(options=stops, format_func=lambda v: f"{v:g}", **start, **common)
    whole = limits.kind == "integer"
    cast = int if whole else float
    start = {"value": cast(default)} if fresh else {}
    low, high, step = cast(limits.low), cast(limits.high), cast(limits.step)
    if (limits.high - limits.low) / limits.step > 1000:  # too fine for a slider
        return st.number_input(min_value=low, max_value=high, step=step, **start, **common)
    return st.slider(min_value=low, max_value=high, step=step, **start, **common)


def values(settings: type[Settings]) -> Settings:
    """Return the settings object that the controls now say; a control never shown gives its link's value or default."""
    found = {}
    for name, limits in limits_of(settings).items():
        default = default_of(settings, name)
        adopt_link(name, limits, default)
        found[name] = clamp(limits, st.session_state.get(name, default), default)
    return replace(settings(), **found)


def put(settings: type, changes: Mapping[str, Any]) -> None:
    """Set controls from a callback: each named field to its value, as near as its control can show it."""
    limits = limits_of(settings)
    for name, value in changes.items():
        st.session_state[name] = nearest_stop(limits[name], value, default_of(settings, name))


def reset(settings: type, changes: Mapping[str, Any]) -> None:
    """Set every control to its default but the changes: what a preset does, in a callback."""
    put(settings, {name: default_of(settings, name) for name in limits_of(settings)} | dict(changes))


def adopt_link(name: str, limits: Limits, default: Any) -> None:
    """Take a value from the link on the visitor's first run, clamped to the limits."""
    if name not in st.session_state and name in st.query_params:
        value = clamp(limits, st.query_params[name], default)
        st.session_state[name] = nearest_stop(limits, value, default)


def nearest_stop(limits: Limits, value: Any, default: Any) -> Any:
    """Return the value as the field's control can show it: a log control has stops, a linear one steps."""
    value = clamp(limits, value, default)
    if limits.kind not in ("real", "integer"):
        return value
    if limits.scale == "log":
        return min(log_stops(limits, default), key=lambda stop: abs(_log(stop) - _log(value)))
    return int(value) if limits.kind == "integer" else float(value)


def log_stops(limits: Limits, default: float) -> list[float]:
    """Return 1-2-5 steps over the limits, with 0, the ends and the default among them."""
    smallest = limits.low if limits.low > 0 else min(default or limits.high / 1e6, limits.high / 1e6)
    decades = range(math.floor(math.log10(smallest)), math.ceil(math.log10(limits.high)) + 1)
    stops = {float(f"{m}e{k}") for k in decades for m in (1, 2, 5)}
    kept = {s for s in stops if smallest <= s <= limits.high} | {float(limits.low), float(limits.high), float(default)}
    cast = int if limits.kind == "integer" else float
    return sorted({cast(s) for s in kept})


def _log(value: float) -> float:
    return math.log10(value) if value > 0 else -99.0


def _label(limits: Limits) -> str:
    name = limits.label[0].upper() + limits.label[1:]
    return f"{name} ({limits.unit})" if limits.unit else name


def _choice(limits: Limits, options: list[str], default: str, fresh: bool, common: dict, segments: bool) -> str:
    key = common["key"]
    if not fresh and st.session_state[key] not in options:
        st.session_state[key] = options[0]
    first = default if default in options else options[0]
    common |= {"options": options, "format_func": lambda option: limits.options[option]}
    if segments:
        common |= {"label_visibility": "collapsed", "help": None}
    if segments or sum(len(limits.options[option]) for option in options) <= MOST_LETTERS:
        return st.segmented_control(required=True, **common, **({"default": first} if fresh else {}))
    return st.selectbox(**common, **({"index": options.index(first)} if fresh else {}))
