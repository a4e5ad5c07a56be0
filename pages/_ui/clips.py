"""A video as a source: the visitor's or our own clip, and a job that goes through all its frames with a preview."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from engine.io.annotated_video import PREVIEW_PX
from engine.io.video import VideoInfo, probe_video
from pages._ui import player
from pages._ui.live import axis, layer, live, panel
from pages._ui.uploads import upload

VIDEO_PX = 600  # wide at most
KINDS = ("mp4", "mov", "webm", "mkv", "avi", "gif")


@dataclass(frozen=True)
class Video:
    """A file that was looked at and can be examined; `is_drawn` by one of our own generators."""

    data: bytes
    name: str
    info: VideoInfo
    is_drawn: bool


def current(page: str, clip: Path) -> Video:
    """Return the visitor's video after offering the upload; without one, our own clip."""
    mine = upload(
        f"{page}-video",
        "Your video",
        KINDS,
        lambda data, name: Video(data, name, probe_video(data, name), False),
        "MP4, MOV, WebM, MKV, AVI or GIF: at most 50 MB and 10 minutes.",
    )
    return mine or _clip(clip)


@st.cache_resource
def _clip(path: Path) -> Video:
    data = path.read_bytes()
    return Video(data, path.name, probe_video(data, path.name), True)


def annotation(
    key: str,
    label: str,
    video: Video,
    job: tuple[Callable, ...],
    identity: Hashable,
    result: Callable[[Any], None],
) -> None:
    """Show the video, start its annotation when asked, show how far it is, and then what came of it.

    Args:
        key: of the run.
        label: on the button that starts it.
        video: what is shown.
        job: a function and its arguments, whose snapshots are `engine.io.annotated_video.VideoProgress`.
        identity: of the run; with another the annotation has to be started again.
        result: draws the last snapshot.
    """
    begun = f"_begun_{key}"
    started = st.session_state.get(begun) == identity
    info = video.info
    length = f"{info.width_px} × {info.height_px} px, {info.duration_s:.1f} s, {info.fps:.3g} frames a second"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            label,
            key="annotate",
            type="primary",
            icon=":material/movie:",
            disabled=started,
            on_click=lambda: st.session_state.update({begun: identity}),
        )
        st.caption(f"{video.name}: {length}")
    if not started:
        st.video(video.data, muted=True, loop=True, autoplay=True, width=VIDEO_PX)
        return
    player.follow(key, lambda: _running(key, info, job, identity, result))


def _running(key: str, info: VideoInfo, job: tuple, identity: Hashable, result: Callable) -> bool:
    """Show how far the annotation is, or its result; return whether it goes on."""
    held = player.run(key, *job, identity=identity, heavy=True)
    latest = held.job.latest
    if not player.ended(held):
        st.progress(held.job.progress or 0.0, text=player.waiting_note(held))
        st.button("Stop", key=f"stop_{key}", on_click=player.stop, args=(key,))
        preview = next((one.preview for one in reversed(held.job.snapshots) if one.preview), None)
        if preview:
            _preview(key, preview, info)
        return True
    if latest is None or latest.video is None:
        st.info(f"Stopped after {latest.step if latest else 0} frames.", icon=":material/stop_circle:")
        st.button("Start again", key=f"again_{key}", on_click=player.forget, args=(key,))
        return False
    result(latest)
    return False


def _preview(key: str, jpeg: bytes, info: VideoInfo) -> None:
    shrink = -(-max(info.width_px, info.height_px) // PREVIEW_PX)
    width, height = info.width_px // shrink, info.height_px // shrink
    image = layer("image", jpeg=np.frombuffer(jpeg, np.uint8), extent=[0, width, 0, height])
    x, y = axis("x", 0, width), axis("y", 0, height, down=True)
    look = {"aspect": "equal", "bare": True, "height": 360, "span": 12}
    live(f"{key}-preview", [panel("preview", "", x, y, [image], alt="the newest annotated frame", **look)])
