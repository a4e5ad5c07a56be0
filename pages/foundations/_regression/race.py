"""The part "Race": several methods from one start on the same surface."""

from __future__ import annotations

import numpy as np
import streamlit as st

from engine.linear_model.conjugate_gradient import ConjugateGradient
from engine.linear_model.experiment import Experiment
from engine.linear_model.gradient_descent import GradientDescent
from engine.linear_model.hills import HILLS
from engine.linear_model.quasi_newton import BFGS, LBFGS
from engine.linear_model.race import RaceResult, race
from engine.linear_model.trace import Picture
from pages._ui import controls
from pages._ui.live import Pick, live
from pages._ui.numbers import number
from pages._ui.player import bar
from pages._ui.session import remember
from pages.foundations._regression import landscape, scene
from pages.foundations._regression.data import Prepared
from pages.foundations._regression.landscape import Course

RACERS = {
    "gradient_descent": "gradient descent",
    "momentum": "with momentum",
    "minibatch": "mini-batch",
    "conjugate_gradient": "conjugate gradient",
    "bfgs": "BFGS",
    "lbfgs": "L-BFGS",
}
FIRST_RACERS = [name for name in RACERS if name != "minibatch"]
ROLES = dict(zip(RACERS, (f"class {k}" for k in (1, 4, 3, 2, 0, 6)), strict=True))
MOST_NUMBERS = 2_000_000  # in the design matrix of a regression that may race


def race_controls() -> str:
    """Show the controls of the race and return its surface."""
    controls.control(Course, "course", on_change=lambda: landscape.settle(Course, "course", "from_x", "from_y", "pace"))
    st.pills(
        "Methods",
        list(RACERS),
        selection_mode="multi",
        format_func=RACERS.get,
        default=FIRST_RACERS,
        key="racers",
        persist_state="session",
    )
    for name in ("pace", "goal", "laps"):
        controls.control(Course, name)
    if controls.values(Course).course != "regression":
        controls.control(Course, "from_x")
        controls.control(Course, "from_y")
    return st.session_state["course"]


def race_part(settings: Experiment, ready: Prepared | None) -> None:
    """Run the race and draw it."""
    course = controls.values(Course)
    names = [name for name in RACERS if name in st.session_state.get("racers", FIRST_RACERS)]
    if not names:
        st.info("Choose at least one method to race.")
        return
    on_hill, shown = course.course != "regression", ready.shown if ready else None
    if not on_hill and shown.problem.objective.A.numel() > MOST_NUMBERS:
        st.info(
            f"A race runs every method at once, so it takes at most {MOST_NUMBERS:,} numbers. Choose a smaller table."
        )
        return
    identity = (course, tuple(names), None if on_hill else (ready.shape, settings))
    result = remember("regression:race", identity, lambda: _run(course, names, shown, settings))
    runs = {name: (ROLES[name], RACERS[name]) for name in result.paths}
    arrays = {name: _channels(path) for name, path in result.paths.items()}
    panels = [_map(course, shown, result, runs), _steps(result, runs)]
    live(
        "race-live",
        panels,
        arrays,
        player=bar(f"race {hash(identity)}"),
        stats=[
            {"label": label, "text": f"{{{name}.cost}}", "help": "J at this step"} for name, (_, label) in runs.items()
        ],
        note=f"The goal is J ≤ {number(result.target_cost)}. A step is not the same work for each: see below.",
        on_pick=_start_at if on_hill else None,
    )
    st.dataframe(_table(result), hide_index=True)


def _start_at(pick: Pick) -> None:
    controls.put(Course, {"from_x": round(pick.x, 3), "from_y": round(pick.y, 3)})


def _run(course: Course, names: list[str], shown: Picture | None, settings: Experiment) -> RaceResult:
    limits = {"max_steps": course.laps, "tolerance": 1e-12}
    entered = {
        "gradient_descent": GradientDescent(course.pace, **limits),
        "momentum": GradientDescent(course.pace, momentum=0.9, **limits),
        "minibatch": GradientDescent(course.pace, batch_size=settings.batch, seed=settings.seed, **limits),
        "conjugate_gradient": ConjugateGradient(**limits),
        "bfgs": BFGS(**limits),
        "lbfgs": LBFGS(**limits),
    }
    if course.course == "regression":
        objective, start, lowest = shown.problem.objective, shown.problem.start, shown.lowest
    else:
        objective = HILLS[course.course]
        start = objective.minima.new_tensor([course.from_x, course.from_y])
        lowest = objective.value(objective.minima[0])
        names = [name for name in names if name != "minibatch"]  # a hill is no sum over data
    target = lowest + course.goal * (objective.value(start) - lowest)
    return race(objective, start, {name: entered[name] for name in names}, target)


def _channels(path) -> dict[str, np.ndarray]:
    return {"step": np.arange(len(path.costs)), "theta": path.thetas[:, :2].numpy(), "cost": path.costs.numpy()}


def _map(course: Course, shown: Picture | None, result: RaceResult, runs: dict) -> dict:
    title = "All from one start"
    if course.course != "regression":
        hill = HILLS[course.course]
        on = remember("regression:ground", course.course, lambda: landscape.ground(hill))
        return landscape.map_panel(
            on, runs, title + ": click to choose it", minima=hill.minima.numpy(), span=7, height=380
        )
    window = scene.cost_window(shown, 1, [path.thetas.numpy() for path in result.paths.values()])
    on = landscape.Ground(window.theta0, window.theta_j, window.grid)
    return landscape.map_panel(on, runs, title, pick=False, span=7, height=380)


def _steps(result: RaceResult, runs: dict) -> dict:
    costs = [path.costs.numpy() for path in result.paths.values()]
    return landscape.descent_panel(costs, result.n_steps, runs, result.target_cost, span=5, height=380)


def _table(result: RaceResult) -> list[dict[str, str]]:
    rows = []
    for name, path in result.paths.items():
        k = path.steps_to_target
        rows.append(
            {
                "method": RACERS[name],
                "steps to the goal": "never" if k is None else f"{k:,}",
                "evaluations to the goal": "" if k is None else f"{int(path.evaluations[k]):,}",
                "time to the goal (ms)": "" if k is None else f"{1000 * path.seconds_to_target:.2f}",
                "ended": f"{path.status} at step {len(path.costs) - 1:,}",
                "J at the end": number(float(path.costs[-1]), 6),
            }
        )
    return rows
