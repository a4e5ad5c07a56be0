"""One picture through the whole family: boxes, passes through the network, milliseconds, mAP."""

from __future__ import annotations

import streamlit as st

from engine.detection.family import FAMILY, Row, compare, is_ready
from engine.io.tables import write_csv
from pages._ui import controls, player
from pages._ui.exports import Export, take_away
from pages._ui.live import live
from pages._ui.pictures import Picture, picture_panel
from pages.vision._object_detection import pictures, scripts
from pages.vision._object_detection.boxes import box_layer
from pages.vision._object_detection.view import View

PICTURE_PX = 205
MEAN_AP = "mAP at IoU 0.5, 500 held-out scenes"


def compare_part(left, right) -> None:
    """Draw the choice of scene at the left, and what each method makes of it at the right."""
    with left:
        controls.control(View, "scene")
        for member in FAMILY:
            st.caption(f"**{member.title}.** {member.sentence}")
    with right:
        player.follow("family", _pictures)


def _pictures() -> bool:
    """Draw the methods that have answered; return whether more will."""
    picture = pictures.scene(controls.values(View).scene)
    keys = tuple(member.key for member in FAMILY if is_ready(member))
    held = player.run("family", compare, picture.image, keys, identity=(picture.identity, keys), heavy=True)
    rows: list[Row] = held.job.snapshots
    if not player.ended(held):
        st.progress(held.job.progress or 0.0, text=player.waiting_note(held) or "Starting.")
    panels = [
        picture_panel(
            row.key,
            f"{row.title}, {row.timing.milliseconds:,.0f} ms",
            picture,
            [box_layer(row.detections, scores=False)],
            span=4,
            height=PICTURE_PX,
            alt=f"the {len(row.detections)} boxes of {row.title}",
        )
        for row in rows
    ]
    if panels:
        live("family-pictures", panels)
        _table(rows, picture)
    return not player.ended(held)


def _table(rows: list[Row], picture: Picture) -> None:
    mean_ap = {member.key: member.mean_ap for member in FAMILY if is_ready(member)}
    columns = {
        "method": [row.title for row in rows],
        "boxes": [len(row.detections) for row in rows],
        "passes through the network": [row.timing.passes for row in rows],
        "milliseconds": [round(row.timing.milliseconds, 1) for row in rows],
        MEAN_AP: [round(mean_ap[row.key], 3) for row in rows],
    }
    three = st.column_config.NumberColumn(format="%.3f")
    st.dataframe(columns, hide_index=True, column_config={MEAN_AP: three})
    st.caption(
        "Times are of this server just now, with proposals, network and suppression. Each method uses its own "
        "thresholds."
    )
    take_away(
        [
            Export("Table", "family.csv", lambda: write_csv(columns), "One row a method."),
            scripts.of_family("compare_family", picture),
        ]
    )
