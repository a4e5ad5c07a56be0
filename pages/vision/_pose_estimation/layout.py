"""The parts of the pose page, and what of each stands in the link."""

from __future__ import annotations

from functools import partial

from engine.pose.settings import PoseThresholds
from pages._ui.parts import Part, Parts, lay_out
from pages._ui.presets import try_this
from pages.vision._pose_estimation import (
    alphapose_view,
    cpm_view,
    deeppose_view,
    keypoint_view,
    live,
    openpose_view,
    pair_view,
    people_view,
    together_view,
)
from pages.vision._pose_estimation.measure_settings import PoseMeasures
from pages.vision._pose_estimation.method_settings import Methods
from pages.vision._pose_estimation.methods import methods_part
from pages.vision._pose_estimation.presets import PRESETS
from pages.vision._pose_estimation.view import View
from pages.vision._pose_estimation.watch_settings import Watch

METHODS = {
    "together": Part(partial(methods_part, together_view.together)),
    "deeppose": Part(partial(methods_part, deeppose_view.deeppose)),
    "cpm": Part(partial(methods_part, cpm_view.cpm)),
    "openpose": Part(partial(methods_part, openpose_view.openpose)),
    "alphapose": Part(partial(methods_part, alphapose_view.alphapose)),
}
MEASURES = {
    "pair": Part(pair_view.pair_part),
    "people": Part(people_view.people_part),
    "dataset": Part(keypoint_view.dataset_part),
}

PARTS = {
    "live": Part(live.live_part, (PoseThresholds, Watch)),
    "methods": Parts(Methods, "pose_method", METHODS),
    "measures": Parts(PoseMeasures, "pose_measure", MEASURES),
}


def draw() -> None:
    """Draw the page below its title."""
    try_this("pose_preset", PRESETS, PoseThresholds, on_choose=lambda: None)
    lay_out(Parts(View, "pose_part", PARTS))
