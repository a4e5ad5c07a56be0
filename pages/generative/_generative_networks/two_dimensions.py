"""The part "Two dimensions": generator and discriminator play on the plane, and everything between them is seen."""

from __future__ import annotations

from functools import partial

import streamlit as st

from engine.errors import EngineError
from engine.generative.duel_settings import Game
from engine.generative.duel_view import Viewer
from engine.generative.plane_data import DRAWN, plane_data
from pages._ui import controls, feed, player
from pages._ui.live import Command, is_held, live
from pages._ui.presets import try_this
from pages._ui.session import keep_in_link, link_number, remember
from pages.generative._generative_networks import (
    plane_controls,
    plane_drawing,
    plane_runs,
    plane_scene,
    plane_takeaway,
    plane_wording,
)
from pages.generative._generative_networks.plane_presets import PRESETS
from pages.generative._generative_networks.plane_runs import RESTING, Games
from pages.generative._generative_networks.view import View

REDRAW_S, REDRAW_WITH_FEED_S = 0.1, 0.5  # while a game is played
MOST_FRAMES = 160  # of a game that has ended
OVERLAP = 5  # messages whose frames are sent again, in case one was overtaken
SENT, EDITS = "_plane_sent", "plane_edits"
MORE = (
    {"name": "step_d", "label": "Step D", "title": "One step of D alone from here"},
    {"name": "step_g", "label": "Step G", "title": "One step of G alone from here"},
    {"name": "step_both", "label": "Round", "title": "One round from here: D's steps, then G's"},
    {"name": "perfect_d", "label": "300 × D", "title": "300 steps of D alone: towards the best D for this G"},
    {"name": "go_on", "label": "Go on", "title": "As many rounds again from here"},
)
MOVES = {"step_d": ("d", 1), "step_g": ("g", 1), "step_both": ("rounds", 1), "perfect_d": ("d", 300)}


def presets() -> None:
    """Show where to start, while this part is open."""
    if controls.values(View).gan_part == "plane":
        try_this("plane_preset", PRESETS, Game, on_choose=_begin_preset)


def _begin_preset() -> None:
    plane_runs.start_over()
    player.place("start")


def plane_part(left, right) -> None:
    """Draw the game at the right, its controls at the left."""
    with right:
        player.follow("plane", _game, every_s=REDRAW_WITH_FEED_S if feed.is_served() else REDRAW_S)
    with left, controls.redrawing("plane"):
        plane_controls.game_controls()


def _game() -> bool:
    """Draw the game and return whether it goes on."""
    game = controls.values(Game)
    controls.share(View, Game)
    plane_runs.keep_link()
    if game.plane_data != DRAWN:
        return _played(game)
    keep_in_link(plane_drawing.LINKED, plane_drawing.encode_points(plane_drawing.drawn_points()))
    if not st.toggle("Edit the drawing", value=True, key=EDITS, persist_state="session"):
        return _played(game)
    here, there = st.columns(2, gap="small")
    with here:
        plane_drawing.drawing()
        st.caption("Each point is the middle of a small cloud of spread σ, and a mode of its own.")
    with there:
        return _played(game, narrow=True)


def _played(game: Game, narrow: bool = False) -> bool:
    try:
        games = plane_runs.start(game)
    except EngineError as error:
        st.error(str(error), icon=":material/error:")
        return False
    _pictures(games, narrow)
    if not games.growing:
        plane_takeaway.take_away_part(games, st.session_state.get(RESTING), _real_of(games)[0])
    return games.growing


def _pictures(games: Games, narrow: bool) -> None:
    game, second = games.run.moves[-1].game, games.before is not None
    real, n_parts = _real_of(games)
    shown = games.run.snapshots
    total = max(sum(move.n for move in run.moves) for run in (games.run, games.before) if run)
    rows = shown[-1].bent.shape[0]
    panels = [plane_scene.plane_panel(game, real, title="The second game" if second else "")]
    if second:
        panels.append(plane_scene.plane_panel(game, real, run="before", title="The first game"))
    else:
        panels.append(plane_scene.bent_panel(game, real, rows))
    both = [*shown, *(games.before.snapshots if second else ())]
    panels += plane_scene.curve_panels(game, total, both, second=second)
    if narrow:
        panels = [{**one, "span": 12} for one in panels[:3]]
    if RESTING not in st.session_state:
        st.session_state[RESTING] = link_number("at")
    note, bad = plane_wording.story(games, n_parts)
    st.session_state[RESTING] = live(
        "plane-live",
        panels,
        _runs(games, n_parts),
        player=_bar(games, n_parts),
        equations=plane_wording.equations(game),
        stats=plane_wording.stats(game, n_parts, second),
        note=note,
        bad=bad,
        rest=st.session_state[RESTING],
        on_command=lambda command: _obey(command, games),
    )
    keep_in_link("at", st.session_state[RESTING])
    st.caption(plane_wording.meaning(game))


def _real_of(games: Games) -> tuple:
    """Return the real points (N, 2) that are drawn, and of how many parts they are."""
    game = games.run.moves[-1].game
    points = plane_drawing.drawn_points() if game.plane_data == DRAWN else None
    identity = (game, None if points is None else points.tobytes())
    return remember("plane:real", identity, lambda: _real(game, points))


def _real(game: Game, points) -> tuple:
    data = plane_data(game.plane_data, game.point_spread, points)
    return Viewer(game, data).real.numpy(), data.n_parts


def _runs(games: Games, n_parts: int) -> dict:
    """Return the channels to send: of what the browser has already, the newest frames alone."""
    found = {}
    for name, run in (("a", games.run), ("before", games.before)):
        if run is None:
            continue
        called = run.held.identity + ("" if run.growing else ".whole")
        before, sent = st.session_state.setdefault(SENT, {}).get(name, ("", []))
        sent = [*sent, run.snapshots[-1].step][-OVERLAP:] if before == called else [run.snapshots[-1].step]
        st.session_state[SENT][name] = (called, sent)
        is_part = is_held("plane-live", called)
        if is_part:
            frames = [one for one in run.snapshots if one.step > sent[0]] if run.growing else []
            frames = frames or [run.snapshots[-1]]
        else:
            frames = player.thin(run.snapshots, MOST_FRAMES)
        build = lambda frames=frames: plane_scene.channels(frames, n_parts)  # noqa: E731
        arrays = build() if run.growing else remember(f"plane:{name}", (called, is_part, n_parts), build)
        found[name] = arrays | {"name": called, "part": is_part}
    return found


def _bar(games: Games, n_parts: int) -> dict:
    offers = ["reseed", "unbranch" if games.before else "branch", *(["stop"] if games.growing else [])]
    at = player.place_of(games.token)
    more = {"growing": games.growing, "more": MORE}
    if not games.growing:
        feed.withdraw("plane")
        return player.bar(games.token, offers=offers, at=at, **more)
    path = feed.offer("plane", partial(_newest, games.run.held, n_parts))
    return player.bar(games.token, offers=offers, at=at, feed={"run": "a", "path": path} if path else None, **more)


def _newest(held: player.Held, n_parts: int, after: float) -> dict:
    """Return the frames after a step, for the browser that asks for them."""
    growing = not player.ended(held)
    snapshots = held.job.snapshots
    frames = [one for one in snapshots if one.step > after][-MOST_FRAMES:] or [snapshots[-1]]
    run = plane_scene.channels(frames, n_parts) | {"name": held.identity, "part": True}
    return {"runs": {"a": run}, "growing": growing}


def _obey(command: Command, games: Games) -> None:
    match command.name:
        case "reseed":
            plane_runs.start_over()
            controls.put(Game, {"game_seed": (games.game.game_seed + 1) % 10000})
        case "branch":
            plane_runs.leave_at(games, max(command.step, 1))
        case "unbranch":
            plane_runs.start_over()
        case "stop":
            player.stop("plane")
            player.stop("plane:before")
        case "go_on":
            plane_runs.make_move(games, command.step, "rounds", games.game.rounds)
        case name if name in MOVES:
            plane_runs.make_move(games, command.step, *MOVES[name])
    player.redraw_page()
