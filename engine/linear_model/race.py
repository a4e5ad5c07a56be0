"""A race: several descent methods from one start on one surface, timed step by step.

Conventions: seconds are wall time inside the method since its start, and depend on the machine; everything else is the
same in every run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

import torch
from torch import Tensor

from engine.linear_model.optimiser import Objective, Optimiser


@dataclass(frozen=True, eq=False)
class RacePath:
    """One method's way down, with k snapshots.

    Attributes:
        thetas: (k, n) θ after each step, the start first.
        costs: (k,) J there.
        evaluations: (k,) evaluations of J or its gradient up to there, int64.
        seconds: (k,) time up to there.
        status: how it ended: "converged", "diverged" or "exhausted".
        steps_to_target, seconds_to_target: where J first reached the target, or None where it never did.
    """

    thetas: Tensor
    costs: Tensor
    evaluations: Tensor
    seconds: Tensor
    status: str
    steps_to_target: int | None
    seconds_to_target: float | None


@dataclass(frozen=True, eq=False)
class RaceResult:
    """All the paths, by the names they were entered under, and the J they were to reach."""

    paths: dict[str, RacePath]
    target_cost: float

    @property
    def n_steps(self) -> int:
        """Steps of the longest path."""
        return max(len(path.costs) for path in self.paths.values()) - 1


def race(objective: Objective, start: Tensor, optimisers: Mapping[str, Optimiser], target_cost: float) -> RaceResult:
    """Run each method to its own end, one after the other.

    Args:
        objective: the surface.
        start: (n,) where all begin.
        optimisers: name → settings.
        target_cost: the J to reach.
    """
    paths = {name: _path(objective, start, optimiser, target_cost) for name, optimiser in optimisers.items()}
    return RaceResult(paths, target_cost)


def _path(objective: Objective, start: Tensor, optimiser: Optimiser, target_cost: float) -> RacePath:
    snapshots, seconds = [], []
    began = perf_counter()
    for snapshot in optimiser.minimise(objective, start):
        seconds.append(perf_counter() - began)
        snapshots.append(snapshot)
    costs = torch.tensor([s.cost for s in snapshots], dtype=torch.float64)
    reached = (costs <= target_cost).nonzero().flatten().tolist()
    return RacePath(
        thetas=torch.stack([s.theta for s in snapshots]),
        costs=costs,
        evaluations=torch.tensor([s.n_evaluations for s in snapshots]),
        seconds=torch.tensor(seconds, dtype=torch.float64),
        status=snapshots[-1].status,
        steps_to_target=reached[0] if reached else None,
        seconds_to_target=seconds[reached[0]] if reached else None,
    )
