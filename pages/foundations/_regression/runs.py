"""The runs of the page: the one of the settings, and the one it branched off from.

A branch is kept as text, "step~field:value~field:value…": the step at which the first run was left, and how it differed
from the defaults. The text stands in the link, so that a comparison can be shared.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

import streamlit as st

from engine.linear_model.experiment import Experiment, Problem, branch
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
        growing: whether more steps were on their way when these were read.
        full: every recorded step.
        shown: at most `player.MOST_FRAMES` of them.
    """

    held: player.Held
    growing: bool
    full: Trace
    shown: Trace


@dataclass(frozen=True)
class Fitted:
    """What the page's settings came to so far.

    Attributes:
        settings: the page's.
        ready: the data and the problem.
        run: the run of the settings.
        before: the run that it branched off from, or None.
    """

    settings: Experiment
    ready: Prepared
    run: Run
    before: Run | None

    @property
    def shown(self) -> Picture:
        """The problem and what its pictures need."""
        return self.ready.shown

    @property
    def traces(self) -> dict[str, Trace]:
        """The traces to draw, by the names that the panels know them under."""
        return {"a": self.run.shown, **({"before": self.before.shown} if self.before else {})}

    @property
    def growing(self) -> bool:
        """Whether either run has more steps to come."""
        return self.run.growing or (self.before is not None and self.before.growing)


def start(settings: Experiment, ready: Prepared) -> Fitted:
    """Run the settings and, where they branched off from others, those first.

    Raises:
        EngineError: the start cannot be computed with.
    """
    shown, problem, left = ready.shown, ready.shown.problem, branched()
    origin = (ready.shape, settings.theta0, settings.theta1)
    if left is None:
        run = _run("regression", settings, shown, problem, 0, (origin, _method(settings)))
        return Fitted(settings, ready, run, None)
    step, changes = left
    first = replace(settings, **changes)
    before = _run("regression:before", first, shown, problem, 0, (origin, _method(first)))
    if before.growing and before.full.step[-1] < step:  # the place to leave it is still ahead
        return Fitted(first, ready, before, None)
    at = int((before.full.step <= step).sum()) - 1
    identity = (origin, _method(first), step, _method(settings))
    left_at = replace(problem, start=before.full.theta[at])
    run = _run("regression", settings, shown, left_at, int(before.full.step[at]), identity)
    return Fitted(settings, ready, run, before)


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


def _run(key: str, settings: Experiment, shown: Picture, from_: Problem, first_step: int, identity: Hashable) -> Run:
    held = player.run(key, branch, from_, settings, from_.start, identity=identity)
    while held.job.latest is None:  # the first snapshot is one evaluation away
        held.job.wait(0.01)
        if held.job.error:
            raise held.job.error
    growing = not player.ended(held)  # asked before the steps are read, so that the last ones are never missed
    snapshots = held.job.snapshots
    full = trace(shown, snapshots, first_step)
    thinned = player.thin(snapshots)
    return Run(held, growing, full, full if len(thinned) == len(snapshots) else trace(shown, thinned, first_step))
