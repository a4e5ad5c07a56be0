"""The camera with what is found in it drawn over, how fast that goes, and a button that keeps a frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import streamlit as st

from engine.runtime.newest import Newest
from pages._ui.camera import camera

PANEL_S = 1.0  # every half second cost a seventh of the poses


class Loop(Protocol):
    """What the camera calls: `show` draws on a frame at once, `newest` examines it beside that."""

    newest: Newest

    def show(self, frame: np.ndarray) -> np.ndarray:
        """Return the frame with the newest result on it."""


class Tile(NamedTuple):
    """A number in the panel."""

    label: str
    value: str | int
    help: str | None = None


def stream(
    page: str,
    loop: Loop,
    *,
    found: str,
    tiles: Callable[[Any], Sequence[Tile]],
    freeze: Callable[[np.ndarray], None],
    note: Callable[[], str],
    more: Callable[[Any], None] = lambda result: None,
    otherwise: str = "**Snapshot**, **Picture** and **Video** work without a stream.",
) -> None:
    """Show the camera and its panel.

    Args:
        page: of whose keys this is a part.
        loop: the visitor's.
        found: what is counted a second, such as "detections".
        tiles: the panel's last numbers, of the newest result or None.
        freeze: keeps a frame.
        note: says where to look at it, "" while none is kept.
        more: draws below, of the newest result or None.
        otherwise: what those can do who have no camera.
    """
    plays = camera(f"{page}-camera", loop.show)
    if not plays:
        st.caption(
            "The browser asks before it gives the camera. Refused by mistake? Allow it beside the address. "
            f"No camera here? {otherwise}"
        )

    @st.fragment(run_every=PANEL_S if plays else None)
    def panel() -> None:
        latest = loop.newest.latest
        result = latest.result if latest else None
        _numbers([*_pace(loop.newest, found), *tiles(result)])
        if latest is not None and latest.error:
            st.error(latest.error, icon=":material/error:")
        if latest is not None:
            # The part is not changed by this button: the panel's own redrawing would bring the old one back.
            with st.container(horizontal=True, vertical_alignment="center"):
                keep = lambda: freeze(loop.newest.latest.frame)  # noqa: E731
                st.button("Freeze this frame", icon=":material/photo_camera:", key="freeze", on_click=keep)
                if said := note():
                    st.caption(said)
        more(result)

    panel()


def _pace(newest: Newest, found: str) -> list[Tile]:
    pace = newest.pace()
    latency = "–" if pace.latency_s != pace.latency_s else f"{1000 * pace.latency_s:.0f} ms"
    return [
        Tile("picture", f"{pace.offered_hz:.0f} /s", "Frames a second that come from the camera and go back."),
        Tile(found, f"{pace.examined_hz:.1f} /s", "Frames a second that the model looks at: always the newest."),
        Tile("latency", latency, f"Median time from a frame's arrival to its {found}."),
    ]


def _numbers(tiles: Sequence[Tile]) -> None:
    for cell, tile in zip(st.columns(len(tiles)), tiles, strict=True):
        cell.metric(tile.label, tile.value, help=tile.help)
