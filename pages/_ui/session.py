"""What one visitor keeps between two runs of a page: one remembered value per key, and the address of a rested step."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

import streamlit as st

Value = TypeVar("Value")


def remember(key: str, identity: Hashable, build: Callable[[], Value]) -> Value:
    """Return the value built for this identity, building it only for a new one; one value per key is kept."""
    kept = st.session_state.setdefault("_remembered", {})
    if key not in kept or kept[key][0] != identity:
        kept[key] = (identity, build())
    return kept[key][1]


def link_number(name: str) -> int | None:
    """Return a whole number of the link, or None where there is none."""
    text = st.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def keep_in_link(name: str, value: int | str | None) -> None:
    """Write an unbound parameter into the link, or take it out (None)."""
    if value is None:
        if name in st.query_params:
            del st.query_params[name]
    elif st.query_params.get(name) != str(value):
        st.query_params[name] = str(value)
