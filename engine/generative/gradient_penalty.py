"""The gradient penalty of WGAN-GP, and its derivative by the critic's parameters without differentiating twice.

    P = E[(‖∇_x D(x̂)‖ − 1)²],      x̂ = ε x + (1 − ε) G(z),   ε uniform in [0, 1]

With g = ∇_x D(x̂), ∂P/∂g = u = 2/B · (1 − 1/‖g‖) g. Now uᵀ∇_x D(x̂) is the slope of D at x̂ in the direction u: running
a tangent through the network gives it (ȧ₀ = u, ż = ȧ Wᵀ, ȧ = φ'(z) ż), and going back through that run gives ∂P/∂θ:

    p = ∂/∂ȧ, q = ∂/∂a:      ∂/∂ż = p φ'(z),   ∂/∂z = q φ'(z) + p ż φ''(z)
    ∂W = (∂/∂ż)ᵀ ȧ + (∂/∂z)ᵀ a,   ∂b = Σ ∂/∂z

Conventions: x̂ is (B, n); P is the mean over the batch, without its weight λ.

Reference: I. Gulrajani et al., "Improved Training of Wasserstein GANs", NeurIPS 2017; B. Pearlmutter, "Fast exact
multiplication by the Hessian", Neural Computation 1994 (the tangent's derivative).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from engine.generative.plane_network import Layer, PlaneNetwork, bend, slope

SMALLEST = 1e-12  # of ‖g‖, where its direction is lost


def between(real: Tensor, fake: Tensor, share: Tensor) -> Tensor:
    """Return x̂ = ε x + (1 − ε) G(z) for real and generated points (B, n) and ε, (B, 1)."""
    return torch.lerp(fake, real, share)


def gradient_penalty(
    critic: PlaneNetwork,
    layers: Sequence[Layer],
    x: Tensor,
    gradient: Sequence[Layer] | None = None,
    weight: float = 1.0,
) -> tuple[Tensor, Tensor]:
    """Return P at points x, (B, n), and ‖∇_x D‖ of each, (B,).

    Args:
        critic: a network with one output.
        layers: its parameters.
        x: where the slope is measured.
        gradient: λ ∂P/∂θ is added to it, where it is given.
        weight: λ.
    """
    values = critic.forward(layers, x)
    g = critic.backward(layers, values, torch.ones_like(values[-1]))
    norm = torch.linalg.vector_norm(g, dim=1, keepdim=True).clamp_(min=SMALLEST)  # (B, 1)
    if gradient is not None:
        u = g * ((1 - 1 / norm) * (2 * weight / len(x)))
        _add_slope_gradient(critic, layers, values, u, gradient)
    return (norm - 1).square().mean(), norm[:, 0]


def _add_slope_gradient(
    critic: PlaneNetwork, layers: Sequence[Layer], values: Sequence[Tensor], u: Tensor, gradient: Sequence[Layer]
) -> None:
    """Add the derivative of Σ_i u_iᵀ ∇_x D(x_i) by the parameters, u held fixed."""
    slopes = [None, *(slope(a, critic.activation) for a in values[1:-1])]
    tangents, raised = [u], [None]  # ȧ and ż of each layer
    for k, layer in enumerate(layers[:-1], 1):
        z = torch.mm(tangents[-1], layer.weight.t())
        raised.append(z)
        tangents.append(z * slopes[k])
    by_tangent = torch.ones(len(u), 1, dtype=u.dtype)  # ∂/∂ż of the output; ∂/∂z of it is 0
    by_value = None
    for k in range(len(layers) - 1, -1, -1):
        layer, into = layers[k], gradient[k]
        into.weight.addmm_(by_tangent.t(), tangents[k])
        if by_value is not None:
            into.weight.addmm_(by_value.t(), values[k])
            into.bias.add_(by_value.sum(0))
        if k == 0:
            return
        p = torch.mm(by_tangent, layer.weight)
        q = torch.mm(by_value, layer.weight) if by_value is not None else None
        curved = bend(values[k], critic.activation)
        by_value = q * slopes[k] if q is not None else None
        if curved is not None:
            turn = p * raised[k] * curved
            by_value = turn if by_value is None else by_value + turn
        by_tangent = p * slopes[k]
