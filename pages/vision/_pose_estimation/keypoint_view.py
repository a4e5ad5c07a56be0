"""A whole data set: the visitor's files, COCO's ten figures for keypoints, and curves at several thresholds."""

from __future__ import annotations

import json

import numpy as np
import streamlit as st

from engine.datasets.annotation_keypoints import read_keypoint_results, read_keypoint_truths
from engine.io.tables import write_csv
from engine.metrics.detection import LEVELS
from engine.metrics.pose_table import FIGURES, OKS_THRESHOLDS, KeypointTable, keypoint_steps
from pages._ui import charts, player
from pages._ui.exports import Export, take_away
from pages._ui.figure_table import figure_columns, figure_markdown, known
from pages._ui.scripts import script
from pages._ui.whole_set import DataSet, Half, brought, measured, upload_files
from pages.vision._pose_estimation import measure_cases

KINDS = ("json", "zip")
RUN = "measure-people"
CURVES = {0: ("data", "solid"), 5: ("fit", "dash"), 7: ("truth", "dot"), 9: ("validation", "dashdot")}  # thresholds


def dataset_part(left, right) -> None:
    """Draw the uploads at the left and the figures at the right."""
    with left:
        chosen = _uploads()
    with right:
        if chosen is not None:
            player.follow("whole-people-set", lambda: _part(chosen))


def _uploads() -> DataSet | None:
    """Offer the uploads; without any, return the bundled example; None after a refusal or while one half is missing."""
    true = upload_files("pose_truth_files", "Truths", KINDS, "COCO JSON, such as person_keypoints_val2017.json.")
    found = upload_files("pose_result_files", "Results", KINDS, "COCO results JSON: image_id, keypoints, score.")
    st.caption(
        "One JSON file each, or a zip of it, at most 50 MB, with COCO’s 17 keypoints. The example’s two files below "
        "the table show the form."
    )
    return brought(
        "pose", Half("truths", true, read_keypoint_truths), Half("results", found, read_keypoint_results), _example
    )


def _example() -> DataSet:
    ready = measure_cases.example()
    files = {"truths/truths.json": ready.truth_file, "results/results.json": ready.result_file}
    title = f"Example: {measure_cases.N_PICTURES} drawn pictures"
    return DataSet(title, "example", ready.truths, ready.results, lambda: files)


def _part(chosen: DataSet) -> bool:
    """Draw how far the job is, or its figures; return whether it goes on."""
    done, goes_on = measured(RUN, chosen, keypoint_steps, chosen.truths.truths, chosen.found.predictions)
    if done is not None:
        _figures(chosen, done.table)
    return goes_on


def _figures(chosen: DataSet, table: KeypointTable) -> None:
    n_found = sum(len(one.scores) for one in chosen.found.predictions)
    left_out = f" {chosen.found.n_left_out:,} of another category were left out." if chosen.found.n_left_out else ""
    st.markdown(
        f"**{chosen.title}**: {len(chosen.truths.truths):,} images, {table.n_truths:,} people to find, "
        f"{n_found:,} found.{left_out}"
    )
    figures = figure_columns(table.figures, FIGURES)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**COCO’s ten figures for keypoints**")
        st.markdown(figure_markdown(figures))
    with right:
        _curves(table)
        st.markdown(_reading(table))
    example = measure_cases.example
    as_json = lambda: json.dumps(dict(zip(FIGURES, figures["value"], strict=True)), indent=1).encode()  # noqa: E731
    take_away(
        [
            Export("Ten figures", "keypoints.csv", lambda: write_csv(figures), "COCO's table."),
            Export("Ten figures, JSON", "keypoints.json", as_json, "The same, name to value; null without truths."),
            Export("Curves", "keypoint_curves.csv", lambda: write_csv(curve_columns(table)), "Ten thresholds."),
            Export("Example: truths", "truths.json", lambda: example().truth_file, "COCO's form, drawn people."),
            Export("Example: results", "results.json", lambda: example().result_file, "COCO's results form."),
            script("keypoint_table", lambda: ({}, chosen.files())),
        ]
    )


def _curves(table: KeypointTable) -> None:
    fig = charts.figure("recall", "precision", 330, xaxis={"range": [0, 1.02]}, yaxis={"range": [0, 1.05]})
    for t, (role, dash) in CURVES.items():
        name = f"OKS ≥ {_dot(t)}: AP {_written(table.precision[t].mean())}"
        fig.add_scatter(
            x=LEVELS["coco 101"].tolist(),
            y=[known(value) for value in table.precision[t]],
            name=name,
            mode="lines",
            line={"color": charts.color(role), "width": 2, "dash": dash},
            hovertemplate="recall %{x:.2f}, precision %{y:.3f}<extra>" + name + "</extra>",
        )
    st.markdown("**Precision over recall at four of the thresholds**")
    charts.show(fig, "keypoint-curves", "Precision over recall at the OKS thresholds .50, .75, .85 and .95.")


def _reading(table: KeypointTable) -> str:
    """Write AP as the mean that it is."""
    terms = " + ".join(_written(value) for value in table.precision.mean(1))
    return (
        f"AP = mean over t = .50, .55 … .95 = ({terms}) / 10 = **{_written(table.figures['AP'])}**. Each term is the "
        "mean of the precision at 101 levels of recall. With a higher t fewer found people are near enough to count."
    )


def curve_columns(table: KeypointTable) -> dict[str, list]:
    """Return precision at 101 levels of recall for each of the ten thresholds."""
    return {
        "OKS threshold": np.repeat(OKS_THRESHOLDS.round(2), 101).tolist(),
        "recall": np.tile(LEVELS["coco 101"], 10).tolist(),
        "precision": [known(value) for value in table.precision.ravel()],
    }


def _dot(t: int) -> str:
    return f"{OKS_THRESHOLDS[t]:.2f}".removeprefix("0")


def _written(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.4f}"
