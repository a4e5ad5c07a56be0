"""A picture painted in one pass at any size: a small one first, then the whole in tiles.

The strokes of a network have a size in pixels. `stroke_scale` paints a picture made smaller by that factor and enlarges
the result: strokes get larger, and fine detail of the photograph is lost, as under a broad brush.

Conventions: as in `tiles`. Statistics come from the small copy, so preview and full size agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.settings import check, choice, integer, real
from engine.style_transfer.colour import KEEP, ColourMap, keeping
from engine.style_transfer.sizes import check_picture, fit, longest
from engine.style_transfer.tiles import ALIGN_PX, TILE_PX, Painter, TileSnapshot, paint, small_copy


@dataclass(frozen=True)
class Painting:
    """How a network paints a picture."""

    strength: float = real(1.0, 0.0, 1.0, label="strength")
    keep: str = choice("", KEEP, label="colours")
    stroke_scale: float = real(1.0, 0.5, 4.0, step=0.25, label="size of the strokes")
    preview_px: int = integer(512, 64, 1024, step=64, label="size of the preview", unit="px", help="Its longer side.")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class PaintedSnapshot:
    """How far a picture is.

    Attributes:
        step: 0 for the preview, then the tiles done.
        total_steps: of all tiles; 0 where the preview is all.
        picture: uint8 (3, h, w): the preview at step 0, the whole in the last snapshot, else None.
    """

    step: int
    total_steps: int
    picture: Tensor | None


MakePainter = Callable[[Tensor, float], Painter]  # (a small copy (3, h, w), strength) → Painter


def paint_picture(
    picture: Tensor,
    make_painter: MakePainter,
    context_px: int,
    settings: Painting,
    mask: Tensor | None = None,
    full: bool = True,
) -> Iterator[PaintedSnapshot]:
    """Yield the preview, and then, where `full` is true, how far the picture in its own size is.

    Args:
        picture: float (3, H, W) in [0, 1], up to 25 megapixels.
        make_painter: of a network and its styles, as `johnson.painter` and `adain.painter`.
        context_px: how far one of its pixels sees.
        settings: how.
        mask: (h, w) of any size in [0, 1], where the painting applies; None for everywhere.
        full: whether the preview is followed by the whole.

    Raises:
        ShapeError, InvalidInput, ResourceLimit: as `tiles.paint`.
    """
    check_picture(picture, "picture")
    small = _scaled(small_copy(picture, settings.preview_px), settings.stroke_scale)
    painter = make_painter(small, settings.strength)
    painted_small = painter(small)
    colours = keeping(settings.keep, painted_small, small)
    size = small_copy(picture, settings.preview_px).shape[1:]
    *_, last = _whole(picture, size, painter, context_px, settings, colours, mask)
    yield PaintedSnapshot(0, 0 if not full or size == picture.shape[1:] else 1, last.picture)
    if full and size != picture.shape[1:]:
        for part in _whole(picture, picture.shape[1:], painter, context_px, settings, colours, mask):
            yield PaintedSnapshot(part.step, part.total_steps, part.picture)


def _whole(
    picture: Tensor,
    size: Sequence[int],
    painter: Painter,
    context_px: int,
    settings: Painting,
    colours: ColourMap,
    mask: Tensor | None,
) -> Iterator[TileSnapshot]:
    """Paint the picture in a size (H, W), in tiles."""
    own = fit(picture[None], tuple(size))[0]
    own_mask = None if mask is None else F.interpolate(mask[None, None].float(), tuple(size), mode="bilinear")[0, 0]
    scale = settings.stroke_scale
    if scale == 1:
        return paint(own, painter, context_px, TILE_PX, colours, own_mask)
    context = -(-round(context_px * scale) // ALIGN_PX) * ALIGN_PX

    def scaled(tile: Tensor) -> Tensor:
        painted = painter(_scaled(tile, scale))
        return fit(painted[None], tuple(tile.shape[1:]))[0]

    return paint(own, scaled, context, TILE_PX, colours, own_mask)


def _scaled(picture: Tensor, scale: float) -> Tensor:
    """Return a picture made smaller by a factor, its sides whole places where it can be."""
    if scale == 1:
        return picture
    return longest(picture[None], max(picture.shape[1:]) / scale)[0]


def as_picture(pixels: Tensor) -> Tensor:
    """Return uint8 (3, H, W) as float in [0, 1]."""
    return pixels.to(torch.float32) / 255
