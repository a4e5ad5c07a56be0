"""Which method paints the camera's picture; the field name is a parameter of the link."""

from __future__ import annotations

from dataclasses import dataclass

from engine.settings import check, choice
from pages.vision._style_transfer.transfer_settings import ADAIN, JOHNSON, METHODS


@dataclass(frozen=True)
class LiveMethod:
    """The method of one pass."""

    live_method: str = choice(JOHNSON, {key: METHODS[key] for key in (JOHNSON, ADAIN)}, label="live method")

    def __post_init__(self) -> None:
        check(self)
