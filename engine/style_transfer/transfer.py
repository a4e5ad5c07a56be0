"""A picture in another style by any of the methods, with what is done around all of them alike.

    result = x + s · m (c(f(x, y)) − x)

x is the photograph, y the style picture, f the method, c keeps the photograph's colours if that is asked for, m is a
painted mask and s the strength.

Conventions: pictures from outside are float (3, H, W), RGB, in [0, 1]; those of snapshots uint8 (3, h, w).

Reference: L. A. Gatys, A. S. Ecker, M. Bethge, "Image style transfer using convolutional neural networks", CVPR 2016.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.settings import check, choice, real
from engine.style_transfer.colour import keeping
from engine.style_transfer.features import FeatureNetwork
from engine.style_transfer.gatys import Gatys, optimise
from engine.style_transfer.mask import apply_mask, draw_mask
from engine.style_transfer.objective import Losses
from engine.style_transfer.sizes import fit, longest

STYLE = "style"
COLOURS = {STYLE: "the style's", "luminance": "kept, only lightness is new", "histogram": "kept, mean and spread"}


@dataclass(frozen=True)
class Around:
    """What is done around a method."""

    strength: float = real(1.0, 0.0, 1.0, step=0.05, label="strength", help="0: the photograph as it was.")
    colours: str = choice(STYLE, COLOURS, label="colours", help="The style's, or those of the photograph, in two ways.")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Transferred:
    """How far a transfer is.

    Attributes:
        step, total_steps: of the run; both 1 for a method of one pass.
        picture: uint8 (3, h, w).
        losses: J and its parts, or None of a method of one pass.
    """

    step: int
    total_steps: int
    picture: Tensor
    losses: Losses | None = None


def by_optimisation(
    network: FeatureNetwork,
    content: Tensor,
    styles: Sequence[Tensor],
    mix: Sequence[float],
    settings: Gatys,
) -> Iterator[Transferred]:
    """Yield what the method of Gatys et al. has after each step, not yet `finished`; errors as of `optimise`."""
    for one in optimise(network, content, styles, settings, mix):
        yield Transferred(one.step, one.total_steps, one.picture, one.losses)


def in_one_pass(paint: Callable[[Tensor], Tensor], content: Tensor, size_px: int) -> Iterator[Transferred]:
    """Yield once: the picture, made `size_px` long, as a feed-forward method `paint` paints it."""
    painted = paint(longest(content[None], size_px)[0])
    yield Transferred(1, 1, painted.clamp(0, 1).mul(255).round().to(torch.uint8).cpu())


def finished(content: Tensor, result: Tensor, around: Around, dabs: np.ndarray) -> Tensor:
    """Return a method's result, uint8 (3, h, w), with its colours, mask and strength, as uint8 (3, h, w)."""
    size = tuple(result.shape[1:])
    own = fit(content[None], size)[0]
    painted = result.float() / 255
    painted = keeping(kept(around), painted, own)(painted, own)
    mixed = apply_mask(own, painted, draw_mask(dabs, size), around.strength)
    return mixed.clamp(0, 1).mul(255).round().to(torch.uint8)


def kept(around: Around) -> str:
    """Return the key of `colour.KEEP`."""
    return "" if around.colours == STYLE else around.colours
