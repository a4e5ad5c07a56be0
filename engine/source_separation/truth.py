"""Which true stems a found stem answers: the one place where the names of two methods meet.

    drums, percussive  ↔  every stem that is drums
    bass               ↔  every stem that is bass
    vocals, speech     ↔  every stem that is a voice
    other              ↔  every stem that is none of the three
    harmonic           ↔  every stem that is not drums
    noise              ↔  every stem that is not a voice
    a stem found under a true stem's own name (ideal masks)  ↔  that one

Of several true stems the truth is their sum. A found stem whose kind is not in the mixture has a silent truth.

Conventions: kinds are those of `separator.STEMS`; truths are float (S, C, T).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import torch
from torch import Tensor

from engine.source_separation.separator import STEMS

_WORDS = {  # the first that is in a name decides
    "drums": r"drum|perc|beat|kick|snare|cymbal|hi ?hat|\bhats?\b|clap",
    "bass": r"bass|\bsub\b",
    "vocals": r"vocal|voice|\bvox\b|sing|speech|choir|acapella|a cappella|lead voc",
}
_ANSWERED: dict[str, tuple[str, ...]] = {
    **{stem: (stem,) for stem in STEMS},
    "percussive": ("drums",),
    "harmonic": ("bass", "other", "vocals"),
    "speech": ("vocals",),
    "noise": ("drums", "bass", "other"),
}


def kind_of(name: str) -> str:
    """Return which of `STEMS` a file or a track of this name most likely is."""
    plain = re.sub(r"[_\W]+", " ", name.lower())
    return next((kind for kind, words in _WORDS.items() if re.search(words, plain)), "other")


def answers(found: Sequence[str], names: Sequence[str], kinds: Sequence[str]) -> list[tuple[int, ...]]:
    """Return, for each found stem, the places of the true stems that it answers.

    Args:
        found: names of the stems that a method finds.
        names, kinds: of the true stems.
    """
    if tuple(found) == tuple(names):
        return [(k,) for k in range(len(names))]
    return [tuple(k for k, kind in enumerate(kinds) if kind in _ANSWERED.get(stem, ())) for stem in found]


def told(answered: Sequence[int], names: Sequence[str]) -> str:
    """Return what a found stem is compared with, in words."""
    return " + ".join(names[k] for k in answered) or "nothing"


def true_stems(truths: Tensor, answered: Sequence[Sequence[int]]) -> Tensor:
    """Return the truth (S', C, T) of each found stem."""
    return torch.stack([truths[list(places)].sum(0) for places in answered])
