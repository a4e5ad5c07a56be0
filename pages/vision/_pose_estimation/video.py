"""The source "Video": a whole file annotated, its repetitions counted."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

import streamlit as st

from engine.io.tables import write_csv
from engine.pose import models
from engine.pose.angles import ANGLES, BOTH_SIDES
from engine.pose.annotate_video import annotate_file
from engine.pose.pose_files import columns_of, to_coco_json
from engine.pose.repetitions import count_repetitions, thresholds_of
from engine.pose.settings import PoseThresholds
from pages._ui import clips, controls
from pages._ui.clips import Video
from pages._ui.exports import Export, take_away
from pages._ui.gallery import ROOT
from pages._ui.scripts import safe_name, script, weight_files
from pages.vision._pose_estimation.curve import show_curve
from pages.vision._pose_estimation.pictures import PAGE
from pages.vision._pose_estimation.watch_settings import NOTHING, Watch

if TYPE_CHECKING:
    from engine.io.annotated_video import VideoProgress
    from engine.pose.pose_files import Row
    from engine.weights import Weights
    from pages._ui.model_choice import Chosen
    from pages.vision._pose_estimation.people import People

CLIP = ROOT / "assets" / "clips" / "figures.mp4"
CURVE_PX = 260


def current() -> Video:
    """Return the visitor's video after offering the upload; without one, our own clip."""
    return clips.current(PAGE, CLIP)


def video_part(video: Video, chosen: Chosen, who: People) -> None:
    """Show the video, start its annotation, and offer what came of it."""
    watch, thresholds = controls.values(Watch), controls.values(PoseThresholds)
    joint = None if watch.joint == NOTHING else watch.joint
    asked = {"smooth": True, "traced_joint": joint, "counted_angle": watch.angle, "show_angles": False}
    settings = {"model": chosen.key, "people": who.key or None, "thresholds": asdict(thresholds), **asked}
    clips.annotation(
        "pose_video",
        "Find the people in every frame",
        video,
        (annotate_file, video.data, video.name, chosen.key, thresholds, who.find, *asked.values()),
        (hash(video.data), settings),
        lambda done: _result(done, video, settings, chosen.model.names, who.weights),
    )


def _result(
    done: VideoProgress, video: Video, settings: dict, names: tuple[str, ...], of_finder: Weights | None
) -> None:
    area, beside = st.columns([4, 3], gap="medium")
    area.video(done.video, muted=True)
    with beside:
        _repetitions(done.rows, settings["counted_angle"])
    least = settings["thresholds"]["joint_confidence"]
    table = lambda: write_csv(columns_of(done.rows, names))  # noqa: E731
    coco = lambda: to_coco_json(done.rows, done.size, least, done.total_steps)  # noqa: E731
    take_away(
        [
            Export("Video", "poses.mp4", lambda: done.video, "The frames with their skeletons, without sound."),
            Export("Table", "poses.csv", table, "One row a person and frame: joints, scores, angles."),
            Export("COCO JSON", "poses.json", coco, "Images, annotations and the category, as COCO writes keypoints."),
            _script(video, settings, of_finder),
        ]
    )


def _repetitions(rows: tuple[Row, ...], name: str) -> None:
    """Say how often the angle of the person who is in most frames was repeated, and draw it."""
    if not rows:
        st.info("Nobody was found. Lower the confidence.", icon=":material/search:")
        return
    ((person, n_frames),) = Counter(row.person for row in rows).most_common(1)
    own = [row for row in rows if row.person == person]
    times, degrees = [row.time_s for row in own], [_angle(row, name) for row in own]
    thresholds = thresholds_of(degrees)
    count = count_repetitions(degrees, *thresholds) if thresholds else 0
    people = len({row.person for row in rows})
    whose = "" if people == 1 else f" of person {person}, who is in {n_frames} frames"
    said = name.replace("_", " ")
    st.markdown(f"**{count} repetition{'s' * (count != 1)}** of the {said}{whose}; {len(rows):,} poses in all.")
    show_curve("pose-video-angle", name, times, degrees, CURVE_PX)


def _angle(row: Row, name: str) -> float:
    """Return one of `COUNTABLE` of a row; of two sides the mean of what is known, else not a number."""
    by_name = dict(zip(ANGLES, row.angles, strict=True))
    known = [by_name[one] for one in BOTH_SIDES.get(name, (name,)) if by_name[one] is not None]
    return sum(known) / len(known) if known else math.nan


def _script(video: Video, settings: dict, of_finder: Weights | None) -> Export:
    name = safe_name(video.name)
    files = lambda: {name: video.data, **weight_files(*models.weights_of(settings["model"]), of_finder)}  # noqa: E731
    return script("pose_clip", lambda: ({"video": name, **settings}, files()))
