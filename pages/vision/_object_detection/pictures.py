"""The picture that the page looks at: a drawn scene, the visitor's own, or a frozen frame."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from engine.datasets.scenes import make_scene
from engine.io.images import decode_image, encode_jpeg, pixels_to_tensor, tensor_to_pixels
from pages._ui.live import axis, layer, panel
from pages._ui.session import remember
from pages._ui.uploads import decoded, upload
from pages.vision._object_detection.view import View

SCENE_SEED = 11
SCENE_SIZE = (480, 640)
MOST_PX = 1280  # of the longer side
KINDS = ("png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff")


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture and where it is from.

    Attributes:
        identity: tells it apart from others.
        image: float (3, H, W) in [0, 1].
        is_scene: drawn by our own generator, whose classes the bundled models know.
    """

    identity: Hashable
    image: Any  # a tensor; pages do without importing torch
    is_scene: bool

    @property
    def width(self) -> int:
        """In pixels."""
        return self.image.shape[2]

    @property
    def height(self) -> int:
        """In pixels."""
        return self.image.shape[1]


def current(view: View) -> Picture | None:
    """Return the picture of the chosen source, after showing what it is chosen with; None where there is none yet."""
    if view.source == "picture":
        return _uploaded()
    if view.source == "snapshot":
        return _snapshot()
    if view.source in ("camera", "video"):
        return st.session_state.get("_frozen")
    return scene(view.scene)


def scene(index: int) -> Picture:
    """Return one of our own drawn scenes."""
    return remember(
        "detection:scene",
        index,
        lambda: Picture(("scene", index), in_8_bits(make_scene(index, SCENE_SEED, SCENE_SIZE).image), True),
    )


def freeze(frame: np.ndarray) -> None:
    """Keep a frame, uint8 (H, W, 3), as the picture to look into."""
    count = st.session_state.get("_frozen_count", 0) + 1
    st.session_state["_frozen_count"] = count
    st.session_state["_frozen"] = Picture(("frame", count), pixels_to_tensor(frame), False)


def in_8_bits(image: Any) -> Any:
    """Round a picture to what a PNG holds, so that the one taken away is the one that was examined."""
    return pixels_to_tensor(tensor_to_pixels(image))


def picture_panel(key: str, title: str, picture: Picture, layers: list[dict], *, alt: str, **look) -> dict:
    """Draw layers over a picture; axes are pixels, y down."""
    jpeg = remember(
        f"detection:jpeg:{key}",
        picture.identity,
        lambda: np.frombuffer(encode_jpeg(picture.image, 90), np.uint8),
    )
    extent = [0, picture.width, 0, picture.height]
    image = layer("image", jpeg=jpeg, extent=extent)
    x, y = axis("x", 0, picture.width, unit="px"), axis("y", 0, picture.height, unit="px", down=True)
    return panel(key, title, x, y, [image, *layers], aspect="equal", bare=True, alt=alt, **look)


def _uploaded() -> Picture | None:
    def decode(data: bytes, name: str) -> Picture:
        return Picture(("upload", hash(data)), in_8_bits(decode_image(data, name, MOST_PX)), False)

    return upload(
        "detection-picture", "Your picture", KINDS, decode, "PNG, JPEG, WebP, GIF, BMP or TIFF: at most 25 megapixels."
    )


def _snapshot() -> Picture | None:
    shot = st.camera_input("Take a picture", key="detection-snapshot", resolution="480p", label_visibility="collapsed")
    decode = lambda data, name: Picture(("shot", hash(data)), in_8_bits(decode_image(data, name, MOST_PX)), False)  # noqa: E731
    return decoded("detection-shot", shot, decode)
