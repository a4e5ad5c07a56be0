"""The model that a page uses: the visitor's choice, fetched where that takes no asking, or what is in the box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.errors import EngineError
from engine.weights.model_table import ModelTable
from pages._ui.fetching import fetched


@dataclass(frozen=True)
class Chosen:
    """The model in use.

    Attributes:
        key: in its table.
        model: ready to use.
        note: why it is this one, where it is not the one asked for.
    """

    key: str
    model: Any
    note: str = ""


def chosen(table: ModelTable, asked: str, box: str) -> Chosen:
    """Return the model asked for, fetching a small file; until it can be had, the one in the box.

    Raises:
        EngineError: even the one in the box cannot be loaded.
    """
    if not table.is_here(asked):
        why = fetched(table[asked].weights, table[asked].title)
        if why:
            return _instead(table, asked, why, box)
    try:
        return Chosen(asked, table[asked].make(None))
    except EngineError as error:  # a damaged file
        return _instead(table, asked, str(error), box)


def sentences(table: ModelTable) -> str:
    """Return what each model is, for the help of a choice."""
    return "  \n".join(f"**{one.title}**: {one.sentence}" for one in table.values())


def _instead(table: ModelTable, asked: str, why: str, box: str) -> Chosen:
    said = f"{table[asked].title} is not here. {why}"
    return Chosen(box, table[box].make(None), f"{said} Until then: {table[box].title}.")
