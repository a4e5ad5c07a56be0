"""Precision and recall of one picture: the matching drawn and listed, and the curve with its three averages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from engine.io.tables import write_csv
from engine.metrics.box_matching import Matches, match
from engine.metrics.detection import precision_recall
from engine.metrics.image_boxes import GroundTruth, Predictions
from pages._ui import controls, drawn_rows
from pages._ui.box_canvas import LINKED, box_canvas, is_moving
from pages._ui.curve_panels import ap_equations, ap_panels
from pages._ui.exports import Export, take_away
from pages._ui.live import layer, live
from pages._ui.numbers import number
from pages._ui.scripts import script
from pages.vision._object_detection import cases
from pages.vision._object_detection.measure_settings import Measures

KEY = "case_boxes"
HEIGHT, WIDTH = cases.SIZE
MOST_BOXES = 60
MOST_ROWS, TABLE_PX = 9, 330  # of the table before it scrolls
AROUND_PX = 5  # between a missed truth and the dashes around it


@dataclass(frozen=True, eq=False)
class Judged:
    """What became of the boxes of one picture.

    Attributes:
        truths: (N, 4).
        found: (M, 4) by falling score, as all that follows.
        matches: of the one class.
        precision, recall: (M,) after each detection.
        kept: (M,) bool, of at least the score threshold.
    """

    truths: np.ndarray
    found: np.ndarray
    matches: Matches
    precision: np.ndarray
    recall: np.ndarray
    kept: np.ndarray


def precision_part(left, right) -> None:
    """Draw the controls at the left; boxes, matching and curve at the right."""
    with left:
        for name in ("case", "match_iou", "cut", "rule"):
            controls.control(Measures, name)
        st.caption(
            "All boxes are of one class. Green detections found a truth, red ones did not; dashes mark a truth that no "
            "detection found. Pale detections are below the score threshold. Move, draw, delete or rescore any box."
        )
    with right:
        _picture_and_curve()


@st.fragment  # a dragged box draws this alone again
def _picture_and_curve() -> None:
    settings = controls.values(Measures)
    ready, revision = cases.case(settings.case), str(settings.case)
    boxes = drawn_rows.current(KEY, revision, lambda: ready.boxes, LINKED)
    judged = judge(boxes, settings)
    picture, table = st.columns([6, 5], gap="medium")
    with picture:
        box_canvas(
            KEY,
            boxes,
            WIDTH,
            HEIGHT,
            image=ready.jpeg,
            layers=_layers(judged) if judged else (),
            classes=(("truth", "data"), ("found", "residual")),
            max_boxes=MOST_BOXES,
            height_px=360,
            title="Truths and detections",
            revision=revision,
            on_change=lambda changed: drawn_rows.keep(KEY, revision, changed, LINKED, is_moving(KEY)),
            scores=True,
            unscored=(0,),
        )
    with table:
        if judged is None:
            st.info("Draw at least one truth and one detection.", icon=":material/select_all:")
            return
        rows = _table(judged)
        st.markdown(f"**Matching by falling score, IoU ≥ {settings.match_iou:g}**")
        height = "content" if len(rows["#"]) <= MOST_ROWS else TABLE_PX
        st.dataframe(rows, hide_index=True, height=height, column_config=_narrow())
        st.markdown(_reading(judged, settings.cut))
    _curves(judged, settings)
    csv = lambda: write_csv({name: [str(v) for v in column] for name, column in rows.items()})  # noqa: E731
    take_away(
        [
            Export("Matching and curve", "precision_recall.csv", csv, "One row a detection, by falling score."),
            script("precision_of_boxes", lambda: (_of_script(judged, settings), {})),
        ]
    )


def judge(boxes: np.ndarray, settings: Measures) -> Judged | None:
    """Match the boxes (m, 6) of a canvas; None without any truth or any detection."""
    truths = boxes[boxes[:, 4] == cases.TRUTH, :4]
    found = boxes[boxes[:, 4] == cases.DETECTION]
    if not len(truths) or not len(found):
        return None
    one_class = GroundTruth(truths, np.zeros(len(truths))), Predictions(found[:, :4], np.zeros(len(found)), found[:, 5])
    matches = match(one_class[:1], one_class[1:], settings.match_iou, settings.rule)[0]
    precision, recall = precision_recall(matches.is_true, matches.n_truths)
    kept = matches.score >= settings.cut - 1e-9
    return Judged(truths, found[matches.detection, :4], matches, precision, recall, kept)


def _of_script(judged: Judged, settings: Measures) -> dict[str, Any]:
    found = np.column_stack([judged.found, judged.matches.score])
    rule = {"match_iou": settings.match_iou, "rule": settings.rule}
    return {**rule, "truths": judged.truths.tolist(), "detections": found.tolist()}


def _layers(judged: Judged) -> list[dict]:
    """Draw what was found, false and missed, with the numbers of the table."""
    is_true, missed = judged.matches.is_true, judged.matches.missed[:, 1]
    alpha = np.where(judged.kept, 1.0, 0.35)
    layers = [
        _boxes(judged.found[chosen], role, name, fill=0.32, width=9, alpha=alpha[chosen])
        for chosen, role, name in ((is_true, "truth", "true positive"), (~is_true, "bad", "false positive"))
    ]
    around = np.array([-AROUND_PX, -AROUND_PX, AROUND_PX, AROUND_PX])
    layers.append(_boxes(judged.truths[missed] + around, "outlier", "missed truth", dash=True, width=2.5))
    x, y = judged.found[:, 0], judged.found[:, 3]
    marks = [f"{k} {'TP' if true else 'FP'}" for k, true in enumerate(is_true, 1)]
    layers.append(_tags(x, y, marks, ["truth" if true else "bad" for true in is_true], alpha))
    low, high = judged.truths[:, :2], judged.truths[:, 2:]
    x, y = ((low + high) / 2).T
    layers.append(_tags(x, y, [f"T{k}" for k in range(1, len(x) + 1)], ["data"] * len(x), np.ones(len(x))))
    return layers


def _boxes(corners: np.ndarray, role: str, name: str, **look) -> dict:
    x0, y0, x1, y1 = corners.T
    return layer("boxes", role, name=name, legend=True, x0=x0, y0=y0, x1=x1, y1=y1, **look)


def _tags(x: np.ndarray, y: np.ndarray, text: list[str], roles: list[str], alpha: np.ndarray) -> dict:
    """Write texts at places: the labels of boxes without extent."""
    return layer("boxes", x0=x, y0=y, x1=x, y1=y, text=text, roles=roles, alpha=alpha, width=0)


def _table(judged: Judged) -> dict[str, list]:
    m = judged.matches
    return {
        "#": list(range(1, len(m.score) + 1)),
        "score": m.score.round(3).tolist(),
        "result": ["TP" if true else "FP" for true in m.is_true],
        "IoU": m.iou.round(3).tolist(),
        "truth": [f"T{k + 1}" if k >= 0 else "–" for k in m.truth],
        "precision": judged.precision.round(4).tolist(),
        "recall": judged.recall.round(4).tolist(),
    }


def _narrow() -> dict:
    """Return the looks of the table's columns: they fit beside the picture."""
    column, three = st.column_config, "%.3f"
    return {
        "#": column.NumberColumn(width=28),
        "score": column.NumberColumn(format="%.2f", width=44),
        "result": column.TextColumn("", width=32, help="true or false positive"),
        "IoU": column.NumberColumn(format=three, width=48),
        "truth": column.TextColumn(width=42),
        "precision": column.NumberColumn("prec.", format=three, width=48, help="precision so far"),
        "recall": column.NumberColumn(format=three, width=48, help="recall so far"),
    }


def _reading(judged: Judged, cut: float) -> str:
    """Say what the score threshold gives, with its numbers in the formulas."""
    kept, is_true, n = judged.kept, judged.matches.is_true, judged.matches.n_truths
    tp, fp = int((kept & is_true).sum()), int((kept & ~is_true).sum())
    precision = f"{tp} / ({tp} + {fp}) = {number(tp / (tp + fp))}" if tp + fp else "not defined: nothing is kept"
    return (
        f"At score ≥ {cut:g}: true positives **{tp}**, false positives **{fp}**, missed **{n - tp}**  \n"
        f"precision = {precision}  \nrecall = {tp} / {n} = {number(tp / n)}"
    )


def _curves(judged: Judged, settings: Measures) -> None:
    live(
        "precision-recall",
        ap_panels(judged.precision, judged.recall, int(judged.kept.sum())),
        equations=ap_equations(judged.precision, judged.recall),
        note="The ring marks the score threshold: lower it, and the ring moves along the curve to more recall.",
    )
