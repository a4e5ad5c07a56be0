"""What a kind of style picture is: a name, a sentence, good seeds, and the function that paints it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.datasets.chance import Chance


@dataclass(frozen=True)
class Kind:
    """One kind.

    Attributes:
        title: its name on a screen.
        about: one sentence on how it is made.
        hung: the seeds that look best, the best first.
        paint: (chance, px) → (px, px, 3) float32 sRGB in [0, 1]; it draws the same numbers whatever px is.
    """

    title: str
    about: str
    hung: tuple[int, ...]
    paint: Callable[[Chance, int], np.ndarray]
