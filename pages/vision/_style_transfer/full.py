"""The picture in full size: a job with its progress, and the file that comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from engine.errors import EngineError
from engine.io.images import encode_jpeg
from engine.runtime.shelf import shelf
from engine.style_transfer.one_pass import painted_in_full
from engine.style_transfer.png_strips import optimised_in_full
from pages._ui import controls, player
from pages._ui.live import axis, layer, live, panel
from pages.vision._style_transfer import takeaway
from pages.vision._style_transfer.methods import one_pass
from pages.vision._style_transfer.transfer_settings import GATYS, Transfer

if TYPE_CHECKING:
    from collections.abc import Hashable

    from engine.style_transfer.png_strips import FullSize
    from pages._ui.player import Held
    from pages.vision._style_transfer.transfer_run import Wanted

RUN, BEGUN = "style-full", "_style_full_begun"
GONE = "This file was put away for newer ones: paint it again."


def full_part(wanted: Wanted, method: str) -> bool:
    """Offer the full size, show how far it is, and give the file; return whether it goes on."""
    settings = wanted.settings
    identity = (method, wanted.identity, settings, wanted.dabs.tobytes())
    if st.session_state.get(BEGUN) != identity:
        _offer(identity)
        return False
    try:
        held = _run(wanted, method, identity)
    except EngineError as error:
        st.error(str(error), icon=":material/error:")
        st.session_state[BEGUN] = None
        return False
    if not player.ended(held):
        _progress(held)
        return True
    _file(held.job.latest)
    return False


def _offer(identity: Hashable) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="style-full-offer"):
        with st.container(width=220):
            controls.control(Transfer, "style_full_px")
        st.button(
            "Paint it in full size",
            key="style_full",
            icon=":material/photo_size_select_large:",
            on_click=lambda: st.session_state.update({BEGUN: identity}),
        )


def _run(wanted: Wanted, method: str, identity: Hashable) -> Held:
    pair, settings = wanted.pair, wanted.settings
    photo = (pair.content.data or pair.content.image, pair.content.name, settings.style_full_px)
    said = {**takeaway.settings_of(wanted, method), "full_px": settings.style_full_px}
    around = (settings.around, wanted.dabs, takeaway.metadata(said))
    if method == GATYS:
        styles = [style.image for style in pair.styles]
        gatys = (styles, pair.mix, settings.gatys_in_full)
        job = (optimised_in_full, wanted.network.model, *photo, *gatys, *around)
    else:
        job = (painted_in_full, one_pass(method, pair, settings.style_of_scale), *photo, *around)
    return player.run(RUN, *job, identity=identity, heavy=True)


def _progress(held: Held) -> None:
    latest: FullSize | None = held.job.latest
    st.progress(held.job.progress or 0.0, text=player.waiting_note(held) or "Starting.")
    st.button("Stop", key="stop_style_full", icon=":material/stop:", on_click=_stop)
    if latest is not None and latest.preview is not None:
        _so_far(latest.preview)


def _so_far(picture: Any) -> None:
    """Draw the rows that are done; an <img> would ask for a file that the next redrawing has put away."""
    height, width = picture.shape[1:]
    jpeg = np.frombuffer(encode_jpeg(picture.float() / 255, 85), np.uint8)
    x, y = axis("x", 0, width, unit="px"), axis("y", 0, height, unit="px", down=True)
    image = layer("image", jpeg=jpeg, extent=[0, width, 0, height])
    look = {"aspect": "equal", "bare": True, "height": 260, "span": 6, "alt": "the rows that are painted so far"}
    live("style-full-so-far", [panel("so-far", "So far", x, y, [image], **look)])


def _stop() -> None:
    player.stop(RUN)
    player.forget(RUN)
    st.session_state[BEGUN] = None


def _file(latest: FullSize | None) -> None:
    if latest is None or not latest.file or not shelf().holds([latest.file]):
        st.warning(GONE, icon=":material/inventory_2:")
        st.button("Paint it again", key="style_full_again", on_click=_stop)
        return
    height, width = _size(shelf().get(latest.file))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            f"Full size, {width} × {height}",
            data=lambda: shelf().get(latest.file),
            file_name="style_full_size.png",
            mime="image/png",
            key="export-style_full_size.png",
            on_click="ignore",
            type="primary",
            icon=":material/download:",
        )
        st.button("Another size", key="style_full_other", on_click=_stop)


def _size(png: bytes) -> tuple[int, int]:
    """Return (height, width) of a PNG of ours, as its header says."""
    return int.from_bytes(png[20:24], "big"), int.from_bytes(png[16:20], "big")
