"""Who says where the people are: a person detector, nobody for one in the middle, or the drawing itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.detection import models as detectors
from engine.detection.people import find_people
from engine.pose.settings import PoseThresholds
from pages._ui import controls
from pages._ui.fetching import fetched
from pages.vision._pose_estimation.watch_settings import AUTO, ONE, Watch

if TYPE_CHECKING:
    from pages._ui.pictures import Picture

BEST = "FASTERRCNN_D2GO_INT8"  # of those that are quick on a CPU


@dataclass(frozen=True, eq=False)
class People:
    """How the people are found.

    Attributes:
        key: a detector in `PEOPLE`; "" without one.
        find: image → boxes (N, 4); None without a detector.
        boxes: where they are known already, (N, 4); else None: one person in the middle.
        note: what there is to say about it, or "".
    """

    key: str = ""
    find: Callable[[Any], Any] | None = None
    boxes: Any = None
    note: str = ""


def chosen(source: str, picture: Picture | None) -> People:
    """Return who finds the people now, fetching a small detector where that is what was chosen."""
    asked = controls.values(Watch).people
    if asked == AUTO:
        if picture is not None and picture.is_drawn:
            return People(boxes=picture.truth.boxes)
        if source in ("camera", "video") or not detectors.is_here(BEST):
            return People()
        asked = BEST
    if asked == ONE:
        return People()
    if not detectors.is_here(asked):
        why = fetched(detectors.get(asked).weights, detectors.get(asked).title)
        if why:
            return People(note=f"{detectors.get(asked).title} is not here. {why} Until then: one person.")
    confidence = controls.values(PoseThresholds).person_confidence
    return People(asked, partial(find_people, key=asked, confidence=confidence))
