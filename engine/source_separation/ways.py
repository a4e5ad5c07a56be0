"""A way to take a sound apart: a method of the table with its settings, or ideal masks made from the true stems.

Conventions: as in `separator`. A way is plain data: a job is given it, and makes the separator itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import InvalidInput, constraint
from engine.source_separation import ideal_masks, median_filtering, models
from engine.source_separation.ideal_masks import IdealMasks
from engine.source_separation.median_filtering import MedianFiltering
from engine.source_separation.separator import Separator

IDEAL_MASKS = "IDEAL_MASKS"


@dataclass(frozen=True)
class Way:
    """Which method, and how.

    Attributes:
        key: of `models.MODELS`, or `IDEAL_MASKS`.
        settings: of median filtering or ideal masks; None for their defaults, and for a network.
    """

    key: str
    settings: MedianFiltering | IdealMasks | None = None

    @property
    def title(self) -> str:
        """Its name on a screen, with what sets it apart from the same method set otherwise."""
        if self.key == IDEAL_MASKS:
            return f"Ideal masks, {ideal_masks.SHORT[(self.settings or IdealMasks()).kind]}"
        own = models.get(self.key).title
        if self.key != models.MEDIAN_FILTERING or self.settings in (None, MedianFiltering()):
            return own
        one = self.settings
        return f"{own}, {one.n_frames} frames × {one.n_frequencies} bins, p = {one.exponent:g}, {one.window}"

    def make(self, truth: Mapping[str, Tensor] | None = None) -> Separator:
        """Return the separator, which for ideal masks takes what `mixture_for` gives.

        Raises:
            InvalidInput: no such method, or ideal masks without the true stems.
            WeightsError: the method's file cannot be had.
        """
        if self.key == IDEAL_MASKS:
            if not truth:
                advice = "Choose a song whose stems are known, or mix one yourself."
                raise InvalidInput(constraint("The true stems", "known for ideal masks", "none", advice))
            return ideal_masks.separator(tuple(truth), self.settings)
        if self.key == models.MEDIAN_FILTERING:
            return median_filtering.separator(self.settings)
        return models.get(self.key).make(None)

    def mixture_for(self, song: Tensor, truth: Mapping[str, Tensor] | None) -> Tensor:
        """Return what the separator takes of a song (C, T): itself, or for ideal masks all true stems (S · C, T)."""
        return torch.cat(list(truth.values())) if self.key == IDEAL_MASKS else song
