"""The networks, penalty, losses and optimisers of the game against autograd and torch.optim, in float64."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from engine.generative.gradient_penalty import between, gradient_penalty
from engine.generative.losses import (
    LOSSES,
    discriminator_loss,
    discriminator_slopes,
    generator_loss,
    generator_slopes,
)
from engine.generative.plane_network import ACTIVATIONS, LEAK, PlaneNetwork
from engine.generative.plane_optimiser import OPTIMISERS, Mover, Rule

PHI = {"relu": F.relu, "leaky_relu": lambda z: F.leaky_relu(z, LEAK), "tanh": torch.tanh, "elu": F.elu}
FORMS = [(2, 1), (2, 7, 1), (2, 6, 5, 1), (2, 5, 4, 3, 1)]
GRADIENTS = [(sizes, activation) for sizes in FORMS for activation in ACTIVATIONS]


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def plain(network, layers, x):
    """The same network, by torch's own functions."""
    for layer in layers[:-1]:
        x = PHI[network.activation](F.linear(x, layer.weight, layer.bias))
    return F.linear(x, layers[-1].weight, layers[-1].bias)


def made(sizes, activation):
    network = PlaneNetwork(sizes, activation)
    parameters = random(network.n_parameters, seed=3)
    return network, parameters


@pytest.mark.parametrize(("sizes", "activation"), GRADIENTS)
def test_every_derivative_is_autograds(sizes, activation):
    network, parameters = made(sizes, activation)
    x, delta = random(9, 2, seed=1).requires_grad_(), random(9, 1, seed=2)
    followed = parameters.clone().requires_grad_()
    out = plain(network, network.layers(followed), x)
    by_parameters, by_x = torch.autograd.grad((out * delta).sum(), [followed, x])
    layers, gradient = network.layers(parameters), torch.full_like(parameters, 7.0)
    values = network.forward(layers, x.detach())
    torch.testing.assert_close(values[-1], out.detach())
    torch.testing.assert_close(network.backward(layers, values, delta, network.layers(gradient)), by_x)
    torch.testing.assert_close(gradient, by_parameters)
    torch.testing.assert_close(network.backward(layers, values, delta), by_x)


@pytest.mark.parametrize(("sizes", "activation"), GRADIENTS)
def test_the_penalty_and_its_derivative_are_autograds(sizes, activation):
    network, parameters = made(sizes, activation)
    x, followed = random(8, 2, seed=4).requires_grad_(), parameters.clone().requires_grad_()
    (g,) = torch.autograd.grad(plain(network, network.layers(followed), x).sum(), x, create_graph=True)
    penalty = (g.norm(dim=1) - 1).square().mean()
    expected = torch.autograd.grad(10 * penalty, followed, allow_unused=True)[0]
    gradient = random(len(parameters), seed=5)
    before = gradient.clone()
    layers = network.layers(parameters)
    found, norm = gradient_penalty(network, layers, x.detach(), network.layers(gradient), 10.0)
    torch.testing.assert_close(found, penalty.detach())
    torch.testing.assert_close(norm, g.detach().norm(dim=1))
    torch.testing.assert_close(gradient - before, expected)


def test_the_penalty_of_a_plane_by_hand():
    network = PlaneNetwork((2, 1), "relu")  # D(x) = 3 x₁ + 4 x₂ + 2: ‖∇D‖ = 5 everywhere, P = 16
    parameters = torch.tensor([3.0, 4.0, 2.0], dtype=torch.float64)
    gradient = torch.zeros(3, dtype=torch.float64)
    penalty, norm = gradient_penalty(
        network, network.layers(parameters), random(6, 2), network.layers(gradient), weight=0.5
    )
    assert penalty.item() == pytest.approx(16) and norm.tolist() == pytest.approx([5] * 6)
    # ∂P/∂w = 2 (‖w‖ − 1) w / ‖w‖ = 8 · (0.6, 0.8), times ½
    assert gradient.tolist() == pytest.approx([2.4, 3.2, 0.0])


def test_a_point_between():
    real, fake = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 4.0]])
    assert between(real, fake, torch.tensor([[0.25]])).tolist() == [[0.25, 3.0]]


def test_the_start_has_the_asked_variance_and_no_bias():
    network = PlaneNetwork((2, 100, 100, 1), "relu")
    layers = network.layers(network.initial(torch.Generator().manual_seed(0)))
    assert all((layer.bias == 0).all() for layer in layers)
    assert layers[1].weight.var().item() == pytest.approx(2 / 100, rel=0.05)
    assert layers[2].weight.var().item() == pytest.approx(1 / 100, rel=0.4)


# ---- losses

S = random(7, 1, seed=6) * 3
T = random(7, 1, seed=7) * 3
D_REAL, D_FAKE = torch.sigmoid(S), torch.sigmoid(T)
CLOSED = {
    "minimax": (-D_REAL.log().mean(), -(1 - D_FAKE).log().mean(), (1 - D_FAKE).log().mean()),
    "non_saturating": (-D_REAL.log().mean(), -(1 - D_FAKE).log().mean(), -D_FAKE.log().mean()),
    "hinge": ((1 - S).clamp(min=0).mean(), (1 + T).clamp(min=0).mean(), -T.mean()),
    "wasserstein": (-S.mean(), T.mean(), -T.mean()),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_losses_are_their_closed_forms_and_slopes_autograds(loss):
    real, fake = S.clone().requires_grad_(), T.clone().requires_grad_()
    judged = discriminator_loss(loss, real, fake)
    torch.testing.assert_close((judged.real, judged.fake, generator_loss(loss, fake)), CLOSED[loss])
    by_real, by_fake = torch.autograd.grad(judged.real + judged.fake, [real, fake])
    torch.testing.assert_close(judged.by_real / 7, by_real)
    torch.testing.assert_close(judged.by_fake / 7, by_fake)
    torch.testing.assert_close(discriminator_slopes(loss, S, T), (7 * by_real, 7 * by_fake))
    (by_fake,) = torch.autograd.grad(generator_loss(loss, fake), fake)
    torch.testing.assert_close(generator_slopes(loss, T) / 7, by_fake)


@pytest.mark.parametrize("loss", LOSSES)
def test_losses_stay_finite_where_d_is_sure(loss):
    far = torch.tensor([[-200.0], [200.0]])
    judged = discriminator_loss(loss, far, far)
    for value in (*judged, generator_loss(loss, far), generator_slopes(loss, far)):
        assert value.isfinite().all()


def test_what_comes_through_where_d_is_sure_of_a_fake():
    score = torch.tensor([[-20.0]], dtype=torch.float64)
    assert generator_slopes("minimax", score).item() == pytest.approx(-math.exp(-20), rel=1e-6)
    assert generator_slopes("non_saturating", score).item() == pytest.approx(-1, rel=1e-6)


# ---- optimisers

PEERS = {
    "sgd": lambda p: torch.optim.SGD(p, 0.02),
    "momentum": lambda p: torch.optim.SGD(p, 0.02, momentum=0.7),
    "rmsprop": lambda p: torch.optim.RMSprop(p, 0.02, alpha=0.95),
    "adam": lambda p: torch.optim.Adam(p, 0.02, betas=(0.7, 0.95)),
}


@pytest.mark.parametrize("name", OPTIMISERS)
def test_an_optimiser_moves_as_torchs(name):
    start = random(30, seed=8)
    theirs = nn.Parameter(start.clone())
    peer = PEERS[name]([theirs])
    mine = start.clone()
    mover = Mover.at_rest(Rule(name, 0.02, 0.7, 0.95), mine)
    for k in range(25):
        gradient = random(30, seed=100 + k)
        theirs.grad = gradient.clone()
        peer.step()
        mover.move(mine, gradient)
    torch.testing.assert_close(mine, theirs.detach(), rtol=1e-9, atol=1e-12)
