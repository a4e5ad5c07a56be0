"""One picture through all methods: skeletons, people, time and error side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from engine.io.tables import write_csv
from pages._ui import controls
from pages._ui.exports import Export, take_away
from pages._ui.live import live
from pages._ui.pictures import picture_panel
from pages.vision._pose_estimation import method_models, method_scripts
from pages.vision._pose_estimation.method_settings import Methods
from pages.vision._pose_estimation.pictures import truth_of
from pages.vision._pose_estimation.skeletons import skeleton_layer
from pages.vision._pose_estimation.together_numbers import (
    SHORT,
    Row,
    boxes_of,
    columns_of,
    joint_columns,
    row_of,
    written,
)

if TYPE_CHECKING:
    from pages._ui.pictures import Picture

HEIGHT_PX = 225
LEAST = 0.05  # a joint that is less sure is not drawn


def together(picture: Picture, left, right) -> None:
    """Draw what each method makes of the picture."""
    with left:
        st.caption(
            "**DeepPose** says coordinates, and corrects them. **Pose Machines** draw heatmaps that correct "
            "themselves. **OpenPose** finds all joints at once and sorts them by fields. **AlphaPose** centres each "
            "box, and lets one pose a person stay."
        )
    with right:
        rows = _rows(picture)
        live("pose-together", _panels(picture, rows))
        _table(picture, rows)


def _rows(picture: Picture) -> list[Row]:
    """Run the methods; for each its time is measured."""
    settings = controls.values(Methods)
    with st.spinner("Each method looks four times, for its time …"):
        boxes = boxes_of(picture, settings.alphapose_iou)
        return [row_of(method, picture, boxes, settings) for method in method_models.ready()]


def _panels(picture: Picture, rows: list[Row]) -> list[dict]:
    """Draw a picture a method, and first the truth where it is known."""
    look = {"span": 4, "height": HEIGHT_PX}
    panels = []
    if picture.is_drawn:
        true = [_thin(skeleton_layer(truth_of(picture.truth), is_truth=True))]
        panels.append(picture_panel("truth", "The truth", picture, true, alt="the true skeletons", **look))
    for row in rows:
        n = len(row.poses)
        title = f"{SHORT[row.method]}: {n} {'person' if n == 1 else 'people'}, {row.ms:.0f} ms"
        layers = [_thin(skeleton_layer(row.poses, LEAST))]
        panels.append(picture_panel(row.method, title, picture, layers, alt=f"the skeletons of {n} people", **look))
    return panels


def _thin(layer: dict) -> dict:
    return layer | {"width": 2.5, "size": 3}


def _table(picture: Picture, rows: list[Row]) -> None:
    boxes, columns = boxes_of(picture, controls.values(Methods).alphapose_iou), columns_of(rows)
    told = {
        "method": None,
        "people": "How many were found.",
        "boxes (ms)": "To find the people, for a method that needs to be told where they are.",
        "joints (ms)": "Median of three runs on this server, after a first one.",
        "error (px)": "Mean distance of the found people’s joints from the true ones, in pixels of the picture.",
        "PCK@.2": "Share of the true joints that are found at most a fifth of the torso away.",
        "mean OKS": "Over the true people; 0 for one that is not found.",
    }
    sides = {name: "left" if name == "method" else "right" for name in told}
    config = {name: st.column_config.TextColumn(help=told[name], alignment=sides[name]) for name in told}
    st.dataframe(written(columns), hide_index=True, height="content", column_config=config)
    known = " True people count who show at least six joints; MPII’s joints are compared without the face."
    st.caption(boxes.said + (known if picture.is_drawn else " The truth of your own picture is not known: no errors."))
    table, joints = lambda: write_csv(columns), lambda: write_csv(joint_columns(rows))
    exports = [
        Export("Table", "methods.csv", table, "One row a method: people, times, errors."),
        Export("Joints", "methods_joints.csv", joints, "One row a method, person and joint."),
    ]
    take_away([*exports, method_scripts.of_methods(picture, [row.method for row in rows], boxes.tight, boxes.loose)])
