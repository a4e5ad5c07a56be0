"""What a picture is of, before any style: landscapes, water, gardens, towns, still lifes and plain forms.

A composition is laid on a board of any number of pixels from the same random numbers, so it is the same at any size.

Conventions: colours come from a palette's roles; `suns` are the round lights (x, y, radius) in sides of the picture,
around which a flow may turn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.style_pictures.board import Board
from engine.datasets.style_pictures.gardens import bouquet, garden, still_life
from engine.datasets.style_pictures.landscapes import hills, night, sea, town, valley
from engine.datasets.style_pictures.palettes import Palette
from engine.datasets.style_pictures.plain_forms import bands, bird, discs, fish
from engine.datasets.style_pictures.waves import great_waves

SKETCH_PX = 320


@dataclass(frozen=True)
class Sketch:
    """A composition: colours (px, px, 3) in [0, 1], regions (px, px), suns (n, 3)."""

    colour: np.ndarray
    region: np.ndarray
    suns: np.ndarray

    @property
    def grey(self) -> np.ndarray:
        """Return the luminance (px, px) in [0, 1]."""
        return self.colour @ np.array([0.299, 0.587, 0.114], np.float32)

    def at(self, points: np.ndarray) -> np.ndarray:
        """Return the colours (n, 3) at points (n, 2), the nearest pixel's."""
        row, column = self._cell(points)
        return self.colour[row, column]

    def region_at(self, points: np.ndarray) -> np.ndarray:
        """Return the regions (n,) at points (n, 2)."""
        row, column = self._cell(points)
        return self.region[row, column]

    def _cell(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        cell = np.clip((points * len(self.region)).astype(int), 0, len(self.region) - 1)
        return cell[..., 1], cell[..., 0]


Composer = Callable[[Chance, Palette, int], tuple[Board, list[tuple[float, float, float]]]]

COMPOSITIONS: Mapping[str, Composer] = MappingProxyType(
    {
        "night": night,
        "sea": sea,
        "hills": hills,
        "valley": valley,
        "town": town,
        "garden": garden,
        "bouquet": bouquet,
        "still life": still_life,
        "discs": discs,
        "bands": bands,
        "bird": bird,
        "fish": fish,
        "great waves": great_waves,
    }
)


def compose(chance: Chance, colours: Palette, names: tuple[str, ...], px: int = SKETCH_PX) -> Sketch:
    """Return one of the named compositions."""
    board, suns = COMPOSITIONS[chance.one_of(names)](chance, colours, px)
    return Sketch(np.clip(board.colour, 0, 1), board.region, np.array(suns, np.float32).reshape(-1, 3))
