"""A model that is downloaded at first use: small ones at once, large ones when asked, with progress and a stop."""

from __future__ import annotations

import streamlit as st

from engine.errors import EngineError
from engine.weights import Weights, download
from pages._ui import player

SMALL_BYTES = 5_000_000  # fetched without being asked
REDRAW_S = 0.5


def fetched(weights: Weights, title: str) -> str:
    """Fetch a model's file, showing how far it is; return "" once it is here, else why it is not, as a sentence."""
    source, key = weights.source, f"fetch:{weights.name}"
    if source.size_bytes > SMALL_BYTES and not st.session_state.get(key):
        st.button(
            f"Download {title}, {source.size_bytes / 1e6:.0f} MB",
            key=f"get_{weights.name}",
            icon=":material/download:",
            on_click=lambda: st.session_state.update({key: 1}),
        )
        return f"It is fetched from {source.url.split('/')[2]} when you ask for it."
    try:
        held = player.run(key, download, weights, identity=weights.name)
    except EngineError as error:
        _again(key)
        return str(error)
    if held.job.status == "done":
        return ""
    if player.ended(held):
        _again(key)
        return "Its download was stopped."
    st.fragment(lambda: _progress(key, held), run_every=REDRAW_S)()
    return "It is on its way."


def _again(key: str) -> None:
    st.button("Try again", key=f"again_{key}", icon=":material/refresh:", on_click=player.forget, args=(key,))


def _progress(key: str, held: player.Held) -> None:
    if player.ended(held):
        st.rerun()
    st.progress(held.job.progress or 0.0, text=player.waiting_note(held) or "Connecting.")
    if st.button("Stop", key=f"stop_{key}"):
        player.stop(key)
        st.rerun()
