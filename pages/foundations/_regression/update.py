"""The part "One update": every number of a simultaneous update, beside the one that goes wrong."""

from __future__ import annotations

import numpy as np
import streamlit as st

from engine.linear_model.comparisons import update_paths
from engine.linear_model.experiment import Experiment
from engine.linear_model.update import Update, one_update
from pages._ui.live import live
from pages._ui.numbers import number
from pages._ui.player import bar
from pages._ui.session import remember
from pages.foundations._regression import runs, scene
from pages.foundations._regression.data import Prepared
from pages.foundations._regression.view import theta_name

STAGES = ("1 · predictions", "2 · errors", "3 · gradients", "4 · temporaries", "5 · new values")
SHOWN_ROWS = 8
MOST_TERMS = 12
MANY = 100_000  # numbers in A, beyond which fewer updates are repeated


def update_part(settings: Experiment, ready: Prepared) -> None:
    """Draw the part: the update at the step where the player of the fit rests, else at the start."""
    shown, theta = ready.shown, _theta(settings, ready)
    objective = shown.problem.objective
    update = one_update(objective.A, objective.y, theta, settings.alpha, objective.l2)
    stage = st.segmented_control(
        "Stage", STAGES, default=STAGES[0], key="stage", required=True, persist_state="session"
    )
    n = STAGES.index(stage)
    left, right = st.columns(2, gap="medium")
    with left:
        _numbers(update, objective, settings, n)
    with right:
        _both_ways(ready, theta, settings)
    _verdict(update)


def _theta(settings: Experiment, ready: Prepared):
    resting = st.session_state.get("_resting")
    if resting is None:
        return ready.shown.problem.start
    full = runs.start(settings, ready).run.full
    return full.theta[max(int((full.step <= resting).sum()) - 1, 0)]


def _numbers(update: Update, objective, settings: Experiment, stage: int) -> None:
    m = objective.n_samples
    st.markdown("**Simultaneous: all slopes at the same θ**")
    rows = min(m, SHOWN_ROWS)
    columns = {f"x{_sub(j)}": objective.A[:rows, j].tolist() for j in range(1, min(objective.n_params, 4))}
    columns |= {"y": objective.y[:rows].tolist(), "h(x)": update.predictions[:rows].tolist()}
    if stage >= 1:
        columns["h − y"] = update.errors[:rows].tolist()
    if stage >= 2:
        for j in range(1, min(objective.n_params, 3)):
            columns[f"(h − y)·x{_sub(j)}"] = (update.errors[:rows] * objective.A[:rows, j]).tolist()
    st.dataframe(columns, hide_index=True, height=36 * (rows + 1))
    if rows < m:
        st.caption(f"The first {rows} of {m:,} rows; every row enters the sums.")
    for j in range(min(objective.n_params, 3)):
        st.latex(_line(update, j, settings, m, stage))


def _line(update: Update, j: int, settings: Experiment, m: int, stage: int) -> str:
    theta, slope = float(update.theta[j]), float(update.gradient[j])
    if stage < 2:
        return rf"\theta_{{{j}}} = {_n(theta)}"
    symbol, new = rf"\theta_{{{j}}}", _n(float(update.temporaries[j]))
    derivative = rf"\frac{{\partial J}}{{\partial{symbol}}}"
    terms = r"\sum (h-y)" + (rf"\,x_{{{j}}}^{{(i)}}" if j else "")
    if j and settings.ridge:
        terms = rf"\big[{terms} + \lambda{symbol}\big]"
    if stage == 2:
        return rf"{derivative} = \frac{{1}}{{{m}}}{terms} = \frac{{{_n(slope * m)}}}{{{m}}} = {_n(slope)}"
    if stage == 3:
        numbers = rf"{_n(theta)} - {_n(settings.alpha)}\cdot({_n(slope)})"
        return rf"t_{{{j}}} = {symbol} - \alpha {derivative} = {numbers} = {new}"
    return rf"{symbol} := t_{{{j}}} = {new}"


def _both_ways(ready: Prepared, theta, settings: Experiment) -> None:
    shown, objective = ready.shown, ready.shown.problem.objective
    n_updates = 30 if objective.A.numel() <= MANY else 5
    identity = (ready.shape, settings.alpha, tuple(theta.tolist()))
    paths = remember("regression:paths", identity, lambda: update_paths(shown, theta, settings.alpha, n_updates))
    each = objective.n_params
    span = np.arange(len(paths.together))
    both = {
        "a": {"step": span * each, "theta": paths.together.numpy(), "cost": paths.together_cost.numpy()},
        "before": {
            "step": np.arange(len(paths.one_by_one)),
            "theta": paths.one_by_one.numpy(),
            "cost": paths.one_by_one_cost.numpy(),
        },
    }
    window = scene.cost_window(shown, 1, [paths.together[:8].numpy(), paths.one_by_one[: 8 * each].numpy()])
    panel = scene.cost_panel(window, each > 2, second=True, pick=False, height=330, title="Both ways from the same θ")
    for drawn in panel["layers"]:
        drawn["name"] = {"path": "simultaneous", "first run": "one at a time"}.get(drawn["name"], drawn["name"])
    token = f"update {hash(identity)}"
    live(
        "update-live",
        [panel],
        both,
        player=bar(token),
        equations=["J, simultaneous = {a.cost}", "J, one at a time = {before.cost}"],
        note=f"The player counts single parameters: {each} to one update.",
    )


def _verdict(update: Update) -> None:
    st.markdown("**Not simultaneous: each slope is taken after the parameters before it have already moved**")
    table = {
        "parameter": [theta_name(j) for j in range(len(update.theta))],
        "θ before": update.theta.tolist(),
        "slope, simultaneous": update.gradient.tolist(),
        "slope, one at a time": [step.slope for step in update.one_by_one],
        "θ after, simultaneous": update.new_theta.tolist(),
        "θ after, one at a time": update.one_by_one[-1].theta.tolist(),
    }
    st.dataframe({name: column[:MOST_TERMS] for name, column in table.items()}, hide_index=True)
    before, right, wrong = (number(c, 6) for c in (update.cost_before, update.cost_after, update.one_by_one[-1].cost))
    st.markdown(
        "The first slope agrees; every later one is measured at a mixed point, so the step is not along −∇J and "
        f"depends on the order of the parameters. After this update J is **{right}** done right and **{wrong}** "
        f"one at a time, from {before}. One at a time is another method (coordinate descent): it may even do well, but "
        "what is proved of gradient descent is not proved of it."
    )


def _n(value: float) -> str:
    text = f"{value:.5g}"
    if "e" in text:
        mantissa, power = text.split("e")
        return rf"{mantissa}\times 10^{{{int(power)}}}"
    return text


def _sub(j: int) -> str:
    return theta_name(j)[1:]
