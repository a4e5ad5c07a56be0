"""What the part "Measures" is set to."""

from __future__ import annotations

from dataclasses import dataclass

from engine.pose.poses import COCO_17
from engine.settings import check, choice, integer, real

POSE_MEASURES = {"pair": "Two poses: PCK and OKS", "people": "One picture: AP", "dataset": "A whole set: AP"}
GROUNDS = {"drawn": "Picture", "plain": "Plain"}
SIZES = {"torso": "Torso", "box": "Box", "head": "Head"}
ALPHAS = {"torso": 0.2, "box": 0.1, "head": 0.5}  # as each is used: FLIC, PASCAL's boxes, MPII's PCKh
RINGS = {"pck": "PCK", "oks": "OKS", "both": "Both"}
JOINTS = {name: name.replace("_", " ") for name in COCO_17}


@dataclass(frozen=True)
class PoseMeasures:
    """Settings of the measures; the field names are parameters of the link."""

    pose_measure: str = choice("pair", POSE_MEASURES, label="measure")
    pose_ground: str = choice("drawn", GROUNDS, label="ground", help="What the two poses are drawn on.")
    pose_case: int = integer(
        53, 0, 499, label="case", help="Another person, and other mistakes of an imagined estimator."
    )
    pose_size: str = choice(
        "torso",
        SIZES,
        label="size of PCK",
        help="Left shoulder to right hip; the longer side of the box; or the head, which makes it PCKh.",
    )
    pose_alpha: float = real(
        0.2, 0.05, 1.0, label="threshold α", step=0.05, help="PCK counts a joint that is at most α · size away."
    )
    pose_rings: str = choice(
        "pck", RINGS, label="circles", help="PCK: radius α · size. OKS: where a joint's similarity is a half."
    )
    pose_joint: str = choice("left_wrist", JOINTS, label="joint")
    people_case: int = integer(16, 0, 499, label="case", help="Another picture, and other mistakes.")
    people_oks: float = real(
        0.5, 0.5, 0.95, label="OKS threshold t", step=0.05, help="A found person must be so similar to a true one."
    )

    def __post_init__(self) -> None:
        check(self)
