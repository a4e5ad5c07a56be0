"""The mask that the visitor paints: where the style applies. It stands in the link, unless it is too long for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from engine.style_transfer.mask import LINKED_DABS, from_text, to_text
from pages._ui.mask_canvas import mask_canvas
from pages._ui.session import keep_in_link
from pages.vision._style_transfer import pictures

if TYPE_CHECKING:
    from pages.vision._style_transfer.pictures import Photo

PARAMETER = "style_mask"
DABS, OUT, COUNT = "_style_dabs", "style_brush", "_style_mask_count"
HEIGHT_PX = 430


def mask_control() -> None:
    """Show the switch of the brush."""
    help = "Paint on the picture where the style is to be; the rest stays the photograph."
    st.toggle("Paint a mask", key=OUT, help=help, persist_state="session")


def dabs() -> np.ndarray:
    """Return what is painted: the link's, until the visitor paints."""
    if DABS not in st.session_state:
        st.session_state[DABS] = from_text(st.query_params.get(PARAMETER, ""))
    return st.session_state[DABS]


def is_out() -> bool:
    """Return whether the brush is out."""
    return bool(st.session_state.get(OUT))


def canvas(content: Photo) -> None:
    """Draw the canvas to paint on."""
    mask_canvas(
        "style-mask",
        dabs(),
        content.width,
        content.height,
        image=pictures.jpeg("content", content),
        height_px=HEIGHT_PX,
        title="Where the style is to be",
        revision=f"{content.identity} {st.session_state.get(COUNT, 0)}",
        on_change=lambda painted: st.session_state.update({DABS: painted}),
    )


def painted() -> np.ndarray:
    """Return the dabs (N, 4), and keep them in the link."""
    found = dabs()
    if len(found) > LINKED_DABS:
        st.caption("This mask is too fine for a link: the address leaves it out.")
    keep_in_link(PARAMETER, to_text(found) or None)
    return found


def put(text: str) -> None:
    """Set the mask from a link's text; in a callback."""
    st.session_state[DABS] = from_text(text)
    st.session_state[COUNT] = st.session_state.get(COUNT, 0) + 1
