"""The part "Fit": the controls, the linked pictures and the player."""

from __future__ import annotations

import streamlit as st

from engine.linear_model.experiment import Experiment
from engine.linear_model.trace import Picture
from pages._ui import controls, player
from pages._ui.live import Command, Pick, axis, live
from pages._ui.numbers import number
from pages._ui.session import keep_in_link, link_number
from pages.foundations._regression import data, runs, scene
from pages.foundations._regression.view import View, theta_name

DESCENTS = ("gradient_descent", "minibatch", "momentum")
MOST_TERMS = 6


def method_controls(settings: Experiment) -> None:
    """Show the method and what steers it."""
    controls.control(Experiment, "method")
    if settings.method in DESCENTS:
        controls.control(Experiment, "alpha")
    if settings.method == "momentum":
        controls.control(Experiment, "momentum")
    if settings.method == "minibatch":
        controls.control(Experiment, "batch")


def model_controls() -> None:
    """Show the controls of the model."""
    controls.control(Experiment, "degree")
    controls.control(Experiment, "scaling")


def fine_controls(settings: Experiment) -> None:
    """Show what is changed less often, two in a row."""
    names = ["ridge", "validation"]
    if settings.method != "normal_equation":
        names += ["steps", "tolerance", "theta0", "theta1"]
    names.append("seed")
    for pair in zip(names[::2], [*names[1::2], None], strict=False):
        for column, name in zip(st.columns(2), pair, strict=True):
            if name:
                with column:
                    controls.control(Experiment, name)


def fit_part(settings: Experiment, shown: Picture, shape) -> list[player.Held]:
    """Draw the part and return the jobs that may still be growing."""
    view = controls.values(View)
    run, before = runs.start(settings, shown, shape)
    j = min(view.term, shown.problem.objective.n_params - 1)
    names = {"a": run.shown, **({"before": before.shown} if before else {})}
    window = scene.cost_window(shown, j, [one.theta for one in names.values()])
    drawn = settings.data == "drawn"
    if drawn:
        left, right = st.columns(2)
        with left:
            _canvas(settings, shown, run)
        with right:
            _pictures(settings, shown, run, before, window, names, view, narrow=True)
    else:
        _pictures(settings, shown, run, before, window, names, view, narrow=False)
    return [run.held, *([before.held] if before else [])]


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
        panels.insert(0, scene.data_panel(shown, second=second, span=6, height=265))
    note, bad = story(shown, run)
    resting = live(
        "fit-live",
        panels,
        {name: scene.channels(shown, trace, window.j) for name, trace in names.items()},
        player=_bar(settings, run, before),
        equations=equations(shown, settings),
        stats=stats(shown, second),
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


def _canvas(settings: Experiment, shown: Picture, run: runs.Run) -> None:
    """Let the visitor draw the data, with the newest fit over it."""
    from pages._ui.point_canvas import point_canvas

    layers = scene.fit_layers(shown, *data.DRAWN_X, second=False)
    trace = run.full
    solved = [scene.at_step(one, trace.theta[-1].numpy()) for one in layers]
    points = data.drawn_points()
    new = point_canvas(
        "drawn",
        points,
        axis("x", *data.DRAWN_X),
        axis("y", *data.DRAWN_Y),
        layers=solved,
        max_points=data.MOST_DRAWN,
        height_px=330,
        title="Data and fit: draw here",
        revision=st.session_state.get("_drawn_revision", 0),
    )
    if new.shape[0] != points.shape[0] or (new[:, :2] != points).any():
        data.draw(new)
        st.rerun(scope="fragment")


def story(shown: Picture, run: runs.Run) -> tuple[str, bool]:
    """Say in one sentence how the run ended, and whether that is a warning."""
    trace, settings = run.full, run.settings
    last, cost = int(trace.step[-1]), float(trace.cost[-1])
    above = cost / shown.lowest - 1 if shown.lowest > 0 else 0.0
    gap = "at its lowest" if above < 5e-5 else f"{above:.2%} above its lowest" if above < 10 else "far above its lowest"
    if settings.method == "normal_equation":
        return f"Solved in one step: J is {gap}.", False
    if trace.status == "converged":
        return (
            f"Converged at step {last}: J fell by less than ε = {number(settings.tolerance)} in one step. J is {gap}.",
            False,
        )
    if trace.status == "diverged":
        limit = 2 * (1 + (settings.momentum if settings.method == "momentum" else 0)) / shown.largest_curvature
        return (
            f"Diverged at step {last}: each step overshoots and J grows. Here α must stay below {number(limit, 3)}.",
            True,
        )
    if trace.status == "exhausted":
        return f"Stopped after {last} steps, before convergence: J is {gap}.", False
    return "", False


def equations(shown: Picture, settings: Experiment) -> list[str]:
    """Write the hypothesis and the cost with the current numbers to be filled in."""
    names = [name.replace("{", "(").replace("}", ")") for name in shown.problem.names]
    terms = [f"{{+a.original:{j}}} {names[j]}" for j in range(1, min(len(names), MOST_TERMS))]
    more = f" + … ({len(names) - MOST_TERMS} more)" if len(names) > MOST_TERMS else ""
    argument = "x" if shown.problem.train.n_features > 1 else shown.problem.train.feature_names[0]
    m = shown.problem.objective.n_samples
    ridge = f" + {settings.ridge:g} Σ θⱼ²" if settings.ridge else ""
    open_, close = ("[", "]") if settings.ridge else ("", "")
    return [
        f"h({argument}) = {{a.original:0}} {' '.join(terms)}{more}",
        f"J(θ) = 1/(2·{m}) {open_}Σ (h(x⁽ⁱ⁾) − y⁽ⁱ⁾)²{ridge}{close} = {{a.cost}}",
    ]


def stats(shown: Picture, second: bool) -> list[dict[str, str]]:
    """List the numbers that follow the playhead."""
    tiles = [
        {
            "label": "cost J",
            "text": "{a.cost}",
            "help": "Half the mean squared error on the training rows, and the penalty.",
        },
        {"label": "slope ‖∇J‖", "text": "{a.gradient_norm}", "help": "Length of the gradient: 0 at the minimum."},
        {
            "label": "R², training",
            "text": "{a.r2_train}",
            "help": "Share of the target's variance that the fit explains.",
        },
        {
            "label": "RMSE, training",
            "text": "{a.rmse_train}",
            "help": "Root of the mean squared error, in the target's unit.",
        },
    ]
    if shown.problem.validation:
        tiles.append({"label": "R², validation", "text": "{a.r2_validation}", "help": "The same on rows kept aside."})
        tiles.append(
            {"label": "RMSE, validation", "text": "{a.rmse_validation}", "help": "The same on rows kept aside."}
        )
    if second:
        tiles.append(
            {"label": "J, first run", "text": "{before.cost}", "help": "The run that this one branched off from."}
        )
    return tiles


def view_controls(shown: Picture) -> None:
    """Choose how the cost is drawn, and over which second parameter where there are several."""
    controls.control(View, "cost")
    names = shown.problem.names
    if len(names) > 2:
        controls.values(View)  # takes the link's value before the list is made
        st.session_state["term"] = min(st.session_state.get("term", 1), len(names) - 1)
        st.selectbox(
            "Drawn over θ₀ and",
            range(1, len(names)),
            format_func=lambda j: f"{theta_name(j)} of {names[j]}",
            key="term",
            persist_state="session",
        )
