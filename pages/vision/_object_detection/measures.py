"""The part "Measures": how much two boxes overlap, what precision and recall come to, and a whole data set."""

from __future__ import annotations

from pages._ui import controls
from pages.vision._object_detection import coco_view, overlap_view, precision_view
from pages.vision._object_detection.measure_settings import Measures


def measures_part(left, right) -> None:
    """Draw the open measure."""
    match controls.values(Measures).measure:
        case "overlap":
            overlap_view.overlap_part(left, right)
        case "precision":
            precision_view.precision_part(left, right)
        case "dataset":
            coco_view.dataset_part(left, right)
