"""What can be seen of the game at a step: samples, D over the plane, the bent latent grid, gradients, losses, measures.

Everything is measured on the same latent vectors and the same real points at every step, so that what moves in the
pictures is the players, not chance.

    gradient at a sample     −∂L_G/∂x = −∂L_G/∂s · ∇_x s       where G is pushed, B times the batch's own
    what would reach it      D ‖∇_x s‖ under minimax, (1 − D) ‖∇_x s‖ under the non-saturating loss

Conventions: the grid of D has its rows from low y to high y over [−REACH, REACH]²; the latent grid holds the same
probability in every cell, its first number along a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from engine.generative.duel_settings import Game
from engine.generative.gradient_penalty import between, gradient_penalty
from engine.generative.losses import WITH_PROBABILITY, discriminator_loss, generator_loss, generator_slopes
from engine.generative.plane_data import REACH, PlaneData
from engine.generative.plane_player import Player, latent
from engine.metrics.mode_coverage import mode_coverage
from engine.runtime.seeds import child_seed, generator

if TYPE_CHECKING:
    from engine.generative.duel import Duel

N_MEASURED = 1024  # samples, of which the first N_DRAWN are drawn
N_DRAWN = 256
GRID = 40  # points of D along each side
LATENT_GRID = 15  # lines of the latent grid along each side
LATENT_LINE = 129  # points, where z is a single number


@dataclass(frozen=True, eq=False)
class DuelSnapshot:
    """The game after a step.

    Attributes:
        step, total_steps: rounds and single steps so far, and in all.
        samples: (N_DRAWN, 2), G at the same z every time.
        pull: (N_DRAWN, 2), −∂L_G/∂x at each sample.
        field: (GRID, GRID) uint8, 255 D where D is a probability. Of a score without limits it is
            255 σ(2 (s − mean) / spread), mean and spread over the real and the generated points.
        bent: (rows, columns, 2), G on the latent grid; one row where z is a single number.
        loss_real, loss_fake: the parts of L_D; the penalty P is apart.
        loss_g: L_G.
        penalty: P of WGAN-GP without its weight; 0 for other losses.
        d_real, d_fake: mean of σ(s), or of the score, at real and at generated points.
        gradient: mean ‖∂L_G/∂x‖ over the samples.
        gradient_minimax, gradient_non_saturating: what it would be with these losses and the same D.
        modes, good_share: parts covered, and the share of good samples, 0 to 1 (`engine.metrics.mode_coverage`).
        middle: (2,) mean of the samples.
        players: G and D, to go on from here; None where they are not kept.
    """

    step: int
    total_steps: int
    samples: Tensor
    pull: Tensor
    field: Tensor
    bent: Tensor
    loss_real: float
    loss_fake: float
    loss_g: float
    penalty: float
    d_real: float
    d_fake: float
    gradient: float
    gradient_minimax: float
    gradient_non_saturating: float
    modes: int
    good_share: float
    middle: Tensor
    players: tuple[Player, Player] | None

    @property
    def loss_d(self) -> float:
        """L_D without the penalty."""
        return self.loss_real + self.loss_fake


class Viewer:
    """Looks at a game of these settings."""

    def __init__(self, game: Game, data: PlaneData) -> None:
        chance = generator(child_seed(game.game_seed, "view"))
        self.data = data
        self.real = data.sample(N_DRAWN, chance)
        self._z = latent(game, N_MEASURED, chance)
        self._share = torch.rand(N_DRAWN, 1, generator=chance)
        self._places = grid_points(GRID)
        self._latent_grid = latent_grid(game)

    def look(self, duel: Duel, total_steps: int, keep: bool) -> DuelSnapshot:
        """Return the snapshot of where the game stands."""
        g, d, loss = duel.g, duel.d, duel.game.game_loss
        made = g.network.forward(g.layers, self._z)[-1]
        samples = made[:N_DRAWN].clone()
        judged = d.network.forward(d.layers, samples)
        fake = judged[-1]
        real = d.network.forward(d.layers, self.real)[-1]
        rise = d.network.backward(d.layers, judged, torch.ones_like(fake))  # ∇_x s
        steep, sure = torch.linalg.vector_norm(rise, dim=1), torch.sigmoid(fake[:, 0])
        pull = rise * -generator_slopes(loss, fake)
        judge = discriminator_loss(loss, real, fake)
        penalty = 0.0
        if loss == "wasserstein":
            x = between(self.real, samples, self._share)
            penalty = gradient_penalty(d.network, d.layers, x)[0].item()
        is_probability = loss in WITH_PROBABILITY
        d_real, d_fake = (torch.sigmoid(s).mean() if is_probability else s.mean() for s in (real, fake))
        covered = mode_coverage(made, self.data.centres, self.data.sigma, self.data.parts, self.data.n_parts)
        return DuelSnapshot(
            step=duel.step,
            total_steps=total_steps,
            samples=samples,
            pull=pull,
            field=self._field(d, None if is_probability else torch.cat([real, fake])),
            bent=g.network.forward(g.layers, self._latent_grid.flatten(0, 1))[-1].view(*self._latent_grid.shape[:2], 2),
            loss_real=judge.real.item(),
            loss_fake=judge.fake.item(),
            loss_g=generator_loss(loss, fake).item(),
            penalty=penalty,
            d_real=d_real.item(),
            d_fake=d_fake.item(),
            gradient=torch.linalg.vector_norm(pull, dim=1).mean().item(),
            gradient_minimax=(sure * steep).mean().item(),
            gradient_non_saturating=((1 - sure) * steep).mean().item(),
            modes=covered.covered,
            good_share=covered.good_share,
            middle=made.mean(0),
            players=(g.copy(), d.copy()) if keep else None,
        )

    def _field(self, d: Player, seen: Tensor | None) -> Tensor:
        scores = d.network.forward(d.layers, self._places)[-1].view(GRID, GRID)
        if seen is not None:
            scores = 2 * (scores - seen.mean()) / seen.std().clamp(min=1e-9)
        return (255 * torch.sigmoid(scores)).nan_to_num(0).round().to(torch.uint8)


def grid_points(n: int) -> Tensor:
    """Return n × n points over the plane, (n², 2), row by row from low y."""
    line = torch.linspace(-REACH, REACH, n)
    y, x = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([x, y], -1).view(-1, 2)


def latent_grid(game: Game) -> Tensor:
    """Return latent vectors (rows, columns, latent_size) whose cells hold the same probability each.

    The grid spans the first two numbers of z, the others are 0; for a single number it is one row.
    """
    n = LATENT_LINE if game.latent_size == 1 else LATENT_GRID
    share = (torch.arange(n) + 0.5) / n
    line = 2 * share - 1 if game.latent_kind == "uniform" else torch.special.ndtri(share)
    if game.latent_size == 1:
        return line.view(1, n, 1)
    grid = torch.zeros(n, n, game.latent_size)
    grid[..., 1], grid[..., 0] = torch.meshgrid(line, line, indexing="ij")
    return grid
