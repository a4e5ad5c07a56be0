"""How often they are right: which class was taken for which, on held-out recordings of the world and on real ones."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from engine.sound_recognition.models import DIGITS, both, labels_of
from pages._ui import charts, controls
from pages._ui.gallery import ROOT
from pages.audio._sound.recognise_settings import Recognise

if TYPE_CHECKING:
    import plotly.graph_objects as go

FIGURES = ROOT / "assets" / "audio" / "recognise_figures.json"
WHAT = {
    (
        DIGITS,
        "held out",
    ): "Synthetic voices that neither has ever heard, each recording with its own room, line and noise.",
    (DIGITS, "real"): "60 real recordings of six people, through a telephone’s band. Nothing was learned from them.",
    ("instruments", "held out"): "Phrases played with a sound font of which neither has heard a note.",
    ("instruments", "real"): "The tracks of one real recording, a second at a time: five of the families occur in it.",
}


@cache
def figures() -> dict:
    """Return name of the weights → "held out" and "real" → counts, a row for each true class."""
    return json.loads(FIGURES.read_text(encoding="utf-8"))


def right_part(left, right) -> None:
    """Draw the choices at the left, both tables at the right."""
    with left:
        task = controls.control(Recognise, "rec_task")
        table = controls.control(Recognise, "rec_table")
    labels = labels_of(task)
    with right:
        st.caption(WHAT[task, table])
        for column, row in zip(st.columns(2), both(task), strict=True):
            counts = np.array(figures()[row.key][table])
            total, right_ones = int(counts.sum()), int(np.trace(counts))
            with column:
                st.metric(
                    row.title,
                    f"{right_ones / total:.1%}",
                    help=row.sentence,
                    delta=f"{right_ones} of {total} right",
                    delta_color="off",
                    delta_arrow="off",
                )
                charts.show(_table(counts, labels), f"confusion-{row.key}", _told(row.title, counts, labels))
        st.caption("A row is what was to be heard, a column what the network said, in percent of the row.")


def _table(counts: np.ndarray, labels: tuple[str, ...]) -> go.Figure:
    """Draw the shares of each row that has any, with the numbers in the cells that are not 0."""
    import plotly.graph_objects as go

    rows = [k for k in range(len(labels)) if counts[k].sum()]
    names = [short(label) for label in labels]
    share = 100 * counts[rows] / counts[rows].sum(1, keepdims=True)
    text = [[f"{v:.0f}" if v >= 0.5 else "" for v in row] for row in share]
    ink = charts.CIVIDIS
    fig = charts.figure("said", "heard", 130 + 27 * len(rows))
    scale = [[i / (len(ink) - 1), color] for i, color in enumerate(ink)]
    hover = "heard %{y}, said %{x}<br>%{z:.1f} %<extra></extra>"
    fig.add_trace(
        go.Heatmap(
            z=share,
            x=names,
            y=[names[k] for k in rows],
            text=text,
            texttemplate="%{text}",
            colorscale=scale,
            zmin=0,
            zmax=100,
            showscale=False,
            hovertemplate=hover,
            xgap=1,
            ygap=1,
        )
    )
    fig.update_yaxes(autorange="reversed", showgrid=False)
    fig.update_xaxes(tickangle=-60, showgrid=False)
    return fig


def short(label: str) -> str:
    """Return a label's first words, so that it fits beside a table."""
    return {
        "electric piano, clavinet": "e-piano",
        "bells, mallets": "bells",
        "acoustic guitar": "ac. guitar",
        "electric guitar": "el. guitar",
    }.get(label, label)


def _told(title: str, counts: np.ndarray, labels: tuple[str, ...]) -> str:
    wrong = counts - np.diag(np.diag(counts))
    heard, said = np.unravel_index(int(wrong.argmax()), wrong.shape)
    worst = (
        f"The commonest error: {labels[heard]} taken for {labels[said]}, {wrong.max()} times." if wrong.any() else ""
    )
    return f"{title}: {np.trace(counts)} of {counts.sum()} right. {worst}"
