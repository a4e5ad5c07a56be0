"""Whose features are compared: the networks that are at hand, and which is used where none is chosen."""

from __future__ import annotations

from engine.runtime import models as pool
from engine.style_transfer.random_filters import RandomFilters
from pages._ui.model_choice import Chosen

IN_THE_BOX = "RANDOM_FILTERS"


def feature_network() -> Chosen:
    """Return the feature network in use."""
    return Chosen(IN_THE_BOX, pool().get(IN_THE_BOX, RandomFilters))
