"""What the detection page shows: its parts, its sources, and the settings that only concern the screen."""

from __future__ import annotations

from dataclasses import dataclass

from engine.settings import check, choice, integer

PARTS = {"live": "Live", "xray": "X-ray", "measures": "Measures", "family": "The family"}
SOURCES = {
    "sample": "Sample",
    "picture": "Picture",
    "snapshot": "Snapshot",
    "camera": "Camera",
    "video": "Video",
}
AUTO = "auto"


@dataclass(frozen=True)
class View:
    """Settings of the screen; the field names are parameters of the link."""

    part: str = choice("live", PARTS, label="part of the page")
    source: str = choice("sample", SOURCES, label="source")
    scene: int = integer(7, 0, 499, label="scene", help="Which of our own drawn scenes: each number is another one.")

    def __post_init__(self) -> None:
        check(self)
