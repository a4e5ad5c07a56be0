"""What the detection page shows: its parts, its sources, and the settings that only concern the screen."""

from __future__ import annotations

from dataclasses import dataclass

from engine.settings import check, choice, integer
from pages._ui.sources import SOURCES

PARTS = {"live": "Live", "xray": "X-ray", "measures": "Measures", "family": "The family"}
CHAPTERS = {
    "compare": "All methods",
    "localise": "One object",
    "landmarks": "Landmarks",
    "window": "Sliding window",
}


@dataclass(frozen=True)
class View:
    """Settings of the screen; the field names are parameters of the link."""

    part: str = choice("live", PARTS, label="part of the page")
    source: str = choice("sample", SOURCES, label="source")
    scene: int = integer(7, 0, 499, label="scene", help="Which of our own drawn scenes: each number is another one.")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Family:
    """Which chapter of the family is open; the field's name is a parameter of the link."""

    chapter: str = choice("compare", CHAPTERS, label="chapter")

    def __post_init__(self) -> None:
        check(self)
