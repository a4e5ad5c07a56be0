"""Two poses of one person, the true one and one that the visitor drags: PCK and OKS with their numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from engine.metrics.pose_table import OKS_THRESHOLDS
from engine.pose.poses import COCO_17, COCO_SKELETON
from pages._ui import controls, drawn_rows
from pages._ui.exports import Export, take_away
from pages._ui.joint_canvas import is_moving, joint_canvas
from pages._ui.live import live
from pages._ui.scripts import script
from pages.vision._pose_estimation import pair_panels
from pages.vision._pose_estimation.measure_cases import Pair, pair
from pages.vision._pose_estimation.measure_settings import ALPHAS, JOINTS, SIZES, PoseMeasures
from pages.vision._pose_estimation.pair_numbers import Compared, as_csv, compare, equations, four, passed

KEY = "pose_pair"  # of the canvas, and in the link
UNITS = (10, 10, 1)  # there: tenths of a pixel, and the visibility of the true joint
VISIBILITY = {0: "not marked", 1: "hidden", 2: "seen"}


def pair_part(left, right) -> None:
    """Draw the controls at the left; the two poses and their numbers at the right."""
    with left:
        controls.control(PoseMeasures, "pose_ground")
        controls.control(PoseMeasures, "pose_case")
        controls.control(PoseMeasures, "pose_size", on_change=_usual_alpha)
        controls.control(PoseMeasures, "pose_alpha")
        controls.control(PoseMeasures, "pose_rings")
        st.caption(
            "Blue is the truth, orange what an estimator might have found: near everywhere, but left and right of one "
            "pair are exchanged. Drag joints. PCK knows hit or missed; OKS falls smoothly with the distance, and "
            "forgives a hip more than an eye."
        )
    with right:
        _poses_and_numbers()


def _usual_alpha() -> None:
    """Follow a new size with the α that goes with it."""
    controls.put(PoseMeasures, {"pose_alpha": ALPHAS[controls.values(PoseMeasures).pose_size]})


@st.fragment  # a dragged joint draws this alone again
def _poses_and_numbers() -> None:
    settings = controls.values(PoseMeasures)
    ready, revision = pair(settings.pose_case), str(settings.pose_case)
    rows = _current(ready, revision)
    joint = COCO_17.index(settings.pose_joint)
    compared = compare(ready, rows[:, :2], rows[:, 2], settings)
    picture, numbers = st.columns([6, 5], gap="medium")
    with picture:
        joint_canvas(
            KEY,
            rows[:, :2],
            ready.width,
            ready.height,
            names=list(JOINTS.values()),
            bones=COCO_SKELETON,
            start=ready.found,
            chosen=joint,
            image=ready.jpeg if settings.pose_ground == "drawn" else None,
            layers=pair_panels.layers(compared, rows[:, 2], joint, settings.pose_rings),
            height_px=385,
            title="Two poses",
            revision=revision,
            on_change=lambda joints, at: _moved(revision, joints, rows[:, 2], at),
        )
    with numbers:
        _choose_joint(revision, rows, joint)
        if compared is None:
            st.info("Mark at least one joint: a person without any is not counted.", icon=":material/visibility:")
            return
        live("pose-terms", [], equations=equations(compared, joint, SIZES[settings.pose_size].lower()))
        st.markdown(_thresholds(compared))
    live("pose-similarities", pair_panels.panels(compared, joint))
    take_away(
        [
            Export("Joints", "joints.csv", lambda: as_csv(compared), "One row a joint: distance, PCK, similarity."),
            script("pose_pair", lambda: (_of_script(ready, rows, compared), {})),
        ]
    )


def _current(ready: Pair, revision: str) -> np.ndarray:
    """Return (17, 3): the found joints, and the visibility of the true ones."""
    start = lambda: np.column_stack([ready.found, ready.true[:, 2]])  # noqa: E731
    rows = drawn_rows.current(KEY, revision, start, UNITS, n_rows=len(COCO_17))
    return rows.clip(0, [ready.width, ready.height, 2])  # a link may say anything


def _moved(revision: str, joints: np.ndarray, visibility: np.ndarray, at: int) -> None:
    if at >= 0:
        controls.put(PoseMeasures, {"pose_joint": COCO_17[at]})
    drawn_rows.keep(KEY, revision, np.column_stack([joints, visibility]), UNITS, is_moving(KEY))


def _choose_joint(revision: str, rows: np.ndarray, joint: int) -> None:
    """Offer the joint whose numbers are shown, and whether its truth is marked."""
    which, marked = st.columns([9, 11], gap="small")
    with which:
        controls.control(PoseMeasures, "pose_joint")
    key = f"_visibility {revision} {joint}"

    def mark() -> None:
        changed = rows.copy()
        changed[joint, 2] = st.session_state[key]
        drawn_rows.keep(KEY, revision, changed, UNITS, is_moving=False)

    with marked:
        st.segmented_control(
            "The truth’s v",
            list(VISIBILITY),
            default=int(rows[joint, 2]),
            required=True,
            key=key,
            on_change=mark,
            help="COCO’s visibility: 0 not marked, 1 marked though hidden, 2 seen. Joints of v = 0 do not count.",
        )


def _thresholds(compared: Compared) -> str:
    """Say at which of AP's thresholds this would be a true find."""
    reached = passed(compared)
    badges = " ".join(
        f":green-badge[✓ {_dot(t)}]" if ok else f":red-badge[✗ {_dot(t)}]"
        for t, ok in zip(OKS_THRESHOLDS, reached, strict=True)
    )
    return f"OKS {four(compared.oks)} passes **{sum(reached)} of 10** thresholds, over which AP is a mean:  \n{badges}"


def _dot(threshold: float) -> str:
    return f"{threshold:.2f}".removeprefix("0")


def _of_script(ready: Pair, rows: np.ndarray, compared: Compared) -> dict[str, Any]:
    return {
        "found": rows[:, :2].tolist(),
        "true": np.column_stack([ready.true[:, :2], rows[:, 2]]).tolist(),
        "box": ready.box.tolist(),
        "area": ready.area,
        "size": compared.size,
        "alpha": compared.alpha,
    }
