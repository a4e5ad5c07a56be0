"""Convolutional Pose Machines: what each stage believes, and what a later one corrects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from engine.io.tables import write_csv
from engine.pose.poses import COCO_17
from pages._ui import controls
from pages._ui.exports import Export, take_away
from pages._ui.live import axis, layer, live, panel
from pages._ui.numbers import number
from pages._ui.session import remember
from pages.vision._pose_estimation import method_person as person
from pages.vision._pose_estimation import method_scripts
from pages.vision._pose_estimation.cpm_numbers import Seen, columns, equations, look, most_corrected
from pages.vision._pose_estimation.method_settings import JOINTS, Methods

if TYPE_CHECKING:
    from pages._ui.pictures import Picture


def cpm(picture: Picture, left, right) -> None:
    """Draw the controls at the left; the stages, their peaks and their errors at the right."""
    with left:
        who = person.choose(picture)
        joint = person.joint_control()
        controls.control(Methods, "cpm_all")
    seen = remember("pose:cpm", (picture.identity, who.index), lambda: look(picture, who))
    truth = who.in_crop(seen.square)
    errors = person.distances(seen.joints.numpy(), truth)
    with left:
        _most_corrected(seen, errors)
    with right:
        live(
            "cpm",
            [*_stages(seen, truth, joint), _heights(seen, joint), _errors(seen, errors, joint)],
            equations=equations(seen, errors, joint),
            stats=_stats(seen, errors, truth),
        )
        table = lambda: write_csv(columns(seen, errors))  # noqa: E731
        told = "One row a stage and joint: place in the crop, height of the peak, error."
        take_away([Export("Stages", "cpm.csv", table, told), method_scripts.of_methods(picture, ("cpm",), who.box)])


def _stages(seen: Seen, truth: np.ndarray | None, joint: int) -> list[dict]:
    """Draw each stage's belief over the crop, with its peak."""
    together = controls.values(Methods).cpm_all
    extent = [0.0, float(person.SIDE_PX)] * 2
    panels = []
    for t, maps in enumerate(seen.maps):
        grid = maps.max(0) if together else maps[joint]
        which = range(len(COCO_17)) if together else [joint]
        x, y = seen.joints[t, list(which)].numpy().T
        tips = [f"{JOINTS[COCO_17[k]]}: peak {seen.heights[t, k]:.3f}" for k in which]
        layers = [
            layer("heat", name="belief", grid=grid, extent=extent, range=[0.0, 1.0], ramp="cividis", alpha=0.62),
            layer("points", "fit", name="peak", legend=True, x=x, y=y, tips=tips, size=5),
            *person.true_points(truth, None if together else joint),
        ]
        name = "all joints" if together else JOINTS[COCO_17[joint]]
        look = {"span": 4, "height": 270, "field": {"label": "belief"}}
        alt = f"belief of stage {t + 1} in {name}, its peak {grid.max():.2f} high"
        panels.append(person.crop_panel(f"stage{t + 1}", f"Stage {t + 1}: {name}", seen.crop, layers, alt=alt, **look))
    return panels


def _heights(seen: Seen, joint: int) -> dict:
    stages = np.arange(1, len(seen.maps) + 1)
    return _by_stage("heights", "Height of the peak", "height", "", stages, seen.heights, joint, 1.0)


def _errors(seen: Seen, errors: np.ndarray, joint: int) -> dict:
    """Draw how far off the peaks are; without a truth, how far each stage moved them."""
    joints = seen.joints.numpy()
    if np.isfinite(errors).any():
        title, label, values, first = "Error", "error", errors, 1
    else:
        values, first = np.linalg.norm(np.diff(joints, axis=0), axis=2), 2
        title, label = "How far each stage moved the peak", "moved"
    high = max(1.05 * float(np.nanmax(values, initial=1.0)), 1.0)
    stages = np.arange(first, first + len(values))
    return _by_stage("errors", title, label, "px of the crop", stages, values, joint, high)


def _by_stage(
    key: str, title: str, label: str, unit: str, stages: np.ndarray, values: np.ndarray, joint: int, high: float
) -> dict:
    """Draw values (T, 17) over the stages: the chosen joint, the others palely, and their mean."""
    known = [k for k in range(values.shape[1]) if np.isfinite(values[:, k]).all()]
    names = list(JOINTS.values())
    layers = [layer("line", "residual", name=names[k], x=stages, y=values[:, k], width=1, alpha=0.45) for k in known]
    means = np.array([person.mean_of(row) for row in values])
    if known:
        layers.append(layer("line", "data", name="mean", legend=True, x=stages, y=means, width=2.5))
    if joint in known:
        layers.append(layer("line", "fit", name=names[joint], legend=True, x=stages, y=values[:, joint], width=3))
        layers.append(layer("points", "fit", name=names[joint], x=stages, y=values[:, joint], size=4))
    x, y = axis("stage", stages[0] - 0.1, stages[-1] + 0.1), axis(label, 0, high, unit=unit)
    return panel(key, title, x, y, layers, span=6, height=190, alt=f"{title} for {names[joint]} and all others")


def _most_corrected(seen: Seen, errors: np.ndarray) -> None:
    best, before, after = most_corrected(seen, errors)
    name = JOINTS[COCO_17[best]]

    def show() -> None:
        controls.put(Methods, {"method_joint": COCO_17[best], "cpm_all": False})

    st.button(f"Most corrected: {name}", on_click=show, key="cpm_corrected", icon=":material/auto_fix_high:")
    if np.isfinite(errors).any():
        st.caption(f"Stage 1 is off by {before:.1f} px of the crop, stage {len(errors)} by {after:.1f}.")
    else:
        st.caption(f"From the first stage to the last its peak moved by {after:.1f} px of the crop.")


def _stats(seen: Seen, errors: np.ndarray, truth: np.ndarray | None) -> list[dict[str, str]]:
    if truth is None:
        return []
    near = person.share_near(seen.joints.numpy(), truth)
    return [
        {
            "label": f"stage {t}: error, PCK@.2",
            "text": f"{number(person.mean_of(errors[t - 1]), 3)} px, {number(share, 3)}",
            "help": f"Mean distance of the peaks from the true joints, in {person.PX}, and share "
            "of the joints at most a fifth of the torso away.",
        }
        for t, share in enumerate(near, 1)
    ]
