"""The part "Scaling": the same table with three scalings, each walked with its own best safe α."""

from __future__ import annotations

import streamlit as st

from engine.linear_model.comparisons import MOST_STEPS, ScaledRun, compare_scalings
from engine.linear_model.experiment import Experiment
from engine.linear_model.features import SCALINGS
from engine.linear_model.trace import trace
from pages._ui.live import live
from pages._ui.numbers import number
from pages._ui.player import bar, thin
from pages._ui.session import remember
from pages.foundations._regression import scene
from pages.foundations._regression.data import Prepared


def scaling_part(settings: Experiment, ready: Prepared) -> None:
    """Draw the three landscapes side by side."""
    identity = ready.shape
    compared = remember("regression:scalings", identity, lambda: compare_scalings(settings, ready.table))
    panels, drawn = [], {}
    for one in compared:
        shown = trace(one.shown, thin(one.snapshots))
        window = scene.cost_window(one.shown, 1, [shown.theta.numpy()])
        panel = scene.cost_panel(window, False, second=False, pick=False, title=SCALINGS[one.kind], span=4, height=280)
        panel["key"] = one.kind
        for part in panel["layers"]:
            part["run"] = one.kind if part["run"] else ""
            part["legend"] = False
        panels.append(panel)
        drawn[one.kind] = scene.channels(one.shown, shown, 1)
    live(
        "scaling-live",
        panels,
        drawn,
        player=bar(f"scaling {hash(identity)}"),
        note=_sentence(compared),
    )
    table = {
        "feature scaling": [SCALINGS[one.kind] for one in compared],
        "α = 1/λmax": [number(one.learning_rate, 3) for one in compared],
        "condition of ∇²J": [number(one.condition) for one in compared],
        "steps until J is within 0.1 % of its lowest": [_steps(one) for one in compared],
    }
    st.dataframe(table, hide_index=True)
    st.markdown(
        "Gradient descent can go no faster than its steepest direction allows: α must stay below 2/λmax. In the "
        "flattest direction it then gains only λmin/λmax of the remaining way at each step, so the number of steps "
        "grows with the condition number λmax/λmin. Subtracting the mean takes the slope out of θ₀'s way; dividing by "
        "the spread makes the valley round."
    )


def _steps(one: ScaledRun) -> str:
    return f"{one.steps:,}" if one.steps is not None else f"more than {MOST_STEPS:,}"


def _sentence(compared: list[ScaledRun]) -> str:
    plain, best = compared[0], min(compared, key=lambda one: one.steps if one.steps is not None else MOST_STEPS + 1)
    return (
        f"Steps without scaling: {_steps(plain)}. With {SCALINGS[best.kind]}: {_steps(best)}. "
        "Each run uses the largest α that never swings."
    )
