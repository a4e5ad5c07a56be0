"""The games of the page: the one that its settings and moves tell, and the one that it branched off from.

Both are kept as text, in the session and in the link: `moves` is a record (`engine.generative.duel_record`), "" for the
game as its settings say; `branch` is "step~moves~field:value~field:value…", the step at which the first game was left,
its record, and how its settings differed from the defaults.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from engine.generative.duel import Move, moves_of, play
from engine.generative.duel_record import MOST_STEPS, add, cut, of_a_step, read_record, steps_in_common, write_record
from engine.generative.duel_settings import OF_THE_PLAY, Game
from engine.generative.duel_view import DuelSnapshot
from engine.generative.plane_data import DRAWN
from engine.settings import clamp, default_of, limits_of
from pages._ui import player
from pages._ui.session import keep_in_link
from pages.generative._generative_networks.plane_drawing import LINKED, drawn_points

MOVES, BRANCH, RESTING, DONE = "_plane_moves", "_plane_branch", "_plane_resting", "_plane_done"
IN_LINK = {MOVES: "moves", BRANCH: "branch"}


@dataclass(frozen=True)
class Run:
    """One game and its snapshots so far.

    Attributes:
        held: the job.
        moves: what is played.
        growing: whether more was on its way when these were read.
        snapshots: oldest first.
    """

    held: player.Held
    moves: tuple[Move, ...]
    growing: bool
    snapshots: tuple[DuelSnapshot, ...]

    def at(self, step: int | None) -> DuelSnapshot:
        """Return the last snapshot not after a step; the newest for None."""
        if step is None:
            return self.snapshots[-1]
        return next((one for one in reversed(self.snapshots) if one.step <= step), self.snapshots[0])


@dataclass(frozen=True)
class Games:
    """What the page's settings came to so far: the game, and the one that it branched off from, or None."""

    game: Game
    run: Run
    before: Run | None

    @property
    def growing(self) -> bool:
        """Whether either has more to come."""
        return self.run.growing or (self.before is not None and self.before.growing)

    @property
    def token(self) -> str:
        """Names both together."""
        return self.run.held.identity + (self.before.held.identity if self.before else "")


def start(game: Game) -> Games:
    """Play the game of the settings and, where it branched off from another, that one first.

    Raises:
        EngineError: there is nothing to imitate.
    """
    left = branched(game)
    if left is None:
        return Games(game, _run("plane", _told(game, [])), None)
    step, first = left
    before = _run("plane:before", first)
    if before.growing and before.snapshots[-1].step < step:  # the place to leave it is still ahead
        return Games(first[-1].game, before, None)
    return Games(game, _run("plane", _told(game, cut(first, step))), before)


def _told(game: Game, ahead: list[Move]) -> list[Move]:
    """Return the moves ahead, and then those that were made, or the game as its settings say."""
    own = read_record(_text(MOVES), of_a_step(game))
    if not own:
        whole = moves_of(game) if not ahead else [Move("rounds", game.rounds, game)]
        own = [replace(move, game=of_a_step(game)) for move in whole]
    return [*ahead, *own]


def _run(key: str, moves: list[Move]) -> Run:
    points = drawn_points() if moves[0].game.plane_data == DRAWN else None
    drawing = None if points is None else points.tobytes()
    done = st.session_state.setdefault(DONE, {})
    past = _past(moves, drawing, done.values())
    held = player.run(key, play, moves, points, past, identity=(tuple(moves), drawing), wait_s=0.0)
    while held.job.latest is None:  # the first snapshot is a few milliseconds away
        held.job.wait(0.01)
        if held.job.error:
            raise held.job.error
    growing = not player.ended(held)  # asked before the snapshots are read, so that the last ones are never missed
    run = Run(held, tuple(moves), growing, tuple(held.job.snapshots))
    done[key] = (run, drawing)
    return run


def _past(moves: Sequence[Move], drawing: bytes | None, done) -> tuple[DuelSnapshot, ...]:
    """Return the snapshots of a game that was already played, as far as it is the same."""
    best: tuple[DuelSnapshot, ...] = ()
    for run, of in done:
        if of != drawing:
            continue
        steps = steps_in_common(run.moves, moves)
        kept = [k for k, one in enumerate(run.snapshots) if one.players and 0 < one.step <= steps]
        if kept and (not best or run.snapshots[kept[-1]].step > best[-1].step):
            best = run.snapshots[: kept[-1] + 1]
    return best


def make_move(games: Games, step: int, kind: str, n: int) -> None:
    """Go on from a step with another move; what came after it is given up."""
    game = of_a_step(games.game)
    left = branched(games.game)
    ahead = left[0] if left else 0
    own = cut(games.run.moves[len(cut(games.run.moves, ahead)) :] if ahead else games.run.moves, step - ahead)
    n = min(n, MOST_STEPS - step)
    if step < ahead or n < 1:
        return
    made = add([replace(move, game=game) for move in own], Move(kind, n, game))
    st.session_state[MOVES] = write_record(made)
    player.place("end")


def leave_at(games: Games, step: int) -> None:
    """Branch: keep this game as the first one, and go on from its step."""
    game = games.game
    changed = {name: getattr(game, name) for name in OF_THE_PLAY if getattr(game, name) != default_of(Game, name)}
    record = write_record(games.run.moves)
    st.session_state[BRANCH] = "~".join([str(step), record, *(f"{k}:{v}" for k, v in changed.items())])
    st.session_state[MOVES] = ""


def start_over() -> None:
    """Forget every move and branch: the game as its settings say."""
    st.session_state.update({MOVES: "", BRANCH: ""})


def branched(game: Game) -> tuple[int, list[Move]] | None:
    """Return the step of the branch and the first game's moves, or None; what a link says is clamped."""
    step, _, rest = _text(BRANCH).partition("~")
    record, *changes = rest.split("~")
    if not (step.isascii() and step.isdigit() and len(step) < 6 and int(step)):
        return None
    limits = limits_of(Game)
    found = {name: default_of(Game, name) for name in OF_THE_PLAY}
    for name, _, value in (change.partition(":") for change in changes):
        if name in found:
            found[name] = clamp(limits[name], value, found[name])
    moves = read_record(record, of_a_step(replace(game, **found)))
    total = sum(move.n for move in moves)
    return (min(int(step), total), moves) if moves else None


def keep_link() -> None:
    """Write moves, branch and drawing into the link."""
    for key, name in IN_LINK.items():
        keep_in_link(name, _text(key) or None)


def leave_link() -> None:
    """Take everything of this part out of the link but its settings."""
    for name in (*IN_LINK.values(), "at", LINKED):
        keep_in_link(name, None)


def _text(key: str) -> str:
    return st.session_state.setdefault(key, st.query_params.get(IN_LINK[key], ""))
