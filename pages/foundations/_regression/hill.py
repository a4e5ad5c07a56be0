"""The part "Several minima": gradient descent on a surface that is not convex."""

from __future__ import annotations

import numpy as np
import streamlit as st

from engine.linear_model.gradient_descent import GradientDescent
from engine.linear_model.hills import HILLS
from pages._ui import controls
from pages._ui.live import live
from pages._ui.player import bar
from pages._ui.session import remember
from pages.foundations._regression import landscape
from pages.foundations._regression.landscape import Walk

NEAR = 0.05


def hill_controls() -> None:
    """Show the controls of the walk."""
    controls.control(Walk, "surface", on_change=lambda: landscape.settle(Walk, "surface", "start_x", "start_y", "rate"))
    for name in ("rate", "swing", "walk", "start_x", "start_y"):
        controls.control(Walk, name)


def hill_part() -> None:
    """Draw the walk from the start that the visitor picks."""
    settings = controls.values(Walk)
    hill = HILLS[settings.surface]
    walk = GradientDescent(settings.rate, settings.swing, max_steps=settings.walk, tolerance=1e-9)
    start = hill.minima.new_tensor([settings.start_x, settings.start_y])
    snapshots = remember("regression:hill", settings, lambda: list(walk.minimise(hill, start)))
    theta = np.array([s.theta.tolist() for s in snapshots])
    cost = np.array([s.cost for s in snapshots])
    runs = {"a": ("fit", "path")}
    minima = hill.minima.numpy()
    panels = [
        landscape.map_panel(
            _ground(settings.surface),
            runs,
            f"{hill.label}: click to choose the start",
            minima=minima,
            span=6,
            height=330,
        ),
        landscape.relief_panel(_ground(settings.surface), runs, span=6, height=330),
        landscape.descent_panel([cost], len(cost) - 1, runs, span=12, height=130),
    ]
    note, bad = _story(theta[-1], cost, minima, hill, snapshots[-1].status)
    live(
        "hill-live",
        panels,
        {"a": {"step": np.arange(len(cost)), "theta": theta, "cost": cost}},
        player=bar(f"hill {hash(settings)}"),
        equations=["J({a.theta:0}, {a.theta:1}) = {a.cost}"],
        note=note,
        bad=bad,
        on_pick=lambda pick: controls.put(Walk, {"start_x": round(pick.x, 3), "start_y": round(pick.y, 3)}),
    )
    st.markdown(
        hill.help
        + " The cost of linear regression has no such trap: it is convex, so every start leads to the same minimum."
    )


def _ground(name: str) -> landscape.Ground:
    return remember("regression:ground", name, lambda: landscape.ground(HILLS[name]))


def _story(end: np.ndarray, cost: np.ndarray, minima: np.ndarray, hill, status: str) -> tuple[str, bool]:
    steps = len(cost) - 1
    if status == "diverged":
        return f"Diverged at step {steps}: α is too large for slopes as steep as these.", True
    place = f"({end[0]:.3g}, {end[1]:.3g})"
    away = np.linalg.norm(minima - end, axis=1)
    if away.min() > NEAR:
        return f"After {steps} steps at {place}, not yet at a minimum.", False
    heights = [hill.value(hill.minima[k]) for k in range(len(minima))]
    lowest = heights[int(away.argmin())] <= min(heights) + 1e-6
    which = "the lowest there is" if lowest else f"a local one; the lowest lies at height {min(heights):.4g}"
    return f"At a minimum, {place}, after {steps} steps: J = {cost[-1]:.4g}, {which}.", False
