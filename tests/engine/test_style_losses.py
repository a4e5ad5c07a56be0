"""Gram matrices and losses against NumPy in float64, their gradients in closed form against autograd."""

import numpy as np
import pytest
import torch

from engine.errors import InvalidInput, ShapeError
from engine.runtime.seeds import generator
from engine.style_transfer.gram import gram, gram_backward
from engine.style_transfer.losses import content_loss, style_loss, total_variation
from engine.style_transfer.objective import Objective, Weighting
from engine.style_transfer.random_filters import RandomFilters


def random(*shape, seed=0):
    return torch.randn(shape, generator=generator(seed), dtype=torch.float64)


def numpy_gram(features):
    flat = features.numpy().reshape(*features.shape[:2], -1)
    return np.einsum("bip,bjp->bij", flat, flat) / flat[0].size


def test_the_gram_matrix_of_a_known_layer():
    features = torch.tensor([[[[1.0, 2.0]], [[3.0, -1.0]]]])  # two features at two places
    assert torch.equal(gram(features), torch.tensor([[[5.0, 1.0], [1.0, 10.0]]]) / 4)


def test_gram_matrices_equal_numpy():
    features = random(2, 5, 4, 7)
    np.testing.assert_allclose(gram(features).numpy(), numpy_gram(features), rtol=1e-13)


def test_a_gram_matrix_does_not_know_the_places():
    features = random(1, 4, 3, 5)
    mixed = features.flatten(2)[:, :, torch.randperm(15, generator=generator(1))].view_as(features)
    torch.testing.assert_close(gram(mixed), gram(features))


def test_the_gradient_of_a_gram_matrix_equals_autograd():
    features, slope = random(2, 4, 3, 5).requires_grad_(), random(2, 4, 4, seed=1)
    (wanted,) = torch.autograd.grad((gram(features) * slope).sum(), features)
    torch.testing.assert_close(gram_backward(features.detach(), slope), wanted)


def test_losses_equal_numpy():
    features, other = random(2, 4, 3, 5), random(2, 4, 3, 5, seed=1)
    content = ((features - other).numpy() ** 2).sum((1, 2, 3)).mean() / (4 * 3 * 5)
    assert content_loss(features, other).item() == pytest.approx(content, rel=1e-13)
    style = ((numpy_gram(features) - numpy_gram(other)) ** 2).sum((1, 2)).mean()
    assert style_loss(features, gram(other)).item() == pytest.approx(style, rel=1e-13)
    x = features[:, :3].numpy()
    variation = ((x[:, :, 1:] - x[:, :, :-1]) ** 2).sum() + ((x[:, :, :, 1:] - x[:, :, :, :-1]) ** 2).sum()
    assert total_variation(features[:, :3]).item() == pytest.approx(variation / x.size, rel=1e-13)


@pytest.mark.parametrize("n_targets", [1, 2])
def test_the_gradients_of_the_losses_equal_autograd(n_targets):
    features, other = random(2, 4, 3, 5).requires_grad_(), random(n_targets, 4, 3, 5, seed=1)
    for own, plain in (
        (content_loss(features, other), (features - other).square().mean()),
        (style_loss(features, gram(other)), (gram(features) - gram(other)).square().sum() / 2),
    ):
        (ours,), (wanted,) = torch.autograd.grad(3 * own, features), torch.autograd.grad(3 * plain, features)
        torch.testing.assert_close(ours, wanted, rtol=1e-12, atol=1e-14)


def test_bfloat16_features_are_summed_in_float32():
    features = torch.ones(1, 1, 64, 64, dtype=torch.bfloat16)
    assert style_loss(features, torch.zeros(1, 1, 1)).item() == 1.0
    assert content_loss(features, torch.zeros(1, 1, 64, 64)).item() == 1.0


def test_what_does_not_fit_is_refused():
    with pytest.raises(ShapeError, match="Gram matrices of shape"):
        style_loss(random(1, 4, 3, 5), torch.zeros(1, 3, 3))
    with pytest.raises(ShapeError, match="target must be"):
        content_loss(random(1, 4, 3, 5), random(1, 4, 3, 4))
    with pytest.raises(ShapeError, match="features must be"):
        gram(random(4, 3, 5))


@pytest.fixture
def network():
    return RandomFilters().double()


def objective(network, mix=(1.0,), **changes):
    weights = {"content": 2.0, "style": 3.0, "variation": 0.5}
    layers = {"content_layers": {"scale2": 1.0}, "style_layers": {"scale1": 1.0, "scale4": 3.0}}
    content, *styles = (torch.rand(1, 3, 24, 32, generator=generator(k)).double() for k in range(len(mix) + 1))
    return Objective(network, content, styles, mix, Weighting(**weights | layers | changes), exact=True), content


def test_the_objective_equals_its_equation(network):
    asked, content = objective(network)
    style, x = (torch.rand(1, 3, 24, 32, generator=generator(k)).double() for k in (1, 9))
    names = ("scale1", "scale2", "scale4")
    of_x, of_content, of_style = (network(picture, names) for picture in (x, content, style))
    c = (of_x["scale2"] - of_content["scale2"]).square().sum() / of_content["scale2"].square().sum()
    shares = [(gram(of_x[n]) - gram(of_style[n])).square().sum() / gram(of_style[n]).square().sum() for n in names]
    wanted = 2 * c + 3 * (shares[0] + 3 * shares[2]) / 4 + 0.5 * total_variation(x)
    losses, gradient = asked.value_and_gradient(x)
    assert losses.total == pytest.approx(wanted.item(), rel=1e-12)
    assert losses.style_layers == pytest.approx({"scale1": shares[0].item(), "scale4": shares[2].item()}, rel=1e-12)
    step = 1e-6 * torch.randn(x.shape, generator=generator(2), dtype=torch.float64)
    slope = (asked.losses(x + step).total - asked.losses(x - step).total) / 2
    assert slope == pytest.approx((gradient * step).sum().item(), rel=1e-3)  # ReLU has corners


def test_nothing_is_missing_where_the_picture_is_the_target(network):
    asked, content = objective(network, style=0.0, variation=0.0)
    assert asked.losses(content).total == 0


def test_two_styles_have_the_gradient_of_the_sum_of_their_losses(network):
    mixed, _ = objective(network, mix=(1.0, 3.0), content_layers={}, variation=0.0)
    x = torch.rand(1, 3, 24, 32, generator=generator(9)).double().requires_grad_()
    features = network(x, ("scale1", "scale4"))
    total = 0.0
    for k, share in ((1, 0.25), (2, 0.75)):
        of_style = network(torch.rand(1, 3, 24, 32, generator=generator(k)).double(), ("scale1", "scale4"))
        for name, weight in (("scale1", 0.25), ("scale4", 0.75)):
            energy = mixed.style_targets[name].square().sum()
            total = total + 3 * share * weight * style_loss(features[name], gram(of_style[name])) / energy
    (wanted,) = torch.autograd.grad(total, x)
    torch.testing.assert_close(mixed.value_and_gradient(x.detach())[1], wanted)


def test_weights_that_leave_nothing_are_refused(network):
    with pytest.raises(InvalidInput, match="nothing to aim at"):
        objective(network, content_layers={}, style_layers={"scale1": 0.0})
    with pytest.raises(InvalidInput, match="mix of styles must be"):
        objective(network, mix=(0.0, 0.0))
    with pytest.raises(InvalidInput, match="layer must be one of scale1"):
        objective(network, content_layers={"relu9_9": 1.0})
