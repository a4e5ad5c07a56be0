"""AlphaPose: boxes first, a transformer that centres the person, one person's joints, the way back, pose-NMS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from engine.io.tables import write_csv
from engine.pose.spatial_transformer import ROUGH_PX, SEEN_PX
from pages._ui import controls
from pages._ui.exports import Export, take_away
from pages._ui.live import live
from pages._ui.numbers import number
from pages._ui.pictures import picture_panel
from pages.vision._pose_estimation import alphapose_layers as layers
from pages.vision._pose_estimation import method_person as person
from pages.vision._pose_estimation import method_scripts
from pages.vision._pose_estimation.alphapose_numbers import (
    Term,
    equations,
    joint_columns,
    kept_of,
    loose_boxes,
    steps_of,
    term_columns,
    terms_of,
)
from pages.vision._pose_estimation.method_errors import judge
from pages.vision._pose_estimation.method_settings import Methods

if TYPE_CHECKING:
    from engine.pose.rmpe import Steps
    from pages._ui.pictures import Picture

HEIGHT_PX = 400
SMALL_PX = 235


def alphapose(picture: Picture, left, right) -> None:
    """Draw the controls at the left; boxes, steps and suppression at the right."""
    with left:
        for name in ("alphapose_stn", "alphapose_nms"):
            controls.control(Methods, name)
        controls.control(Methods, "alphapose_iou")
    boxes = loose_boxes(picture, controls.values(Methods).alphapose_iou)
    if not len(boxes):
        right.info("Nobody was found in this picture. Choose another.", icon=":material/search:")
        return
    with left:
        box = person.numbered("Box", "alphapose_box", len(boxes))
        with st.expander("Pose-NMS"):
            for name in ("alphapose_eta", "alphapose_lam", "alphapose_sigma1", "alphapose_sigma2"):
                controls.control(Methods, name)
    settings = controls.values(Methods)
    steps = steps_of(picture, boxes, settings)
    kept = kept_of(steps.poses, settings)
    terms = terms_of(steps.poses, settings.nms) if settings.alphapose_nms else []
    with right:
        live(
            "alphapose",
            [_picture(picture, steps, kept, box), *_steps(steps, box, settings.alphapose_stn)],
            equations=equations(steps.theta[box], terms, settings.nms, box),
            stats=_stats(picture, steps, kept),
        )
        _table(terms, settings)
        table = lambda: write_csv(joint_columns(steps.poses, kept))  # noqa: E731
        told = "One row a box and joint: place, score, and whether the pose stays."
        export = Export("Poses", "alphapose.csv", table, told)
        take_away([export, method_scripts.of_methods(picture, ("alphapose",), loose=boxes)])


def _picture(picture: Picture, steps: Steps, kept: list[int], box: int) -> dict:
    drawn = [*layers.boxes(steps, kept, box), *layers.window(steps, box), *layers.skeletons(steps, kept)]
    n, n_kept = len(steps.poses), len(kept)
    title = f"{n} box{'es' * (n != 1)}, {n_kept} {'pose stays' if n_kept == 1 else 'poses stay'}"
    alt = "boxes, poses, and what the transformer sees"
    return picture_panel("alphapose", title, picture, drawn, span=8, height=HEIGHT_PX, alt=alt)


def _steps(steps: Steps, box: int, with_transformer: bool) -> list[dict]:
    """Draw what happens to one box."""
    rough, seen = [0.0, float(ROUGH_PX)] * 2, [0.0, float(SEEN_PX)] * 2
    crop, view = person.rgb(steps.crops[box]), person.rgb(steps.seen[box])
    name = "STN" if with_transformer else "the middle"
    told = (
        ("rough", f"Box {box + 1}: rough crop", crop, rough, layers.frame(steps, box), "the rough crop"),
        ("seen", f"Seen by {name}", view, seen, [], "what the network for a single person sees"),
        ("maps", "Maps and peaks", view, seen, layers.maps(steps, box), "the highest of the 17 maps, and their peaks"),
        ("back", "Joints back by θ", crop, rough, layers.back(steps, box), "the joints in the rough crop"),
    )
    return [
        person.crop_panel(key, title, pixels, drawn, extent=extent, span=4, height=SMALL_PX, alt=alt)
        for key, title, pixels, extent, drawn, alt in told
    ]


def _stats(picture: Picture, steps: Steps, kept: list[int]) -> list[dict[str, str]]:
    tiles = [
        {"label": "boxes", "text": str(len(steps.poses)), "help": "of the person finder, rather too many"},
        {"label": "poses that stay", "text": str(len(kept)), "help": "after pose-NMS; all without it"},
    ]
    if picture.is_drawn:
        judged = judge(steps.poses.pick(kept), picture.truth)
        tiles += [
            {"label": "true people", "text": str(judged.n_true), "help": "of whom at least six joints can be seen"},
            {"label": "mean OKS", "text": number(judged.oks, 3), "help": "over the true people, 0 for one not found"},
            {
                "label": "error (px)",
                "text": number(judged.error_px, 3),
                "help": "mean distance of the joints from the true ones, in the picture",
            },
        ]
    return tiles


def _table(terms: list[Term], settings: Methods) -> None:
    """Show every comparison of the suppression."""
    if not settings.alphapose_nms:
        st.caption("Pose-NMS is off: every box keeps its pose, and one person may have several.")
        return
    if not terms:
        st.caption("There is one pose, and nothing to compare it with.")
        return
    column = st.column_config
    config = {
        "surer": column.NumberColumn("pose i", help="The surer pose, which stays."),
        "other": column.NumberColumn("pose j"),
        "K": column.NumberColumn(format="%.2f", help="How many joints the two share, softly, the sure ones for more."),
        "λ H": column.NumberColumn(format="%.2f", help="How near the joints are, from 0 to λ · 17."),
        "d": column.NumberColumn(format="%.2f", help=f"K + λ H; from η = {settings.alphapose_eta:g} on, pose j goes."),
        "": column.TextColumn(help="What becomes of pose j."),
    }
    columns = term_columns(terms, settings.alphapose_lam)
    order = np.argsort(-np.array(columns["d"]), kind="stable")
    shown = {name: [values[k] for k in order] for name, values in columns.items()}
    st.dataframe(shown, hide_index=True, height=min(38 + 35 * len(terms), 240), column_config=config)
