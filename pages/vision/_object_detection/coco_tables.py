"""The figures of a measured data set as tables and a curve, and the files to take away."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from engine.io.tables import write_csv
from engine.metrics.coco import FIGURES
from engine.metrics.detection import ClassResult, average_precision
from engine.metrics.whole_set import VOC_THRESHOLDS, SetProgress
from pages._ui import charts
from pages._ui.exports import Export, take_away
from pages._ui.figure_table import DIGITS, figure_columns, figure_markdown, known
from pages.vision._object_detection import cases

MOST_ROWS, TABLE_PX = 14, 490  # of a table before it scrolls
LINES = dict(zip(VOC_THRESHOLDS, (("data", "solid"), ("fit", "dash"), ("truth", "dot")), strict=True))


def show(names: tuple[str, ...], done: SetProgress) -> None:
    """Draw the twelve figures, the classes, and one class's curve."""
    figures, by_class = figure_columns(done.table.figures, FIGURES), class_columns(names, done)
    table, classes = st.columns(2, gap="medium")
    with table:
        st.markdown("**COCO’s twelve figures**")
        st.markdown(figure_markdown(figures))
    with classes:
        st.markdown("**PASCAL VOC: AP by class and IoU threshold**")
        _dataframe(by_class)
        means = ", ".join(f"{done.voc[t].mean_ap:.4f} at {_dot(t)}" for t in VOC_THRESHOLDS)
        st.markdown(f"mAP, the mean over the classes: {means}")
    known = [label for label, name in enumerate(names) if _curve(done, 0.5, label) is not None]
    if known:
        _one_class(names, known, done)


def class_columns(names: tuple[str, ...], done: SetProgress) -> dict[str, list]:
    """Return each class's truths and its AP: VOC's at three thresholds, the 11-point one at .5, and COCO's."""
    columns: dict[str, list] = {"class": list(names)}
    coco = {row.label: row for row in done.table.classes}
    labels = range(len(names))
    columns["truths"] = [coco[label].n_truths if label in coco else 0 for label in labels]
    for t in VOC_THRESHOLDS:
        columns[f"AP {_dot(t)}"] = [_ap(_curve(done, t, label), "every point") for label in labels]
    columns["COCO AP"] = [known(coco[label].figures["AP"]) if label in coco else None for label in labels]
    columns["11 points .5"] = [_ap(_curve(done, 0.5, label), "11 points") for label in labels]
    return columns


def curve_columns(names: tuple[str, ...], done: SetProgress) -> dict[str, list]:
    """Return every class's curve at every threshold, a row for each detection."""
    rows = [
        (names[one.label], t, *point)
        for t in VOC_THRESHOLDS
        for one in done.voc[t].classes
        for point in zip(one.scores.tolist(), one.precision.tolist(), one.recall.tolist(), strict=True)
    ]
    columns = ("class", "IoU threshold", "score", "precision", "recall")
    return {name: [row[k] for row in rows] for k, name in enumerate(columns)}


def _one_class(names: tuple[str, ...], known: list[int], done: SetProgress) -> None:
    label = st.selectbox("Precision-recall curve of", known, format_func=lambda k: names[k], key="curve_class")
    fig = charts.figure("recall", "precision", 260, xaxis={"range": [0, 1.02]}, yaxis={"range": [0, 1.05]})
    for t, (role, dash) in LINES.items():
        one = _curve(done, t, label)
        name = f"IoU ≥ {_dot(t)}: AP {one.ap:.4f}"
        fig.add_scatter(
            x=one.recall.tolist(),
            y=one.precision.tolist(),
            customdata=one.scores.tolist(),
            name=name,
            mode="lines+markers",
            line={"color": charts.color(role), "width": 2, "dash": dash},
            marker={"size": 4},
            hovertemplate="score %{customdata:.3g}: recall %{x:.3f}, precision %{y:.3f}<extra>" + name + "</extra>",
        )
    charts.show(fig, "class-curve", f"Precision over recall of the class {names[label]} at three IoU thresholds.")


def take_away_part(names: tuple[str, ...], done: SetProgress, script: Export) -> None:
    """Offer the tables, the example's two files, and the script."""
    figures, by_class = figure_columns(done.table.figures, FIGURES), class_columns(names, done)
    example = cases.example
    take_away(
        [
            Export("Twelve figures", "coco.csv", lambda: write_csv(figures), "COCO's table."),
            Export("AP by class", "classes.csv", lambda: write_csv(by_class), "One row a class."),
            Export("Curves", "curves.csv", lambda: write_csv(curve_columns(names, done)), "One row a detection."),
            Export("Example: truths", "truths.json", lambda: example().truth_file, "COCO's form, 40 drawn scenes."),
            Export("Example: detections", "detections.json", lambda: example().detection_file, "COCO's results form."),
            script,
        ]
    )


def _dataframe(columns: dict[str, list]) -> None:
    n_rows = len(next(iter(columns.values())))
    real = [name for name, column in columns.items() if any(isinstance(v, float) for v in column)]
    shape = {name: st.column_config.NumberColumn(format=f"%.{DIGITS}f") for name in real}
    height = "content" if n_rows <= MOST_ROWS else TABLE_PX
    st.dataframe(columns, hide_index=True, height=height, column_config=shape)


def _curve(done: SetProgress, threshold: float, label: int) -> ClassResult | None:
    """Return a class's curve, or None where it has no truth to find or no detection."""
    found = (one for one in done.voc[threshold].classes if one.label == label and not math.isnan(one.ap))
    return next(found, None)


def _ap(one: ClassResult | None, kind: str) -> float | None:
    return None if one is None else average_precision(np.asarray(one.precision), one.recall, kind)


def _dot(threshold: float) -> str:
    return f"{threshold:g}".removeprefix("0")
