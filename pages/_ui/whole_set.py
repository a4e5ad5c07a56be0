"""A whole data set of the visitor's: two uploads, what is true and what was found, measured as one job."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from engine.errors import EngineError, InvalidInput, constraint
from pages._ui import player
from pages._ui.scripts import safe_name
from pages._ui.session import remember


@dataclass(frozen=True, eq=False)
class DataSet:
    """Truths and what was found, their title, what tells them apart, and the files they were read from."""

    title: str
    identity: Hashable
    truths: Any
    found: Any
    files: Callable[[], dict[str, bytes]]


@dataclass(frozen=True)
class Half:
    """One of the two uploads.

    Attributes:
        name: "truths", "detections" …: in sentences, and the folder of its files beside a script.
        files: what the visitor brought.
        read: file name → bytes to what they hold; that of what was found gets the truths too.
    """

    name: str
    files: Sequence[Any]
    read: Callable[..., Any]


def brought(
    topic: str, truths: Half, found: Half, example: Callable[[], DataSet], way: Hashable = ""
) -> DataSet | None:
    """Return the visitor's set, without any file the example; None after a refusal or while one half is missing.

    Args:
        topic: of the page, for what is remembered.
        truths, found: the two uploads.
        example: makes the bundled set.
        way: whatever else decides how files are read.
    """
    halves = (truths, found)
    missing = [half.name for half in halves if not half.files]
    if len(missing) == 2:
        return example()
    if missing:
        st.info(f"Now bring the {missing[0]} too.", icon=":material/upload_file:")
        return None
    ids = tuple(tuple(file.file_id for file in half.files) for half in halves)
    true = _read(f"{topic}:{truths.name}", (ids[0], way), truths.files, truths.read)
    if true is None:
        return None
    answers = _read(f"{topic}:{found.name}", (ids, way), found.files, lambda files: found.read(files, true))
    if answers is None:
        return None
    files = lambda: {**_below(truths), **_below(found)}  # noqa: E731
    return DataSet("Your files", (ids, way), true, answers, files)


def upload_files(key: str, label: str, kinds: Sequence[str], help: str) -> list[Any]:
    """Offer the upload of one half, of one file or several."""
    return st.file_uploader(label, type=list(kinds), key=key, accept_multiple_files=True, help=help)


def measured(run: str, chosen: DataSet, steps: Callable[..., Iterator[Any]], *args: Any) -> tuple[Any | None, bool]:
    """Measure by `steps(*args)`; draw how far that is, with a button to stop it.

    Returns:
        The last snapshot once it is there, and whether the job goes on: what a part inside `player.follow` returns.
    """
    stopped = f"_stopped {run}"
    if st.session_state.get(stopped) == chosen.identity:
        st.info("Stopped.", icon=":material/stop_circle:")
        st.button("Start again", key="measure_again", on_click=lambda: st.session_state.update({stopped: None}))
        return None, False

    def stop() -> None:
        st.session_state[stopped] = chosen.identity
        player.stop(run)

    held = player.run(run, steps, *args, identity=chosen.identity, heavy=True)
    if not player.ended(held):
        st.progress(held.job.progress or 0.0, text=player.waiting_note(held))
        st.button("Stop", key="stop_set", icon=":material/stop:", on_click=stop)
        return None, True
    return (held.job.latest if held.job.status == "done" else None), False


def _below(half: Half) -> dict[str, bytes]:
    return {f"{half.name}/{safe_name(file.name)}": file.getvalue() for file in half.files}


def _read(key: str, identity: Hashable, files: Sequence[Any], decode: Callable[[dict[str, bytes]], Any]) -> Any | None:
    """Return what the files hold, remembered; one sentence instead where they are refused."""

    def build() -> Any:
        by_name = {file.name: file.getvalue() for file in files}
        if len(by_name) < len(files):
            raise InvalidInput(constraint("The files", "of different names", "one twice", "Leave one of the two out."))
        return decode(by_name)

    try:
        with st.spinner("Reading …"):
            return remember(key, identity, build)
    except EngineError as error:
        st.error(str(error), icon=":material/error:")
        return None
