"""Where a style applies: a mask that is painted by hand with a round brush.

    m = G_σ * [the dabs, each on top of those before: 1 inside a dab that paints, 0 inside one that wipes]

and the picture is x + m (y − x): the photograph x outside, the result y inside, a soft edge between.

Conventions: a dab is (x, y, r, wipes): x a share of the width, y of the height, r of the longer side; `wipes` is 1
where the brush takes away, else 0. Masks are float (H, W) in [0, 1]. No dab means no mask: the style is everywhere. As
text, for a link, a dab is four bytes in base64.
"""

from __future__ import annotations

import base64
import binascii

import cv2
import numpy as np
import torch
from torch import Tensor

MOST_DABS = 3000
LINKED_DABS = 400  # more would not fit into an address
SOFT = 0.008  # σ of the edge, a share of the longer side
LEVELS = 255


def clean_dabs(dabs: np.ndarray) -> np.ndarray:
    """Return the dabs (N, 4) that are finite, cut to their ranges, at most `MOST_DABS`."""
    dabs = np.asarray(dabs, np.float64).reshape(-1, 4)
    dabs = dabs[np.isfinite(dabs).all(1)][:MOST_DABS]
    return np.hstack([dabs[:, :3].clip(0, 1), (dabs[:, 3:] > 0.5).astype(np.float64)])


def draw_mask(dabs: np.ndarray, size: tuple[int, int]) -> Tensor | None:
    """Return the mask (H, W) of dabs (N, 4) at a size (H, W); None where there is no dab.

    If the first dab wipes, the style is everywhere but there.
    """
    dabs = clean_dabs(dabs)
    if not len(dabs):
        return None
    height, width = size
    longer = max(size)
    canvas = np.full(size, 255 if dabs[0, 3] else 0, np.uint8)
    for x, y, r, wipes in dabs:
        centre = (round(x * width - 0.5), round(y * height - 0.5))
        cv2.circle(canvas, centre, max(1, round(r * longer)), 0 if wipes else 255, -1, cv2.LINE_AA)
    soft = cv2.GaussianBlur(canvas.astype(np.float32) / 255, (0, 0), max(SOFT * longer, 0.3))
    return torch.from_numpy(soft).clamp(0, 1)


def apply_mask(picture: Tensor, result: Tensor, mask: Tensor | None, strength: float = 1.0) -> Tensor:
    """Return x + strength · m (y − x) of two pictures (3, H, W), with a mask (H, W) or with None for 1 everywhere."""
    share = strength if mask is None else strength * mask.to(result.device)
    return picture + share * (result - picture)


def to_text(dabs: np.ndarray) -> str:
    """Write dabs (N, 4) for a link; "" where there are none, or too many for one."""
    dabs = clean_dabs(dabs)
    if len(dabs) > LINKED_DABS:
        return ""
    dabs = np.hstack([dabs[:, :3] * LEVELS, dabs[:, 3:]])
    return base64.urlsafe_b64encode(dabs.round().astype(np.uint8).tobytes()).decode().rstrip("=")


def from_text(text: str) -> np.ndarray:
    """Read what `to_text` wrote; of anything else, no dabs."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return np.zeros((0, 4))
    if len(data) % 4:
        return np.zeros((0, 4))
    dabs = np.frombuffer(data, np.uint8).reshape(-1, 4).astype(np.float64)
    return clean_dabs(np.hstack([dabs[:, :3] / LEVELS, dabs[:, 3:]]))
