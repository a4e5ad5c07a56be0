"""The live microphone: a second of sound, four times a second, to both networks, with the last words of each."""

from __future__ import annotations

import streamlit as st

from engine.errors import EngineError
from engine.sound_recognition.live import Ear
from engine.sound_recognition.models import DIGITS, both
from pages._ui.microphone import Column, recogniser

ROLES = ("class 0", "class 1")
SAY = {
    DIGITS: "Say digits in English, zero to nine, with a pause between them.",
    "instruments": "Play an instrument, or a song from another device, near the microphone.",
}


def draw(task: str) -> None:
    """Draw the microphone's button, the bars, and the last words; only this is drawn again with each second."""
    st.caption(f"{SAY[task]} The browser asks before it gives the microphone.")
    st.fragment(lambda: _listening(task), key="recognise-live")()


def _listening(task: str) -> None:
    ear = _ear(task)
    heard = st.session_state.get("recognise:answer")
    answer, error = heard[1:] if heard and heard[0] == task else (None, "")
    labels, columns = ear.recognisers[0].labels, []
    for one, role in zip(ear.recognisers, ROLES, strict=True):
        if answer is None:
            columns.append(Column(one.title, role, "waiting for a sound", None, ()))
            continue
        words = [labels[k] for k in answer.words[one.key]]
        spoken = None if answer.is_silent else answer.probabilities[one.key].tolist()
        about = "silence" if answer.is_silent else f"{answer.milliseconds[one.key]:.1f} ms a window"
        columns.append(Column(one.title, role, about, spoken, words))
    recogniser("recognise-microphone", labels, columns, note=error, on_sound=lambda pcm: _hear(task, pcm))


def _hear(task: str, pcm: bytes) -> None:
    try:
        st.session_state["recognise:answer"] = (task, _ear(task).hear(pcm), "")
    except EngineError as refused:
        st.session_state["recognise:answer"] = (task, None, str(refused))


def _ear(task: str) -> Ear:
    """Return the visitor's ear for a task; another task begins with no words."""
    kept = st.session_state.get("recognise:ear")
    if kept is None or kept[0] != task:
        kept = task, Ear([row.make(None) for row in both(task)])
        st.session_state["recognise:ear"] = kept
    return kept[1]
