"""Two ways to go down for a picture: L-BFGS and Adam, one step at a time.

L-BFGS steps along −H g, where H is built from the last m changes s_k of the picture and y_k of the gradient:

    q = g;   newest to oldest:  a_k = s_kᵀ q / y_kᵀ s_k,  q ← q − a_k y_k
    r = γ q, γ = sᵀ y / yᵀ y of the newest;   oldest to newest:  r ← r + s_k (a_k − y_kᵀ r / y_kᵀ s_k)

A pair with y_kᵀ s_k too small is left out. A step that does not go down is halved; one evaluation per step is the rule.
Both cut each picture to [0, 1]: what is only cut at the end has been optimised for colours that nobody will see.

Conventions: pictures in [0, 1] and gradients are (1, 3, H, W); `step` returns the next picture to look at, given the
value and gradient of the last one.

Reference: J. Nocedal, "Updating quasi-Newton matrices with limited storage", 1980; D. P. Kingma, J. Ba, "Adam: A method
for stochastic optimization", ICLR 2015.
"""

from __future__ import annotations

from collections import deque

import torch
from torch import Tensor

HISTORY = 12
FIRST_STEP = 0.02  # mean change of a pixel
LONGEST_STEP = 0.1  # mean change of a pixel
LEAST_CURVATURE = 1e-10


class Lbfgs:
    """L-BFGS from a picture on."""

    def __init__(self, history: int = HISTORY) -> None:
        self._pairs: deque[tuple[Tensor, Tensor, Tensor]] = deque(maxlen=history)
        self._best: tuple[float, Tensor, Tensor] | None = None  # value, picture, gradient
        self._length = 1.0

    def step(self, picture: Tensor, value: float, gradient: Tensor) -> Tensor:
        """Return where to look next."""
        x, g = picture.flatten(), gradient.flatten().to(picture.dtype)
        if self._best is not None:
            best_value, best_x, best_g = self._best
            if value > best_value and self._length > 0.1:  # too far: back, and half as long
                self._length /= 2
                return _cut(best_x + self._length * self._direction(best_g), picture)
            self._remember(x - best_x, g - best_g)
        self._best, self._length = (value, x, g), 1.0
        return _cut(x + self._direction(g), picture)

    def _remember(self, change: Tensor, change_of_gradient: Tensor) -> None:
        product = change @ change_of_gradient
        if product > LEAST_CURVATURE * change_of_gradient.norm() * change.norm():
            self._pairs.append((change, change_of_gradient, product))

    def _direction(self, gradient: Tensor) -> Tensor:
        q = -gradient
        if not self._pairs:
            return q * (FIRST_STEP / q.abs().mean().clamp(min=1e-20))
        shares = []
        for s, y, product in reversed(self._pairs):
            share = (s @ q) / product
            shares.append(share)
            q = q - share * y
        s, y, product = self._pairs[-1]
        q = q * (product / (y @ y))
        for (s, y, product), share in zip(self._pairs, reversed(shares), strict=True):
            q = q + s * (share - (y @ q) / product)
        mean = q.abs().mean()
        return q * (LONGEST_STEP / mean) if mean > LONGEST_STEP else q


class Adam:
    """torch's Adam from a picture on."""

    def __init__(self, learning_rate: float) -> None:
        self._learning_rate = learning_rate
        self._parameter: Tensor | None = None

    def step(self, picture: Tensor, value: float, gradient: Tensor) -> Tensor:
        """Return where to look next."""
        if self._parameter is None:
            self._parameter = picture.detach().clone().requires_grad_(True)
            self._adam = torch.optim.Adam([self._parameter], self._learning_rate)
        self._parameter.grad = gradient
        self._adam.step()
        self._parameter.data.clamp_(0, 1)
        return self._parameter.detach().clone()


def _cut(x: Tensor, picture: Tensor) -> Tensor:
    return x.clamp(0, 1).view_as(picture)
