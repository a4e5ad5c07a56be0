"""The source "Video": a whole file annotated, with progress and a stop."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from engine.detection import models
from engine.detection.annotate_video import COLUMNS, PREVIEW_PX, annotate_file, to_json
from engine.detection.settings import Thresholds
from engine.io.tables import write_csv
from engine.io.video import VideoInfo, probe_video
from pages._ui import controls, player
from pages._ui.exports import Export, take_away
from pages._ui.gallery import ROOT
from pages._ui.live import axis, layer, live, panel
from pages._ui.uploads import upload
from pages.vision._object_detection import choice, scripts

CLIP = ROOT / "assets" / "clips" / "scenes.mp4"
KINDS = ("mp4", "mov", "webm", "mkv", "avi", "gif")


@dataclass(frozen=True)
class Video:
    """A file that was looked at and can be examined."""

    data: bytes
    name: str
    info: VideoInfo
    is_scene: bool


def current() -> Video:
    """Return the visitor's video after offering the upload; without one, our own clip."""
    mine = upload(
        "detection-video",
        "Your video",
        KINDS,
        lambda data, name: Video(data, name, probe_video(data, name), False),
        "MP4, MOV, WebM, MKV, AVI or GIF: at most 50 MB and 10 minutes.",
    )
    return mine or _clip(CLIP)


@st.cache_resource
def _clip(path: Path) -> Video:
    data = path.read_bytes()
    return Video(data, path.name, probe_video(data, path.name), True)


def video_part(video: Video, chosen: choice.Chosen, classes: tuple[str, ...]) -> None:
    """Show the video, start its annotation, and offer what came of it."""
    settings = (hash(video.data), chosen.key, controls.values(Thresholds), classes)
    started = st.session_state.get("_video") == settings
    info = video.info
    length = f"{info.width_px} × {info.height_px} px, {info.duration_s:.1f} s, {info.fps:.3g} frames a second"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Find objects in every frame",
            key="annotate",
            type="primary",
            icon=":material/movie:",
            disabled=started,
            on_click=lambda: st.session_state.update(_video=settings),
        )
        st.caption(f"{video.name}: {length}")
    if not started:
        st.video(video.data, muted=True, loop=True, autoplay=True)
        return
    player.follow("video", lambda: _running(video, settings))


def _running(video: Video, settings: tuple) -> bool:
    """Show how far the annotation is, or its result; return whether it goes on."""
    _, key, thresholds, classes = settings
    held = player.run(
        "video", annotate_file, video.data, video.name, key, thresholds, classes, identity=settings, heavy=True
    )
    latest = held.job.latest
    if not player.ended(held):
        st.progress(held.job.progress or 0.0, text=player.waiting_note(held))
        st.button("Stop", key="stop_video", on_click=_stop)
        preview = next((one.preview for one in reversed(held.job.snapshots) if one.preview), None)
        if preview:
            _preview(preview, video.info)
        return True
    if latest is None or latest.video is None:
        st.info(f"Stopped after {latest.step if latest else 0} frames.", icon=":material/stop_circle:")
        st.button("Start again", key="again_video", on_click=player.forget, args=("video",))
        return False
    _result(latest, video, settings)
    return False


def _stop() -> None:
    player.stop("video")


def _preview(jpeg: bytes, info: VideoInfo) -> None:
    shrink = -(-max(info.width_px, info.height_px) // PREVIEW_PX)
    width, height = info.width_px // shrink, info.height_px // shrink
    image = layer("image", jpeg=np.frombuffer(jpeg, np.uint8), extent=[0, width, 0, height])
    x, y = axis("x", 0, width), axis("y", 0, height, down=True)
    alt = "the newest annotated frame"
    live(
        "video-preview", [panel("preview", "", x, y, [image], aspect="equal", bare=True, height=360, span=12, alt=alt)]
    )


def _result(done, video: Video, settings: tuple) -> None:
    st.video(done.video, muted=True)
    counts: dict[str, int] = {}
    for row in done.rows:
        counts[row.label] = counts.get(row.label, 0) + 1
    most = ", ".join(f"{name} {n}" for name, n in sorted(counts.items(), key=lambda one: -one[1])[:6])
    st.caption(f"{len(done.rows):,} boxes in {done.total_steps:,} frames: {most or 'nothing was found'}.")
    columns = {name: [getattr(row, name) for row in done.rows] for name in COLUMNS}
    take_away(
        [
            Export("Video", "detections.mp4", lambda: done.video, "The frames with their boxes, without sound."),
            Export("Table", "detections.csv", lambda: write_csv(columns), "One row a box, with frame and time."),
            Export("JSON", "detections.json", lambda: to_json(done.rows), "One object a box."),
            _script(video, settings),
        ]
    )


def _script(video: Video, settings: tuple) -> Export:
    _, model, thresholds, classes = settings
    name = scripts.safe_name(video.name)
    chosen = {"video": name, "model": model, "thresholds": asdict(thresholds), "classes": list(classes)}
    weights = models.get(model).weights
    return scripts.script("annotate_clip", lambda: (chosen, {name: video.data, **scripts.weight_files(weights)}))
