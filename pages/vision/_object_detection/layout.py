"""The parts of the detection page, and what of each stands in the link."""

from __future__ import annotations

from engine.detection.landmarks import Landmarks
from engine.detection.localisation import Localisation
from engine.detection.settings import Soft, Thresholds
from pages._ui.parts import Part, Parts, lay_out
from pages._ui.presets import try_this
from pages.vision._object_detection import (
    coco_view,
    compare,
    landmarks,
    live,
    localise,
    overlap_view,
    precision_view,
    window,
    xray,
)
from pages.vision._object_detection.measure_settings import Measures
from pages.vision._object_detection.presets import PRESETS
from pages.vision._object_detection.view import Family, View

MEASURES = {
    "overlap": Part(overlap_view.overlap_part),
    "precision": Part(precision_view.precision_part),
    "dataset": Part(coco_view.dataset_part),
}
FAMILY = {
    "compare": Part(compare.compare_part),
    "localise": Part(localise.localise_part, (Localisation, localise.Example)),
    "landmarks": Part(landmarks.landmarks_part, (Landmarks, landmarks.Example)),
    "window": Part(window.window_part),
}
PARTS = {
    "live": Part(live.live_part, (Thresholds,)),
    "xray": Part(xray.xray_part, (Thresholds, Soft)),
    "measures": Parts(Measures, "measure", MEASURES),
    "family": Parts(Family, "chapter", FAMILY),
}


def draw() -> None:
    """Draw the page below its title."""
    try_this("preset", PRESETS, Thresholds, on_choose=lambda: None)
    lay_out(Parts(View, "part", PARTS))
