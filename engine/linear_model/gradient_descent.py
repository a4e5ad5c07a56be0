"""Gradient descent: whole batch, mini-batch, and with momentum.

    θᵏ⁺¹ = θᵏ − α ∇J(θᵏ) + β (θᵏ − θᵏ⁻¹),   θ⁻¹ = θ⁰

every θ_j at once. β = 0 is the course's rule. With a batch size b, ∇J is that of b rows; each epoch goes through all
the rows once in a new random order, and the last batch of an epoch may be smaller.

Conventions: for mini-batches a snapshot follows each update, and the fall or rise of J is judged from epoch to epoch.
The cost and gradient norm in a snapshot are those of all rows; measuring them is not counted as an evaluation.

Reference: B. Polyak, "Some methods of speeding up the convergence of iteration methods", USSR Computational Mathematics
and Mathematical Physics 4 (1964), for the momentum term.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from engine.linear_model.optimiser import Objective, Snapshot, StoppingRule, begin
from engine.settings import check, integer, real


@dataclass(frozen=True)
class GradientDescent:
    """Settings of gradient descent; `batch_size` 0 takes the whole batch, `momentum` is the β above."""

    learning_rate: float = real(0.01, 1e-12, 10.0, label="learning rate α", scale="log")
    momentum: float = real(0.0, 0.0, 0.99, label="momentum β", step=0.01)
    batch_size: int = integer(0, 0, 1_000_000, label="batch size b")
    max_steps: int = integer(200, 1, 100_000, label="steps", scale="log")
    tolerance: float = real(1e-6, 0.0, 1.0, label="tolerance", scale="log")
    seed: int = integer(0, 0, 9999, label="seed")

    def __post_init__(self) -> None:
        check(self)

    def minimise(self, objective: Objective, theta0: Tensor) -> Iterator[Snapshot]:
        """Yield the start and then the state after each update, until the rules of `optimiser` stop it."""
        last, whole_gradient = begin(objective, theta0, self.max_steps)
        yield last
        rule = StoppingRule(last.cost, self.tolerance, self.momentum)
        velocity = torch.zeros_like(last.theta)
        for step, (batch, ends_epoch) in enumerate(self._batches(objective), start=1):
            gradient = whole_gradient if batch is objective else batch.value_and_gradient(last.theta)[1]
            if self.momentum:
                velocity = self.momentum * velocity - self.learning_rate * gradient
                theta = last.theta + velocity
            else:
                theta = last.theta - self.learning_rate * gradient
            cost, whole_gradient = objective.value_and_gradient(theta)
            norm = torch.linalg.vector_norm(whole_gradient).item()
            if not (math.isfinite(cost) and math.isfinite(norm)):
                yield replace(last, step=step, n_evaluations=step + 1, status="diverged")
                return
            status = "diverged" if rule.explodes(cost) else rule.judge(cost) if ends_epoch else "running"
            if status == "running" and step == self.max_steps:
                status = "exhausted"
            last = Snapshot(step, self.max_steps, theta, cost, norm, step + 1, status)
            yield last
            if status != "running":
                return

    def _batches(self, objective: Objective) -> Iterator[tuple[Objective, bool]]:
        """Yield without end what to take the gradient of, and whether it is an epoch's last."""
        if not 0 < self.batch_size < objective.n_samples:
            while True:
                yield objective, True
        generator = torch.Generator().manual_seed(self.seed)
        while True:
            batches = torch.randperm(objective.n_samples, generator=generator).split(self.batch_size)
            for k, indices in enumerate(batches, start=1):
                yield objective.minibatch(indices), k == len(batches)
