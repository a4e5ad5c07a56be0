"""The part "Train here": a small generator learns in front of one's eyes, from avatars, digits or own pictures."""

from __future__ import annotations

import numpy as np
import streamlit as st

from engine.errors import EngineError
from engine.generative.sheets import sheet_jpeg
from engine.generative.training_pictures import OWN, Preparing, resized, some_pictures
from engine.runtime.seeds import child_seed
from pages._ui import controls, player
from pages._ui.live import Command, live
from pages._ui.presets import try_this
from pages._ui.session import remember
from pages.generative._generative_networks import train_runs, train_scene, train_takeaway
from pages.generative._generative_networks.train_presets import PRESETS
from pages.generative._generative_networks.train_runs import Run
from pages.generative._generative_networks.train_settings import Learning, network_controls, own_training
from pages.generative._generative_networks.train_upload import own_pictures, upload_part
from pages.generative._generative_networks.view import View

RESTING = "_train_resting"
N_SHOWN = 16
REDRAW_S = 0.7
GO_ON = {"name": "go_on", "label": "Go on", "title": "From where it was left: to the end, or as many steps again"}


def presets() -> None:
    """Show where to start, while this part is open."""
    if controls.values(View).gan_part == "train":
        try_this("train_preset", PRESETS, Learning, on_choose=lambda: None)


def train_part(left, right) -> None:
    """Draw the controls at the left, the training at the right."""
    with left:
        if controls.control(Learning, "train_source") == OWN:
            upload_part()
        network_controls()
    with right:
        player.follow("train", _training, every_s=REDRAW_S)


def _training() -> bool:
    controls.share(View, Learning)
    try:
        run = train_runs.current()
    except EngineError as error:
        _buttons(None)
        st.error(str(error), icon=":material/error:")
        return False
    _buttons(run)
    if run is None:
        _before()
        return False
    if run.snapshots:
        _scene(run)
    if not run.growing and run.snapshots:
        train_takeaway.take_away_part(run, st.session_state.get(RESTING))
    return run.growing


def _buttons(run: Run | None) -> None:
    """Show the button that begins, and how far it is."""
    missing = controls.values(Learning).train_source == OWN and own_pictures() is None
    with st.container(horizontal=True, vertical_alignment="center", key="train-status"):
        st.button(
            "Train" if run is None else "Train anew",
            key="train_begin",
            type="primary" if run is None or not train_runs.is_as_set(run) else "secondary",
            icon=":material/model_training:",
            disabled=missing,
            on_click=_begin,
            help="Begin with the settings as they are. What was learned before is given up: take it away first.",
        )
        st.caption(_told(run, missing))
        if run is not None and run.growing and not run.snapshots:
            st.button("Stop", key="train_stop", icon=":material/stop:", on_click=player.stop, args=(train_runs.RUN,))


def _begin() -> None:
    train_runs.begin()
    st.session_state.pop(RESTING, None)
    player.place("end")
    player.redraw_page()


def _told(run: Run | None, missing: bool) -> str:
    if missing:
        return "Bring your pictures at the left first."
    if run is None:
        return "Nothing is learned before you say so: it takes some minutes, and can be stopped at any time."
    job, latest = run.held.job, run.held.job.latest
    if run.growing and job.place:
        return player.waiting_note(run.held)
    if run.growing and not run.snapshots:
        drawn = f"{latest.drawn:,} of {latest.n_pictures:,}" if isinstance(latest, Preparing) else "a moment"
        return f"Preparing the pictures: {drawn}."
    if not run.snapshots:
        return "Stopped before the first step."
    changed = "" if train_runs.is_as_set(run) else " The settings have changed since: they are for the next one."
    last = run.snapshots[-1]
    if run.growing:
        left = (
            f", about {max(1, round(job.remaining_s))} s to go" if job.remaining_s and not run.started.stretches else ""
        )
        return f"Step {last.step:,} of {last.total_steps:,}{left}.{changed}"
    if last.step >= last.total_steps:
        return f"Done: {last.step:,} steps.{changed}"
    why = f"The {run.settings.minutes} minutes are over" if last.is_over else "Stopped"
    return f"{why} at step {last.step:,} of {last.total_steps:,}. **Go on** continues.{changed}"


def _before() -> None:
    """Show what would be learned from."""
    if controls.values(Learning).train_source == OWN and own_pictures() is None:
        st.info(
            "Bring 30 to 5,000 pictures at the left, as one zip or as files.", icon=":material/add_photo_alternate:"
        )
        return
    live("train-real", [train_scene.real_panel(_real())])


def _real(run: Run | None = None) -> np.ndarray:
    """Return some real pictures as one JPEG: of a run, else of the settings as they are."""
    settings = run.settings if run else own_training(controls.values(Learning))
    own = run.started.own if run else own_pictures()
    side = int(settings.side)

    def build() -> np.ndarray:
        if settings.source == OWN:
            chosen = resized(own.images[:: max(1, len(own.images) // N_SHOWN)][:N_SHOWN], side)
        else:
            seed = child_seed(settings.seed, "pictures")
            chosen = some_pictures(settings.source, N_SHOWN, side, seed)
        return np.frombuffer(sheet_jpeg(chosen), np.uint8)

    identity = (settings.source, side, settings.seed, own and own.identity)
    return remember("train:real" if run else "train:real before", identity, build)


def _scene(run: Run) -> None:
    reached = run.snapshots[-1].checkpoint.step
    more = () if run.growing or reached >= train_runs.MOST_STEPS else (GO_ON,)
    bar = player.bar(
        f"train{run.started.number}",
        offers=["stop"] if run.growing else ["reseed"],
        growing=run.growing,
        more=more,
        at=player.place_of(f"train{run.started.number}"),
    )
    st.session_state[RESTING] = live(
        "train-live",
        train_scene.panels(run, _real(run)),
        {"a": train_scene.channels(run)},
        player=bar,
        equations=train_scene.equations(run),
        stats=train_scene.stats(run),
        rest=st.session_state.get(RESTING),
        on_command=lambda command: _obey(command, run),
    )


def _obey(command: Command, run: Run) -> None:
    if command.name == "stop":
        player.stop(train_runs.RUN)
    elif command.name == "go_on" and not run.growing:
        train_runs.go_on(run)
        player.place("end")
    elif command.name == "reseed" and not run.growing:
        controls.put(Learning, {"train_seed": (controls.values(Learning).train_seed + 1) % 10000})
        _begin()
    player.redraw_page()
