"""The levels in words, and the tables of what was measured at each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.generative import spoiling
from engine.generative.comparison import Compared, value_names, world_frequencies

if TYPE_CHECKING:
    from pages.generative._generative_networks.measures_part import Levels

SECOND = "a second real sample"


def in_words(levels: Levels, one: Compared) -> str:
    """Say what was done at a level."""
    return spoiling.in_words(levels.settings.measure_spoil, levels.world, one.amount)


def measures(levels: Levels) -> dict[str, list]:
    """Return a row for the second real sample, and one for every level."""
    rows = [(SECOND, levels.found[0].second), *((in_words(levels, one), one.made) for one in levels.found)]
    found: dict[str, list] = {"pictures": [name for name, _ in rows]}
    found["Fréchet distance"] = [round(one.frechet, 2) for _, one in rows]
    for name in ("precision", "recall", "density", "coverage"):
        found[name] = [round(getattr(one.shares, name), 4) for _, one in rows]
    return found


def shares(levels: Levels) -> dict[str, list]:
    """Return how often each value was read, in each sample, and how often it is in the world."""
    names = value_names(levels.world)
    found: dict[str, list] = {"attribute": [one for one, _ in names], "value": [value for _, value in names]}
    found["the world"] = world_frequencies(levels.world)
    for one in levels.found:
        found[in_words(levels, one)] = [round(float(share), 4) for share in one.made.sample.frequencies]
    return found
