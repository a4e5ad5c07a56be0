"""The pictures in the box: photographs, our own style pictures, and both of them small, to choose from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from engine.datasets.content_pictures import CONTENT, load_content
from engine.datasets.style_pictures import KINDS, StylePicture, draw
from engine.io.images import encode_jpeg
from engine.style_transfer.sizes import longest
from pages._ui.gallery import ROOT
from pages._ui.picker import Thumbnail
from pages._ui.pictures import Picture, in_8_bits
from pages._ui.session import remember

PX = 1024  # of the longer side of what is worked on; the full size is decoded when it is asked for
STYLE_PX = 512  # a drawn style picture
THUMBNAIL_PX = 144  # of the longer side


@dataclass(frozen=True, eq=False)
class Photo(Picture):
    """A picture with the file that it came from, which may be larger.

    Attributes:
        data: the file's content; b"" for one out of the box.
        name: what it is called.
    """

    data: bytes = b""
    name: str = ""


@st.cache_resource(max_entries=len(CONTENT), show_spinner=False)
def boxed_content(name: str) -> Photo:
    """Return one of the photographs in the box."""
    image = load_content(name)
    if max(image.shape) > PX:
        image = longest(image[None], PX)[0]
    return Photo(("content", name), in_8_bits(image), name=CONTENT[name].title)


@st.cache_resource(max_entries=64, show_spinner=False)
def drawn_style(kind: str, variant: int) -> Photo:
    """Return one of our own style pictures: the variants of a kind begin with the best."""
    hung = KINDS[kind].hung
    seed = hung[variant] if variant < len(hung) else variant
    image = draw(StylePicture(kind, seed, STYLE_PX))
    return Photo(("style", kind, seed), in_8_bits(image), True, name=KINDS[kind].title)


@st.cache_resource(show_spinner="Hanging the pictures, once after the server has started.")
def thumbnails(role: str) -> tuple[Thumbnail, ...]:
    """Return the small pictures of what is in the box: "content" or "style"."""
    if role == "content":
        return tuple(Thumbnail(name, one.title, _small(boxed_content(name).image)) for name, one in CONTENT.items())
    return tuple(Thumbnail(name, kind.title, _kept(name)) for name, kind in KINDS.items())


def _kept(kind: str) -> bytes:
    """Return the small picture of a kind: drawn before, by `engine.recipes.style_thumbnails`, or now."""
    file = ROOT / "assets" / "images" / "styles" / f"{kind}.jpg"
    return file.read_bytes() if file.is_file() else _small(drawn_style(kind, 0).image)


def _small(image: Any) -> bytes:
    return encode_jpeg(longest(image[None], THUMBNAIL_PX)[0], 88)


def jpeg(key: str, picture: Picture) -> bytes:
    """Return a picture encoded for the screen, remembered under the key."""
    return remember(f"style-jpeg:{key}", picture.identity, lambda: encode_jpeg(picture.image, 90))
