"""Johnson's networks and AdaIN as the page calls them: whole pictures, tiles of large ones, frames of a camera.

Conventions: pictures are float (3, H, W) in [0, 1]. A painter of tiles is made from a small copy of the picture, of
which the statistics are taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.style_transfer import adain, johnson
from engine.style_transfer.colour import keeping
from engine.style_transfer.png_strips import FullSize, in_tiles, photograph_of
from engine.style_transfer.sizes import fit, longest
from engine.style_transfer.transfer import Around, kept

Paint = Callable[[Tensor], Tensor]
STATISTICS_PX = 640  # of the copy that statistics are taken of
PREVIEW_PX = 512
STYLE_PX = 512  # in which AdaIN looks at a style picture


@dataclass(frozen=True, eq=False)
class OnePass:
    """A method of one pass, ready to paint.

    Attributes:
        paint: paints a whole picture.
        painter: from a small copy of a picture to what paints its tiles.
        context_px: how far a painted pixel sees.
    """

    paint: Paint
    painter: Callable[[Tensor], Paint]
    context_px: int


def with_johnson(network: johnson.JohnsonNet) -> OnePass:
    """Return what paints in the one style that a network has learned."""
    return OnePass(
        lambda picture: johnson.stylise(network, picture),
        lambda small: johnson.painter(network, small),
        johnson.CONTEXT_PX,
    )


def with_adain(network: adain.AdaIN, styles: Sequence[Tensor], mix: Sequence[float], style_px: float) -> OnePass:
    """Return what paints in the styles of pictures (3, H, W), looked at with a longer side of `style_px`."""
    moments = [adain.style_moments(network, longest(style[None], style_px)[0]) for style in styles]
    wanted = adain.Mix(tuple(mix))
    return OnePass(
        lambda picture: adain.stylise(network, picture, moments, wanted),
        lambda small: adain.painter(network, small, moments, wanted),
        adain.CONTEXT_PX,
    )


def painted_in_full(
    method: OnePass,
    source: Tensor | bytes,
    name: str,
    longer_px: int,
    around: Around,
    dabs: np.ndarray,
    metadata: Mapping[str, str],
) -> Iterator[FullSize]:
    """Yield the tiles of a picture in full size; arguments as of `photograph_of` and `in_tiles`."""
    photograph = photograph_of(source, name, longer_px)
    small = longest(photograph[None].float() / 255, min(longer_px, STATISTICS_PX))[0]
    paint = method.painter(small)
    colours = keeping(kept(around), paint(small), small)
    yield from in_tiles(photograph, lambda tile, _: paint(tile), method.context_px, around, colours, dabs, metadata)


@torch.no_grad()
def frame(paint: Paint, pixels: np.ndarray, longer_px: int, strength: float) -> np.ndarray:
    """Return a frame uint8 (H, W, 3) painted in a smaller size, uint8 (h, w, 3)."""
    picture = torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1).float() / 255
    small = longest(picture[None], longer_px)[0]
    painted = fit(paint(small)[None], tuple(small.shape[1:]))[0]
    mixed = torch.lerp(small, painted, strength).clamp(0, 1)
    return mixed.mul(255).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy()
