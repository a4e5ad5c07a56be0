"""The runs of the part "Watch it optimise": the one of the settings, and the one it branched off from.

A branch is kept as text, "step~field:value~field:value…": the step at which the first run was left, and how it differed
from the defaults. The text stands in the link, so that a comparison can be shared.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from engine.settings import clamp, default_of, limits_of
from engine.style_transfer.watched import watch
from pages._ui import player
from pages._ui.controls import link_text
from pages._ui.session import keep_in_link
from pages.vision._style_transfer.watch_settings import LAYERS, OF_GATYS, Watching, gatys_of

if TYPE_CHECKING:
    from engine.style_transfer.gatys import Gatys
    from engine.style_transfer.watched import Watched
    from pages._ui.model_choice import Chosen as Model
    from pages.vision._style_transfer.pictures import Chosen

RUN, BEFORE = "style-watch", "style-watch-before"
BRANCH, PARAMETER = "_style_branch", "watch_branch"


@dataclass(frozen=True)
class Run:
    """One run and its steps so far.

    Attributes:
        held: the job.
        settings: of the engine.
        growing: whether more steps were on their way when these were read.
        steps: every step recorded, the first ones perhaps of the run that this one branched off from.
    """

    held: player.Held
    settings: Gatys
    growing: bool
    steps: list[Watched]


@dataclass(frozen=True)
class Both:
    """What the settings came to so far: the run, and the one before the branch."""

    run: Run
    before: Run | None

    @property
    def growing(self) -> bool:
        """Whether either run has more steps to come."""
        return self.run.growing or (self.before is not None and self.before.growing)


def start(pair: Chosen, network: Model, settings: Watching, layers: dict[str, tuple[str, ...]]) -> Both:
    """Run the settings and, where they branched off from others, those first.

    Raises:
        EngineError: what the engine refuses.
    """
    left = branched()
    if left is None:
        return Both(_run(RUN, pair, network, gatys_of(settings, layers)), None)
    step, first, first_layers = left
    fixed = {name: getattr(first, name) for name in ("watch_px", "watch_levels", "watch_start", "watch_seed")}
    before = _run(BEFORE, pair, network, gatys_of(first, first_layers))
    kept = [one for one in before.steps if one.picture is not None and one.step <= step]
    if not kept or (before.growing and before.steps[-1].step < step):  # the place to leave it is still ahead
        return Both(before, None)
    own = gatys_of(replace(settings, **fixed), layers)
    own = replace(own, steps=max(own.steps, kept[-1].step + 1))
    return Both(_run(RUN, pair, network, own, kept[-1]), before)


def leave_at(step: int, settings: Watching, layers: dict[str, tuple[str, ...]]) -> None:
    """Branch: keep the run of these settings as the first one, and go on from its step; in a callback."""
    values = {name: getattr(settings, name) for name in OF_GATYS}
    changed = {name: link_text(v) for name, v in values.items() if v != default_of(Watching, name)}
    changed |= {name: ",".join(chosen) for name, chosen in layers.items() if chosen}
    st.session_state[BRANCH] = "~".join([str(step), *(f"{name}:{value}" for name, value in changed.items())])


def end_branch() -> None:
    """Forget the first run."""
    st.session_state[BRANCH] = ""


def branched() -> tuple[int, Watching, dict[str, tuple[str, ...]]] | None:
    """Return the step of the branch and the first run's settings and layers, or None; what a link says is clamped."""
    text = st.session_state.setdefault(BRANCH, st.query_params.get(PARAMETER, ""))
    keep_in_link(PARAMETER, text or None)
    step, *changes = text.split("~")
    if not (step.isascii() and step.isdigit() and len(step) < 6):
        return None
    limits, found, layers = limits_of(Watching), {}, dict.fromkeys(LAYERS, ())
    for name, _, value in (change.partition(":") for change in changes):
        if name in OF_GATYS:
            found[name] = clamp(limits[name], value, default_of(Watching, name))
        elif name in LAYERS:
            layers[name] = tuple(value.split(","))
    return int(step), Watching(**found), layers


def _run(key: str, pair: Chosen, network: Model, settings: Gatys, left: Watched | None = None) -> Run:
    resume = None if left is None else left.resumable()
    pictures = (pair.content.image, [style.image for style in pair.styles])
    identity: Any = (pair.identity, network.key, settings, left and (left.step, left.losses.total))
    job = (watch, network.model, *pictures, settings, pair.mix, resume)
    held = player.run(key, *job, identity=identity, heavy=True)
    growing = not player.ended(held)  # asked before the steps are read, so that the last ones are never missed
    steps = held.job.snapshots
    return Run(held, settings, growing, [left, *steps] if left and steps else steps)
