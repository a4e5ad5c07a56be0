"""A whole data set: the visitor's files, COCO's table of twelve figures, and VOC's AP for each class."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st

from engine.datasets.annotations import DetectionSet, TruthSet, read_detections, read_truths
from engine.errors import EngineError, InvalidInput, constraint
from engine.metrics.whole_set import SetProgress, measure_set
from pages._ui import controls, player
from pages._ui.session import remember
from pages.vision._object_detection import cases, coco_tables, scripts
from pages.vision._object_detection.measure_settings import Measures

KINDS = ("json", "xml", "txt", "zip")
RUN = "measure-set"
Read = TypeVar("Read")


@dataclass(frozen=True, eq=False)
class DataSet:
    """Truths and detections, what they are called, what tells them apart, and the files they were read from."""

    title: str
    identity: Hashable
    truths: TruthSet
    detections: DetectionSet
    files: Callable[[], dict[str, bytes]]


def dataset_part(left, right) -> None:
    """Draw the uploads at the left and the figures at the right."""
    with left:
        chosen = _uploads()
    with right:
        if chosen is not None:
            player.follow("whole-set", lambda: _measured(chosen))


def _uploads() -> DataSet | None:
    """Offer the uploads; without any, return the bundled example; None after a refusal or while one half is missing."""
    truth_files = _files("truth_files", "Truths", "COCO JSON, VOC XML, or text: a file per image, or a zip.")
    found_files = _files("detection_files", "Detections", "COCO results JSON, or text: class score x y width height.")
    form = controls.control(Measures, "text_form")
    st.caption(
        "Several files or one zip each, at most 50 MB. The example’s two files below the table show COCO’s form."
    )
    if not truth_files and not found_files:
        ready = cases.example()
        files = {"truths/truths.json": ready.truth_file, "detections/detections.json": ready.detection_file}
        return DataSet(f"Example: {cases.N_SCENES} scenes", "example", ready.truths, ready.detections, lambda: files)
    if not truth_files or not found_files:
        missing = "truths" if not truth_files else "detections"
        st.info(f"Now bring the {missing} too.", icon=":material/upload_file:")
        return None
    names = tuple(tuple(file.file_id for file in files) for files in (truth_files, found_files))
    truths = _read("truths", (names[0], form), truth_files, lambda files: read_truths(files, form))
    if truths is None:
        return None
    found = _read("detections", (names, form), found_files, lambda files: read_detections(files, truths, form))
    if found is None:
        return None
    files = lambda: {**_below("truths", truth_files), **_below("detections", found_files)}  # noqa: E731
    return DataSet("Your files", (names, form), truths, found, files)


def _below(folder: str, files: list[Any]) -> dict[str, bytes]:
    return {f"{folder}/{scripts.safe_name(file.name)}": file.getvalue() for file in files}


def _files(key: str, label: str, help: str) -> list[Any]:
    return st.file_uploader(label, type=list(KINDS), key=key, accept_multiple_files=True, help=help)


def _read(key: str, identity: Hashable, files: list[Any], decode: Callable[[dict[str, bytes]], Read]) -> Read | None:
    """Return what the files hold, remembered; one sentence instead where they are refused."""

    def build() -> Read:
        by_name = {file.name: file.getvalue() for file in files}
        if len(by_name) < len(files):
            raise InvalidInput(constraint("The files", "of different names", "one twice", "Leave one of the two out."))
        return decode(by_name)

    try:
        with st.spinner("Reading …"):
            return remember(f"detection:{key}", identity, build)
    except EngineError as error:
        st.error(str(error), icon=":material/error:")
        return None


def _measured(chosen: DataSet) -> bool:
    """Draw how far the job is, or its figures; return whether it goes on."""
    if st.session_state.get("_set_stopped") == chosen.identity:
        st.info("Stopped.", icon=":material/stop_circle:")
        st.button("Start again", key="measure_again", on_click=lambda: st.session_state.update(_set_stopped=None))
        return False
    truths, found = chosen.truths, chosen.detections
    args = (truths.truths, found.predictions, truths.format != "COCO")
    held = player.run(RUN, measure_set, *args, identity=chosen.identity, heavy=True)
    if not player.ended(held):
        st.progress(held.job.progress or 0.0, text=player.waiting_note(held))
        st.button("Stop", key="stop_set", icon=":material/stop:", on_click=lambda: _stop(chosen.identity))
        return True
    if held.job.status == "done":
        _figures(chosen, held.job.latest)
    return False


def _stop(identity: Hashable) -> None:
    st.session_state["_set_stopped"] = identity
    player.stop(RUN)


def _figures(chosen: DataSet, done: SetProgress) -> None:
    truths, found = chosen.truths, chosen.detections
    n_true = sum(len(one.boxes) for one in truths.truths)
    n_found = sum(len(one.boxes) for one in found.predictions)
    left_out = f" {found.n_left_out:,} detections of unknown classes were left out." if found.n_left_out else ""
    st.markdown(
        f"**{chosen.title}** ({truths.format}): {len(truths.truths):,} images, {len(truths.names):,} classes, "
        f"{n_true:,} truths, {n_found:,} detections.{left_out}"
    )
    coco_tables.show(truths.names, done)
    form = controls.values(Measures).text_form
    coco_tables.take_away_part(
        truths.names, done, scripts.script("coco_table", lambda: ({"text_form": form}, chosen.files()))
    )
