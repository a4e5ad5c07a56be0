"""How often a movement was repeated, from one angle over time: a Schmitt trigger.

    bent where the angle is below  low  = least + .40 · (greatest − least)
    straight where it is above     high = least + .75 · (greatest − least);    between the two it stays what it was

One repetition is: away from where the person began, and back. Two thresholds, and not one, because an angle that
trembles about a single one would count at every crossing; this is hysteresis. The thresholds are taken from the range
of all angles so far and the count is made anew from all of them: so a small movement at the beginning, which was the
whole range then, does not count once larger ones have come.

Conventions: degrees; an angle that is NaN, not known, is skipped. Below `LEAST_RANGE` nothing has moved.

Reference: O. H. Schmitt, "A thermionic trigger", Journal of Scientific Instruments 15 (1938).
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

import numpy as np

LOW, HIGH = 0.40, 0.75  # of the range
LEAST_RANGE = 25.0  # degrees
MAX_ANGLES = 20_000  # of which a count is made: 20 minutes at 15 a second


def thresholds_of(angles: Sequence[float]) -> tuple[float, float] | None:
    """Return (low, high) for these angles, or None where they do not move by `LEAST_RANGE`."""
    known = np.asarray(angles, float)
    known = known[~np.isnan(known)]
    if not len(known) or np.ptp(known) < LEAST_RANGE:
        return None
    least, width = float(known.min()), float(np.ptp(known))
    return least + LOW * width, least + HIGH * width


def count_repetitions(angles: Sequence[float], low: float, high: float) -> int:
    """Return how often the angle went to the other side of both thresholds and came back."""
    angles = np.asarray(angles, float)
    sides = np.where(angles < low, -1, np.where(angles > high, 1, 0))  # NaN compares as neither
    sides = sides[sides != 0]
    changes = sides[1:][sides[1:] != sides[:-1]]
    return int((changes == sides[0]).sum()) if len(sides) else 0


class Repetitions:
    """A count that goes on: angles come one by one."""

    def __init__(self) -> None:
        self._angles: deque[float] = deque(maxlen=MAX_ANGLES)

    def add(self, angle: float) -> None:
        """Take the next angle; NaN is skipped."""
        if not math.isnan(angle):
            self._angles.append(angle)

    @property
    def thresholds(self) -> tuple[float, float] | None:
        """The (low, high) in use, or None where nothing has moved."""
        return thresholds_of(self._angles)

    @property
    def count(self) -> int:
        """How many repetitions there were in the last `MAX_ANGLES` angles."""
        thresholds = self.thresholds
        return count_repetitions(self._angles, *thresholds) if thresholds else 0
