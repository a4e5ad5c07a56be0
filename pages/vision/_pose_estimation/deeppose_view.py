"""DeepPose: the joints as numbers, then each looked at again from near."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from engine.io.tables import write_csv
from engine.pose.deep_pose import PATCH_PX
from engine.pose.poses import COCO_17
from pages._ui import controls
from pages._ui.exports import Export, take_away
from pages._ui.live import layer, live
from pages._ui.session import remember
from pages.vision._pose_estimation import method_person as person
from pages.vision._pose_estimation import method_scripts
from pages.vision._pose_estimation.deeppose_numbers import RAISED, Seen, by_stage, columns, equations, look
from pages.vision._pose_estimation.method_settings import JOINTS, Methods
from pages.vision._pose_estimation.skeletons import skeleton_layer

if TYPE_CHECKING:
    from pages._ui.pictures import Picture

HEIGHT_PX = 380


def deeppose(picture: Picture, left, right) -> None:
    """Draw the controls at the left; the cascade and its numbers at the right."""
    with left:
        who = person.choose(picture)
        controls.control(Methods, "deeppose_stage")
        joint = person.joint_control()
        st.caption(
            "Stage 1 sees the whole crop and says 34 numbers. Each later one cuts a square out around every joint, "
            "sees it as 24 × 24 px, and says by how much the joint is off."
        )
    stage = int(controls.values(Methods).deeppose_stage) - 1
    seen = remember("pose:deeppose", (picture.identity, who.index), lambda: look(picture, who))
    truth = who.in_crop(seen.square)
    with right:
        live(
            "deeppose",
            [_whole(seen, truth, stage, joint), _near(seen, truth, stage, joint)],
            equations=equations(seen, stage, joint),
        )
        name = JOINTS[COCO_17[joint]]
        st.dataframe(by_stage(seen, truth, joint, name), hide_index=True, column_config=_looks(name))
        errors = person.distances(seen.joints.numpy(), truth)
        table = lambda: write_csv(columns(seen, errors))  # noqa: E731
        told = "One row a stage and joint: place in the crop, side of the square, error."
        exports = [Export("Stages", "deeppose.csv", table, told)]
        take_away([*exports, method_scripts.of_methods(picture, ("deeppose",), who.box)])


def _whole(seen: Seen, truth: np.ndarray | None, stage: int, joint: int) -> dict:
    """Draw the crop with the stage's joints; from stage 2 on the squares it looked at, and how it moved the joints."""
    joints = seen.joints
    layers: list[dict] = []
    if stage:
        layers.append(_squares(seen, stage, joint))
    layers.append(skeleton_layer(person.one(joints[stage], joints.new_ones(joints.shape[1]))))
    layers[-1] |= {"width": 2.5, "size": 4, "tips": list(JOINTS.values())}
    layers += person.true_points(truth)
    if stage:
        layers.append(
            _arrows(joints[stage - 1].numpy(), joints[stage].numpy(), f"y{RAISED[stage]} → y{RAISED[stage + 1]}")
            | {"legend": True}
        )
    title = f"Stage {stage + 1}: all joints" if not stage else f"Stage {stage + 1}: how it moves the joints"
    return person.crop_panel(
        "whole", title, seen.crop, layers, span=7, height=HEIGHT_PX, alt=f"the 17 joints after stage {stage + 1}"
    )


def _squares(seen: Seen, stage: int, joint: int) -> dict:
    """Draw the squares around the joints of the stage before, the chosen joint's widely."""
    x, y = seen.joints[stage - 1].numpy().T
    half, is_chosen = seen.sides[stage] / 2, np.arange(len(x)) == joint
    tips = [f"square of the {name}, {seen.sides[stage]:.1f} px" for name in JOINTS.values()]
    sides = {"x0": x - half, "y0": y - half, "x1": x + half, "y1": y + half}
    roles = ["fit" if chosen else "residual" for chosen in is_chosen]
    look = {"width": np.where(is_chosen, 2.5, 1.0), "alpha": np.where(is_chosen, 1.0, 0.5)}
    return layer("boxes", tips=tips, roles=roles, **sides, **look)


def _arrows(start: np.ndarray, end: np.ndarray, name: str) -> dict:
    """Draw arrows from (K, 2) to (K, 2), bright enough to lie on a photograph."""
    (x, y), (x1, y1) = start.T, end.T
    return layer("arrows", "#ff3d7f", name=name, x=x, y=y, x1=x1, y1=y1, width=2, head=5)


def _near(seen: Seen, truth: np.ndarray | None, stage: int, joint: int) -> dict:
    """Draw what the stage saw of the chosen joint, and where it puts it."""
    name = JOINTS[COCO_17[joint]]
    if not stage:
        place = seen.joints[0, joint].numpy()
        layers = [*person.true_points(truth, joint), _place(place, name)]
        title = f"It sees {person.SIDE_PX} × {person.SIDE_PX} px"
        return person.crop_panel(
            "near", title, seen.crop, layers, span=5, height=HEIGHT_PX, alt=f"the crop with the {name}"
        )
    start, end = seen.joints[stage - 1, joint].numpy(), seen.joints[stage, joint].numpy()
    half = float(seen.sides[stage]) / 2
    extent = [float(start[0]) - half, float(start[0]) + half, float(start[1]) - half, float(start[1]) + half]
    layers = [
        layer("cross", "text", name="where it was believed to be", x=start[:1], y=start[1:], size=7),
        _arrows(start[None], end[None], "ψ · b"),
        _place(end, name),
        *person.true_points(truth, joint),
    ]
    title = f"It sees {PATCH_PX} × {PATCH_PX} px"
    pixels, alt = seen.patches[stage, joint], f"the square around the {name}, and how far it is moved"
    return person.crop_panel(
        "near", title, pixels, layers, extent=extent, smooth=False, span=5, height=HEIGHT_PX, alt=alt
    )


def _place(place: np.ndarray, name: str) -> dict:
    return layer("points", "fit", name=name, legend=True, x=place[:1], y=place[1:], size=5)


def _looks(name: str) -> dict[str, Any]:
    px = f"in {person.PX}"
    told = {
        "stage": ("stage", None),
        "mean error": ("mean error (px)", f"Over the true joints, {px}."),
        "PCK@.2": ("PCK@.2", "Share of the joints at most a fifth of the torso away."),
        name: (f"{name} (px)", f"Error of the chosen joint, {px}."),
        "mean move": ("mean move (px)", f"How far the stage moved a joint, {px}."),
    }
    return {
        key: st.column_config.TextColumn(title, help=help_, alignment="right") for key, (title, help_) in told.items()
    }
