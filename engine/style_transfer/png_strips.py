"""A picture in full size: tile after tile, strip after strip, into a PNG, in bounded memory.

What a method paints at a place depends on the pixels within its context only. So a tile is painted with that much
around it, which is cut off again; the tiles are those of the whole picture, without seams. Of the result only one strip
of tiles is in memory; it goes into the file at once. The result of an optimisation, which is smaller, is enlarged along
the edges of the photograph (`enlargement`).

Conventions: the photograph is uint8 (3, H, W); tiles are float (3, h, w) in [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from engine.errors import ResourceLimit, constraint
from engine.io.images import decode_image, tensor_to_pixels
from engine.io.png_rows import PngRows
from engine.runtime.shelf import shelf
from engine.style_transfer.colour import ColourMap, keeping
from engine.style_transfer.enlargement import local_colours
from engine.style_transfer.features import FeatureNetwork
from engine.style_transfer.gatys import Gatys
from engine.style_transfer.mask import apply_mask, draw_mask
from engine.style_transfer.sizes import fit, longest
from engine.style_transfer.transfer import Around, by_optimisation, kept

MOST_PIXELS = 24_000_000
TILE_PX = 512
MASK_PX = 2048  # of the longer side, in which the mask is drawn
PREVIEW_PX = 1280

Box = tuple[int, int, int, int]  # top, left, bottom, right
Paint = Callable[[Tensor, tuple[int, int]], Tensor]  # a tile with its context, and its (top, left) → the same, painted


@dataclass(frozen=True)
class FullSize:
    """How far it is.

    Attributes:
        step, total_steps: tiles, and what came before them.
        preview: uint8 (3, h, w) of the rows that are done, or None.
        file: the PNG's name on the shelf, once it is done; else "".
    """

    step: int
    total_steps: int
    preview: Tensor | None = None
    file: str = ""


def photograph_of(source: Tensor | bytes, name: str, longer_px: int) -> Tensor:
    """Return a picture, float (3, H, W) or the content of a file, as uint8 (3, H, W) of this longer side.

    Raises:
        ResourceLimit: that makes more than 24 megapixels.
        InvalidInput: the file is no picture.
    """
    pixels = tensor_to_pixels(decode_image(source, name) if isinstance(source, bytes) else source)
    factor = longer_px / max(pixels.shape[:2])
    size = tuple(max(1, round(side * factor)) for side in pixels.shape[:2])
    check_size(size)
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return torch.from_numpy(cv2.resize(pixels, size[::-1], interpolation=way)).permute(2, 0, 1)


def check_size(size: tuple[int, int]) -> None:
    """Raise ResourceLimit for more than 24 megapixels (H, W)."""
    if size[0] * size[1] > MOST_PIXELS:
        shown = f"{size[1]} × {size[0]}"
        raise ResourceLimit(constraint("full size", "at most 24 megapixels", shown, "Choose a shorter side."))


def tiles(size: tuple[int, int]) -> list[list[Box]]:
    """Return the tiles of a picture (H, W), row by row."""
    bands, columns = ([(start, min(start + TILE_PX, side)) for start in range(0, side, TILE_PX)] for side in size)
    return [[(top, left, bottom, right) for left, right in columns] for top, bottom in bands]


def n_tiles(size: tuple[int, int]) -> int:
    """Return how many tiles a picture (H, W) has."""
    return sum(map(len, tiles(size)))


def seen(box: Box, size: tuple[int, int], context_px: int) -> tuple[Box, tuple[slice, slice, slice]]:
    """Return what a tile of a picture (H, W) sees, and which part (3, h, w) of that the tile itself is."""
    top, left = max(0, box[0] - context_px), max(0, box[1] - context_px)
    wide = (top, left, min(size[0], box[2] + context_px), min(size[1], box[3] + context_px))
    return wide, part((box[0] - top, box[1] - left, box[2] - top, box[3] - left))


def part(box: Box) -> tuple[slice, slice, slice]:
    """Return the index of a box in a picture (3, H, W)."""
    return slice(None), slice(box[0], box[2]), slice(box[1], box[3])


def in_tiles(
    photograph: Tensor,
    paint: Paint,
    context_px: int,
    around: Around,
    colours: ColourMap,
    dabs: np.ndarray,
    metadata: Mapping[str, str],
    done: int = 0,
) -> Iterator[FullSize]:
    """Yield after every tile; the last snapshot names the file.

    Args:
        photograph: uint8 (3, H, W).
        paint: paints a tile with its context.
        context_px: how far around a pixel its colour may depend on others; a multiple of 8.
        around: the strength.
        colours: what is done to the colours of a painted part.
        dabs: (N, 4), the mask.
        metadata: keyword → text, put into the file.
        done: steps before the first tile, to be counted.

    Raises:
        ResourceLimit: more than 24 megapixels.
    """
    size = tuple(photograph.shape[1:])
    check_size(size)
    mask, rows = _mask(dabs, size), tiles(size)
    total = done + n_tiles(size)
    file, previews = PngRows(size[1], size[0], metadata), []
    for row in rows:
        strip = torch.empty(3, row[0][2] - row[0][0], size[1], dtype=torch.uint8)
        for box in row:
            tile = _tile(photograph, paint, context_px, box, (around.strength, colours), mask)
            strip[:, :, box[1] : box[3]] = tile
            done += 1
            if box is not row[-1]:
                yield FullSize(done, total, _shown(previews))
        file.write(np.ascontiguousarray(strip.permute(1, 2, 0).numpy()))
        previews.append(_small(strip, max(size)))
        yield FullSize(done, total, _shown(previews), shelf().put(file.finish(), ".png") if row is rows[-1] else "")


def optimised_in_full(
    network: FeatureNetwork,
    source: Tensor | bytes,
    name: str,
    longer_px: int,
    styles: Sequence[Tensor],
    mix: Sequence[float],
    settings: Gatys,
    around: Around,
    dabs: np.ndarray,
    metadata: Mapping[str, str],
) -> Iterator[FullSize]:
    """Yield the steps of an optimisation at `settings.size_px`, then the tiles of its enlargement.

    Args:
        source, name, longer_px: as of `photograph_of`.
        network, styles, mix, settings: as of `by_optimisation`.
        around, dabs, metadata: as of `in_tiles`.
    """
    photograph = photograph_of(source, name, longer_px)
    size = tuple(photograph.shape[1:])
    small = longest(photograph[None].float() / 255, settings.size_px)[0]
    total = settings.steps + n_tiles(size)
    for last in by_optimisation(network, small, styles, mix, settings):
        yield FullSize(last.step, total, last.picture)
    own = fit(small[None], tuple(last.picture.shape[1:]))[0]
    painted = last.picture.float() / 255
    found, colours = local_colours(own, painted), keeping(kept(around), painted, own)
    paint = lambda tile, place: found.enlarge(tile, place, size)  # noqa: E731
    yield from in_tiles(photograph, paint, 0, around, colours, dabs, metadata, settings.steps)


@torch.no_grad()
def _tile(
    photograph: Tensor,
    paint: Paint,
    context_px: int,
    box: Box,
    around: tuple[float, ColourMap],
    mask: np.ndarray | None,
) -> Tensor:
    """Return the pixels (3, h, w) of a box, uint8."""
    wider, inner = seen(box, tuple(photograph.shape[1:]), context_px)
    wide = photograph[part(wider)].float() / 255
    strength, colours = around
    painted = colours(paint(wide, wider[:2])[inner], wide[inner])
    here = None if mask is None else torch.from_numpy(mask[box[0] : box[2], box[1] : box[3]]).float() / 255
    mixed = apply_mask(wide[inner], painted, here, strength)
    return mixed.clamp(0, 1).mul(255).round().to(torch.uint8)


def _mask(dabs: np.ndarray, size: tuple[int, int]) -> np.ndarray | None:
    factor = min(1.0, MASK_PX / max(size))
    mask = draw_mask(dabs, tuple(max(1, round(side * factor)) for side in size))
    if mask is None:
        return None
    return cv2.resize((mask * 255).round().to(torch.uint8).numpy(), size[::-1], interpolation=cv2.INTER_LINEAR)


def _small(strip: Tensor, longer: int) -> np.ndarray:
    factor = min(1.0, PREVIEW_PX / longer)
    height, width = (max(1, round(side * factor)) for side in strip.shape[1:])
    return cv2.resize(strip.permute(1, 2, 0).numpy(), (width, height), interpolation=cv2.INTER_AREA)


def _shown(previews: list[np.ndarray]) -> Tensor | None:
    return torch.from_numpy(np.concatenate(previews)).permute(2, 0, 1) if previews else None
