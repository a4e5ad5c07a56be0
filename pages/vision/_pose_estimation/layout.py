"""The layout of the pose page: presets, controls at the left, the chosen part beside them."""

from __future__ import annotations

import streamlit as st

from engine.errors import EngineError
from engine.pose.settings import PoseThresholds
from pages._ui import controls
from pages._ui.presets import try_this
from pages.vision._pose_estimation import live, measures, methods
from pages.vision._pose_estimation.measure_settings import PoseMeasures
from pages.vision._pose_estimation.method_settings import Methods
from pages.vision._pose_estimation.presets import PRESETS
from pages.vision._pose_estimation.view import View
from pages.vision._pose_estimation.watch_settings import Watch

SHOWN = {  # the settings in the link, beside the view
    "live": (PoseThresholds, Watch),
    "methods": (Methods,),
    "measures": (PoseMeasures,),
}
INSIDE = {
    "methods": (Methods, "pose_method"),
    "measures": (PoseMeasures, "pose_measure"),
}  # what a part is divided into


def lay_out() -> None:
    """Draw the page below its title."""
    try_this("pose_preset", PRESETS, PoseThresholds, on_choose=lambda: None)
    part = controls.control(View, "pose_part", segments=True)
    if part in INSIDE:
        controls.control(*INSIDE[part], segments=True)
    with st.container(key="workbench"):
        left, right = st.columns([3, 10], gap="medium")
    try:
        _part(part, left.container(key="controls"), right)
    except EngineError as error:
        right.error(str(error), icon=":material/error:")
    everything = {one for some in SHOWN.values() for one in some}
    controls.share(View, *SHOWN[part], hidden=tuple(everything - set(SHOWN[part])))


def _part(part: str, left, right) -> None:
    match part:
        case "live":
            live.live_part(left, right)
        case "methods":
            methods.methods_part(left, right)
        case "measures":
            measures.measures_part(left, right)
