"""A face, large, as a panel of the live canvas."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np

from engine.generative.latent_views import on_sheet
from engine.io.images import encode_png
from pages._ui.live import axis, layer, panel
from pages._ui.session import remember

LARGER = 4  # each pixel becomes a square before the browser fits the picture to the screen: crisp, and not ragged
FACE_PX = 300


def large_png(picture: Any) -> np.ndarray:
    """Return a face (3, side, side) as an encoded picture, four times as large."""
    return np.frombuffer(encode_png(on_sheet(picture[None], 1, 0, LARGER)), np.uint8)


def face_panel(
    key: str,
    title: str,
    picture: Any,
    identity: Hashable = None,
    *,
    span: int = 6,
    height: int = FACE_PX,
    alt: str = "",
) -> dict:
    """Return the panel of one face."""
    make = lambda: large_png(picture)  # noqa: E731
    png = make() if identity is None else remember(f"face:{key}", identity, make)
    side = picture.shape[-1]
    image = layer("image", jpeg=png, extent=[0, side, 0, side])
    x, y = axis("x", 0, side, unit="px"), axis("y", 0, side, unit="px", down=True)
    look = {"aspect": "equal", "bare": True, "span": span, "height": height, "alt": alt or title}
    return panel(key, title, x, y, [image], **look)
