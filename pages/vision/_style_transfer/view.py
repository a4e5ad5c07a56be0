"""What the style page shows: its parts, its pair of pictures, and the settings that only concern the screen."""

from __future__ import annotations

from dataclasses import dataclass

from engine.datasets.content_pictures import CONTENT
from engine.datasets.style_pictures import KINDS, MAX_SEED
from engine.settings import check, choice, integer, real

PAGE = "style"
PARTS = {
    "transfer": "Transfer",
    "watch": "Watch it optimise",
    "live": "Live",
    "inside": "Inside",
    "measured": "Measured",
}
CONTENT_SOURCES = {"sample": "Box", "picture": "File", "snapshot": "Camera"}
STYLE_SOURCES = {"sample": "Box", "picture": "File"}
NONE = "none"
_STYLES = {name: kind.title for name, kind in KINDS.items()}


@dataclass(frozen=True)
class View:
    """Which part is open; the field name is a parameter of the link."""

    style_part: str = choice("transfer", PARTS, label="part of the page")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Pair:
    """Which picture, in which style; the field names are parameters of the link."""

    content_source: str = choice("sample", CONTENT_SOURCES, label="picture")
    content: str = choice("cat", {name: one.title for name, one in CONTENT.items()}, label="picture in the box")
    style_source: str = choice("sample", STYLE_SOURCES, label="style")
    style_kind: str = choice("swirls", _STYLES, label="style picture")
    style_variant: int = integer(
        0, 0, MAX_SEED, label="variation", help="Another number is another picture of the same kind."
    )
    second_style: str = choice(
        NONE, {NONE: "none", **_STYLES}, label="second style", help="Both styles are mixed, everywhere alike."
    )
    second_share: float = real(0.5, 0.0, 1.0, step=0.05, label="share of the second style")

    def __post_init__(self) -> None:
        check(self)
