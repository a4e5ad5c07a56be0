"""A picture of any size as a network wants it: with a certain shorter side, and sides of whole cells."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.errors import InvalidInput, constraint


def resized(image: Tensor, side_px: int, multiple_px: int, max_aspect: int) -> tuple[Tensor, tuple[float, float]]:
    """Return a picture with a shorter side of `side_px`, its last row and column repeated until the sides are whole.

    Args:
        image: (3, H, W), float in [0, 1] or uint8.
        side_px: of the shorter side, a multiple of `multiple_px`.
        multiple_px: of which both sides become multiples.
        max_aspect: how many times as long as wide it may be.

    Returns:
        Float (1, 3, H', W') on the same device; and the scale (x, y): pixels of `image` × scale = pixels of the result.

    Raises:
        InvalidInput: the picture is too long for its width.
    """
    height, width = image.shape[1:]
    if max(height, width) > max_aspect * min(height, width):
        raise InvalidInput(constraint("image", f"at most {max_aspect} times as long as wide", (height, width)))
    factor = side_px / min(height, width)
    size = (round(height * factor), round(width * factor))
    own = image[None] if size == (height, width) else F.interpolate(image[None], size, mode="bilinear", antialias=True)
    own = own.float() / 255 if image.dtype == torch.uint8 else own.float()
    padded = F.pad(own, (0, -size[1] % multiple_px, 0, -size[0] % multiple_px), mode="replicate")
    return padded, (size[1] / width, size[0] / height)
