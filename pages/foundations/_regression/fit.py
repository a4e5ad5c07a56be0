"""The part "Fit": the linked pictures and the player."""

from __future__ import annotations

import time

import numpy as np
import streamlit as st

from engine.errors import EngineError
from engine.linear_model.experiment import Experiment
from pages._ui import controls, player
from pages._ui.live import Command, Pick, axis, live
from pages._ui.point_canvas import is_moving, point_canvas
from pages._ui.session import keep_in_link, link_number
from pages.foundations._regression import data, data_scene, runs, scene, takeaway, wording
from pages.foundations._regression.view import View

LINKED_AFTER_S = 2.0  # how often the linked pictures follow a point that is being dragged


def fit_part() -> bool:
    """Draw the part and return whether its runs are still growing."""
    settings = data.within_limits(controls.values(Experiment))
    controls.share(View, Experiment)
    drawn = settings.data == "drawn"
    if drawn:
        left, right = st.columns(2)
        with left:
            _drawing()
    try:
        fitted = runs.start(settings, data.prepared(settings))
    except EngineError as error:
        st.error(str(error), icon=":material/error:")
        return False
    if drawn:
        with right:
            _pictures(fitted, width=12)
    else:
        _pictures(fitted, width=6)
    takeaway.take_away_part(fitted)
    return fitted.growing


@st.fragment  # a dragged point draws this alone again, so that the fit keeps up with it
def _drawing() -> None:
    """Let the visitor draw the data, with the newest fit over it."""
    settings = data.within_limits(controls.values(Experiment))
    try:
        fitted = runs.start(settings, data.prepared(settings))
    except EngineError:
        _canvas([])
        return
    moving = data_scene.fit_layers(fitted.shown, *data.DRAWN_X, second=False)
    still = [data_scene.at_step(one, fitted.run.full.theta[-1].numpy()) for one in moving]
    _canvas([*still, *data_scene.validation_rings(fitted.shown)])


def _canvas(layers: list[dict]) -> None:
    point_canvas(
        "drawn",
        data.drawn_points(),
        axis("x", *data.DRAWN_X),
        axis("y", *data.DRAWN_Y),
        layers=layers,
        max_points=data.MOST_DRAWN,
        height_px=330,
        title="Data and fit: draw here",
        on_change=_draw_again,
    )


def _draw_again(points: np.ndarray) -> None:
    """Keep the points; the linked pictures follow when the point is let go, and now and then before."""
    data.draw(points)
    last_s = st.session_state.get("_linked_s", 0.0)
    if not is_moving("drawn") or time.monotonic() - last_s > LINKED_AFTER_S:
        st.session_state["_linked_s"] = time.monotonic()
        st.rerun("fit")


def _pictures(fitted: runs.Fitted, width: int) -> None:
    """Draw the linked panels, each `width` of 12 columns wide."""
    shown, view, second = fitted.shown, controls.values(View), fitted.before is not None
    n_params = shown.problem.objective.n_params
    traces, others = fitted.traces, n_params > 2
    window = scene.cost_window(shown, min(view.term, n_params - 1), [one.theta.numpy() for one in traces.values()])
    large, small = {"span": width, "height": 265}, {"span": 12 if width == 12 else 4, "height": 150}
    panels = [
        width == 6 and data_scene.data_panel(shown, second=second, **large),
        scene.surface_panel(window, second=second, **large)
        if view.cost == "surface"
        else scene.cost_panel(window, others, second=second, pick=window.j == 1, **large),
        scene.steps_panel(list(traces.values()), shown.lowest, second=second, **small),
        scene.coefficients_panel(traces["a"], shown.problem.names, **small),
        scene.slice_panel(shown, window, others, **small),
    ]
    note, bad = wording.story(fitted)
    if "_resting" not in st.session_state:
        st.session_state["_resting"] = link_number("step")
    st.session_state["_resting"] = live(
        "fit-live",
        [one for one in panels if one],
        {name: scene.channels(shown, trace, window.j) for name, trace in traces.items()},
        player=_bar(fitted),
        equations=wording.equations(fitted),
        stats=wording.stats(shown, second),
        note=player.waiting_note(fitted.run.held) if fitted.run.growing else note,
        bad=bad,
        rest=st.session_state["_resting"],
        on_pick=_start_at,
        on_command=lambda command: _obey(command, fitted.settings),
    )
    keep_in_link("step", st.session_state["_resting"])


def _bar(fitted: runs.Fitted) -> dict:
    offers = ["reseed", "unbranch" if fitted.before else "branch", *(["stop"] if fitted.growing else [])]
    token = fitted.run.held.identity + (fitted.before.held.identity if fitted.before else "")
    return player.bar(token, offers=offers, at=player.place_of(token), growing=fitted.growing)


def _start_at(pick: Pick) -> None:
    controls.put(Experiment, {"theta0": round(pick.x, 4), "theta1": round(pick.y, 4)})
    player.place("start")
    player.redraw_page()


def _obey(command: Command, settings: Experiment) -> None:
    if command.name == "reseed":
        controls.put(Experiment, {"seed": (settings.seed + 1) % 10000})
        player.redraw_page()
    elif command.name == "branch":
        runs.leave_at(command.step, settings)
    elif command.name == "unbranch":
        runs.end_branch()
    elif command.name == "stop":
        player.stop("regression")
