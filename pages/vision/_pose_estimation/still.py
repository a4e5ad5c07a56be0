"""A still picture: its skeletons, and one person's angles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from engine.pose.settings import PoseThresholds
from engine.pose.stream import Request, examine
from pages._ui import controls
from pages._ui.live import live
from pages._ui.pictures import picture_panel
from pages._ui.session import remember
from pages.vision._pose_estimation import takeaway
from pages.vision._pose_estimation.angle_view import Angles
from pages.vision._pose_estimation.skeletons import person_layer, skeleton_layer
from pages.vision._pose_estimation.watch_settings import Watch

if TYPE_CHECKING:
    from engine.pose.poses import Poses
    from pages._ui.model_choice import Chosen
    from pages._ui.pictures import Picture
    from pages.vision._pose_estimation.people import People

LOWEST = PoseThresholds(0.05, 0.05)  # what is kept, so that the confidence moves without another look
HEIGHT_PX = 430
SLOW = ("KEYPOINTRCNN_RESNET50_FPN",)


def still(picture: Picture, chosen: Chosen, who: People) -> None:
    """Draw the picture with who was found in it, and what there is to say of one of them."""
    with st.spinner("Looking …", show_time=True) if chosen.key in SLOW else st.container():
        _found(picture, _above(found_in(picture, chosen, who), chosen), chosen, who)


def found_in(picture: Picture, chosen: Chosen, who: People) -> Poses:
    """Return everyone who could be found; a change of the joint confidence alone does not look again."""
    sure = controls.values(PoseThresholds).person_confidence if who.key else None
    identity = (picture.identity, chosen.key, who.key, sure, who.boxes is None)
    request = Request(chosen.model, LOWEST, who.find)
    return remember("pose:found", identity, lambda: examine(request, picture.image, who.boxes))


def _above(poses: Poses, chosen: Chosen) -> Poses:
    """Return the people who are sure enough, as `examine` does."""
    thresholds = controls.values(PoseThresholds)
    is_shown = (poses.scores >= thresholds.joint_confidence).any(1)
    if chosen.model.finds_people:
        is_shown &= poses.person_scores >= thresholds.person_confidence
    return poses.pick(is_shown.nonzero()[:, 0].tolist())


def _found(picture: Picture, poses: Poses, chosen: Chosen, who: People) -> None:
    least = controls.values(PoseThresholds).joint_confidence
    area, beside = st.columns([8, 3], gap="medium")
    with beside:
        angles = _beside(poses, least)
    layers = [person_layer(poses)] if len(poses) > 1 else []
    layers += angles.layers() if angles else []
    layers.append(skeleton_layer(poses, least, text=angles.text() if angles else None))
    shown = (poses.scores >= max(least, 1e-9)).sum().item()
    sure = f"{100 * poses.scores[poses.scores >= least].mean().item():.0f} %" if shown else "–"
    with area:
        live(
            "poses",
            [
                picture_panel(
                    "picture",
                    "",
                    picture,
                    layers,
                    span=12,
                    height=HEIGHT_PX,
                    alt=f"{len(poses)} people with their skeletons",
                )
            ],
            stats=[
                {"label": "people", "text": str(len(poses)), "help": "in whom a joint is sure enough"},
                {"label": "joints", "text": str(shown), "help": "that are sure enough to be shown"},
                {"label": "mean confidence", "text": sure, "help": "of the joints that are shown"},
            ],
            equations=angles.equations() if angles else [],
        )
    takeaway.still(picture, poses, chosen.key, who, least)


def _beside(poses: Poses, least: float) -> Angles | None:
    """Show whose angles these are and all of them; None where nobody was found."""
    if not len(poses):
        st.info("Nobody was found. Lower the confidence, or choose another finder of people.", icon=":material/search:")
        return None
    person = _person(len(poses))
    angles = Angles(poses, person, controls.values(Watch).angle, least)
    angles.table()
    st.caption(
        "Angles θ as they appear in the picture, between the ways u and v from a joint to its neighbours: 180° is "
        "straight. Left and right are the person's own."
    )
    return angles


def _person(n: int) -> int:
    """Show the choice of one of n people and return which, from 0."""
    if n == 1:
        return 0
    st.session_state["person"] = min(controls.values(Watch).person, n)
    return st.segmented_control("Person", range(1, n + 1), key="person", required=True, persist_state="session") - 1
