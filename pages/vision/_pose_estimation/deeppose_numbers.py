"""What DeepPose's stages say of one person, and their numbers written out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.pose.deep_pose import LEAST_PATCH_PX, SIGMA, cut_patches, patch_sides
from engine.pose.single_person import cut_people, device_of
from pages._ui.numbers import number
from pages.vision._pose_estimation import method_models
from pages.vision._pose_estimation import method_person as person

if TYPE_CHECKING:
    from pages._ui.pictures import Picture

RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
WIDEST_PX = person.SIDE_PX / 2  # of a square


@dataclass(frozen=True, eq=False)
class Seen:
    """What the S stages said.

    Attributes:
        crop: uint8 (96, 96, 3), and its square (3,) in the picture.
        joints: (S, 17, 2) px of the crop.
        sides: (S,) px, of the squares that a stage looked at; the whole crop for the first.
        patches: uint8 (S, 17, 24, 24, 3), these squares; zeros for the first stage.
    """

    crop: np.ndarray
    square: Any
    joints: Any
    sides: np.ndarray
    patches: np.ndarray

    @property
    def offsets(self) -> np.ndarray:
        """(S, 17, 2) what the networks said: from the crop's middle, and then how far off, in sides."""
        starts = np.concatenate([np.full((1, *self.joints.shape[1:]), person.SIDE_PX / 2), self.joints.numpy()[:-1]])
        return (self.joints.numpy() - starts) / self.sides[:, None, None]


def look(picture: Picture, who: person.Person) -> Seen:
    """Return what every stage says of a person."""
    network = method_models.network(method_models.DEEPPOSE)

    def ask(image: Any) -> Seen:
        crops, squares, _ = cut_people(image, who.box, person.SIDE_PX)
        crops = crops.to(device_of(network))
        stages = network.stages(crops)
        sides, patches = [float(person.SIDE_PX)], []
        for start in stages[:-1]:
            sides.append(patch_sides(start)[0].item())
            patches.append(np.stack([person.rgb(one) for one in cut_patches(crops, start, patch_sides(start))[0]]))
        joints = crops.new_tensor(np.concatenate([one.cpu().numpy() for one in stages])).cpu()
        patches = np.stack([np.zeros_like(patches[0]), *patches])
        return Seen(person.rgb(crops[0]), squares[0], joints, np.array(sides), patches)

    return method_models.compute(ask, picture.image)


def equations(seen: Seen, stage: int, joint: int) -> list[str]:
    """Write out how a stage, from 0, comes to its place of a joint."""
    x, y = seen.joints[stage, joint].tolist()
    said = ", ".join(number(v, 3) for v in seen.offsets[stage, joint].tolist())
    place, side = f"({x:.1f}, {y:.1f}) px", seen.sides[stage]
    if stage == 0:
        return [f"y¹ = (ψ₁(x) + ½) · {person.SIDE_PX} = (({said}) + ½) · {person.SIDE_PX} = {place}"]
    before, now = RAISED[stage], RAISED[stage + 1]
    from_x, from_y = seen.joints[stage - 1, joint].tolist()
    start = f"({from_x:.1f}, {from_y:.1f})"
    return [
        f"y{now} = y{before} + b · ψ{chr(0x2081 + stage)} = {start} + {side:.1f} · ({said}) = {place}",
        f"b = σ · diam(y{before}) = {_side(side)}",
    ]


def _side(side: float) -> str:
    if side <= LEAST_PATCH_PX:
        return f"{side:.1f} px, the least there is"
    if side >= WIDEST_PX:
        return f"{side:.1f} px, the most there is"
    return f"{SIGMA:g} · {side / SIGMA:.1f} = {side:.1f} px"


def by_stage(seen: Seen, truth: np.ndarray | None, joint: int, name: str) -> dict[str, list[str]]:
    """Return one row a stage, as it is shown: errors, PCK and moves."""
    joints = seen.joints.numpy()
    errors = person.distances(joints, truth)
    moves = [np.nan, *np.linalg.norm(np.diff(joints, axis=0), axis=2).mean(1)]
    return {
        "stage": [str(stage) for stage in range(1, len(errors) + 1)],
        "mean error": [_written(person.mean_of(row), 2) for row in errors],
        "PCK@.2": [_written(share, 3) for share in person.share_near(joints, truth)],
        name: [_written(row[joint], 2) for row in errors],
        "mean move": [_written(move, 2) for move in moves],
    }


def _written(value: float, digits: int) -> str:
    return "–" if np.isnan(value) else f"{value:.{digits}f}"


def columns(seen: Seen, errors: np.ndarray) -> dict[str, list]:
    """Return the table to take away."""
    sides = np.broadcast_to(seen.sides[:, None], seen.joints.shape[:2]).round(3)
    return person.stage_columns(seen.joints.numpy(), errors, {"side of the square (px)": sides})
