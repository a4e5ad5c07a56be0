"""How a player moves along its gradient g, the same numbers as torch.optim's.

    SGD        θ ← θ − α g
    momentum   v ← β₁ v + g,   θ ← θ − α v
    RMSProp    w ← β₂ w + (1 − β₂) g²,   θ ← θ − α g / (√w + ε)
    Adam       v ← β₁ v + (1 − β₁) g,   w ← β₂ w + (1 − β₂) g²,   θ ← θ − α v̂ / (√ŵ + ε)
               v̂ = v / (1 − β₁ᵗ),   ŵ = w / (1 − β₂ᵗ) at its step t

Conventions: all vectors are (P,); everything is written in place.

Reference: D. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015; T. Tieleman, G. Hinton, 2012.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

EPSILON = 1e-8
OPTIMISERS = {"adam": "Adam", "rmsprop": "RMSProp", "momentum": "momentum", "sgd": "SGD"}


@dataclass(frozen=True)
class Rule:
    """How to move: one of `OPTIMISERS`, the learning rate α, and β₁, β₂ where it has them."""

    name: str
    learning_rate: float
    beta1: float
    beta2: float


@dataclass
class Mover:
    """A rule with what it remembers.

    Attributes:
        rule: how it moves.
        first, second: v and w, (P,).
        n_steps: how often it has moved.
    """

    rule: Rule
    first: Tensor
    second: Tensor
    n_steps: int = 0

    @classmethod
    def at_rest(cls, rule: Rule, parameters: Tensor) -> Mover:
        """Return one that remembers nothing yet."""
        return cls(rule, torch.zeros_like(parameters), torch.zeros_like(parameters))

    def move(self, parameters: Tensor, gradient: Tensor) -> None:
        """Change the parameters by one step against the gradient."""
        self.n_steps += 1
        rate, beta1, beta2 = self.rule.learning_rate, self.rule.beta1, self.rule.beta2
        match self.rule.name:
            case "sgd":
                parameters.add_(gradient, alpha=-rate)
            case "momentum":
                parameters.add_(self.first.mul_(beta1).add_(gradient), alpha=-rate)
            case "rmsprop":
                self.second.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
                parameters.addcdiv_(gradient, self.second.sqrt().add_(EPSILON), value=-rate)
            case _:
                self.first.lerp_(gradient, 1 - beta1)
                self.second.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
                shrunk = math.sqrt(1 - beta2**self.n_steps)
                scale = (self.second.sqrt() / shrunk).add_(EPSILON)
                parameters.addcdiv_(self.first, scale, value=-rate / (1 - beta1**self.n_steps))
