"""The part "Live": a source, a model, and the skeletons."""

from __future__ import annotations

import streamlit as st

from engine.pose.settings import PoseThresholds
from engine.pose.stream import Request
from pages._ui import controls
from pages._ui.model_choice import Chosen
from pages._ui.sources import MOVING, ask
from pages.vision._pose_estimation import camera, choice, people, still, video
from pages.vision._pose_estimation.pictures import SOURCES
from pages.vision._pose_estimation.watch_settings import NOTHING, Watch


def live_part(left, right) -> None:
    """Draw the controls at the left and the chosen source at the right."""
    source, picture = SOURCES.choose(left, right)
    with left:
        looked_at = video.current() if source == "video" else picture
        controls.control(Watch, "pose_model")
        chosen = choice.chosen(source != "camera" and looked_at is not None and looked_at.is_drawn)
        who = _people(source, picture, chosen)
        _more_controls(source, chosen, who)
    for note in (chosen.note, who.note):
        if note:
            right.info(note, icon=":material/cloud_off:")
    with right:
        if source == "video":
            video.video_part(looked_at, chosen, who)
        elif source == "camera":
            camera.stream_part(_request(chosen, who))
        elif picture is None:
            ask(source)
        else:
            still.still(picture, chosen, who)


def _people(source: str, picture, chosen: Chosen) -> people.People:
    """Show who may find the people, unless the model does, and return who does."""
    if chosen.model.finds_people:
        return people.People()
    controls.control(Watch, "people")
    return people.chosen(source, picture)


def _more_controls(source: str, chosen: Chosen, who: people.People) -> None:
    controls.control(PoseThresholds, "joint_confidence")
    if who.find is not None or who.saw_nobody or chosen.model.finds_people:
        controls.control(PoseThresholds, "person_confidence")
    if who.saw_nobody:
        st.caption("Nobody is as sure as that: one person in the middle.")
    controls.control(Watch, "angle")
    if source in MOVING:
        controls.control(Watch, "joint")


def _request(chosen: Chosen, who: people.People) -> Request:
    watch = controls.values(Watch)
    joint = None if watch.joint == NOTHING else watch.joint
    thresholds = controls.values(PoseThresholds)
    return Request(chosen.model, thresholds, who.find, traced_joint=joint, counted_angle=watch.angle)
