"""`recogniser`: what networks make of a sound, as bars side by side, with the microphone where it is asked for.

The browser sends a second of sound (16-bit samples, mono, 16 kHz) several times a second, each once the one before has
been answered. Where it cannot (no permission, no microphone, no https) it says so in a sentence.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages._ui import canvas

_RECOGNISER = canvas.component("recogniser", "plot.js", "recogniser.js")
MOST_LETTERS = 100_000  # of a message's base64; a second is 43,000


@dataclass(frozen=True)
class Column:
    """What one network says.

    Attributes:
        title: its name.
        role: its colour, of `charts.ROLES`.
        about: a line below the name.
        probabilities: one for each label; None while there are none.
        words: what it understood last; None for a sound that is not live.
    """

    title: str
    role: str
    about: str
    probabilities: Sequence[float] | None = None
    words: Sequence[str] | None = None


def recogniser(
    key: str,
    labels: Sequence[str],
    columns: Sequence[Column],
    *,
    note: str = "",
    on_sound: Callable[[bytes], None] | None = None,
) -> None:
    """Draw the bars.

    Args:
        key: the component's key.
        labels: names of the classes.
        columns: one for each network.
        note: a sentence beside the microphone's button.
        on_sound: offers the microphone; called with each second of sound, before the rerun that it causes.
    """
    message = {
        "labels": list(labels),
        "columns": [
            {
                "title": one.title,
                "role": one.role,
                "about": one.about,
                "probabilities": None if one.probabilities is None else [round(float(p), 5) for p in one.probabilities],
                "words": None if one.words is None else list(one.words),
            }
            for one in columns
        ],
        "listens": on_sound is not None,
        "note": note,
        "answered": st.session_state.get(f"{key}:answered", 0),
    }

    def deliver() -> None:
        sound = _sound((st.session_state.get(key) or {}).get("heard"))
        if sound is None or on_sound is None:
            return
        st.session_state[f"{key}:answered"] = sound[0]
        on_sound(sound[1])

    _RECOGNISER(key=key, data=canvas.pack(message), on_heard_change=deliver)


def _sound(said: Any) -> tuple[int, bytes] | None:
    """Read what a browser says, number and samples; nothing of it is trusted."""
    if not isinstance(said, dict):
        return None
    number, pcm = said.get("number"), said.get("pcm")
    if type(number) is not int or not 0 < number < 2**53 or not isinstance(pcm, str) or len(pcm) > MOST_LETTERS:
        return None
    try:
        return number, base64.b64decode(pcm, validate=True)
    except (ValueError, binascii.Error):
        return None
