"""Where a page's picture comes from: our own drawings, an upload, the camera, or a frame of a stream."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from pages._ui import controls, pictures
from pages._ui.pictures import Picture

SOURCES = {
    "sample": "Sample",
    "picture": "Picture",
    "snapshot": "Snapshot",
    "camera": "Camera",
    "video": "Video",
}
MOVING = ("camera", "video")


@dataclass(frozen=True)
class Sources:
    """A page's sources.

    Attributes:
        page: its name, before the keys of its widgets.
        settings: the class of `source`, whose options are `SOURCES`, and of `sample`, the number of a drawing.
        source, sample: the two fields.
        draw: makes the drawing of a number.
    """

    page: str
    settings: type
    source: str
    sample: str
    draw: Callable[[int], Picture]

    def choose(self, left, right) -> tuple[str, Picture | None]:
        """Show the choice and what the source needs; return it and its picture.

        There is none yet where nothing was uploaded, taken or frozen; of a moving source it is the frozen frame.
        """
        with left:
            source = controls.control(self.settings, self.source)
            if source == "sample":
                controls.control(self.settings, self.sample)
        with right if source == "snapshot" else left:
            match source:
                case "picture":
                    return source, pictures.uploaded(self.page)
                case "snapshot":
                    return source, pictures.snapshot(self.page)
                case "sample":
                    return source, self.draw(getattr(controls.values(self.settings), self.sample))
        return source, pictures.frozen(self.page)


def ask(source: str) -> None:
    """Say how to bring the picture that is not there yet."""
    match source:
        case "picture":
            said = "Upload a picture at the left."
        case "snapshot":
            said = "Take a picture with the camera."
        case _:
            said = "Freeze a frame in **Live** first, or choose another source."
    st.info(said, icon=":material/add_photo_alternate:")
