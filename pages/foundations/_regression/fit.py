"""The part "Fit": the linked pictures and the player."""

from __future__ import annotations

import streamlit as st

from engine.errors import EngineError
from engine.linear_model.experiment import Experiment
from engine.linear_model.trace import Picture
from pages._ui import controls, player
from pages._ui.live import Command, Pick, axis, live
from pages._ui.point_canvas import point_canvas
from pages._ui.session import keep_in_link, link_number
from pages.foundations._regression import data, data_scene, runs, scene, takeaway, wording
from pages.foundations._regression.view import View


def fit_part(settings: Experiment) -> list[player.Held]:
    """Draw the part and return the jobs that may still be growing."""
    try:
        ready = data.prepared(settings)
        run, before = runs.start(settings, ready)
    except EngineError as error:
        st.error(str(error), icon=":material/error:")
        if settings.data == "drawn":
            _canvas([])
        return []
    view, shown = controls.values(View), ready.shown
    names = {"a": run.shown, **({"before": before.shown} if before else {})}
    j = min(view.term, shown.problem.objective.n_params - 1)
    window = scene.cost_window(shown, j, [one.theta for one in names.values()])
    drawn = settings.data == "drawn"
    left, right = st.columns(2) if drawn else (None, st.container())
    if drawn:
        with left:
            solved = [data_scene.at_step(one, run.full.theta[-1].numpy()) for one in _fit_layers(shown)]
            _canvas(solved)
    with right:
        _pictures(settings, shown, run, before, window, names, view, narrow=drawn)
    takeaway.take_away_part(settings, ready)
    return [run.held, *([before.held] if before else [])]


def _fit_layers(shown: Picture) -> list[dict]:
    return data_scene.fit_layers(shown, *data.DRAWN_X, second=False)


def _canvas(layers: list[dict]) -> None:
    """Let the visitor draw the data, with the newest fit over it."""
    point_canvas(
        "drawn",
        data.drawn_points(),
        axis("x", *data.DRAWN_X),
        axis("y", *data.DRAWN_Y),
        layers=layers,
        max_points=data.MOST_DRAWN,
        height_px=330,
        title="Data and fit: draw here",
        on_change=data.draw,
    )


def _pictures(settings, shown, run, before, window, names, view, *, narrow: bool) -> None:
    second, others = before is not None, shown.problem.objective.n_params > 2
    wide = 12 if narrow else 6
    cost = (
        scene.surface_panel(window, second=second, span=wide, height=265)
        if view.cost == "surface"
        else scene.cost_panel(window, others, second=second, pick=window.j == 1, span=wide, height=265)
    )
    steps = scene.steps_panel(list(names.values()), shown.lowest, second=second, span=6, height=150)
    alone = scene.slice_panel(shown, window, others, span=6, height=150)
    panels = [cost, steps, alone]
    if not narrow:
        panels.insert(0, data_scene.data_panel(shown, second=second, span=6, height=265))
    note, bad = wording.story(shown, run)
    resting = live(
        "fit-live",
        panels,
        {name: scene.channels(shown, trace, window.j) for name, trace in names.items()},
        player=_bar(settings, run, before),
        equations=wording.equations(shown, settings),
        stats=wording.stats(shown, second),
        note=player.waiting_note(run.held) or note,
        bad=bad,
        on_pick=_start_at,
        on_command=lambda command: _obey(command, settings),
    )
    st.session_state["_resting"] = resting
    keep_in_link("step", resting)


def _bar(settings: Experiment, run: runs.Run, before: runs.Run | None) -> dict:
    offers = ["reseed", "unbranch" if before else "branch"]
    if settings.method == "normal_equation" and not before:
        offers.remove("branch")
    growing = not player.ended(run.held)
    at = st.session_state.pop("_at", None)
    if "_seen" not in st.session_state:
        st.session_state["_seen"], at = True, link_number("step") if at is None else at
    token = run.held.identity + (before.held.identity if before else "")
    return player.bar(token, offers=[*offers, *(["stop"] if growing else [])], at=at, growing=growing)


def _start_at(pick: Pick) -> None:
    controls.put(Experiment, {"theta0": round(pick.x, 4), "theta1": round(pick.y, 4)})
    st.session_state["_at"] = "start"


def _obey(command: Command, settings: Experiment) -> None:
    if command.name == "reseed":
        controls.put(Experiment, {"seed": (settings.seed + 1) % 10000})
    elif command.name == "branch":
        runs.leave_at(command.step, settings)
    elif command.name == "unbranch":
        runs.end_branch()
    elif command.name == "stop":
        player.stop("regression")
