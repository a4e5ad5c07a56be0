"""Figures with what each of them is: COCO's tables on a page and in a file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

DIGITS = 4


def figure_columns(figures: Mapping[str, float], meanings: Mapping[str, str]) -> dict[str, list]:
    """Return the columns figure, value and what it is; a value that is not a number is None."""
    values = [known(figures[name]) for name in meanings]
    return {"figure": list(meanings), "value": values, "what it is": list(meanings.values())}


def figure_markdown(columns: Mapping[str, Sequence]) -> str:
    """Write the columns as a table whose text wraps."""
    rows = zip(*columns.values(), strict=True)
    body = (f"| {name} | {_written(value)} | {what} |" for name, value, what in rows)
    return "\n".join(["| figure | value | what it is |", "|---|---:|---|", *body])


def known(value: float) -> float | None:
    """Return a number, or None for one that is none."""
    return None if math.isnan(value) else float(value)


def _written(value: float | None) -> str:
    return "–" if value is None else f"{value:.{DIGITS}f}"
