"""`picker`: small pictures, of which the visitor chooses one, by pointer, touch or keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from pages._ui import canvas

_PICKER = canvas.component("picker", "plot.js", "picker.js")


@dataclass(frozen=True)
class Thumbnail:
    """One of the pictures.

    Attributes:
        key: what is chosen with it.
        title: its name.
        jpeg: an encoded picture, of which the middle square is shown.
    """

    key: str
    title: str
    jpeg: bytes


def picker(
    key: str, label: str, items: Sequence[Thumbnail], chosen: str, on_choose: Callable[[str], None], side_px: int = 40
) -> None:
    """Draw the pictures.

    Args:
        key: the component's key.
        label: what is chosen, for those who do not see it.
        items: in the order in which they are shown.
        chosen: the key of the one that is marked; "" for none.
        on_choose: called with a key of `items` before the rerun that a choice causes.
        side_px: least side of a picture on the screen.
    """

    def deliver() -> None:
        said = st.session_state[key].get("choice")
        if any(item.key == said for item in items):  # the browser may send anything
            on_choose(said)

    shown = [{"key": one.key, "title": one.title, "jpeg": np.frombuffer(one.jpeg, np.uint8)} for one in items]
    message = {"label": label, "side": side_px, "chosen": chosen, "items": shown}
    _PICKER(key=key, data=canvas.pack(message), on_choice_change=deliver)
