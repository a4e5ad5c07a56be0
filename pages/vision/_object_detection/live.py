"""The part "Live": a source, a model, and the boxes."""

from __future__ import annotations

import streamlit as st

from engine.detection import live as engine_live
from engine.detection.live import LiveDetection, Request
from engine.detection.settings import Thresholds
from pages._ui import controls
from pages._ui.live import live
from pages._ui.pictures import Picture, freeze, frozen, picture_panel
from pages._ui.session import remember
from pages._ui.sources import ask
from pages._ui.stream import Tile, stream
from pages.vision._object_detection import choice, takeaway, video
from pages.vision._object_detection.boxes import box_layer, mask_layer
from pages.vision._object_detection.pictures import PAGE, SOURCES

LOWEST = 0.05  # what is kept of a still picture, so that the confidence moves without another look


def live_part(left, right) -> None:
    """Draw the controls at the left and the chosen source at the right."""
    source, picture = SOURCES.choose(left, right)
    with left:
        looked_at = video.current() if source == "video" else picture
        choice.model_control()
        chosen = choice.chosen(source != "camera" and looked_at is not None and looked_at.is_drawn)
        classes = choice.class_control(chosen.model)
    if chosen.note:
        right.info(chosen.note, icon=":material/cloud_off:")
    request = Request(chosen.model, controls.values(Thresholds), classes)
    with right:
        if source == "camera":
            _stream(request)
        elif source == "video":
            video.video_part(looked_at, chosen, classes)
        elif picture is None:
            ask(source)
        else:
            _still(picture, request, chosen.key)


def found_in(picture: Picture, request: Request, key: str):
    """Return the detections of a still picture; a change of the confidence alone does not look again."""
    iou = request.thresholds.iou
    wide = Request(request.detector, Thresholds(LOWEST, iou))
    found = remember("detection:found", (picture.identity, key, iou), lambda: engine_live.examine(wide, picture.image))
    return engine_live.of_classes(engine_live.above(found, request.thresholds.confidence), request.classes)


def _still(picture: Picture, request: Request, key: str) -> None:
    with st.spinner("Looking …", show_time=True) if key in choice.SLOW else st.container():
        found = found_in(picture, request, key)
    layers = [box_layer(found)]
    if found.masks is not None and len(found):
        layers.insert(0, mask_layer(found))
    live(
        "detections",
        [picture_panel("picture", "", picture, layers, span=12, height=430, alt=f"{len(found)} detected objects")],
        stats=[
            {"label": "objects", "text": str(len(found)), "help": "boxes that are left"},
            {"label": "size", "text": f"{picture.width} × {picture.height} px", "help": "of the picture"},
        ],
    )
    takeaway.still(picture, found, key, request.classes)


def _stream(request: Request) -> None:
    loop: LiveDetection = st.session_state.setdefault("_live", LiveDetection(request))
    loop.request = request
    stream(
        PAGE,
        loop,
        found="detections",
        tiles=lambda found: [Tile("objects", 0 if found is None else len(found))],
        freeze=lambda frame: freeze(PAGE, frame),
        note=lambda: "Frozen. Open **X-ray**, above, to look inside it." if frozen(PAGE) else "",
    )
