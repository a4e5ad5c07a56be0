"""Controls made from a settings dataclass, and bound to the URL.

One field makes one widget, whose key and URL parameter are the field's name and whose range is the field's own limits
(`engine.settings`). A link's value outside the limits is moved to the nearest one that the control can show. Hidden
controls keep their value for the session. Streamlit's own binding to the URL is not used: it writes the options as they
are worded on the screen, so a link would break with a word, and it drops what is out of range instead of clamping it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from typing import Any, TypeVar

import streamlit as st

from engine.settings import Limits, clamp, default_of, limits_of
from pages._ui.numbers import number
from pages._ui.session import keep_in_link

Settings = TypeVar("Settings")
MOST_LETTERS = 22  # a choice whose labels are longer in all becomes a list
MOST_POSITIONS = 1000  # of a slider; a finer field becomes a box to type in


@contextmanager
def redrawing(fragment: str) -> Iterator[None]:
    """Within, a change of a number or a flag draws only the fragment of this key again: half the way to the picture."""
    st.session_state["_redraws"] = fragment
    yield
    st.session_state["_redraws"] = ""


def control(
    settings: type,
    name: str,
    *,
    segments: bool = False,
    only: tuple[str, ...] = (),
    on_change: Callable[[], None] | None = None,
) -> Any:
    """Show the control of one field and return its value.

    Args:
        settings: the settings class.
        name: the field.
        segments: show a choice as a row of all its options, without the label.
        only: the options of a choice to offer; all of them without it.
        on_change: called before the rerun that a change causes.
    """
    limits, default = limits_of(settings)[name], default_of(settings, name)
    adopt_link(name, limits, default)
    fragment = st.session_state.get("_redraws")
    if fragment and on_change is None and limits.kind != "choice":
        on_change = lambda: st.rerun(fragment)  # noqa: E731
    common = {"key": name, "help": limits.help or None, "on_change": on_change, "persist_state": "session"}
    common["label"] = _label(limits)
    if limits.kind == "flag":
        return st.toggle(value=default, **common)
    if limits.kind == "choice":
        return _choice(limits, default, segments, only, common)
    if limits.scale == "log":
        return st.select_slider(options=log_stops(limits, default), value=default, format_func=number, **common)
    cast = int if limits.kind == "integer" else float
    low, high, step = cast(limits.low), cast(limits.high), cast(limits.step)
    widget = st.number_input if (high - low) / step > MOST_POSITIONS else st.slider
    return widget(min_value=low, max_value=high, value=cast(default), step=step, **common)


def values(settings: type[Settings]) -> Settings:
    """Return the settings object that the controls say; one that was never shown gives its link's value or default."""
    found = {}
    for name, limits in limits_of(settings).items():
        default = default_of(settings, name)
        adopt_link(name, limits, default)
        found[name] = clamp(limits, st.session_state.get(name, default), default)
    return settings(**found)


def share(*shown: type, hidden: tuple[type, ...] = ()) -> None:
    """Write every shown setting that is not at its default into the URL, and take the hidden ones out."""
    for settings in shown:
        current = values(settings)
        for name in limits_of(settings):
            value = getattr(current, name)
            keep_in_link(name, None if value == default_of(settings, name) else link_text(value))
    for settings in hidden:
        for field in fields(settings):
            keep_in_link(field.name, None)


def put(settings: type, changes: Mapping[str, Any]) -> None:
    """Set controls from a callback: each named field to its value, as near as its control can show it."""
    limits = limits_of(settings)
    for name, value in changes.items():
        st.session_state[name] = nearest_stop(limits[name], value, default_of(settings, name))


def reset(settings: type, changes: Mapping[str, Any]) -> None:
    """Set every control to its default but the changes: what a preset does, in a callback."""
    put(settings, {name: default_of(settings, name) for name in limits_of(settings)} | dict(changes))


def adopt_link(name: str, limits: Limits, default: Any) -> None:
    """Take a field's value from the link, where this session has none yet."""
    if name not in st.session_state and name in st.query_params:
        st.session_state[name] = nearest_stop(limits, st.query_params[name], default)


def link_text(value: Any) -> str:
    """Write a value as a parameter of a link."""
    return (
        f"{value:.10g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)
    )


def nearest_stop(limits: Limits, value: Any, default: Any) -> Any:
    """Return the value as the field's control can show it: a log control has stops, a linear one its limits."""
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
    ends = {float(limits.low), float(limits.high), float(default)}
    cast = int if limits.kind == "integer" else float
    return sorted({cast(s) for s in {s for s in stops if smallest <= s <= limits.high} | ends})


def _log(value: float) -> float:
    return math.log10(value) if value > 0 else -99.0


def _label(limits: Limits) -> str:
    name = limits.label[0].upper() + limits.label[1:]
    return f"{name} ({limits.unit})" if limits.unit else name


def _choice(limits: Limits, default: str, segments: bool, only: tuple[str, ...], common: dict) -> str:
    options = [option for option in limits.options if not only or option in only]
    if default not in options:
        default = options[0]
    if st.session_state.get(common["key"], default) not in options:
        st.session_state[common["key"]] = default
    common |= {"options": options, "format_func": lambda option: limits.options[option]}
    if segments:
        common |= {"label_visibility": "collapsed", "help": None}
    if segments or sum(len(text) for text in limits.options.values()) <= MOST_LETTERS:
        return st.segmented_control(required=True, default=default, **common)
    return st.selectbox(index=options.index(default), **common)
