"""The part "Live": a source, a model, and the boxes."""

from __future__ import annotations

import streamlit as st

from engine.detection import live as engine_live
from engine.detection.live import LiveDetection, Request
from engine.detection.settings import Thresholds
from pages._ui import controls
from pages._ui.camera import camera
from pages._ui.live import live
from pages._ui.session import remember
from pages.vision._object_detection import choice, pictures, takeaway, video
from pages.vision._object_detection.boxes import box_layer, mask_layer
from pages.vision._object_detection.view import View

LOWEST = 0.05  # what is kept of a still picture, so that the confidence moves without another look
PANEL_S = 0.5


def live_part(left, right) -> None:
    """Draw the controls at the left and the chosen source at the right."""
    with left:
        source = controls.control(View, "source")
        view = controls.values(View)
        if source == "sample":
            controls.control(View, "scene")
    with right if source == "snapshot" else left:
        picture = None if source in ("camera", "video") else pictures.current(view)
        clip = video.current() if source == "video" else None
    with left:
        choice.model_control()
        chosen = choice.chosen(any(one is not None and one.is_scene for one in (picture, clip)))
        classes = choice.class_control(chosen.detector)
    if chosen.note:
        right.info(chosen.note, icon=":material/cloud_off:")
    request = Request(chosen.detector, controls.values(Thresholds), classes)
    with right:
        if source == "camera":
            _stream(request, chosen.key)
        elif source == "video":
            video.video_part(clip, chosen, classes)
        elif picture is None:
            what = "Take a picture with the camera." if source == "snapshot" else "Upload a picture at the left."
            st.info(what, icon=":material/add_photo_alternate:")
        else:
            _still(picture, request, chosen.key)


def found_in(picture: pictures.Picture, request: Request, key: str):
    """Return the detections of a still picture; a change of the confidence alone does not look again."""
    iou = request.thresholds.iou
    wide = Request(request.detector, Thresholds(LOWEST, iou))
    found = remember("detection:found", (picture.identity, key, iou), lambda: engine_live.examine(wide, picture.image))
    return engine_live.of_classes(engine_live.above(found, request.thresholds.confidence), request.classes)


def _still(picture: pictures.Picture, request: Request, key: str) -> None:
    with st.spinner("Looking …", show_time=True) if key in choice.SLOW else st.container():
        found = found_in(picture, request, key)
    layers = [box_layer(found)]
    if found.masks is not None and len(found):
        layers.insert(0, mask_layer(found))
    live(
        "detections",
        [
            pictures.picture_panel(
                "picture", "", picture, layers, span=12, height=430, alt=f"{len(found)} detected objects"
            )
        ],
        stats=[
            {"label": "objects", "text": str(len(found)), "help": "boxes that are left"},
            {"label": "size", "text": f"{picture.width} × {picture.height} px", "help": "of the picture"},
        ],
    )
    takeaway.still(picture, found, key, request.classes)


def _stream(request: Request, key: str) -> None:
    loop: LiveDetection = st.session_state.setdefault("_live", LiveDetection(request))
    loop.request = request
    plays = camera("detection-camera", loop.show)
    if not plays:
        st.caption(
            "The browser asks before it gives the camera. Refused by mistake? Allow it beside the address. "
            "No camera here? **Snapshot**, **Picture** and **Video** work without a stream."
        )

    @st.fragment(run_every=PANEL_S if plays else None)
    def panel() -> None:
        _pace(loop)

    panel()


def _pace(loop: LiveDetection) -> None:
    pace, latest = loop.newest.pace(), loop.newest.latest
    cells = st.columns(4)
    cells[0].metric(
        "picture", f"{pace.offered_hz:.0f} /s", help="Frames a second that come from the camera and go back."
    )
    cells[1].metric(
        "detections", f"{pace.examined_hz:.1f} /s", help="Frames a second that the model looks at: always the newest."
    )
    shown = "–" if pace.latency_s != pace.latency_s else f"{1000 * pace.latency_s:.0f} ms"
    cells[2].metric("latency", shown, help="Median time from a frame's arrival to its boxes.")
    count = 0 if latest is None or latest.result is None else len(latest.result)
    cells[3].metric("objects", count)
    if latest is not None and latest.error:
        st.error(latest.error, icon=":material/error:")
    if latest is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Freeze this frame", icon=":material/photo_camera:", key="freeze", on_click=_freeze, args=(loop,))
            if st.session_state.get("_frozen"):
                st.caption("Frozen. Open **X-ray**, above, to look inside it.")


def _freeze(loop: LiveDetection) -> None:
    """Keep the newest frame that was examined, for the X-ray; the stream goes on.

    The part is not changed from here: the panel's own redrawing would bring the old one back.
    """
    pictures.freeze(loop.newest.latest.frame)
