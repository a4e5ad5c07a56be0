"""The best discriminator against a fixed generator, known and learned, for two densities p (real) and q (generated).

    D*(x) = p(x) / (p(x) + q(x))                             maximises  V = E_p log D + E_q log(1 − D)
    V(D*) = −log 4 + 2 JSD(p ‖ q),   0 ≤ JSD ≤ log 2         so max_D V measures how far q is from p

p and q are Gaussians with equal spread in both directions; log p − log q is then a quadratic, or a line where the
spreads are equal, and D* = σ(log p − log q) is what a network of the game learns.

Conventions: the Gaussians lie on the x axis of the plane; V in nats; integrals by the midpoint rule on a fine grid.

Reference: I. Goodfellow et al., "Generative Adversarial Nets", NeurIPS 2014, proposition 1 and theorem 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

from engine.generative.duel_view import grid_points
from engine.generative.losses import discriminator_slopes
from engine.generative.plane_network import PlaneNetwork
from engine.generative.plane_optimiser import Mover, Rule
from engine.generative.plane_player import Player
from engine.runtime.seeds import child_seed, generator
from engine.settings import check, integer, real

FINE, WIDE = 96, 9.6  # points along a side of the grid of an integral, over [−WIDE, WIDE]²
GRID = 40
CUT = 161  # points of the cut along the x axis
FRAMES = 120
BATCH = 256


@dataclass(frozen=True)
class TwoDensities:
    """Two Gaussians and the discriminator that is to tell them apart; the names are the link's."""

    real_at: float = real(-1.0, -2.5, 2.5, step=0.1, label="real: middle", help="The mean of p on the x axis.")
    real_spread: float = real(0.6, 0.2, 1.5, step=0.05, label="real: spread σ")
    made_at: float = real(1.0, -2.5, 2.5, step=0.1, label="generated: middle", help="The mean of q on the x axis.")
    made_spread: float = real(0.9, 0.2, 1.5, step=0.05, label="generated: spread σ")
    best_steps: int = integer(1000, 50, 5000, label="D steps", scale="log", help="How long D learns.")
    best_width: int = integer(32, 2, 128, label="width of D", scale="log", help="Units in each of two hidden layers.")
    best_seed: int = integer(0, 0, 9999, label="seed")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, eq=False)
class BestSnapshot:
    """D after a step.

    Attributes:
        step, total_steps: of its training.
        field: (GRID, GRID) uint8, 255 · D over the plane.
        cut: (CUT,) D along the x axis.
        value: V(D), by integration.
        difference: mean of |D − D*|, each place counted by (p + q) / 2.
    """

    step: int
    total_steps: int
    field: Tensor
    cut: Tensor
    value: float
    difference: float


def log_ratio(x: Tensor, settings: TwoDensities) -> Tensor:
    """Return log p(x) − log q(x) at points (N, 2), (N,)."""
    return _log_density(x, settings.real_at, settings.real_spread) - _log_density(
        x, settings.made_at, settings.made_spread
    )


def optimal(x: Tensor, settings: TwoDensities) -> Tensor:
    """Return D*(x) at points (N, 2), (N,)."""
    return torch.sigmoid(log_ratio(x, settings))


def value(scores: Tensor, settings: TwoDensities) -> float:
    """Return V of the scores s = log D − log(1 − D) on `fine_grid()`, (FINE²,)."""
    x = fine_grid()
    cell = (2 * WIDE / FINE) ** 2
    p, q = (_log_density(x, *one).exp() for one in _both(settings))
    return -(cell * (p * softplus(-scores) + q * softplus(scores)).sum()).item()


def jensen_shannon(settings: TwoDensities) -> float:
    """Return JSD(p ‖ q) in nats, from V(D*) = −log 4 + 2 JSD."""
    return (value(log_ratio(fine_grid(), settings), settings) + math.log(4)) / 2


def fine_grid() -> Tensor:
    """Return the midpoints of FINE × FINE cells over [−WIDE, WIDE]², (FINE², 2) float64."""
    line = (torch.arange(FINE, dtype=torch.float64) + 0.5) * (2 * WIDE / FINE) - WIDE
    return torch.cartesian_prod(line, line)


def cut_points() -> Tensor:
    """Return the CUT points of the cut, (CUT, 2)."""
    x = grid_points(CUT)[:CUT, 0]
    return torch.stack([x, torch.zeros_like(x)], 1)


def cut_densities(settings: TwoDensities) -> tuple[Tensor, Tensor, Tensor]:
    """Return p, q and D* at the points of the cut, (CUT,) each."""
    x = cut_points()
    p, q = (_log_density(x, *one).exp() for one in _both(settings))
    return p, q, optimal(x, settings)


def optimal_field(settings: TwoDensities) -> Tensor:
    """Return 255 · D* over the plane, uint8 (GRID, GRID)."""
    return (255 * optimal(grid_points(GRID), settings)).round().to(torch.uint8).view(GRID, GRID)


def learn(settings: TwoDensities) -> Iterator[BestSnapshot]:
    """Train D against p and q, which stand still, and yield it as it learns."""
    network = PlaneNetwork((2, settings.best_width, settings.best_width, 1), "elu")
    parameters = network.initial(generator(child_seed(settings.best_seed, "best D")))
    player = Player(network, parameters, Mover.at_rest(Rule("adam", 0.005, 0.9, 0.99), parameters))
    chance = generator(child_seed(settings.best_seed, "best D's batches"))
    best, weight = _on_plane(settings)
    yield _look(player, settings, 0, best, weight)
    every = -(-settings.best_steps // FRAMES)
    for step in range(1, settings.best_steps + 1):
        _step(player, settings, chance)
        if step % every == 0 or step == settings.best_steps:
            yield _look(player, settings, step, best, weight)
        if step == settings.best_steps // 2:
            player.mover.rule = Rule("adam", 0.001, 0.9, 0.99)  # smaller steps, to come to rest


def _step(player: Player, settings: TwoDensities, chance: torch.Generator) -> None:
    both = torch.randn(2 * BATCH, 2, generator=chance)
    for part, (at, spread) in zip((both[:BATCH], both[BATCH:]), _both(settings), strict=True):
        part.mul_(spread)[:, 0].add_(at)
    values = player.network.forward(player.layers, both)
    slopes = discriminator_slopes("minimax", values[-1][:BATCH], values[-1][BATCH:])
    player.network.backward(player.layers, values, torch.cat(slopes).div_(BATCH), player.into)
    player.move()


def _look(player: Player, settings: TwoDensities, step: int, best: Tensor, weight: Tensor) -> BestSnapshot:
    score = lambda x: player.network.forward(player.layers, x)[-1][:, 0]  # noqa: E731
    on_plane = torch.sigmoid(score(grid_points(GRID)))
    return BestSnapshot(
        step,
        settings.best_steps,
        (255 * on_plane).round().to(torch.uint8).view(GRID, GRID),
        torch.sigmoid(score(cut_points())),
        value(score(fine_grid().float()).double(), settings),
        ((on_plane - best).abs() * weight).sum().item(),
    )


def _on_plane(settings: TwoDensities) -> tuple[Tensor, Tensor]:
    """Return D* on the grid that is drawn, and the weight of each of its places, in all 1."""
    x = grid_points(GRID)
    p, q = (_log_density(x, *one).exp() for one in _both(settings))
    return optimal(x, settings), (p + q) / (p + q).sum()


def _both(settings: TwoDensities) -> tuple[tuple[float, float], tuple[float, float]]:
    return (settings.real_at, settings.real_spread), (settings.made_at, settings.made_spread)


def _log_density(x: Tensor, at: float, spread: float) -> Tensor:
    squared = (x[:, 0] - at) ** 2 + x[:, 1] ** 2
    return -squared / (2 * spread**2) - math.log(2 * math.pi * spread**2)
