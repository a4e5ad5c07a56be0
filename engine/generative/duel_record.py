"""A game's record: its moves as text, and what two games have in common.

    r1500.d1.g1.d300      1,500 rounds, a step of D alone, one of G, 300 of D

Conventions: a record says nothing of the settings, which stand elsewhere; moves with unlike settings are not merged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.generative.duel import KINDS, Move
from engine.generative.duel_settings import Game
from engine.settings import default_of

MOST_MOVES = 80
MOST_STEPS = 60_000  # of a whole game
_LETTERS = {kind[0]: kind for kind in KINDS}


def read_record(text: str, game: Game) -> list[Move]:
    """Return the moves of a record, all with the settings of `game`; none of a text that is no record."""
    parts = text.split(".")[: MOST_MOVES + 1]
    sound = all(
        part[:1] in _LETTERS and part[1:].isascii() and part[1:].isdigit() and 1 < len(part) < 7 for part in parts
    )
    if not sound or len(parts) > MOST_MOVES:
        return []
    moves = [Move(_LETTERS[part[0]], int(part[1:]), game) for part in parts if int(part[1:])]
    return moves if sum(move.n for move in moves) <= MOST_STEPS else []


def write_record(moves: Sequence[Move]) -> str:
    """Return the moves as a record."""
    return ".".join(f"{move.kind[0]}{move.n}" for move in moves)


def cut(moves: Sequence[Move], step: int) -> list[Move]:
    """Return the moves up to a step."""
    found = []
    for move in moves:
        if step <= 0:
            break
        found.append(replace(move, n=min(move.n, step)))
        step -= move.n
    return found


def add(moves: Sequence[Move], move: Move) -> list[Move]:
    """Return the moves with another at the end, as one with the last where they are alike."""
    if moves and (moves[-1].kind, moves[-1].game) == (move.kind, move.game):
        return [*moves[:-1], replace(move, n=moves[-1].n + move.n)]
    return [*moves, move]


def steps_in_common(one: Sequence[Move], other: Sequence[Move]) -> int:
    """Return how many steps two games are the same for."""
    steps, a, b = 0, list(one), list(other)
    while a and b and (a[0].kind, a[0].game) == (b[0].kind, b[0].game):
        n = min(a[0].n, b[0].n)
        steps += n
        a, b = (rest[1:] if rest[0].n == n else [replace(rest[0], n=rest[0].n - n), *rest[1:]] for rest in (a, b))
    return steps


def of_a_step(game: Game) -> Game:
    """Return the settings without what only says how long a game is, so that a longer one counts as the same."""
    return replace(game, rounds=default_of(Game, "rounds"), head_start=default_of(Game, "head_start"))
