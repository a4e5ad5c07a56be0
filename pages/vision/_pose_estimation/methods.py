"""The part "Four methods": how each finds the joints, step by step, on the visitor's picture."""

from __future__ import annotations

from collections.abc import Callable

from pages._ui import controls
from pages.vision._pose_estimation import (
    alphapose_view,
    cpm_view,
    deeppose_view,
    method_models,
    openpose_view,
    pictures,
    together_view,
)
from pages.vision._pose_estimation.method_settings import METHODS, Methods
from pages.vision._pose_estimation.view import View

CHAPTERS: dict[str, Callable] = {
    "deeppose": deeppose_view.deeppose,
    "cpm": cpm_view.cpm,
    "openpose": openpose_view.openpose,
    "alphapose": alphapose_view.alphapose,
    "together": together_view.together,
}


def methods_part(left, right) -> None:
    """Draw the choice of picture at the left, and the open method."""
    method = controls.values(Methods).pose_method
    with left:
        source = controls.control(View, "pose_source")
        view = controls.values(View)
        if source == "sample":
            controls.control(View, "figure")
    with right if source == "snapshot" else left:
        picture = pictures.current(view)
    lacking = [] if method == "together" else method_models.missing(method)
    if lacking:
        files = " and ".join(lacking)
        right.info(f"{METHODS[method]} needs {files}, not in the box yet.", icon=":material/inventory_2:")
    elif picture is None:
        right.info(_empty(source), icon=":material/add_photo_alternate:")
    else:
        CHAPTERS[method](picture, left, right)


def _empty(source: str) -> str:
    match source:
        case "snapshot":
            return "Take a picture with the camera."
        case "picture":
            return "Upload a picture at the left."
    return "Freeze a frame in **Live** first, or choose another source."
