"""A model's card: where its file is, how large it is, its licence and figures, and the button that fetches it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from engine.errors import EngineError
from engine.weights import Bundled, Download, Weights, download, path_of, state
from pages._ui import player
from pages._ui.gallery import ROOT, Topic

STATES = {  # what `state` answers → name, colour and icon of the badge
    "bundled": ("Comes with Tangent", "blue", ":material/inventory_2:"),
    "here": ("Downloaded", "green", ":material/check:"),
    "download": ("Can be downloaded", "gray", ":material/download:"),
    "missing": ("File is missing", "orange", ":material/warning:"),
}
REDRAW_S = 0.5


def model_card(weights: Weights, used_by: Sequence[Topic]) -> None:
    """Show one model; `used_by` are the pages that load it."""
    where = state(weights)
    label, color, icon = STATES[where]
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.header(
                weights.name.replace("_", "_\u200b"), anchor=False, width="content"
            )  # a long name may break at "_"
            st.badge(label, color=color, icon=icon)
        st.caption(" · ".join(_facts(weights)))
        for topic in used_by:
            st.page_link(topic.file, label=f"Used by {topic.title}", icon=topic.icon)
        card = ROOT / weights.card
        if card.is_file():
            with st.expander("Model card"):
                st.markdown(card.read_text(encoding="utf-8"))
        if where == "download":
            st.fragment(
                lambda: _download(weights), run_every=REDRAW_S if st.session_state.get(_key(weights)) else None
            )()
        elif where == "missing":
            folder = "assets/weights" if isinstance(weights.source, Bundled) else "$TORCH_HOME/hub/checkpoints"
            st.info(f"The owner of this server has to put the file {weights.source.file_name} into `{folder}`.")


def _facts(weights: Weights) -> list[str]:
    """Return size, parameters, figures and licence, each as a few words."""
    path = path_of(weights)
    size = (
        weights.source.size_bytes
        if isinstance(weights.source, Download)
        else path.stat().st_size
        if path.is_file()
        else 0
    )
    return [
        *([f"{size / 1e6:.1f} MB"] if size else []),
        f"{weights.num_params:,} parameters".replace(",", "\u202f"),
        *(f"{name} {value:g}" for name, value in weights.metrics.items()),
        f"licence {weights.licence}",
    ]


def _key(weights: Weights) -> str:
    return f"fetch:{weights.name}"


def _download(weights: Weights) -> None:
    """Offer the download, or show how far it is; the number under the key counts the tries, 0 for none asked."""
    key = _key(weights)
    attempt = st.session_state.get(key, 0)
    if not attempt:
        st.button(
            f"Download {weights.source.size_bytes / 1e6:.1f} MB",
            key=f"get_{weights.name}",
            on_click=_ask,
            args=(key, 1),
        )
        return
    try:
        held = player.run(key, download, weights, identity=(weights.name, attempt))
    except EngineError as error:
        st.error(str(error))
        st.button("Try again", key=f"again_{weights.name}", on_click=_ask, args=(key, attempt + 1))
        return
    if player.ended(held):
        st.session_state[key] = 0
        st.rerun()
    st.progress(held.job.progress or 0.0, text=player.waiting_note(held) or "Connecting.")
    st.button("Stop", key=f"stop_{weights.name}", on_click=_stop, args=(key,))


def _ask(key: str, attempt: int) -> None:
    st.session_state[key] = attempt


def _stop(key: str) -> None:
    player.stop(key)
    player.forget(key)
    st.session_state[key] = 0
