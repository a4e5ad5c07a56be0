"""Try this: settings to start from, each with a question to answer before pressing play."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from pages._ui import controls


@dataclass(frozen=True)
class Preset:
    """A place to start from.

    Attributes:
        name: on its button.
        question: to be answered before pressing play.
        changes: field → value; every other field takes its default.
        more: session keys beside the settings, such as which tab is open.
    """

    name: str
    question: str
    changes: Mapping[str, Any]
    more: Mapping[str, Any] = field(default_factory=dict)


def try_this(key: str, presets: Sequence[Preset], settings: type, on_choose: Callable[[], None]) -> None:
    """Show the presets in a row, and under it the question of the one chosen last."""

    def choose(preset: Preset) -> None:
        controls.reset(settings, preset.changes)
        st.session_state.update(preset.more)
        st.session_state[key] = preset.name
        on_choose()

    with st.container(horizontal=True, gap="small", key=f"{key}-row"):
        st.html('<span class="try-this">Try this</span>', width="content")
        for preset in presets:
            chosen = st.session_state.get(key) == preset.name
            kind = "primary" if chosen else "secondary"
            st.button(
                preset.name,
                key=f"{key}-{preset.name}",
                on_click=choose,
                args=(preset,),
                type=kind,
                help=preset.question,
            )
    asked = next((preset.question for preset in presets if preset.name == st.session_state.get(key)), None)
    st.caption(asked or "Each of these sets the controls and asks a question. Answer it before you press play.")
