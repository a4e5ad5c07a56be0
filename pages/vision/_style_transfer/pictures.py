"""The pair of pictures that the style page works on: a photograph, and one style picture or two."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from engine.datasets.content_pictures import CONTENT, load_content
from engine.datasets.style_pictures import KINDS, StylePicture, draw
from engine.io.images import decode_image, encode_jpeg
from engine.style_transfer.sizes import check_picture, longest
from pages._ui import controls
from pages._ui.gallery import ROOT
from pages._ui.picker import Thumbnail, picker
from pages._ui.pictures import KINDS as FILE_KINDS
from pages._ui.pictures import Picture, in_8_bits, snapshot
from pages._ui.session import remember
from pages._ui.uploads import upload
from pages.vision._style_transfer.view import NONE, PAGE, Pair

PX = 1024  # of the longer side of what is worked on; the full size is decoded when it is asked for
STYLE_PX = 512  # a drawn style picture
THUMBNAIL_PX = 144  # of the longer side
TOLD = "PNG, JPEG, WebP, GIF, BMP or TIFF: at most 25 megapixels. Of an animation the first picture is taken."


@dataclass(frozen=True, eq=False)
class Photo(Picture):
    """A picture with the file that it came from, which may be larger.

    Attributes:
        data: the file's content; b"" for one out of the box.
        name: what it is called.
    """

    data: bytes = b""
    name: str = ""


@dataclass(frozen=True)
class Chosen:
    """The pair.

    Attributes:
        content: the photograph.
        styles: one or two style pictures.
        mix: how much each counts.
    """

    content: Photo
    styles: tuple[Photo, ...]
    mix: tuple[float, ...]

    @property
    def identity(self) -> tuple:
        """Tells it from other pairs."""
        return (self.content.identity, tuple(style.identity for style in self.styles), self.mix)


def choose(left, right) -> Chosen | None:
    """Show the choice of both pictures; None while one of them is still to be brought."""
    with left:
        content = _content(right)
        first = _style()
    if content is None or first is None:
        return None
    pair = controls.values(Pair)
    if pair.second_style == NONE or pair.second_share == 0:
        return Chosen(content, (first,), (1.0,))
    second = drawn_style(pair.second_style, 0)
    return Chosen(content, (first, second), (round(1 - pair.second_share, 2), pair.second_share))


def choose_small() -> Chosen | None:
    """Show the choice of both pictures in few lines, and return the pair; None while one is still to be brought."""
    pair = controls.values(Pair)
    if pair.content_source == "sample":
        controls.control(Pair, "content")
    if pair.style_source == "sample":
        controls.control(Pair, "style_kind")
    pair = controls.values(Pair)
    content = boxed_content(pair.content) if pair.content_source == "sample" else brought("content")
    style = drawn_style(pair.style_kind, pair.style_variant) if pair.style_source == "sample" else brought("style")
    if content is None or style is None:
        st.caption("Your picture is brought in **Transfer**.")
        return None
    return Chosen(content, (style,), (1.0,))


def brought(role: str) -> Photo | None:
    """Return the visitor's own picture of a role that another part of the page was given."""
    return st.session_state.get(f"_style_brought_{role}")


def choose_style() -> Chosen | None:
    """Show the choice of the style alone, and return it with the photograph that is there; None without a style."""
    first = _style()
    pair = controls.values(Pair)
    content = brought("content") if pair.content_source != "sample" else None
    return None if first is None else Chosen(content or boxed_content(pair.content), (first,), (1.0,))


def keep(role: str, photo: Photo) -> None:
    """Let a picture be the visitor's own of a role."""
    st.session_state[f"_style_brought_{role}"] = photo


def second_style_controls() -> None:
    """Show the choice of a second style and how much of it is mixed in."""
    if controls.control(Pair, "second_style") != NONE:
        controls.control(Pair, "second_share")


def _content(right) -> Photo | None:
    source = controls.control(Pair, "content_source")
    if source == "picture":
        return _uploaded("content", "Your picture")
    if source == "snapshot":
        with right:
            taken = snapshot(PAGE)
        return _bring("content", taken and Photo(("shot", id(taken)), taken.image, name="snapshot"))
    chosen = controls.values(Pair).content
    choose = lambda key: controls.put(Pair, {"content": key})  # noqa: E731
    picker("content-picker", "Picture", thumbnails("content"), chosen, choose)
    return boxed_content(chosen)


def _style() -> Photo | None:
    if controls.control(Pair, "style_source") == "picture":
        return _uploaded("style", "Your style picture")
    pair = controls.values(Pair)
    choose = lambda key: controls.put(Pair, {"style_kind": key, "style_variant": 0})  # noqa: E731
    picker("style-picker", "Style", thumbnails("style"), pair.style_kind, choose)
    controls.control(Pair, "style_variant")
    pair = controls.values(Pair)
    return drawn_style(pair.style_kind, pair.style_variant)


def _uploaded(role: str, label: str) -> Photo | None:
    return _bring(role, upload(f"{PAGE}-{role}", label, FILE_KINDS, _decode, TOLD))


def _bring(role: str, photo: Photo | None) -> Photo | None:
    """Keep what the visitor brought for the other parts of the page, and where nothing new is brought, return that."""
    if photo is not None:
        keep(role, photo)
    return brought(role)


def _decode(data: bytes, name: str) -> Photo:
    image = in_8_bits(decode_image(data, name, PX))
    check_picture(image, "The picture")
    return Photo(("file", hash(data)), image, data=data, name=name)


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


def full_size(photo: Photo) -> Photo:
    """Return the picture in the size of its file."""
    if not photo.data:
        return photo
    return replace(photo, image=in_8_bits(decode_image(photo.data, photo.name)))
