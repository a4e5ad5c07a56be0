"""From a person's box to the square picture that a single-person network takes, and from its maps back to joints.

    side = 1.25 · max(width, height) of the box,  centred on it;  what lies outside the picture is black
    x_picture = left + x_crop · side / side of the crop

Conventions: pictures are RGB (3, H, W), float in [0, 1] or uint8, which is resized five times as quickly; boxes are
(N, 4) xyxy in pixels, squares (N, 3) left, top, side in whole pixels. A place is continuous: the first pixel is from 0
to 1, its middle at ½.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.errors import InvalidInput, ShapeError, constraint

BOX_SCALE = 1.25  # the joints at a box's edge need some of what is around them
MIN_SIDE_PX = 2.0
MAX_COORDINATE_PX = 1e6


def check_image(image: Tensor) -> None:
    """Refuse what is not one RGB image of at least one pixel.

    Raises:
        ShapeError: the shape is not (3, H, W).
        InvalidInput: the values are neither floating point nor uint8.
    """
    if image.ndim != 3 or image.shape[0] != 3 or 0 in image.shape:
        raise ShapeError(constraint("image", "of shape (3, H, W)", tuple(image.shape)))
    if not image.is_floating_point() and image.dtype != torch.uint8:
        raise InvalidInput(constraint("image", "floating point in [0, 1] or uint8", image.dtype))


def crop_squares(boxes: Tensor, scale: float = BOX_SCALE) -> Tensor:
    """Return (N, 3) left, top and side in whole pixels of the square around each box, `scale` times its longer side.

    Raises:
        ShapeError: boxes are not (N, 4).
        InvalidInput: a box is inside out, or beyond a million pixels.
    """
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ShapeError(constraint("boxes", "of shape (N, 4)", tuple(boxes.shape)))
    sizes = boxes[:, 2:] - boxes[:, :2]
    if not (boxes.abs() <= MAX_COORDINATE_PX).all() or (sizes < 0).any():  # also refuses NaN
        raise InvalidInput("Every box must be four numbers x1, y1, x2, y2 up to 1e6 with x1 ≤ x2 and y1 ≤ y2.")
    side = (scale * sizes.amax(dim=1)).clamp(min=MIN_SIDE_PX).round()
    corner = ((boxes[:, :2] + boxes[:, 2:]) / 2 - side[:, None] / 2).round()
    return torch.cat([corner, side[:, None]], dim=1)


def middle_box(height: int, width: int) -> Tensor:
    """Return the box (1, 4) whose square holds a whole picture of this size."""
    centre, half = torch.tensor([width / 2, height / 2]), max(height, width) / BOX_SCALE / 2
    return torch.cat([centre - half, centre + half])[None]


def crop(image: Tensor, square: Sequence[float], side_px: int) -> Tensor:
    """Cut a square (left, top, side) out and resize it to float (3, side_px, side_px) in [0, 1], without aliasing.

    Only the part inside the picture is resized, so a box far larger than the picture costs no memory.
    """
    left, top, side = (int(v) for v in square)
    height, width = image.shape[1:]
    x1, y1, x2, y2 = max(left, 0), max(top, 0), min(left + side, width), min(top + side, height)
    out = torch.zeros(3, side_px, side_px, device=image.device)
    if x2 <= x1 or y2 <= y1:
        return out
    columns, rows = (
        slice(*(round((end - begin) * side_px / side) for end in ends))
        for begin, ends in ((left, (x1, x2)), (top, (y1, y2)))
    )
    size = (rows.stop - rows.start, columns.stop - columns.start)
    if 0 not in size:
        part = F.interpolate(image[None, :, y1:y2, x1:x2], size, mode="bilinear", antialias=True)[0].float()
        out[:, rows, columns] = part / 255 if image.dtype == torch.uint8 else part
    return out


def to_picture(places: Tensor, squares: Tensor, side_px: int) -> Tensor:
    """Return places (N, K, 2) of crops of `side_px` as places in the picture."""
    return squares[:, None, :2] + places * squares[:, None, 2:] / side_px


def peaks(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Return places (B, K, 2) in pixels of the map and heights (B, K) of the greatest value of maps (B, K, H, W).

    In each direction the place is refined by the parabola through the peak and its neighbours, by at most half a pixel;
    a peak on the border keeps its middle there.
    """
    height, width = maps.shape[2:]
    flat = maps.flatten(2)
    y = maps.amax(dim=3).argmax(dim=2)  # (B, K); in two steps, which is five times as quick as one
    row = maps.gather(2, y[..., None, None].expand(-1, -1, 1, width))[:, :, 0]  # (B, K, W)
    heights, x = row.max(dim=2)

    def at(row: Tensor, column: Tensor) -> Tensor:
        return flat.gather(2, (row.clamp(0, height - 1) * width + column.clamp(0, width - 1))[..., None])[..., 0]

    x_shift = parabola(at(y, x - 1), heights, at(y, x + 1)) * ((x > 0) & (x < width - 1))
    y_shift = parabola(at(y - 1, x), heights, at(y + 1, x)) * ((y > 0) & (y < height - 1))
    return torch.stack([x + 0.5 + x_shift, y + 0.5 + y_shift], dim=-1), heights


def parabola(before: Tensor, peak: Tensor, after: Tensor) -> Tensor:
    """Return where, from −½ to ½, the parabola through three equidistant values is greatest."""
    curvature = before - 2 * peak + after  # at most 0 at a peak
    return torch.where(curvature < 0, 0.5 * (before - after) / curvature, 0.0).clamp(-0.5, 0.5)
