"""Suppression box by box: non-max suppression and soft-NMS side by side, walked along with the player."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from engine.detection import suppression as nms
from engine.detection.settings import Soft, Thresholds
from pages._ui import controls, player
from pages._ui.live import frame, layer, live
from pages._ui.model_choice import Chosen
from pages._ui.numbers import number
from pages._ui.pictures import Picture, picture_panel

if TYPE_CHECKING:
    from engine.detection.detections import Stage

LOOKS = (  # of a box: waiting, winner of this step, kept, removed in this step, removed before
    {"role": "residual", "width": 1.2, "alpha": 0.75},
    {"role": "fit", "width": 4},
    {"role": "truth", "width": 3},
    {"role": "bad", "width": 2, "dash": True},
    {"role": "bad", "width": 1, "alpha": 0},
)
WAITING, WINNER, KEPT, REMOVED, GONE = range(len(LOOKS))


@dataclass(frozen=True, eq=False)
class Followed:
    """Suppression as arrays over its steps, the state before it first: (F, N) states or scores, and (F,) numbers."""

    state: np.ndarray
    scores: np.ndarray
    winner_score: np.ndarray
    n_removed: np.ndarray
    largest_iou: np.ndarray
    n_left: np.ndarray


def suppression(picture: Picture, stage: Stage, chosen: Chosen) -> None:
    """Follow non-max suppression and soft-NMS over the raw boxes, side by side and step by step."""
    thresholds, soft = controls.values(Thresholds), controls.values(Soft)
    boxes, scores, labels = nms.most_certain(stage.boxes, stage.scores, stage.labels, thresholds.confidence)
    st.subheader("Suppression, step by step", anchor=False)
    if not len(boxes):
        st.info("No raw box is above the confidence. Lower it at the left.", icon=":material/filter_alt:")
        return
    hard = list(nms.suppress(boxes, scores, labels, thresholds.iou))
    softly = list(
        nms.soft_nms(
            boxes, scores, labels, soft.method, soft.soft_iou, soft.sigma, score_threshold=thresholds.confidence / 2
        )
    )
    n_steps = max(len(hard), len(softly))
    runs = {
        name: _channels(_followed(steps, scores.numpy(), n_steps)) for name, steps in (("hard", hard), ("soft", softly))
    }
    names = chosen.model.names
    tips = [f"{names[k] or 'object'} {s:.3f}" for k, s in zip(labels.tolist(), scores.tolist(), strict=True)]
    x0, y0, x1, y1 = boxes.numpy().T
    where = {"x0": x0, "y0": y0, "x1": x1, "y1": y1, "tips": tips}
    look = {"span": 6, "height": 330}
    panels = [
        picture_panel(
            "hard",
            f"Non-max suppression: removed above IoU {thresholds.iou:g}",
            picture,
            [layer("boxes", run="hard", state=frame("state"), looks=list(LOOKS), **where)],
            alt="boxes, one winner at a time",
            **look,
        ),
        picture_panel(
            "soft",
            f"Soft-NMS, {nms.METHODS[soft.method]}: scores fall instead",
            picture,
            [layer("boxes", "data", run="soft", alpha=frame("scores"), width=2.5, **where)],
            alt="boxes as opaque as their score",
            **look,
        ),
    ]
    token = str(hash((picture.identity, chosen.key, thresholds, soft)))
    live(
        "suppression",
        panels,
        runs,
        player=player.bar(token, at="start"),
        equations=(
            "step {hard.step}: winner’s score {hard.winner_score}, removes {hard.n_removed}, largest IoU "
            "{hard.largest_iou}, left {hard.n_left}",
        ),
        stats=[
            {"label": "raw boxes", "text": str(len(boxes)), "help": "above the confidence"},
            {"label": "kept", "text": str(len(hard)), "help": "by non-max suppression"},
            {"label": "kept, soft", "text": str(len(softly)), "help": "with a score of at least half the confidence"},
        ],
    )
    with st.expander("Every step as a table"):
        st.dataframe(_table(hard, labels.tolist(), names), hide_index=True)


def _followed(steps: list[nms.SuppressionStep], scores: np.ndarray, n_steps: int) -> Followed:
    """Unroll the steps: a frame before the first, one a step, and the last again up to `n_steps`."""
    state, now_scores = np.full(len(scores), WAITING), scores
    rows = [(state, now_scores, 0.0, 0, 0.0, len(scores))]
    for step in steps:
        state = np.where(state == WINNER, KEPT, np.where(state == REMOVED, GONE, state))
        state[step.winner] = WINNER
        state[step.removed.numpy()] = REMOVED
        largest = float(step.ious.max()) if len(step.ious) else 0.0
        rows.append((state, step.scores.numpy(), step.score, len(step.removed), largest, len(step.left)))
    state = np.where(state == WINNER, KEPT, np.where(state == REMOVED, GONE, state))
    rows.append((state, rows[-1][1], 0.0, 0, 0.0, 0))
    rows += [rows[-1]] * (n_steps + 2 - len(rows))
    return Followed(*(np.array(part) for part in zip(*rows, strict=True)))


def _channels(run: Followed) -> dict[str, np.ndarray]:
    return {"step": np.arange(len(run.state)), **vars(run)}


def _table(steps: list[nms.SuppressionStep], labels: list[int], names: tuple[str, ...]) -> dict[str, list]:
    return {
        "step": [step.step for step in steps],
        "winner": [names[labels[step.winner]] or "object" for step in steps],
        "score": [round(step.score, 4) for step in steps],
        "removes": [len(step.removed) for step in steps],
        "IoU with them": [", ".join(number(round(v, 3)) for v in step.removed_ious.tolist()) for step in steps],
    }
