"""The visitor's own pictures: one zip or several files, read beside the page, and what of them was left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from engine.datasets.picture_folder import read_pictures
from engine.errors import EngineError
from engine.io import limits
from pages._ui import player
from pages._ui.pictures import KINDS

RUN, KEPT, STOPPED = "train-reading", "_train_own", "_train_reading_stopped"
SIDE_PX = 64  # at which they are kept; smaller ones are made of these
HELP = (
    f"{limits.MIN_FOLDER_PICTURES} to {limits.MAX_FOLDER_PICTURES:,} pictures: one zip, or the files themselves. "
    f"At most {limits.MAX_UPLOAD_BYTES // 1024**2} MB a file, {limits.MAX_FOLDER_BYTES // 10**6} MB unpacked. "
    "Each is cut to its middle square."
)


@dataclass(frozen=True, eq=False)
class Own:
    """The pictures, uint8 (N, 3, 64, 64), what tells them apart from others, and the files left out with the reason."""

    identity: tuple[str, ...]
    images: Any  # a tensor; pages do without importing torch
    left_out: tuple[tuple[str, str], ...]
    n_left_out: int


def own_pictures() -> Own | None:
    """Return the pictures that were brought, once they have been read."""
    return st.session_state.get(KEPT)


def upload_part() -> None:
    """Offer the upload and read what comes; a refusal is one sentence."""
    files = st.file_uploader(
        "Your pictures", type=["zip", *KINDS], key="train-files", accept_multiple_files=True, help=HELP
    )
    identity = tuple(file.file_id for file in files)
    own = own_pictures()
    if files and (own is None or own.identity != identity):
        player.follow("train-reading", lambda: _reading(files, identity))
    elif own is not None:
        _told(own)
    else:
        st.caption("Bring a zip or several files. Nothing of them is kept longer than your visit.")


def _reading(files: list[Any], identity: tuple[str, ...]) -> bool:
    try:
        held = player.run(
            RUN, _read, [(one.name, one.getvalue()) for one in files], identity=identity, heavy=True, wait_s=0.5
        )
    except EngineError as error:
        st.error(str(error), icon=":material/error:")
        return False
    if not player.ended(held):
        st.progress(held.job.progress or 0.0, text=player.waiting_note(held) or "Reading.")
        return True
    if held.job.latest is not None and held.job.latest.pictures is not None:
        found = held.job.latest.pictures
        own = Own(identity, found.images, found.left_out, found.n_left_out)
        st.session_state[KEPT] = own
        player.forget(RUN)  # which holds the files
        _told(own)
    return False


def _read(files: list[tuple[str, bytes]]):
    return read_pictures(files, SIDE_PX)


def _told(own: Own) -> None:
    n = len(own.images)
    st.caption(f"{n:,} pictures to learn from." + (f" {own.n_left_out:,} left out:" if own.n_left_out else ""))
    if own.n_left_out:
        with st.expander(f"Left out: {own.n_left_out:,}", icon=":material/report:"):
            st.markdown("\n".join(f"- `{name}`: {_plain(reason)}" for name, reason in own.left_out))
            if own.n_left_out > len(own.left_out):
                st.caption(f"and {own.n_left_out - len(own.left_out):,} more")


def _plain(text: str) -> str:
    """Return text that Markdown leaves as it is."""
    return "".join(f"\\{one}" if one in "\\`*_{}[]()#+-!<>$|~:" else one for one in text)
