"""The source "Video": a whole file annotated, with progress and a stop."""

from __future__ import annotations

from dataclasses import asdict

import streamlit as st

from engine.detection import models
from engine.detection.annotate_video import COLUMNS, annotate_file, to_json
from engine.detection.settings import Thresholds
from engine.io.tables import write_csv
from pages._ui import clips, controls
from pages._ui.clips import Video
from pages._ui.exports import Export, take_away
from pages._ui.gallery import ROOT
from pages._ui.model_choice import Chosen
from pages._ui.scripts import safe_name, script, weight_files
from pages.vision._object_detection import pictures

CLIP = ROOT / "assets" / "clips" / "scenes.mp4"


def current() -> Video:
    """Return the visitor's video after offering the upload; without one, our own clip."""
    return clips.current(pictures.PAGE, CLIP)


def video_part(video: Video, chosen: Chosen, classes: tuple[str, ...]) -> None:
    """Show the video, start its annotation, and offer what came of it."""
    thresholds = controls.values(Thresholds)
    settings = (hash(video.data), chosen.key, thresholds, classes)
    clips.annotation(
        "video",
        "Find objects in every frame",
        video,
        (annotate_file, video.data, video.name, chosen.key, thresholds, classes),
        settings,
        lambda done: _result(done, video, settings),
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
    name = safe_name(video.name)
    chosen = {"video": name, "model": model, "thresholds": asdict(thresholds), "classes": list(classes)}
    weights = models.get(model).weights
    return script("annotate_clip", lambda: (chosen, {name: video.data, **weight_files(weights)}))
