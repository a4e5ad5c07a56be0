"""The runs of the part "Transfer": which methods can paint this pair, their jobs, and how far they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from engine.style_transfer.one_pass import PREVIEW_PX
from engine.style_transfer.transfer import by_optimisation, finished, in_one_pass
from pages._ui import player
from pages._ui.session import remember
from pages.vision._style_transfer.methods import one_pass
from pages.vision._style_transfer.transfer_settings import GATYS, METHODS, SENTENCES, Transfer

if TYPE_CHECKING:
    from collections.abc import Hashable

    from engine.style_transfer.transfer import Transferred
    from pages._ui.model_choice import Chosen as Model
    from pages._ui.player import Held
    from pages.vision._style_transfer.pictures import Chosen


@dataclass(frozen=True, eq=False)
class Wanted:
    """What is to be painted: a pair, how, and where.

    Attributes:
        pair: the pictures.
        settings: how.
        dabs: (N, 4), the painted mask.
        network: whose features Gatys compares.
    """

    pair: Chosen
    settings: Transfer
    dabs: np.ndarray
    network: Model

    @property
    def identity(self) -> Hashable:
        """Tells the run from others: strength and mask only change what is made of it."""
        return (self.pair.identity, self.settings.gatys, self.network.key)

    def finished(self, latest: Transferred, method: str) -> Any:
        """Return the picture of a method's snapshot, uint8 (3, h, w), with its colours, mask and strength."""
        identity = (self.identity, latest.step, self.settings.around, self.dabs.tobytes())
        make = lambda: finished(self.pair.content.image, latest.picture, self.settings.around, self.dabs)  # noqa: E731
        return remember(f"style-finished-{method}", identity, make)


def run(wanted: Wanted, method: str) -> Held:
    """Return the run of one method, started unless it was.

    Raises:
        EngineError: what the run raised.
    """
    pair, settings = wanted.pair, wanted.settings
    if method == GATYS:
        pictures = (pair.content.image, [style.image for style in pair.styles], pair.mix)
        job = (by_optimisation, wanted.network.model, *pictures, settings.gatys)
        return player.run(_key(method), *job, identity=(method, wanted.identity), heavy=True)
    paint = one_pass(method, pair, settings.style_of_scale).paint
    job = (in_one_pass, paint, pair.content.image, PREVIEW_PX)
    return player.run(_key(method), *job, identity=(method, pair.identity, settings.style_of_scale))


def status(held: Held, method: str) -> None:
    """Say how far a run is, with a button that stops it."""
    latest: Transferred | None = held.job.latest
    with st.container(horizontal=True, vertical_alignment="center", key=f"status-{method}"):
        if not player.ended(held):
            st.progress(held.job.progress or 0.0, text=player.waiting_note(held) or "Starting.")
            st.button("Stop", key=f"stop_{method}", icon=":material/stop:", on_click=player.stop, args=(_key(method),))
        elif held.job.status == "cancelled":
            st.caption(f"Stopped after {latest.step if latest else 0} steps of {METHODS[method]}.")
            st.button("Start again", key=f"again_{method}", on_click=player.forget, args=(_key(method),))
        elif latest is not None and method != GATYS:
            st.caption(f"{METHODS[method]} {SENTENCES[method]}.")
        elif latest is not None:
            losses = latest.losses
            st.caption(f"Gatys, {latest.step} steps: J_content {losses.content:.3f}, J_style {losses.style:.3f}.")


def _key(method: str) -> str:
    return f"style-{method}"
