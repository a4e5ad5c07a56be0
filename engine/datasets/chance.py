"""Random choices for one picture or song, served one after another from a torch generator.

Conventions: every number comes from the one generator given, so that what is drawn depends on its seed alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import torch

_BLOCK = 512
T = TypeVar("T")


class Chance:
    """A stream of random choices; the numbers are drawn in blocks, because a call of torch costs more than a number."""

    def __init__(self, generator: torch.Generator) -> None:
        self._generator = generator
        self._block: list[float] = []

    def unit(self) -> float:
        """Return a number in [0, 1)."""
        if not self._block:
            self._block = torch.rand(_BLOCK, generator=self._generator, dtype=torch.float64).tolist()
        return self._block.pop()

    def between(self, low: float, high: float) -> float:
        """Return a number in [low, high)."""
        return low + (high - low) * self.unit()

    def around(self, centre: float, spread: float) -> float:
        """Return a number near `centre`: the sum of three uniform ones, with standard deviation `spread`."""
        return centre + 2 * spread * (self.unit() + self.unit() + self.unit() - 1.5)

    def whole(self, n: int) -> int:
        """Return a whole number from 0 to n − 1."""
        return int(self.unit() * n)

    def happens(self, probability: float) -> bool:
        """Return whether something of this probability happens."""
        return self.unit() < probability

    def one_of(self, choices: Sequence[T]) -> T:
        """Return one of the choices, each as likely as the others."""
        return choices[int(self.unit() * len(choices))]

    def weighted(self, choices: dict[T, float]) -> T:
        """Return one of the keys, in proportion to its weight."""
        left = self.unit() * sum(choices.values())
        for choice, weight in choices.items():
            left -= weight
            if left < 0:
                return choice
        return choice

    def numbers(self, *shape: int) -> np.ndarray:
        """Return numbers in [0, 1), float64, of the given shape."""
        return torch.rand(shape, generator=self._generator, dtype=torch.float64).numpy()
