"""The part "Live": the camera through Johnson's networks or AdaIN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from engine.errors import EngineError
from engine.io.images import pixels_to_tensor
from engine.style_transfer.live import LiveSize, LiveStyle
from pages._ui import controls
from pages._ui.stream import Tile, stream
from pages.vision._style_transfer import methods, pictures
from pages.vision._style_transfer.live_settings import LiveMethod
from pages.vision._style_transfer.pictures import Photo
from pages.vision._style_transfer.transfer_settings import ADAIN, ALL, GATYS, Transfer
from pages.vision._style_transfer.view import PAGE

if TYPE_CHECKING:
    import numpy as np


def live_part(left, right) -> None:
    """Draw the controls at the left, the stream at the right."""
    offered = tuple(method for method in methods.offered() if method not in (GATYS, ALL))
    with left:
        chosen = controls.control(LiveMethod, "live_method", only=offered) if offered else GATYS
        pair = pictures.choose_style()
        method = methods.painting(chosen, pair)
        for name in ("live_strength", "live_px"):
            controls.control(LiveSize, name)
        if method == ADAIN:
            controls.control(Transfer, "style_of_scale")
    with right:
        if not offered:
            st.info(
                "A live picture needs a method of one pass, and none of their files is here. "
                "**Transfer** paints a snapshot of your camera with Gatys’ method.",
                icon=":material/inventory_2:",
            )
            st.caption(methods.missing())
            return
        if pair is None:
            st.info("Bring a style at the left.", icon=":material/add_photo_alternate:")
            return
        if method != chosen:
            st.caption(methods.instead())
        _stream(pair, method)


def _stream(pair: pictures.Chosen, method: str) -> None:
    try:
        paint = methods.one_pass(method, pair, controls.values(Transfer).style_of_scale).paint
    except EngineError as error:
        st.error(str(error), icon=":material/error:")
        return
    size = controls.values(LiveSize)
    loop: LiveStyle = st.session_state.setdefault("_live_style", LiveStyle(paint, size))
    loop.paint, loop.size = paint, size
    stream(
        PAGE,
        loop,
        found="paintings",
        tiles=_tiles,
        freeze=_freeze,
        otherwise="**Transfer** paints your pictures.",
        note=lambda: "Frozen. Open **Transfer** to paint it." if pictures.brought("content") is not None else "",
    )


def _tiles(painted: np.ndarray | None) -> list[Tile]:
    said = "–" if painted is None else f"{painted.shape[1]} × {painted.shape[0]}"
    return [Tile("painted", said, "Pixels of a painted frame; it is shown in the camera's size.")]


def _freeze(frame: np.ndarray) -> None:
    """Keep a frame as the page's own picture."""
    count = st.session_state.get("_style_frozen", 0) + 1
    st.session_state["_style_frozen"] = count
    pictures.keep("content", Photo((PAGE, "frame", count), pixels_to_tensor(frame), name="frozen frame"))
    st.session_state["content_source"] = "picture"
