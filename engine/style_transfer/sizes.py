"""Sizes of pictures: what is accepted, and how one is made larger or smaller.

Conventions: pictures (3, H, W) or (B, 3, H, W), float in [0, 1]; sizes are (H, W) in pixels.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.errors import InvalidInput, ShapeError, constraint

SMALLEST_PX = 16  # of the shorter side of what is computed; a smaller picture is enlarged
MAX_ASPECT = 16


def check_picture(picture: Tensor, name: str) -> None:
    """Refuse what is no picture (3, H, W) of finite floats, or far longer than wide.

    Raises:
        ShapeError: another shape.
        InvalidInput: no floats, NaN or infinity, or more than 16 times as long as wide.
    """
    if picture.ndim != 3 or picture.shape[0] != 3 or 0 in picture.shape:
        raise ShapeError(constraint(name, "of shape (3, H, W)", tuple(picture.shape)))
    if not picture.is_floating_point() or not torch.isfinite(picture).all():
        raise InvalidInput(constraint(name, "finite floats in [0, 1]", str(picture.dtype)))
    height, width = picture.shape[1:]
    if max(height, width) > MAX_ASPECT * min(height, width):
        shown = f"{width} × {height} pixels"
        raise InvalidInput(constraint(name, f"at most {MAX_ASPECT} times as long as wide", shown, "Cut it first."))


def fit(pictures: Tensor, size: tuple[int, int]) -> Tensor:
    """Return pictures (B, 3, H, W) in another size, smoothed where they get smaller."""
    if tuple(pictures.shape[-2:]) == tuple(size):
        return pictures
    resized = F.interpolate(pictures, tuple(size), mode="bicubic", antialias=True, align_corners=False)
    return resized.clamp(0, 1)


def longest(pictures: Tensor, side_px: float) -> Tensor:
    """Return pictures (B, 3, H, W) whose longer side is `side_px`, the shorter one at least 16."""
    height, width = pictures.shape[-2:]
    factor = max(side_px / max(height, width), SMALLEST_PX / min(height, width))
    return fit(pictures, (max(1, round(height * factor)), max(1, round(width * factor))))
