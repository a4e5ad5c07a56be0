"""The part "The family": the ancestors of today's detectors, trained and run on our own scenes."""

from __future__ import annotations

from dataclasses import dataclass

from engine.detection.landmarks import Landmarks
from engine.detection.localisation import Localisation
from engine.settings import check, choice
from pages._ui import controls
from pages.vision._object_detection import compare, landmarks, localise, window

CHAPTERS = {
    "compare": "All methods",
    "localise": "One object",
    "landmarks": "Landmarks",
    "window": "Sliding window",
}

EVERY = (Localisation, localise.Example, Landmarks, landmarks.Example)


@dataclass(frozen=True)
class Family:
    """Which chapter is open; the field's name is a parameter of the link."""

    chapter: str = choice("compare", CHAPTERS, label="chapter")

    def __post_init__(self) -> None:
        check(self)


def settings() -> tuple[type, ...]:
    """Return the settings classes of the open chapter."""
    chapter = controls.values(Family).chapter
    return {"localise": EVERY[:2], "landmarks": EVERY[2:]}.get(chapter, ())


def family_part(left, right) -> None:
    """Draw the open chapter."""
    match controls.values(Family).chapter:
        case "compare":
            compare.compare_part(left, right)
        case "localise":
            localise.localise_part(left, right)
        case "landmarks":
            landmarks.landmarks_part(left, right)
        case "window":
            window.window_part(left, right)
