"""The game of generator and discriminator on the plane, as a generator of snapshots.

    a round:   k_D times   θ_D ← θ_D − step(∇L_D on a fresh batch x, G(z))
               k_G times   θ_G ← θ_G − step(∇L_G on a fresh batch G(z))

A game is told as moves, one after another: rounds, steps of D alone, steps of G alone, each with the settings that hold
meanwhile. It can go on from any snapshot that keeps both players, and one game can branch off from another there.

Conventions: step t counts rounds and single steps alike. The chance of step t depends on the seed and t alone, so two
games that part at a step meet the same batches after it. float32.

Reference: I. Goodfellow et al., "Generative Adversarial Nets", NeurIPS 2014; losses and penalty in their own modules.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.errors import InvalidInput, constraint
from engine.generative.duel_settings import Game
from engine.generative.duel_view import DuelSnapshot, Viewer
from engine.generative.gradient_penalty import between, gradient_penalty
from engine.generative.losses import discriminator_slopes, generator_slopes
from engine.generative.plane_data import PlaneData, plane_data
from engine.generative.plane_player import Player, latent, new_player
from engine.runtime.seeds import child_seed, generator

KINDS = ("rounds", "d", "g")
FRAMES = 200  # snapshots of a move, about
FIRST_FRAMES = 8  # steps at the start of a move, of which each has a snapshot
KEPT = 12  # snapshots of a move that keep the players
MOST_S = 0.08  # s, between two snapshots
N_HARMLESS = 1e6  # a parameter beyond it: the game has diverged


@dataclass(frozen=True)
class Move:
    """A part of a game.

    Attributes:
        kind: "rounds", "d" (steps of D alone) or "g".
        n: how many.
        game: the settings meanwhile.
    """

    kind: str
    n: int
    game: Game

    def __post_init__(self) -> None:
        if self.kind not in KINDS or self.n < 1:
            raise InvalidInput(constraint("a move", f"one of {', '.join(KINDS)} with at least 1", (self.kind, self.n)))


def moves_of(game: Game) -> list[Move]:
    """Return the moves of a game as its settings say: D's head start, then the rounds."""
    ahead = [Move("d", game.head_start, game)] if game.head_start else []
    return [*ahead, Move("rounds", game.rounds, game)]


class Duel:
    """The two players with the data, at some step.

    Args:
        game: the settings.
        data: what is to be imitated.
        players: G and D to go on with; None for new ones of the seed.
        step: the step at which they stand.
    """

    def __init__(
        self, game: Game, data: PlaneData, players: tuple[Player, Player] | None = None, step: int = 0
    ) -> None:
        self.data, self.step = data, step
        self.g, self.d = (one.copy() for one in players) if players else (new_player(game, "g"), new_player(game, "d"))
        self.play_by(game)

    def play_by(self, game: Game) -> None:
        """Let these settings hold from now on; the networks stay as they are."""
        self.game = game
        self.g.follow(game.g_rule)
        self.d.follow(game.d_rule)

    def advance(self, kind: str) -> None:
        """Make one step: a round, or a step of one player."""
        self.step += 1
        chance = generator(child_seed(self.game.game_seed, f"step {self.step}"))
        for _ in range({"rounds": self.game.d_steps, "d": 1}.get(kind, 0)):
            self._d_step(chance)
        for _ in range({"rounds": self.game.g_steps, "g": 1}.get(kind, 0)):
            self._g_step(chance)

    def is_sound(self) -> bool:
        """Return whether all parameters are numbers of a bearable size."""
        return all(bool(one.parameters.abs().max() < N_HARMLESS) for one in (self.g, self.d))

    def _d_step(self, chance: torch.Generator) -> None:
        n, d, loss = self.game.game_batch, self.d, self.game.game_loss
        real = self.data.sample(n, chance)
        fake = self.g.network.forward(self.g.layers, latent(self.game, n, chance))[-1]
        values = d.network.forward(d.layers, torch.cat([real, fake]))
        by_real, by_fake = discriminator_slopes(loss, values[-1][:n], values[-1][n:])
        d.network.backward(d.layers, values, torch.cat([by_real, by_fake]).div_(n), d.into)
        if loss == "wasserstein":
            x = between(real, fake, torch.rand(n, 1, generator=chance))
            gradient_penalty(d.network, d.layers, x, d.into, self.game.penalty)
        d.move()

    def _g_step(self, chance: torch.Generator) -> None:
        n, g, d = self.game.game_batch, self.g, self.d
        made = g.network.forward(g.layers, latent(self.game, n, chance))
        judged = d.network.forward(d.layers, made[-1])
        pull = d.network.backward(d.layers, judged, generator_slopes(self.game.game_loss, judged[-1]).div_(n))
        g.network.backward(g.layers, made, pull, g.into)
        g.move()


def play(
    moves: Sequence[Move], points: Tensor | np.ndarray | None = None, past: Sequence[DuelSnapshot] = ()
) -> Iterator[DuelSnapshot]:
    """Play a game.

    Args:
        moves: what happens, from step 0 on.
        points: (N, 2), the drawing, where that is imitated.
        past: snapshots of a game with the same moves up to the last of these, which keeps its players: they are
            yielded again, and the game goes on from there.

    Yields:
        The start, then the game as it goes, its end among them. A game whose numbers grow without end stops.

    Raises:
        InvalidInput: there are no moves, or nothing to imitate.
    """
    if not moves:
        raise InvalidInput(constraint("a game", "at least one move", 0))
    data = plane_data(moves[0].game.plane_data, moves[0].game.point_spread, points)
    total = sum(move.n for move in moves)
    yield from past
    last = past[-1] if past else None
    duel = Duel(moves[0].game, data, last.players if last else None, last.step if last else 0)
    viewer = Viewer(moves[0].game, data)
    if last is None:
        yield viewer.look(duel, total, keep=True)
    end = 0
    for move in moves:
        end += move.n
        if duel.step < end:
            duel.play_by(move.game)
            yield from _make(move, duel, viewer, end, total)
        if not duel.is_sound():
            return


def _make(move: Move, duel: Duel, viewer: Viewer, end: int, total: int) -> Iterator[DuelSnapshot]:
    """Make what is left of a move that ends at a step."""
    every, keep = -(-move.n // FRAMES), -(-move.n // KEPT)
    seen_s, kept = time.monotonic(), duel.step
    while duel.step < end:
        duel.advance(move.kind)
        done = move.n - (end - duel.step)
        sound = duel.step % 16 or duel.is_sound()
        is_due = done <= FIRST_FRAMES or done % every == 0 or duel.step == end
        if is_due or not sound or time.monotonic() - seen_s > MOST_S:
            is_kept = duel.step == end or duel.step - kept >= keep
            kept = duel.step if is_kept else kept
            yield viewer.look(duel, total, keep=is_kept)
            seen_s = time.monotonic()
        if not sound:
            return
