"""The rows that a visitor chooses a model from: a task's table.

Importing this module imports no torch: a page lists the models before any is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.errors import InvalidInput, constraint
from engine.weights.declaration import Bundled, Weights
from engine.weights.files import state

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Model:
    """One row of the table.

    Attributes:
        key: the weights' name, or one of its own where there is no file.
        title: its name on a screen.
        sentence: what it is.
        weights: its file, or None where a library brings it.
        make: makes the model on a device (None: the chosen one), fetching the file if it is not here.
    """

    key: str
    title: str
    sentence: str
    weights: Weights | None
    make: Callable[[torch.device | str | None], Any]

    @property
    def kind(self) -> str:
        """ "box" for what comes with Tangent, "download" for the rest."""
        return "box" if self.weights is None or isinstance(self.weights.source, Bundled) else "download"


class ModelTable(dict[str, Model]):
    """Key → row, in the order in which they are shown."""

    def __init__(self, rows: Iterable[Model]) -> None:
        super().__init__((row.key, row) for row in rows)

    def row(self, key: str) -> Model:
        """Return the row of this key.

        Raises:
            InvalidInput: there is none; the text lists the keys there are.
        """
        if key not in self:
            raise InvalidInput(constraint("model", f"one of {', '.join(self)}", key))
        return self[key]

    def is_here(self, key: str) -> bool:
        """Whether the model can be made without a download; raises as `row`."""
        weights = self.row(key).weights
        return weights is None or state(weights) in ("bundled", "here")
