"""Many small pictures as one: a sheet, row after row, enlarged until it can be looked at; and sheets as a film.

Conventions: pictures are uint8 (N, C, side, side), one channel or three; a sheet is uint8 (3, H, W).
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.errors import InvalidInput, ShapeError, constraint
from engine.io.images import encode_jpeg, encode_png, tensor_to_pixels
from engine.io.video import VideoWriter

COLUMNS = 4
LEAST_PX = 96  # of an enlarged picture: browsers and players blur what is small
SHEETS_A_SECOND = 6.0
HELD = 6  # times that a film shows its last sheet


def sheet(pictures: Tensor, columns: int = COLUMNS) -> Tensor:
    """Return the pictures side by side; a last row that is not full is left white.

    Raises:
        ShapeError: not uint8 (N, C, side, side) with one channel or three.
    """
    if pictures.ndim != 4 or pictures.shape[1] not in (1, 3) or pictures.dtype != torch.uint8 or not len(pictures):
        got = f"{pictures.dtype} {tuple(pictures.shape)}"
        raise ShapeError(constraint("pictures", "uint8 of shape (N, 1 or 3, side, side)", got))
    n, _, side, _ = pictures.shape
    larger = -(-LEAST_PX // side) * side
    enlarged = F.interpolate(pictures.float(), (larger, larger), mode="bicubic", align_corners=False)
    enlarged = enlarged.clamp(0, 255).round().byte().expand(n, 3, larger, larger)
    rows = -(-n // columns)
    whole = torch.full((rows * columns, 3, larger, larger), 255, dtype=torch.uint8)
    whole[:n] = enlarged
    # (rows, columns, 3, h, w) → (3, rows, h, columns, w)
    whole = whole.view(rows, columns, 3, larger, larger).permute(2, 0, 3, 1, 4)
    return whole.reshape(3, rows * larger, columns * larger)


def sheet_jpeg(pictures: Tensor, columns: int = COLUMNS) -> bytes:
    """Return a sheet as a JPEG, to be shown."""
    return encode_jpeg(sheet(pictures, columns).float() / 255, 90)


def sheet_png(pictures: Tensor, columns: int = COLUMNS) -> bytes:
    """Return a sheet as a PNG, to be kept."""
    return encode_png(sheet(pictures, columns).float() / 255)


def sheet_film(each: Iterable[Tensor], columns: int = COLUMNS, fps: float = SHEETS_A_SECOND) -> bytes:
    """Return sheets of equal size, one after another, as an MP4; the last one stays for a second.

    Raises:
        InvalidInput: there is none.
    """
    frames = [tensor_to_pixels(sheet(pictures, columns).float() / 255) for pictures in each]
    if not frames:
        raise InvalidInput("A film must have at least one picture.")
    with VideoWriter(frames[0].shape[1], frames[0].shape[0], fps) as writer:
        for frame in [*frames, *frames[-1:] * HELD]:
            writer.add(frame)
        return writer.finish()
