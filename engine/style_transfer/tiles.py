"""A large picture painted tile by tile, without seams and in bounded memory.

What comes out at a place depends only on the pixels around it, once the statistics that a network takes over the whole
picture are given: those of a small copy. So each tile is painted with `context_px` more on every side, which is thrown
away; inside, the result is the same as that of the whole picture in one piece.

Conventions: pictures are float (3, H, W) in [0, 1], the result uint8. Tiles begin at multiples of `ALIGN_PX`, so that
the coarse places of a network lie as in the whole. Pixels that the picture does not have are not made up: at its border
a tile ends where the picture ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import ResourceLimit, ShapeError, constraint
from engine.io.limits import MAX_IMAGE_PIXELS
from engine.style_transfer.colour import ColourMap, within
from engine.style_transfer.sizes import SMALLEST_PX, check_picture, longest

TILE_PX = 384
ALIGN_PX = 8
WHOLE_PX = 640  # the longer side of the copy that statistics are taken of

Painter = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class TileSnapshot:
    """How far a large picture is.

    Attributes:
        step: tiles done.
        total_steps: of all tiles.
        rows: rows of the picture that are finished, from the top.
        picture: uint8 (3, H, W), finished, in the last snapshot; else None.
    """

    step: int
    total_steps: int
    rows: int
    picture: Tensor | None


def small_copy(picture: Tensor, side_px: int = WHOLE_PX) -> Tensor:
    """Return the picture (3, H, W) with a longer side of at most `side_px`."""
    return picture if max(picture.shape[1:]) <= side_px else longest(picture[None], side_px)[0]


def paint(
    picture: Tensor,
    painter: Painter,
    context_px: int,
    tile_px: int = TILE_PX,
    colours: ColourMap | None = None,
    mask: Tensor | None = None,
) -> Iterator[TileSnapshot]:
    """Yield after every tile how far the picture is; the last snapshot holds it.

    Args:
        picture: of up to 25 megapixels.
        painter: from a part (3, h, w) to the same part painted.
        context_px: how far a painted pixel sees, a multiple of 8.
        tile_px: sides of a tile, a multiple of 8.
        colours: what is done to the colours of a painted part.
        mask: (H, W) in [0, 1], where the painting applies; None for everywhere.

    Raises:
        ShapeError, InvalidInput: not a picture, or a mask of another size.
        ResourceLimit: more pixels.
    """
    check_picture(picture, "picture")
    _, height, width = picture.shape
    if height * width > MAX_IMAGE_PIXELS:
        must_be = f"at most {MAX_IMAGE_PIXELS / 1e6:g} megapixels"
        raise ResourceLimit(constraint("picture", must_be, f"{width} × {height}", "Make it smaller."))
    if mask is not None and mask.shape != picture.shape[1:]:
        raise ShapeError(constraint("mask", f"of the picture's size {height} × {width}", tuple(mask.shape)))
    painted = torch.empty(3, height, width, dtype=torch.uint8)
    rows, columns = spans(height, tile_px, context_px), spans(width, tile_px, context_px)
    total = len(rows) * len(columns)
    for i, (row, row_seen) in enumerate(rows):
        for j, (column, column_seen) in enumerate(columns):
            part = painter(picture[:, row_seen, column_seen])
            inside, photograph = part[:, _within(row, row_seen), _within(column, column_seen)], picture[:, row, column]
            inside = inside if colours is None else colours(inside, photograph)
            inside = inside if mask is None else within(mask[row, column], inside, photograph)
            painted[:, row, column] = inside.clamp(0, 1).mul(255).round().byte().cpu()
            done = i * len(columns) + j + 1
            ready = row.stop if j + 1 == len(columns) else row.start
            yield TileSnapshot(done, total, ready, painted if done == total else None)


def spans(length: int, tile_px: int, context_px: int) -> list[tuple[slice, slice]]:
    """Return, for each tile along one side, what it paints and what it sees.

    A last tile that would be too narrow joins the one before.
    """
    starts = list(range(0, length, tile_px))
    if len(starts) > 1 and length - starts[-1] < SMALLEST_PX:
        starts.pop()
    ends = [*starts[1:], length]
    return [
        (slice(start, end), slice(max(0, start - context_px), min(length, end + context_px)))
        for start, end in zip(starts, ends, strict=True)
    ]


def _within(inner: slice, outer: slice) -> slice:
    return slice(inner.start - outer.start, inner.stop - outer.start)
