"""Ways to make generated pictures worse, little by little, so that one sees which measure notices what.

    truncation   z is cut at ± t: every picture is safe, and all become alike
    dropped      modes are left out: no curly hair any more, no nines
    blur         a Gaussian of standard deviation σ over each picture
    noise        N(0, σ²) on every pixel

Conventions: pictures are float (N, C, side, side) in [0, 1]; σ of blur in pixels, of noise in parts of white. Levels
begin with the pictures as they are.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torchvision.transforms import functional as transforms

from engine.datasets.avatars import FREQUENCIES
from engine.datasets.glyphs import DIGITS
from engine.generative.sampling import NO_TRUNCATION

TRUNCATION, DROPPED, BLUR, NOISE = "truncation", "dropped", "blur", "noise"
SPOILS = {DROPPED: "modes dropped", TRUNCATION: "truncation", BLUR: "blur", NOISE: "noise"}
LEVELS = {
    TRUNCATION: (NO_TRUNCATION, 2.0, 1.5, 1.0, 0.7, 0.4, 0.2),
    BLUR: (0.0, 0.5, 1.0, 1.5, 2.0, 3.0),
    NOISE: (0.0, 0.02, 0.05, 0.1, 0.2, 0.4),
}
WORDS = {BLUR: "blur, σ {:g} px", NOISE: "noise, σ {:g}", TRUNCATION: "z cut at ± {:g}"}
NOT_AT_ALL = "as they are"
MODE = "hair"  # the attribute of avatars whose values are dropped, the rarest first
MOST_DROPPED = {"avatars": 4, "glyphs": 6}  # more than a third of the pictures is left: what is painted suffices
POOL = 3  # times as many pictures are painted where modes are dropped


def levels(spoil: str, world: str) -> tuple[float, ...]:
    """Return by how much, from not at all to a lot."""
    if spoil == DROPPED:
        return tuple(float(k) for k in range(MOST_DROPPED[world] + 1))
    return LEVELS[spoil]


def dropped_modes(world: str, n: int) -> tuple[str, ...]:
    """Return the names of the n modes that are left out."""
    if world == "glyphs":
        return tuple(reversed(DIGITS))[:n]
    return tuple(sorted(FREQUENCIES[MODE], key=FREQUENCIES[MODE].get))[:n]


def in_words(spoil: str, world: str, amount: float) -> str:
    """Say what was done to the pictures of a level, such as "without 9, 8"."""
    if spoil == DROPPED:
        return f"without {', '.join(dropped_modes(world, int(amount)))}" if amount else NOT_AT_ALL
    return NOT_AT_ALL if amount == LEVELS[spoil][0] else WORDS[spoil].format(amount)


def spoiled(pictures: Tensor, spoil: str, amount: float, chance: torch.Generator) -> Tensor:
    """Return the pictures with blur or noise; as they are for the other ways, or an amount of 0."""
    if spoil == BLUR and amount:
        width = 2 * int(3 * amount + 0.5) + 1
        width = min(width, 2 * ((pictures.shape[-1] - 1) // 2) - 1)
        return transforms.gaussian_blur(pictures, [width, width], [amount, amount])
    if spoil == NOISE and amount:
        return (pictures + amount * torch.randn(pictures.shape, generator=chance)).clamp(0, 1)
    return pictures
