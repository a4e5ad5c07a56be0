"""Limits on uploaded annotations, one box as a file gives it, and the checks on its values.

Conventions: a limit is inclusive; coordinates in px, areas in px².
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.errors import InvalidInput, constraint
from engine.io.csv_text import NUMBER

MAX_IMAGES = 10_000
MAX_CLASSES = 1_000
MAX_BOXES = 200_000
MAX_BOXES_PER_IMAGE = 1_000
MAX_COORDINATE_PX = 1_000_000.0
MAX_AREA_PX2 = MAX_COORDINATE_PX**2
MAX_SCORE = 1e6  # a score need not be a probability
MAX_JSON_COMMAS = 4_000_000  # they bound the values a file holds before it is parsed; brackets bound its lists
MAX_JSON_BRACKETS = 600_000
MAX_XML_BYTES = 1_000_000
MAX_XML_DEPTH = 20


@dataclass(frozen=True)
class RawBox:
    """One box as its file gives it.

    Attributes:
        image: the image's key, an id or a name.
        category: the class, an id or a name.
        corners: x1, y1, x2, y2.
        score: of a detection.
        area: of a truth's object, where it is given.
        is_crowd, is_difficult: of a truth.
    """

    image: int | str
    category: int | str
    corners: tuple[float, float, float, float]
    score: float = 1.0
    area: float | None = None
    is_crowd: bool = False
    is_difficult: bool = False


def shown(value: object) -> str:
    """Return text that cannot act as markup on a page: letters, digits, spaces and `._-`, at most 60 characters."""
    text = value if isinstance(value, str) else str(value) if isinstance(value, int | float) else type(value).__name__
    return re.sub(r"[^\w .-]", "_", text[:60])


def number(value: object, what: str, low: float, high: float) -> float:
    """Return a number, or a text that spells one, as a float.

    Raises:
        InvalidInput: anything else, or out of [low, high].
    """
    if isinstance(value, str) and len(value) <= 40 and NUMBER.fullmatch(value.strip()):
        value = float(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not low <= value <= high:  # also refuses NaN
        raise InvalidInput(constraint(what, f"a number from {low:g} to {high:g}", shown(value)))
    return float(value)


def corners(values: object, what: str, form: str) -> tuple[float, float, float, float]:
    """Return x1, y1, x2, y2 of four numbers that are those, or x, y, width and height.

    Raises:
        InvalidInput: not four numbers within `MAX_COORDINATE_PX`, or x2 < x1 or y2 < y1.
    """
    if not isinstance(values, list | tuple) or len(values) != 4:
        raise InvalidInput(constraint(what, "a box of four numbers", shown(values)))
    x1, y1, a, b = (number(value, what, -MAX_COORDINATE_PX, MAX_COORDINATE_PX) for value in values)
    x2, y2 = (x1 + a, y1 + b) if form == "xywh" else (a, b)
    if x2 < x1 or y2 < y1:
        advice = "Give width and height that are not negative." if form == "xywh" else "Give x1 ≤ x2 and y1 ≤ y2."
        raise InvalidInput(constraint(what, "a box that is not inside out", f"{x1:g} {y1:g} {a:g} {b:g}", advice))
    return x1, y1, x2, y2
