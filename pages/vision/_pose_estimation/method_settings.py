"""What the part "Methods" is set to; the engine's own settings appear here under names that no other page has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.pose.assembly import Assembly
from engine.pose.deep_pose import N_STAGES
from engine.pose.parts import LIMBS, PARTS
from engine.pose.pose_nms import PoseNms
from engine.pose.poses import COCO_17
from engine.pose.rmpe import Rmpe
from engine.settings import check, choice, default_of, flag, integer, limits_of, real

METHODS = {
    "together": "Side by side",
    "deeppose": "DeepPose",
    "cpm": "Convolutional Pose Machines",
    "openpose": "OpenPose",
    "alphapose": "AlphaPose",
}
STAGES = {str(s): str(s) for s in range(1, N_STAGES + 1)}
STEPS = {
    "maps": "1 Maps",
    "fields": "2 Fields",
    "peaks": "3 Peaks",
    "scores": "4 Line integral",
    "matching": "5 Matching",
    "people": "6 People",
}
ALL = "all"
MOST = 64  # boxes or people


def _in_words(name: str) -> str:
    return name.replace("_", " ")


JOINTS = {name: _in_words(name) for name in COCO_17}
PART_NAMES = {ALL: "all parts", **{name: _in_words(name) for name in PARTS}}
LIMB_NAMES = {f"{PARTS[a]}-{PARTS[b]}": f"{_in_words(PARTS[a])} – {_in_words(PARTS[b])}" for a, b in LIMBS}


def _as(settings: type, name: str) -> Any:
    """Declare a field with the limits and the default of the engine's own."""
    return field(default=default_of(settings, name), metadata={"limits": limits_of(settings)[name]})


@dataclass(frozen=True)
class Methods:
    """Settings of the four methods; the field names are parameters of the link."""

    pose_method: str = choice("together", METHODS, label="method")
    method_person: int = integer(1, 1, MOST, label="person", help="Whom a method for a single person looks at.")
    method_joint: str = choice("left_wrist", JOINTS, label="joint", help="Whose numbers are written out.")
    deeppose_stage: str = choice(str(N_STAGES), STAGES, label="stage", help="Stage 1 says it all, the others correct.")
    cpm_all: bool = flag(
        False, label="all joints at once", help="At each place the highest of the 17 beliefs, not the chosen joint’s."
    )
    openpose_step: str = choice("maps", STEPS, label="step")
    openpose_part: str = choice(ALL, PART_NAMES, label="part")
    openpose_limb: str = choice("left_shoulder-left_elbow", LIMB_NAMES, label="limb")
    openpose_pair: int = integer(1, 1, 1600, label="pair to write out")
    openpose_peak: float = _as(Assembly, "peak")
    openpose_sample: float = _as(Assembly, "sample")
    openpose_share: float = _as(Assembly, "share")
    openpose_parts: int = _as(Assembly, "parts")
    alphapose_iou: float = real(
        0.6,
        0.3,
        0.9,
        label="IoU of the boxes",
        step=0.05,
        help="Of two boxes that overlap by more, only the surer stays. The higher, the more boxes for one person.",
    )
    alphapose_box: int = integer(1, 1, MOST, label="box")
    alphapose_stn: bool = _as(Rmpe, "stn")
    alphapose_nms: bool = _as(Rmpe, "nms")
    alphapose_eta: float = _as(PoseNms, "eta")
    alphapose_lam: float = _as(PoseNms, "lam")
    alphapose_sigma1: float = _as(PoseNms, "sigma1")
    alphapose_sigma2: float = _as(PoseNms, "sigma2")

    def __post_init__(self) -> None:
        check(self)

    @property
    def assembly(self) -> Assembly:
        """OpenPose's settings."""
        return Assembly(self.openpose_peak, self.openpose_sample, self.openpose_share, self.openpose_parts)

    @property
    def limb(self) -> int:
        """The chosen limb's place in `LIMBS`."""
        return list(LIMB_NAMES).index(self.openpose_limb)

    @property
    def rmpe(self) -> Rmpe:
        """Which of AlphaPose's steps are taken."""
        return Rmpe(self.alphapose_stn, self.alphapose_nms)

    @property
    def nms(self) -> PoseNms:
        """AlphaPose's suppression of poses."""
        return PoseNms(self.alphapose_eta, self.alphapose_lam, self.alphapose_sigma1, self.alphapose_sigma2)
