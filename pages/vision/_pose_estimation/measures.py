"""The part "Measures": how near two poses are, what comes of several people in a picture, and a whole data set."""

from __future__ import annotations

from pages._ui import controls
from pages.vision._pose_estimation import keypoint_view, pair_view, people_view
from pages.vision._pose_estimation.measure_settings import PoseMeasures


def measures_part(left, right) -> None:
    """Draw the open measure."""
    match controls.values(PoseMeasures).pose_measure:
        case "pair":
            pair_view.pair_part(left, right)
        case "people":
            people_view.people_part(left, right)
        case "dataset":
            keypoint_view.dataset_part(left, right)
