"""The source "Camera": the stream, its numbers, the counted angle over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from engine.pose.live import LivePoses
from pages._ui.pictures import freeze, frozen
from pages._ui.stream import Tile, stream
from pages.vision._pose_estimation.curve import show_curve
from pages.vision._pose_estimation.pictures import PAGE

if TYPE_CHECKING:
    from engine.pose.stream import Request, Seen

CURVE_PX = 130


def stream_part(request: Request) -> None:
    """Show the camera with the skeletons that `request` asks for."""
    loop: LivePoses = st.session_state.setdefault("_live_poses", LivePoses(request))
    loop.request = request
    stream(
        PAGE,
        loop,
        found="poses",
        tiles=_tiles,
        freeze=lambda frame: freeze(PAGE, frame),
        note=lambda: "Frozen. Open **Four methods**, above, to look inside it." if frozen(PAGE) is not None else "",
        more=lambda seen: _angle(loop, seen),
    )


def _tiles(seen: Seen | None) -> list[Tile]:
    return [
        Tile("people", 0 if seen is None else len(seen.people)),
        Tile("repetitions", 0 if seen is None else seen.count, "How often the angle has changed and come back."),
    ]


def _angle(loop: LivePoses, seen: Seen | None) -> None:
    if seen is None:
        return
    curve = loop.curve
    if len(curve) > 1:
        begin = curve[-1][0]
        times, degrees = [at - begin for at, _ in curve], [value for _, value in curve]
        show_curve("pose-live-angle", loop.request.counted_angle, times, degrees, CURVE_PX)
    st.button("Count from 0", key="pose_restart", icon=":material/restart_alt:", on_click=loop.restart)
