"""Muon for convolutions: torch's own is for matrices; a kernel (out, in, h, w) is seen as one of (out, h · w · in),
and one over time, (out, in, k), as (out, in · k); of a transposed one the first is "in".

Muon makes the momentum of a matrix orthogonal before it steps, so that every direction a layer can learn is learned at
the same rate. Here that needs about half as many examples as AdamW. What is no such kernel (offsets, normalisation,
depthwise and last layers) is left to AdamW.

Reference: K. Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from engine.errors import InvalidInput


def kernels_of(model: nn.Module, last: Sequence[nn.Module] = ()) -> list[nn.Parameter]:
    """Return the kernels of the convolutions that mix channels, but for those of the `last` layers."""
    kept_out = {id(p) for layer in last for p in layer.parameters()}
    found = [p for p in model.parameters() if p.requires_grad and p.ndim in (3, 4) and p.shape[1] > 1]
    return [p for p in found if id(p) not in kept_out]


class KernelMuon(torch.optim.Muon):
    """Muon over kernels, whose matrices share their memory.

    Args:
        kernels: (out, in, h, w) or (out, in, k) each; they must not be moved or reordered in memory afterwards.
        learning_rate: of the spectral norm of a step, about .02.
        weight_decay: times the learning rate, taken off at every step.

    Raises:
        InvalidInput: a kernel (out, in, h, w) is not in channels-last memory format.
    """

    def __init__(self, kernels: list[nn.Parameter], learning_rate: float, weight_decay: float) -> None:
        self._kernels = kernels
        matrices = [nn.Parameter(_matrix(kernel.detach())) for kernel in kernels]
        if any(m.data_ptr() != k.data_ptr() for m, k in zip(matrices, kernels, strict=True)):
            raise InvalidInput("The network must be in channels-last memory format before Muon is made for it.")
        super().__init__(matrices, lr=learning_rate, weight_decay=weight_decay)

    def step(self, closure: None = None) -> None:
        """Take one step from the kernels' gradients."""
        for matrix, kernel in zip(self.param_groups[0]["params"], self._kernels, strict=True):
            matrix.grad = _matrix(kernel.grad)
        super().step(closure)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the kernels' gradients."""
        for kernel in self._kernels:
            kernel.grad = None
        super().zero_grad(set_to_none)


def _matrix(kernel: Tensor) -> Tensor:
    """Return (out, …), a view of the kernel, whose numbers lie as in channels-last memory where it is for pictures."""
    return kernel.permute(0, 2, 3, 1).flatten(1) if kernel.ndim == 4 else kernel.flatten(1)
