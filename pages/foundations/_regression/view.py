"""What the regression page shows: its parts, and the settings that only concern the screen."""

from __future__ import annotations

from dataclasses import dataclass

from engine.settings import check, choice, integer

PARTS = {
    "fit": "Fit",
    "update": "One update",
    "scaling": "Scaling",
    "exact": "Exact solution",
    "diagnosis": "Diagnosis",
    "hill": "Several minima",
    "race": "Race",
}


@dataclass(frozen=True)
class View:
    """Settings of the screen; the field names are parameters of the link."""

    part: str = choice("fit", PARTS, label="part of the page")
    cost: str = choice("contour", {"contour": "contour", "surface": "surface"}, label="cost as")
    term: int = integer(1, 1, 500, label="parameter shown beside θ₀", help="Which θ_j the pictures of the cost move.")

    def __post_init__(self) -> None:
        check(self)


SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def theta_name(j: int) -> str:
    """Return "θ₁₂" for 12."""
    return "θ" + str(j).translate(SUBSCRIPT)
