"""The runs of the page: the one of the settings, and the one it branched off from.

A branch is kept as text, "step~field:value~field:value…": the step at which the first run was left, and how it differed
from the defaults. The text stands in the link, so that a comparison can be shared.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

import streamlit as st

from engine.linear_model.experiment import Experiment, branch
from engine.linear_model.trace import Picture, Trace, trace
from engine.settings import clamp, default_of, limits_of
from pages._ui import player
from pages._ui.session import keep_in_link
from pages.foundations._regression.data import Prepared

METHOD_FIELDS = ("method", "alpha", "momentum", "batch", "steps", "tolerance")


@dataclass(frozen=True)
class Run:
    """One run and its steps so far.

    Attributes:
        held: the job.
        settings: what it was started with.
        full: every recorded step.
        shown: at most `player.MOST_FRAMES` of them.
    """

    held: player.Held
    settings: Experiment
    full: Trace
    shown: Trace


def start(settings: Experiment, ready: Prepared) -> tuple[Run, Run | None]:
    """Return the run of the settings and, where it branched off from another, that one.

    Raises:
        EngineError: the start cannot be computed with.
    """
    shown, shape = ready.shown, ready.shape
    left = branched()
    if left is None:
        return _run(
            "regression",
            settings,
            shown,
            shown.problem.start,
            0,
            (shape, _method(settings), settings.theta0, settings.theta1),
        ), None
    step, changes = left
    first = replace(settings, **changes)
    identity = (shape, _method(first), settings.theta0, settings.theta1)
    before = _run("regression:before", first, shown, shown.problem.start, 0, identity)
    at = int((before.full.step <= step).sum()) - 1
    theta = before.full.theta[at]
    return _run(
        "regression", settings, shown, theta, int(before.full.step[at]), (identity, step, _method(settings))
    ), before


def leave_at(step: int, settings: Experiment) -> None:
    """Branch: keep the run of these settings as the first one, and go on from its step."""
    defaults = {name: default_of(Experiment, name) for name in METHOD_FIELDS}
    changed = {name: getattr(settings, name) for name in METHOD_FIELDS if getattr(settings, name) != defaults[name]}
    st.session_state["_branch"] = "~".join([str(step), *(f"{name}:{value}" for name, value in changed.items())])


def end_branch() -> None:
    """Forget the first run."""
    st.session_state["_branch"] = ""


def branched() -> tuple[int, dict[str, object]] | None:
    """Return the step of the branch and the first run's method settings, or None; what a link says is clamped."""
    text = st.session_state.setdefault("_branch", st.query_params.get("branch", ""))
    keep_in_link("branch", text or None)
    step, *changes = text.split("~")
    if not (step.isascii() and step.isdigit() and len(step) < 6):
        return None
    limits = limits_of(Experiment)
    found = {name: default_of(Experiment, name) for name in METHOD_FIELDS}
    for name, _, value in (change.partition(":") for change in changes):
        if name in found:
            found[name] = clamp(limits[name], value, found[name])
    return int(step), found


def _method(settings: Experiment) -> tuple:
    return (*(getattr(settings, name) for name in METHOD_FIELDS), settings.seed)


def _run(key: str, settings: Experiment, shown: Picture, theta, first_step: int, identity: Hashable) -> Run:
    held = player.run(key, branch, shown.problem, settings, theta, identity=identity)
    while held.job.latest is None:  # the first snapshot is one evaluation away
        held.job.wait(0.01)
        if held.job.error:
            raise held.job.error
    snapshots = held.job.snapshots
    full = trace(shown, snapshots, first_step)
    thinned = player.thin(snapshots)
    return Run(held, settings, full, full if len(thinned) == len(snapshots) else trace(shown, thinned, first_step))
