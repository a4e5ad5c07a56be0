"""Take it away: a row of downloads, each made only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

KINDS = {
    "csv": "text/csv",
    "py": "text/x-python",
    "safetensors": "application/octet-stream",
    "json": "application/json",
}
KINDS |= {"png": "image/png", "wav": "audio/wav", "mp4": "video/mp4", "zip": "application/zip"}
KINDS |= {"flac": "audio/flac", "mp3": "audio/mpeg"}


@dataclass(frozen=True)
class Export:
    """One file to take away.

    Attributes:
        label: what it is.
        file_name: with the ending that gives its kind.
        make: returns the bytes.
        help: what is in it.
    """

    label: str
    file_name: str
    make: Callable[[], bytes]
    help: str


def take_away(exports: Sequence[Export]) -> None:
    """Show the section with its downloads, and how to share the page."""
    st.subheader("Take it away", anchor="take-it-away")
    with st.container(horizontal=True):
        for export in exports:
            kind = export.file_name.rsplit(".", 1)[-1]
            st.download_button(
                export.label,
                data=export.make,
                file_name=export.file_name,
                mime=KINDS[kind],
                key=f"export-{export.file_name}",
                help=export.help,
                on_click="ignore",
                icon=":material/download:",
            )
    st.caption("The address of this page holds every setting and the seed: send it, and it opens the same picture.")
