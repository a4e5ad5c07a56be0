"""Several people in one picture: who found whom by OKS, precision and recall, and AP over the thresholds."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from engine.datasets.imperfect_poses import write_results, write_truths
from engine.io.tables import write_csv
from engine.metrics.pose_table import OKS_THRESHOLDS
from pages._ui import controls
from pages._ui.curve_panels import ap_panels
from pages._ui.exports import Export, take_away
from pages._ui.live import axis, layer, live, panel
from pages._ui.numbers import number
from pages._ui.scripts import script
from pages.vision._pose_estimation.measure_cases import PEOPLE_SIZE, People, people
from pages.vision._pose_estimation.measure_settings import JOINTS, PoseMeasures
from pages.vision._pose_estimation.people_numbers import COUNTED, Judged, judge, result, table
from pages.vision._pose_estimation.plain_skeleton import plain_skeleton

HEIGHT, WIDTH = PEOPLE_SIZE
TAG = (60, 22)  # px of the picture, the room of a number and its result
ROLES = {"TP": "truth", "FP": "bad", "–": "residual"}


def people_part(left, right) -> None:
    """Draw the controls at the left; people, matching and curves at the right."""
    with left:
        for name in ("people_case", "people_oks"):
            controls.control(PoseMeasures, name)
        st.caption(
            "By falling score, each found person takes the free true one it is most like, if their OKS reaches t. "
            "Green ones did, red ones did not; blue are the truths, dashed where nobody found them. Raise t, and watch "
            "finds turn false."
        )
    settings = controls.values(PoseMeasures)
    ready = people(settings.people_case)
    judged = judge(ready.truth, ready.found, settings.people_oks)
    rows = table(judged)
    with right:
        picture, matching = st.columns([6, 5], gap="medium")
        with picture:
            live("pose-people", [_picture(ready, judged)])
        with matching:
            st.markdown(f"**Matching by falling score, OKS ≥ {settings.people_oks:g}**")
            st.dataframe(rows, hide_index=True, height="content", column_config=_narrow())
            st.markdown(_reading(judged))
        live(
            "pose-ap",
            [*ap_panels(judged.precision, judged.recall, kinds=(COUNTED,), span=6), _by_threshold(judged)],
            equations=_equations(judged, settings.people_oks),
        )
        _take_away(ready, rows)


def _take_away(ready: People, rows: dict[str, list]) -> None:
    truths, results = lambda: write_truths([ready.truth], [PEOPLE_SIZE]), lambda: write_results([ready.found])
    take_away(
        [
            Export("Matching", "people.csv", lambda: write_csv(rows), "One row a found person, by falling score."),
            Export("Truths", "truths.json", truths, "COCO's form."),
            Export("Results", "results.json", results, "COCO's results form."),
            script("keypoint_table", lambda: ({}, {"truths/truths.json": truths(), "results/results.json": results()})),
        ]
    )


def _picture(ready: People, j: Judged) -> dict:
    """Draw the truths, and over them the found people with the numbers of the table."""
    found = set(j.truth[j.truth >= 0].tolist())
    layers = [layer("image", jpeg=np.frombuffer(ready.jpeg, np.uint8), extent=[0.0, float(WIDTH), 0.0, float(HEIGHT)])]
    for t, person in enumerate(ready.truth.keypoints):
        places = np.where(person[:, 2:] > 0, person[:, :2], np.nan)
        layers.append(_skeleton(places, "data", f"truth T{t + 1}", dash=t not in found))
    for k, place in enumerate(j.order):
        said = result(j, k)
        layers.append(_skeleton(ready.found.keypoints[place], ROLES[said], f"{k + 1} {said} {j.scores[k]:.2f}"))
    layers += [_tags(ready.truth.keypoints, j), _numbers(ready, j)]
    return panel(
        "pose-people",
        "True and found people",
        axis("x", 0, WIDTH, unit="px"),
        axis("y", 0, HEIGHT, unit="px", down=True),
        layers,
        height=400,
        aspect="equal",
        bare=True,
        alt=f"{j.n_truths} people to find, {int(j.is_true.sum())} of {len(j.scores)} found ones are true",
    )


def _skeleton(places: np.ndarray, role: str, name: str, dash: bool = False) -> dict:
    tips = [f"{name}, {joint}" for joint in JOINTS.values()]
    return plain_skeleton(places, role, name, tips, size=2.5, dash=dash)


def _tags(keypoints: np.ndarray, j: Judged) -> dict:
    """Write T1, T2 … below the true people."""
    marked = np.where(keypoints[..., 2:] > 0, keypoints[..., :2], np.nan)
    known = np.flatnonzero((keypoints[..., 2] > 0).any(1))
    x, y = np.nanmean(marked[known, :, 0], axis=1), np.nanmax(marked[known, :, 1], axis=1) + 20
    return _text(x, y.clip(0, HEIGHT), [f"T{t + 1}" for t in known], ["data"] * len(known))


def _numbers(ready: People, j: Judged) -> dict:
    """Write each found person's number and result above it."""
    places = ready.found.keypoints[j.order]
    said = [result(j, k) for k in range(len(places))]
    x, y = places[..., 0].mean(1).clip(0, WIDTH), (places[..., 1].min(1) - 4).clip(18, HEIGHT)
    for k in range(1, len(x)):  # a person found twice: one number above the other
        while ((abs(x[:k] - x[k]) < TAG[0]) & (abs(y[:k] - y[k]) < TAG[1])).any():
            y[k] += TAG[1]
    text = [f"{k} {one}" for k, one in enumerate(said, 1)]
    return _text(x, y, text, [ROLES[one] for one in said])


def _text(x: np.ndarray, y: np.ndarray, text: list[str], roles: list[str]) -> dict:
    return layer("boxes", x0=x, y0=y, x1=x, y1=y, text=text, roles=roles, width=0)


def _narrow() -> dict[str, Any]:
    """Return the looks of the table's columns: they fit beside the picture."""
    column, three = st.column_config, "%.3f"
    return {
        "#": column.NumberColumn(width=28),
        "score": column.NumberColumn(format="%.2f", width=44),
        "result": column.TextColumn("", width=32, help="true or false positive"),
        "OKS": column.NumberColumn(format=three, width=48, help="with its truth, else the greatest with any"),
        "truth": column.TextColumn(width=42),
        "precision": column.NumberColumn("prec.", format=three, width=48, help="precision so far"),
        "recall": column.NumberColumn(format=three, width=48, help="recall so far"),
    }


def _reading(j: Judged) -> str:
    tp, fp = int(j.is_true.sum()), int((~j.is_true & ~j.is_ignored).sum())
    return f"True positives **{tp}**, false positives **{fp}**, missed **{j.n_truths - tp}** of {j.n_truths} people."


def _by_threshold(j: Judged) -> dict:
    """Draw AP at each of COCO's ten thresholds; their mean is AP."""
    mean = float(j.by_threshold.mean())
    return panel(
        "pose-ap-thresholds",
        f"Ten thresholds: AP {_four(mean)}",
        axis("OKS threshold t", 0.475, 0.975),
        axis("AP at t", 0, 1.05),
        [
            layer("segments", "fit", x=OKS_THRESHOLDS, y=0 * j.by_threshold, y1=j.by_threshold, width=3),
            layer("points", "fit", name="AP at t", x=OKS_THRESHOLDS, y=j.by_threshold, size=4),
            layer("line", "data", name="their mean, AP", legend=True, x=np.array([0.475, 0.975]), y=np.full(2, mean)),
        ],
        span=6,
        height=220,
        alt=", ".join(f"{t:.2f}: {_four(ap)}" for t, ap in zip(OKS_THRESHOLDS, j.by_threshold, strict=True)),
    )


def _equations(j: Judged, threshold: float) -> list[str]:
    terms = " + ".join(f"{ap:.3f}" for ap in j.by_threshold)
    return [
        f"AP at OKS {threshold:g} = sum over 101 levels / 101 = {number(101 * j.ap)} / 101 = {_four(j.ap)}",
        f"AP = ({terms}) / 10 = {_four(float(j.by_threshold.mean()))}",
    ]


def _four(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.4f}"
