"""A page of several parts, one of which is open: presets, the choice of part, controls at the left, the part beside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from engine.errors import EngineError
from pages._ui import controls


@dataclass(frozen=True)
class Part:
    """What is drawn when it is open.

    Attributes:
        draw: draws its controls into the first column, itself into the second.
        settings: what stands in the link meanwhile.
    """

    draw: Callable[[Any, Any], None]
    settings: tuple[type, ...] = ()


@dataclass(frozen=True)
class Parts:
    """A choice of parts.

    Attributes:
        settings, field: where the choice is kept.
        each: by the value of the field; what is not among them is not offered.
    """

    settings: type
    field: str
    each: Mapping[str, Part | Parts]


def lay_out(parts: Parts) -> None:
    """Draw the choices, and the open part; what a visitor did wrong there becomes a sentence."""
    open_, shown = parts, []
    while isinstance(open_, Parts):
        shown.append(open_.settings)
        chosen = controls.control(open_.settings, open_.field, segments=True, only=tuple(open_.each))
        open_ = open_.each[chosen]
    shown += open_.settings
    with st.container(key="workbench"):
        left, right = st.columns([3, 10], gap="medium")
    try:
        open_.draw(left.container(key="controls"), right)
    except EngineError as error:
        right.error(str(error), icon=":material/error:")
    hidden = dict.fromkeys(one for one in _settings(parts) if one not in shown)
    controls.share(*dict.fromkeys(shown), hidden=tuple(hidden))


def _settings(part: Part | Parts) -> Iterator[type]:
    """Yield every settings class of a tree of parts."""
    if isinstance(part, Part):
        yield from part.settings
        return
    yield part.settings
    for one in part.each.values():
        yield from _settings(one)
