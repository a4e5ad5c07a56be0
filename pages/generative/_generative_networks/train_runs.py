"""The visitor's training: started by a button, stopped and gone on with, and kept when they come back.

It begins only when it is asked to, for it takes minutes. Later settings do not touch it: they are for the next one.
Going on makes a new job from the newest checkpoint, put behind what came before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

import streamlit as st

from engine.generative.training import Checkpoint, Learned, OwnTraining, train
from engine.generative.training_pictures import OWN
from engine.settings import limits_of
from pages._ui import controls, player
from pages.generative._generative_networks.train_settings import Learning, between_samples, own_training
from pages.generative._generative_networks.train_upload import Own, own_pictures

RUN, STARTED = "own-training", "_train_started"
MOST_STEPS = int(limits_of(OwnTraining)["steps"].high)
MOST_PAST = 600  # snapshots of what was learned before a stop
_numbers = count()


@dataclass(frozen=True, eq=False)
class Started:
    """A training that was asked for.

    Attributes:
        number: tells it apart from others.
        settings: of its newest stretch.
        own: the visitor's pictures, or None.
        past: snapshots of the stretches before.
        stretches: (settings, step of the checkpoint where it was left) of those before.
        checkpoint: from which the newest stretch goes on, or None.
        held: its job, once there is one.
    """

    number: int
    settings: OwnTraining
    own: Own | None
    past: tuple[Learned, ...] = ()
    stretches: tuple[tuple[OwnTraining, int], ...] = ()
    checkpoint: Checkpoint | None = None
    held: player.Held | None = None


@dataclass(frozen=True, eq=False)
class Run:
    """A training and what it came to so far: `snapshots` oldest first, none while pictures are still drawn."""

    started: Started
    held: player.Held
    growing: bool
    snapshots: tuple[Learned, ...]

    @property
    def settings(self) -> OwnTraining:
        """Of the newest stretch."""
        return self.started.settings

    @property
    def painted(self) -> list[Learned]:
        """Return the snapshots with samples."""
        return [one for one in self.snapshots if one.samples is not None]

    def at(self, step: int | None) -> Learned:
        """Return the last snapshot with samples that is not after a step; the newest for None."""
        kept = self.painted
        return next((one for one in reversed(kept) if step is None or one.step <= step), kept[0])


def begin() -> None:
    """Start a training with the settings as they are; in a callback."""
    settings = own_training(controls.values(Learning))
    own = own_pictures() if settings.source == OWN else None
    if settings.source == OWN and own is None:
        return
    player.stop(RUN)
    player.forget(RUN)
    st.session_state[STARTED] = Started(next(_numbers), settings, own)


def go_on(run: Run) -> None:
    """Go on from the newest checkpoint: to the end, or as many steps again as the settings say; in a callback."""
    chosen = controls.values(Learning)
    checkpoint = run.snapshots[-1].checkpoint
    steps = run.settings.steps
    if checkpoint.step >= steps:
        steps = min(MOST_STEPS, checkpoint.step + chosen.train_steps)
    if checkpoint.step >= steps:
        return
    every = between_samples(steps, chosen.train_moments)
    settings = replace(run.settings, steps=steps, sample_every=every, minutes=chosen.train_minutes)
    past = player.thin([one for one in run.snapshots if one.step < checkpoint.step], MOST_PAST)
    left = Checkpoint()
    left.step, left.state = checkpoint.step, checkpoint.state
    player.forget(RUN)
    stretches = (*run.started.stretches, (run.settings, left.step))
    st.session_state[STARTED] = Started(next(_numbers), settings, run.started.own, tuple(past), stretches, left)


def current() -> Run | None:
    """Return the training, submitted now unless it was before; None where none was asked for.

    Raises:
        EngineError: what the engine refuses.
    """
    started: Started | None = st.session_state.get(STARTED)
    if started is None:
        return None
    held = started.held
    if held is None or not player.ended(held):  # asking also says that the visitor is still here
        images = None if started.own is None else started.own.images
        told = (train, started.settings, images, started.checkpoint)
        held = player.run(RUN, *told, identity=("train", started.number), heavy=True, wait_s=0.0)
        started = st.session_state[STARTED] = replace(started, held=held)
    if held.job.error is not None:
        raise held.job.error
    growing = not player.ended(held)
    learned = tuple(one for one in held.job.snapshots if isinstance(one, Learned))
    return Run(started, held, growing, (*started.past, *learned))


def is_as_set(run: Run) -> bool:
    """Return whether the controls say what this training was started with."""
    first: Sequence[tuple[OwnTraining, int]] = run.started.stretches
    settings = first[0][0] if first else run.settings
    own = own_pictures() if settings.source == OWN else None
    return own_training(controls.values(Learning)) == settings and (own is run.started.own)
