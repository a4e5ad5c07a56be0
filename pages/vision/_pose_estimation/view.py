"""What the pose page shows: its parts, its sources, and the settings that only concern the screen.

The names differ from those of the detection page, for a visitor's session keeps both.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.settings import check, choice, integer
from pages._ui.sources import SOURCES

PARTS = {"live": "Live", "methods": "Four methods", "measures": "Measures"}


@dataclass(frozen=True)
class View:
    """Settings of the screen; the field names are parameters of the link."""

    pose_part: str = choice("live", PARTS, label="part of the page")
    pose_source: str = choice("sample", SOURCES, label="source")
    figure: int = integer(20, 0, 499, label="picture", help="Which of our own drawn pictures: each number is another.")

    def __post_init__(self) -> None:
        check(self)
