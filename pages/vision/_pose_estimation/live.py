"""The part "Live": a source, a model, and the skeletons."""

from __future__ import annotations

import streamlit as st

from engine.pose.settings import PoseThresholds
from engine.pose.stream import Request
from pages._ui import controls
from pages.vision._pose_estimation import camera, choice, people, pictures, still, video
from pages.vision._pose_estimation.view import View
from pages.vision._pose_estimation.watch_settings import NOTHING, Watch


def live_part(left, right) -> None:
    """Draw the controls at the left and the chosen source at the right."""
    with left:
        source = controls.control(View, "pose_source")
        view = controls.values(View)
        if source == "sample":
            controls.control(View, "figure")
    with right if source == "snapshot" else left:
        picture = None if source in ("camera", "video") else pictures.current(view)
        clip = video.current() if source == "video" else None
    with left:
        controls.control(Watch, "pose_model")
        chosen = choice.chosen(any(one is not None and one.is_drawn for one in (picture, clip)))
        who = _people(source, picture, chosen)
        _more_controls(source, chosen, who)
    for note in (chosen.note, who.note):
        if note:
            right.info(note, icon=":material/cloud_off:")
    with right:
        if picture is not None:
            still.still(picture, chosen, who)
        elif source == "camera" and chosen.estimator is not None:
            camera.stream_part(_request(chosen, who))
        elif source == "video":
            video.video_part(clip, chosen, who)
        elif source != "camera":
            what = "Take a picture with the camera." if source == "snapshot" else "Upload a picture at the left."
            st.info(what, icon=":material/add_photo_alternate:")


def _people(source: str, picture, chosen: choice.Chosen) -> people.People:
    """Show who may find the people, unless the model does, and return who does."""
    if chosen.estimator is not None and chosen.estimator.finds_people:
        return people.People()
    controls.control(Watch, "people")
    return people.chosen(source, picture)


def _more_controls(source: str, chosen: choice.Chosen, who: people.People) -> None:
    controls.control(PoseThresholds, "joint_confidence")
    if who.find is not None or (chosen.estimator is not None and chosen.estimator.finds_people):
        controls.control(PoseThresholds, "person_confidence")
    controls.control(Watch, "angle")
    if source in ("camera", "video"):
        controls.control(Watch, "joint")


def _request(chosen: choice.Chosen, who: people.People) -> Request:
    watch = controls.values(Watch)
    joint = None if watch.joint == NOTHING else watch.joint
    thresholds = controls.values(PoseThresholds)
    return Request(chosen.estimator, thresholds, who.find, traced_joint=joint, counted_angle=watch.angle)
