"""The pair of pictures that the style page works on: a photograph, and one style picture or two."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from engine.io.images import decode_image
from engine.style_transfer.sizes import check_picture
from pages._ui import controls
from pages._ui.picker import picker
from pages._ui.pictures import KINDS as FILE_KINDS
from pages._ui.pictures import in_8_bits, snapshot
from pages._ui.uploads import upload
from pages.vision._style_transfer.photos import PX, Photo, boxed_content, drawn_style, jpeg, thumbnails
from pages.vision._style_transfer.view import NONE, PAGE, Pair

__all__ = ["Photo", "boxed_content", "drawn_style", "jpeg"]  # what a part of the page asks here for, from `photos`
TOLD = "PNG, JPEG, WebP, GIF, BMP or TIFF: at most 25 megapixels. Of an animation the first picture is taken."


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
