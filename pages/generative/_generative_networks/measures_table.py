"""The levels in words, and the tables of what was measured at each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.generative.comparison import Compared, value_names, world_frequencies
from engine.generative.sampling import NO_TRUNCATION
from engine.generative.spoiling import BLUR, DROPPED, NOISE, TRUNCATION, dropped_modes

if TYPE_CHECKING:
    from pages.generative._generative_networks.measures_part import Levels

SECOND = "a second real sample"
UNITS = {BLUR: "blur, σ {:g} px", NOISE: "noise, σ {:g}", TRUNCATION: "z cut at ± {:g}"}
NOT_AT_ALL = "as they are"


def in_words(levels: Levels, one: Compared) -> str:
    """Say what was done at a level."""
    spoil = levels.settings.measure_spoil
    if spoil == DROPPED:
        return f"without {', '.join(dropped_modes(levels.world, int(one.amount)))}" if one.amount else NOT_AT_ALL
    if one.amount == (NO_TRUNCATION if spoil == TRUNCATION else 0):
        return NOT_AT_ALL
    return UNITS[spoil].format(one.amount)


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
