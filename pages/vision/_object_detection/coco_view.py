"""A whole data set: the visitor's files, COCO's table of twelve figures, and VOC's AP for each class."""

from __future__ import annotations

import streamlit as st

from engine.datasets.annotations import read_detections, read_truths
from engine.metrics.whole_set import SetProgress, measure_set
from pages._ui import controls, player
from pages._ui.scripts import script
from pages._ui.whole_set import DataSet, Half, brought, measured, upload_files
from pages.vision._object_detection import cases, coco_tables
from pages.vision._object_detection.measure_settings import Measures

KINDS = ("json", "xml", "txt", "zip")
RUN = "measure-set"


def dataset_part(left, right) -> None:
    """Draw the uploads at the left and the figures at the right."""
    with left:
        chosen = _uploads()
    with right:
        if chosen is not None:
            player.follow("whole-set", lambda: _part(chosen))


def _uploads() -> DataSet | None:
    """Offer the uploads; without any, return the bundled example; None after a refusal or while one half is missing."""
    true = upload_files("truth_files", "Truths", KINDS, "COCO JSON, VOC XML, or text: a file per image, or a zip.")
    found = upload_files(
        "detection_files", "Detections", KINDS, "COCO results JSON, or text: class score x y width height."
    )
    form = controls.control(Measures, "text_form")
    st.caption(
        "Several files or one zip each, at most 50 MB. The example’s two files below the table show COCO’s form."
    )
    truths = Half("truths", true, lambda files: read_truths(files, form))
    detections = Half("detections", found, lambda files, known: read_detections(files, known, form))
    return brought("detection", truths, detections, _example, form)


def _example() -> DataSet:
    ready = cases.example()
    files = {"truths/truths.json": ready.truth_file, "detections/detections.json": ready.detection_file}
    return DataSet(f"Example: {cases.N_SCENES} scenes", "example", ready.truths, ready.detections, lambda: files)


def _part(chosen: DataSet) -> bool:
    """Draw how far the job is, or its figures; return whether it goes on."""
    truths = chosen.truths
    args = (truths.truths, chosen.found.predictions, truths.format != "COCO")
    done, goes_on = measured(RUN, chosen, measure_set, *args)
    if done is not None:
        _figures(chosen, done)
    return goes_on


def _figures(chosen: DataSet, done: SetProgress) -> None:
    truths, found = chosen.truths, chosen.found
    n_true = sum(len(one.boxes) for one in truths.truths)
    n_found = sum(len(one.boxes) for one in found.predictions)
    left_out = f" {found.n_left_out:,} detections of unknown classes were left out." if found.n_left_out else ""
    st.markdown(
        f"**{chosen.title}** ({truths.format}): {len(truths.truths):,} images, {len(truths.names):,} classes, "
        f"{n_true:,} truths, {n_found:,} detections.{left_out}"
    )
    coco_tables.show(truths.names, done)
    form = controls.values(Measures).text_form
    coco_tables.take_away_part(truths.names, done, script("coco_table", lambda: ({"text_form": form}, chosen.files())))
