"""What the stages of a Convolutional Pose Machine believe of one person, and their numbers written out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.pose.single_person import cut_people, device_of, joints_of
from pages.vision._pose_estimation import method_models
from pages.vision._pose_estimation import method_person as person

if TYPE_CHECKING:
    from pages._ui.pictures import Picture

LOWERED = "₀₁₂₃₄₅₆₇₈₉"


@dataclass(frozen=True, eq=False)
class Seen:
    """What the T stages saw: crop uint8 (96, 96, 3), square (3,), maps (T, 17, 24, 24), joints (T, 17, 2) px of the
    crop, and heights (T, 17) of the peaks.
    """

    crop: np.ndarray
    square: Any
    maps: np.ndarray
    joints: Any
    heights: np.ndarray


def look(picture: Picture, who: person.Person) -> Seen:
    """Return what every stage believes of a person."""
    network = method_models.network(method_models.CPM)

    def ask(image: Any) -> Seen:
        crops, squares, _ = cut_people(image, who.box, person.SIDE_PX)
        beliefs = [maps.cpu() for maps in network.stages(crops.to(device_of(network)))]
        found = [joints_of(maps) for maps in beliefs]
        joints = crops.new_tensor(np.stack([places[0].numpy() for places, _ in found])).cpu()
        heights = np.stack([scores[0].numpy() for _, scores in found])
        return Seen(person.rgb(crops[0]), squares[0], np.stack([m[0].numpy() for m in beliefs]), joints, heights)

    return method_models.compute(ask, picture.image)


def most_corrected(seen: Seen, errors: np.ndarray) -> tuple[int, float, float]:
    """Return the joint that the last stage brought nearest to the truth, and its error before and after.

    Without a truth it is the one whose peak moved most, from 0 to so many px.
    """
    gain = errors[0] - errors[-1]
    if np.isfinite(gain).any():
        best = int(np.nanargmax(gain))
        return best, float(errors[0, best]), float(errors[-1, best])
    moved = (seen.joints[-1] - seen.joints[0]).norm(dim=1).numpy()
    return int(moved.argmax()), 0.0, float(moved.max())


def equations(seen: Seen, errors: np.ndarray, joint: int) -> list[str]:
    """Write what every stage says of a joint."""
    lines = []
    for t, (places, heights) in enumerate(zip(seen.joints.tolist(), seen.heights, strict=True), 1):
        low, before = LOWERED[t], LOWERED[t - 1]
        form = f"b{low} = softmax g{low}(x)" if t == 1 else f"b{low} = softmax g{low}(x, s{before}, c)"
        x, y = places[joint]
        off = f", off by {errors[t - 1, joint]:.1f} px" if np.isfinite(errors[t - 1, joint]) else ""
        lines.append(f"{form}: peak {heights[joint]:.3f} at ({x:.1f}, {y:.1f}) px{off}")
    return lines


def columns(seen: Seen, errors: np.ndarray) -> dict[str, list]:
    """Return the table to take away."""
    return person.stage_columns(seen.joints.numpy(), errors, {"height of the peak": seen.heights.round(5)})
