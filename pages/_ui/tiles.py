"""`tiles`: small square pictures side by side, crisp at any size; one may be chosen by pointer, touch or keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import streamlit as st

from engine.io.images import encode_png
from pages._ui import canvas
from pages._ui.session import remember

_TILES = canvas.component("tiles", "plot.js", "tiles.js")
ACROSS = 16  # pictures in a row of the sheet that is sent


def tiles(
    key: str,
    label: str,
    pictures: Any,
    *,
    identity: Any = None,
    title: str = "",
    titles: Sequence[str] = (),
    captions: Sequence[str] = (),
    columns: int = 0,
    side_px: int = 64,
    most_px: int = 128,
    chosen: int = -1,
    on_choose: Callable[[int], None] | None = None,
) -> None:
    """Draw the pictures.

    Args:
        key: the component's key.
        label: what they are, for those who do not see them.
        pictures: tensor (N, 3, side, side) or (N, 1, side, side) in [0, 1].
        identity: tells these pictures from others; with it they are not encoded again.
        title: above them.
        titles: N names, shown on hover.
        captions: N texts below the pictures.
        columns: how many stand in a row; 0 for as many as there is room for.
        side_px: least side of a picture on the screen, where `columns` is 0.
        most_px: greatest side, where `columns` is given.
        chosen: which one is marked; −1 for none.
        on_choose: called with a place in `pictures` before the rerun that a choice causes; None where none is offered.
    """
    png = remember(f"tiles:{key}", identity, lambda: _sheet(pictures)) if identity is not None else _sheet(pictures)
    message = {
        "png": np.frombuffer(png, np.uint8),
        "px": pictures.shape[-1],
        "across": min(ACROSS, len(pictures)),
        "n": len(pictures),
        "label": label,
        "title": title,
        "titles": list(titles),
        "captions": list(captions),
        "columns": columns,
        "side": side_px,
        "most": most_px,
        "chosen": chosen,
        "choosing": on_choose is not None,
    }

    def deliver() -> None:
        said = st.session_state[key].get("choice")
        if type(said) is int and 0 <= said < len(pictures) and on_choose is not None:  # the browser may send anything
            on_choose(said)

    _TILES(key=key, data=canvas.pack(message), on_choice_change=deliver)


def _sheet(pictures: Any) -> bytes:
    """Return the pictures row after row, `ACROSS` in each, as one PNG."""
    n, channels, side, _ = pictures.shape
    across = min(ACROSS, n)
    rows = -(-n // across)
    filled = pictures.new_zeros(rows * across, channels, side, side)
    filled[:n] = pictures
    grid = filled.view(rows, across, channels, side, side).permute(2, 0, 3, 1, 4)
    return encode_png(grid.reshape(channels, rows * side, across * side))
