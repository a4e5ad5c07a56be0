"""Drawing a style picture: by its kind and seed for the page, or at random for training.

A picture smaller than 256 px is painted larger by a whole number and averaged, so that fine work stays fine.

Conventions: pictures are float32 (3, H, W) sRGB in [0, 1], square. The same kind and seed give the same picture, at any
size: what is painted, and where, depends on the seed alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from engine.datasets.chance import Chance
from engine.datasets.drawn_size import check_whole
from engine.datasets.style_pictures.kinds import KINDS
from engine.errors import InvalidInput, constraint
from engine.runtime.seeds import child_seed, generator
from engine.settings import check, choice, integer

MIN_PX, MAX_PX = 64, 2048
MAX_SEED = 9999
_PAINT_PX = 256


@dataclass(frozen=True)
class StylePicture:
    """Which picture, and how large."""

    kind: str = choice(
        "swirls", {name: kind.title for name, kind in KINDS.items()}, label="kind", help="How the picture is made."
    )
    seed: int = integer(16, 0, MAX_SEED, label="seed", help="Another seed is another picture of the same kind.")
    size_px: int = integer(512, MIN_PX, MAX_PX, label="size", unit="px", help="Both sides of the picture.")

    def __post_init__(self) -> None:
        check(self)


def draw(settings: StylePicture) -> Tensor:
    """Return the picture, float32 (3, size_px, size_px) in [0, 1]."""
    chance = Chance(generator(child_seed(settings.seed, f"style picture, {settings.kind}")))
    return _painted(settings.kind, chance, settings.size_px)


def draw_random(random: torch.Generator, size_px: int, kind: str | None = None) -> Tensor:
    """Return a picture that no seed of the page gives, float32 (3, size_px, size_px) in [0, 1].

    Args:
        random: where its numbers come from.
        size_px: 64 to 2048.
        kind: one of KINDS, or None for any of them.

    Raises:
        InvalidInput: a size or kind that there is not.
    """
    check_whole("size", size_px, MIN_PX, MAX_PX)
    if kind is not None and kind not in KINDS:
        raise InvalidInput(constraint("kind", f"one of {', '.join(KINDS)}", kind))
    chance = Chance(generator(int(torch.randint(2**62, (), generator=random))))
    return _painted(kind or chance.one_of(tuple(KINDS)), chance, size_px)


def _painted(kind: str, chance: Chance, size_px: int) -> Tensor:
    finer = -(-_PAINT_PX // size_px)
    painted = KINDS[kind].paint(chance, size_px * finer)
    if finer > 1:
        painted = cv2.resize(painted, (size_px, size_px), interpolation=cv2.INTER_AREA)
    return torch.from_numpy(np.clip(painted, 0, 1).astype(np.float32).transpose(2, 0, 1).copy())
