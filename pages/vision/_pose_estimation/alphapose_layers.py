"""AlphaPose's steps as layers: boxes, what the transformer sees, maps, joints, poses that stay and poses that go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.pose.single_person import joints_of
from engine.pose.spatial_transformer import SEEN_PX, joints_back
from pages._ui.live import layer
from pages.vision._pose_estimation.alphapose_numbers import in_picture, quadrilateral
from pages.vision._pose_estimation.method_settings import JOINTS
from pages.vision._pose_estimation.openpose_layers import ARROW, BODIES

if TYPE_CHECKING:
    from engine.pose.rmpe import Steps

NAMES = list(JOINTS.values())


def boxes(steps: Steps, kept: list[int], chosen: int) -> list[dict]:
    """Draw the finder's boxes with their numbers, the chosen one widely, those whose pose goes dashed."""
    x0, y0, x1, y1 = steps.poses.boxes.numpy().T
    n = range(len(x0))
    tips = [f"box {k + 1}{'' if k in kept else ': its pose goes'}" for k in n]
    look = {
        "roles": ["fit" if k == chosen else "residual" if k in kept else "bad" for k in n],
        "width": np.array([3.0 if k == chosen else 1.4 for k in n]),
        "dash": [k not in kept for k in n],
    }
    return [layer("boxes", x0=x0, y0=y0, x1=x1, y1=y1, tips=tips, text=[f"{k + 1}" for k in n], **look)]


def window(steps: Steps, chosen: int) -> list[dict]:
    """Draw where the chosen box's transformer looks, in the picture."""
    x, y = in_picture(quadrilateral(steps.theta[chosen]), steps.squares[chosen]).T
    return [_way(x, y) | {"legend": True}]


def frame(steps: Steps, chosen: int) -> list[dict]:
    """Draw where the transformer looks, in the rough crop."""
    x, y = quadrilateral(steps.theta[chosen]).T
    return [_way(x, y)]


def maps(steps: Steps, chosen: int) -> list[dict]:
    """Draw at each place the highest of the maps, and the peaks."""
    extent = [0.0, float(SEEN_PX)] * 2
    grid = steps.maps[chosen].amax(0).numpy()
    joints, heights = joints_of(steps.maps[chosen : chosen + 1])
    heat = layer("heat", name="belief", grid=grid, extent=extent, range=[0.0, 1.0], ramp="cividis", alpha=0.62)
    return [heat, _joints(joints[0].numpy(), heights[0].numpy())]


def back(steps: Steps, chosen: int) -> list[dict]:
    """Draw the joints where θ leads them, and where the transformer looked."""
    joints, heights = joints_of(steps.maps[chosen : chosen + 1])
    there = joints_back(joints, steps.theta[chosen : chosen + 1])[0]
    return [*frame(steps, chosen), _joints(there.numpy(), heights[0].numpy())]


def skeletons(steps: Steps, kept: list[int]) -> list[dict]:
    """Draw the poses that stay, each in a colour, and under them those that go, thin and dashed."""
    gone = [k for k in range(len(steps.poses)) if k not in kept]
    bodies = [_body(steps, k, "bad", dash=True) for k in gone]
    colors = {k: BODIES[place % len(BODIES)] for place, k in enumerate(kept)}
    return bodies + [_body(steps, k, colors[k], dash=False) for k in kept]


def _body(steps: Steps, k: int, role: str, dash: bool) -> dict:
    poses = steps.poses
    x, y = poses.keypoints[k].numpy().T
    scores = poses.scores[k].numpy()
    return layer(
        "skeleton",
        name=f"pose {k + 1}",
        x=np.where(scores > 0, x, np.nan),
        y=np.where(scores > 0, y, np.nan),
        bones=[joint for bone in poses.skeleton for joint in bone],
        bone_roles=[role] * len(poses.skeleton),
        roles=[role] * len(NAMES),
        alphas=(0.3 + 0.7 * scores.clip(0, 1)) * (0.7 if dash else 1.0),
        tips=[f"pose {k + 1}: {name} {100 * s:.0f} %" for name, s in zip(NAMES, scores, strict=True)],
        width=1.8 if dash else 3.5,
        size=2.2 if dash else 3.8,
        dash=dash,
    )


def _joints(places: np.ndarray, heights: np.ndarray) -> dict:
    tips = [f"{name}: peak {height:.2f}" for name, height in zip(NAMES, heights, strict=True)]
    return layer("points", "fit", name="joint", x=places[:, 0], y=places[:, 1], tips=tips, size=3.2)


def _way(x: np.ndarray, y: np.ndarray) -> dict:
    return layer("line", ARROW, name="what the transformer sees", x=x, y=y, width=2.5)
