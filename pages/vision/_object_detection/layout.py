"""The layout of the detection page: presets, controls at the left, the chosen part beside them."""

from __future__ import annotations

import streamlit as st

from engine.detection.settings import Soft, Thresholds
from engine.errors import EngineError
from pages._ui import controls
from pages._ui.presets import try_this
from pages.vision._object_detection import family, live, measures, xray
from pages.vision._object_detection.measure_settings import Measures
from pages.vision._object_detection.presets import PRESETS
from pages.vision._object_detection.view import View

SHOWN = {  # the settings in the link, beside the view
    "live": (Thresholds,),
    "xray": (Thresholds, Soft),
    "measures": (Measures,),
    "family": (family.Family,),
}
INSIDE = {"measures": (Measures, "measure"), "family": (family.Family, "chapter")}  # what a part is divided into


def lay_out() -> None:
    """Draw the page below its title."""
    try_this("preset", PRESETS, Thresholds, on_choose=lambda: None)
    part = controls.control(View, "part", segments=True)
    if part in INSIDE:
        controls.control(*INSIDE[part], segments=True)
    with st.container(key="workbench"):
        left, right = st.columns([3, 10], gap="medium")
    try:
        _part(part, left.container(key="controls"), right)
    except EngineError as error:
        right.error(str(error), icon=":material/error:")
    shown = SHOWN[part] + (family.settings() if part == "family" else ())
    everything = {one for some in SHOWN.values() for one in some} | set(family.EVERY)
    controls.share(View, *shown, hidden=tuple(everything - set(shown)))


def _part(part: str, left, right) -> None:
    match part:
        case "live":
            live.live_part(left, right)
        case "xray":
            xray.xray_part(left, right)
        case "measures":
            measures.measures_part(left, right)
        case "family":
            family.family_part(left, right)
