"""The part "X-ray": what a model holds before suppression, stage by stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from engine.detection.settings import Soft, Thresholds
from engine.runtime import inference
from pages._ui import controls
from pages._ui.exports import take_away
from pages._ui.live import axis, layer, live, panel
from pages._ui.model_choice import Chosen
from pages._ui.pictures import Picture, picture_panel
from pages._ui.session import remember
from pages._ui.sources import ask
from pages.vision._object_detection import choice, scripts, suppressing
from pages.vision._object_detection.boxes import role_of
from pages.vision._object_detection.pictures import SOURCES

if TYPE_CHECKING:
    from engine.detection.detections import Stage

MOST_DRAWN = 1500  # boxes of one stage
PATIENCE_S = 120.0


def xray_part(left, right) -> None:
    """Draw the controls at the left, the stages and the suppression at the right."""
    source, picture = SOURCES.choose(left, right)
    if picture is None:
        with right:
            ask(source)
        return
    with left:
        choice.model_control()
        chosen = choice.chosen(picture.is_drawn)
        controls.control(Soft, "method")
        settings = controls.values(Soft)
        controls.control(Soft, "sigma" if settings.method == "gaussian" else "soft_iou")
    if chosen.note:
        right.info(chosen.note, icon=":material/cloud_off:")
    with right:
        stages = _stages(picture, chosen)
        _candidates(picture, stages, chosen)
        suppressing.suppression(picture, stages[-1], chosen)
        take_away([scripts.of_picture("suppress_boxes", picture, chosen.key)])


def _stages(picture: Picture, chosen: Chosen) -> tuple[Stage, ...]:
    def compute() -> tuple[Stage, ...]:
        one = lambda batch: [chosen.model.stages(batch[0])]  # noqa: E731
        with st.spinner("Looking inside …"):
            return inference().submit(one, picture.image).result(PATIENCE_S)

    return remember("detection:stages", (picture.identity, chosen.key), compute)


def _candidates(picture: Picture, stages: tuple[Stage, ...], chosen: Chosen) -> None:
    """Draw one stage: all its boxes, the more certain the more opaque."""
    names = [stage.name for stage in stages]
    if st.session_state.get("stage") not in names:
        st.session_state["stage"] = names[-1]
    name = st.segmented_control("Stage", names, key="stage", required=True, label_visibility="collapsed")
    stage = stages[names.index(name)]
    confidence = controls.values(Thresholds).confidence if stage is stages[-1] else 0.0
    scores = stage.scores.numpy()
    shown = np.argsort(-scores, kind="stable")[:MOST_DRAWN]
    shown = shown[scores[shown] > confidence] if confidence else shown
    x0, y0, x1, y1 = stage.boxes.numpy()[shown].T
    best = max(float(scores.max(initial=0.0)), 1e-9)
    labels = stage.labels.numpy()[shown]
    names_of = chosen.model.names
    tips = [f"{names_of[k] or 'object'} {s:.3f}" for k, s in zip(labels, scores[shown], strict=True)]
    boxes = layer(
        "boxes",
        x0=x0,
        y0=y0,
        x1=x1,
        y1=y1,
        tips=tips,
        roles=[role_of(int(k)) if k else "data" for k in labels],
        alpha=np.clip(scores[shown] / best, 0.06, 1.0),
        width=1.4,
    )
    cut = (
        ""
        if len(shown) == len(scores)
        else f" Drawn: the {len(shown):,} best" + (f" above the confidence of {confidence:g}." if confidence else ".")
    )
    live(
        "stage-picture",
        [
            picture_panel("stage", stage.name.capitalize(), picture, [boxes], span=7, height=360, alt=stage.sentence),
            _histogram(scores, confidence),
        ],
        note=stage.sentence + cut,
    )


def _histogram(scores: np.ndarray, confidence: float) -> dict:
    """Draw how many boxes have which score."""
    counts, edges = np.histogram(scores, bins=40, range=(0, 1))
    x, y = np.repeat(edges, 2)[1:-1], np.repeat(counts, 2)
    high = float(counts.max(initial=1))
    layers = [layer("line", "data", name="boxes", x=x, y=np.maximum(y, 0.5), width=2)]
    if confidence:
        ends = np.array([0.5, 1.3 * high])
        layers.append(layer("line", "fit", name="confidence", x=np.full(2, confidence), y=ends, dash=True, legend=True))
    return panel(
        "scores",
        "How many boxes have which score",
        axis("score", 0, 1),
        axis("boxes", 0.5, 1.3 * high, log=True),
        layers,
        span=5,
        height=360,
        alt="a histogram of the scores",
    )
