"""Who says where the people are: a person detector, nobody for one in the middle, or the drawing itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.detection import models as detectors
from engine.detection.people import find_people
from engine.pose.settings import PoseThresholds
from pages._ui import controls
from pages._ui.fetching import fetched
from pages._ui.session import remember
from pages._ui.sources import MOVING
from pages.vision._pose_estimation.watch_settings import AUTO, ONE, Watch

if TYPE_CHECKING:
    from engine.weights import Weights
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
        saw_nobody: whether a detector looked, and nobody was as sure as asked for.
    """

    key: str = ""
    find: Callable[[Any], Any] | None = None
    boxes: Any = None
    note: str = ""
    saw_nobody: bool = False

    @property
    def weights(self) -> Weights | None:
        """The weights of the detector; None without one, or where it has none."""
        return detectors.get(self.key).weights if self.key else None


def chosen(source: str, picture: Picture | None) -> People:
    """Return who finds the people now, fetching a small detector where that is what was chosen."""
    asked = controls.values(Watch).people
    if asked == ONE or (asked == AUTO and (source in MOVING or picture is None)):
        return People()
    if asked == AUTO:
        return People(boxes=picture.truth.boxes) if picture.is_drawn else _in_a_photo(picture)
    if not detectors.is_here(asked):
        why = fetched(detectors.get(asked).weights, detectors.get(asked).title)
        if why:
            return People(note=f"{detectors.get(asked).title} is not here. {why} Until then: one person.")
    return _finder(asked)


def _in_a_photo(picture: Picture) -> People:
    """Return the best finder at hand, or nobody where it finds nobody: a person very near is no figure to it."""
    who = _finder(BEST if detectors.is_here(BEST) else detectors.FOR_FIGURES)
    identity = (picture.identity, who.key, controls.values(PoseThresholds).person_confidence)
    found = remember("pose:people", identity, lambda: who.find(picture.image))
    return replace(who, find=lambda image: found) if len(found) else People(saw_nobody=True)


def _finder(key: str) -> People:
    return People(key, partial(find_people, key=key, confidence=controls.values(PoseThresholds).person_confidence))
