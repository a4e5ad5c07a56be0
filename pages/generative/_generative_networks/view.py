"""What the page of generative networks shows: its parts."""

from __future__ import annotations

from dataclasses import dataclass

from engine.settings import check, choice

PARTS = {
    "plane": "Two dimensions",
    "best": "The best D",
    "faces": "Faces",
    "digits": "Digits",
    "judge": "The judge",
    "measures": "Measures",
    "train": "Train here",
}


@dataclass(frozen=True)
class View:
    """Settings of the screen; the field names are parameters of the link."""

    gan_part: str = choice("plane", PARTS, label="part of the page")

    def __post_init__(self) -> None:
        check(self)
