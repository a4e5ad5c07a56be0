"""What can be set in the part "Transfer"; the field names are parameters of the link."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from engine.settings import check, choice, default_of, integer, limits_of, real
from engine.style_transfer.gatys import Gatys
from engine.style_transfer.transfer import Around

GATYS, JOHNSON, ADAIN, ALL = "gatys", "johnson", "adain", "all"
METHODS = {GATYS: "Gatys", JOHNSON: "Johnson", ADAIN: "AdaIN", ALL: "side by side"}
SENTENCES = {
    GATYS: "optimises the picture itself, for this pair alone",
    JOHNSON: "has learned one style, and paints any picture in it in one pass",
    ADAIN: "takes mean and spread of each feature from any style picture",
}


def same(settings: type, name: str, default: Any = None) -> Any:
    """Declare a field like another class's, for which the link needs a name of its own."""
    default = default_of(settings, name) if default is None else default
    return field(default=default, metadata={"limits": limits_of(settings)[name]})


@dataclass(frozen=True)
class Transfer:
    """How the style is put onto the picture."""

    style_method: str = choice(
        JOHNSON, METHODS, label="method", help="  \n".join(f"**{METHODS[k]}** {text}." for k, text in SENTENCES.items())
    )
    style_strength: float = same(Around, "strength")
    style_colours: str = same(Around, "colours")
    style_of_scale: float = same(Gatys, "style_scale")
    style_preview_px: int = integer(192, 96, 512, step=32, label="size of the preview", unit="px")
    style_weight_ratio: float = real(
        20.0, 0.05, 500.0, scale="log", label="style over content β/α", help="More style, or more of the picture."
    )
    style_full_px: int = integer(
        1024,
        256,
        6000,
        label="longer side in full size",
        unit="px",
        help="At most 24 megapixels in all. What Gatys' method painted is enlarged along the photograph's edges.",
    )
    style_detail_px: int = integer(384, 192, 1024, step=64, label="side that is optimised for it", unit="px")
    style_preview_steps: int = integer(90, 10, 600, step=10, label="steps of Gatys")

    def __post_init__(self) -> None:
        check(self)

    @property
    def around(self) -> Around:
        """What is done around the method."""
        return Around(self.style_strength, self.style_colours)

    @property
    def gatys(self) -> Gatys:
        """The settings of the optimisation."""
        return Gatys(
            size_px=self.style_preview_px,
            style_weight=self.style_weight_ratio,
            steps=self.style_preview_steps,
            style_scale=self.style_of_scale,
        )

    @property
    def gatys_in_full(self) -> Gatys:
        """The settings of the optimisation for the full size."""
        return replace(self.gatys, size_px=self.style_detail_px, levels=4)
