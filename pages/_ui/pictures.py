"""The picture that a page looks at: uploaded, taken, frozen out of a stream, or drawn by one of our own generators."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from engine.io.images import decode_image, encode_jpeg, pixels_to_tensor, tensor_to_pixels
from pages._ui.live import axis, layer, panel
from pages._ui.session import remember
from pages._ui.uploads import decoded, upload

MOST_PX = 1280  # of the longer side
KINDS = ("png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff")


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture and where it is from.

    Attributes:
        identity: tells it apart from others.
        image: float (3, H, W) in [0, 1].
        is_drawn: drawn by one of our own generators, which the bundled models were trained on.
        truth: what the generator says of it, where the page wants to know.
    """

    identity: Hashable
    image: Any  # a tensor; pages do without importing torch
    is_drawn: bool = False
    truth: Any = None

    @property
    def width(self) -> int:
        """In pixels."""
        return self.image.shape[2]

    @property
    def height(self) -> int:
        """In pixels."""
        return self.image.shape[1]


def uploaded(page: str) -> Picture | None:
    """Offer an upload and return the visitor's picture, or None while there is none."""
    told = "PNG, JPEG, WebP, GIF, BMP or TIFF: at most 25 megapixels."
    return upload(f"{page}-picture", "Your picture", KINDS, _decode, told)


def snapshot(page: str) -> Picture | None:
    """Show the camera and return the picture that was taken, or None while there is none."""
    shot = st.camera_input("Take a picture", key=f"{page}-snapshot", resolution="480p", label_visibility="collapsed")
    return decoded(f"{page}-shot", shot, _decode)


def freeze(page: str, frame: np.ndarray) -> None:
    """Keep a frame, uint8 (H, W, 3), as the page's picture to look into."""
    count = st.session_state.get(f"_{page}_frozen_count", 0) + 1
    st.session_state[f"_{page}_frozen_count"] = count
    st.session_state[f"_{page}_frozen"] = Picture((page, "frame", count), pixels_to_tensor(frame))


def frozen(page: str) -> Picture | None:
    """Return the frame that was kept last, or None."""
    return st.session_state.get(f"_{page}_frozen")


def in_8_bits(image: Any) -> Any:
    """Round a picture to what a PNG holds, so that the one taken away is the one that was examined."""
    return pixels_to_tensor(tensor_to_pixels(image))


def picture_panel(key: str, title: str, picture: Picture, layers: list[dict], *, alt: str, **look) -> dict:
    """Draw layers over a picture; axes are pixels, y down."""
    jpeg = remember(
        f"jpeg:{key}",
        picture.identity,
        lambda: np.frombuffer(encode_jpeg(picture.image, 90), np.uint8),
    )
    extent = [0, picture.width, 0, picture.height]
    image = layer("image", jpeg=jpeg, extent=extent)
    x, y = axis("x", 0, picture.width, unit="px"), axis("y", 0, picture.height, unit="px", down=True)
    return panel(key, title, x, y, [image, *layers], aspect="equal", bare=True, alt=alt, **look)


def _decode(data: bytes, name: str) -> Picture:
    return Picture(("file", hash(data)), in_8_bits(decode_image(data, name, MOST_PX)))
