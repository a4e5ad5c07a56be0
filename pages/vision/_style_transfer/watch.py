"""The part "Watch it optimise": Gatys' method as it runs, with its losses, to pause, scrub and branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from engine.errors import EngineError
from pages._ui import controls, player
from pages._ui.live import Command, live
from pages._ui.session import keep_in_link, link_number
from pages.vision._style_transfer import networks, pictures, takeaway, watch_runs, watch_scene
from pages.vision._style_transfer.watch_settings import Watching, layer_controls, layers, watch_controls

if TYPE_CHECKING:
    from pages._ui.model_choice import Chosen as Model
    from pages.vision._style_transfer.pictures import Chosen
    from pages.vision._style_transfer.watch_runs import Both

RESTING, STEP = "_style_resting", "watch_step"


def watch_part(left, right) -> None:
    """Draw the controls at the left, the run at the right."""
    with left:
        pair = pictures.choose_small()
        watch_controls(watch_runs.branched() is not None)
        network = networks.feature_network()
        with st.expander("Layers"):
            layer_controls(network.model)
    with right:
        if pair is None:
            st.info("Bring a picture and a style at the left.", icon=":material/add_photo_alternate:")
            return
        player.follow("style-watching", lambda: _watched(pair, network))


def _watched(pair: Chosen, network: Model) -> bool:
    settings, chosen = controls.values(Watching), layers(network.model)
    try:
        found = watch_runs.start(pair, network, settings, chosen)
    except EngineError as error:
        st.error(str(error), icon=":material/error:")
        if watch_runs.branched() is not None:
            st.button("End the branch", on_click=watch_runs.end_branch)
        return False
    if not found.run.steps:
        st.progress(0.0, text=player.waiting_note(found.run.held) or "Starting.")
        return found.growing
    _pause(found)
    _scene(found, settings, chosen)
    if not found.growing:
        takeaway.watched(pair, network, found)
    return found.growing


def _pause(found: Both) -> None:
    key, job = watch_runs.RUN, found.run.held.job
    paused = job.status == "paused"
    with st.container(horizontal=True, vertical_alignment="center", key="watch-status"):
        label, icon = ("Go on", ":material/play_arrow:") if paused else ("Hold", ":material/pause:")
        st.button(
            label,
            key="watch_hold",
            icon=icon,
            disabled=not found.run.growing,
            on_click=player.pause,
            args=(key, not paused),
            help="Hold the computation where it is, or let it go on. The player below walks along what is done.",
        )
        st.caption("Held." if paused else player.waiting_note(found.run.held) or _ended(found))


def _ended(found: Both) -> str:
    run = found.run
    verb = "Stopped after" if run.held.stopped else "Done:"
    return f"{verb} {run.steps[-1].step} of {run.settings.steps} steps."


def _scene(found: Both, settings: Watching, chosen: dict) -> None:
    if RESTING not in st.session_state:
        st.session_state[RESTING] = link_number(STEP)
    runs = {"a": found.run, **({"before": found.before} if found.before else {})}
    token = "".join(run.held.identity for run in runs.values())
    offers = ["unbranch" if found.before else "branch", *(["stop"] if found.growing else [])]
    if settings.watch_start == "noise" and not found.before:
        offers.insert(0, "reseed")
    st.session_state[RESTING] = live(
        "style-watch",
        watch_scene.scene(found),
        {name: watch_scene.channels(run) for name, run in runs.items()},
        player=player.bar(token, offers=offers, growing=found.growing),
        equations=watch_scene.equations(found.run),
        stats=watch_scene.STATS,
        rest=st.session_state[RESTING],
        on_command=lambda command: _obey(command, settings, chosen),
    )
    keep_in_link(STEP, st.session_state[RESTING])


def _obey(command: Command, settings: Watching, chosen: dict) -> None:
    if command.name == "reseed":
        controls.put(Watching, {"watch_seed": (settings.watch_seed + 1) % 10000})
        player.redraw_page()
    elif command.name == "branch":
        watch_runs.leave_at(command.step, settings, chosen)
        player.redraw_page()
    elif command.name == "unbranch":
        watch_runs.end_branch()
        player.redraw_page()
    elif command.name == "stop":
        player.stop(watch_runs.RUN)
        player.stop(watch_runs.BEFORE)
