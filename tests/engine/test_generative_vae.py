"""VAE: the bound against torch.distributions, the reparametrised gradient, and that it learns."""

import pytest
import torch
from torch.distributions import Normal
from torch.distributions import kl_divergence as torch_kl

from engine.errors import InvalidInput, ShapeError
from engine.generative.autoencoding import Autoencoder
from engine.generative.vae import Elbo, Encoded, Vae, bound, kl_divergence, log_likelihood, losses, reparametrise
from engine.runtime.seeds import generator


def encoded(n=5, latent=4):
    return Encoded(torch.randn(n, latent, generator=generator(0)), torch.randn(n, latent, generator=generator(1)))


def test_kl_is_torchs():
    one = encoded()
    wanted = torch_kl(Normal(one.mean, (one.log_variance / 2).exp()), Normal(0.0, 1.0))
    assert torch.allclose(kl_divergence(one), wanted, atol=1e-6)
    assert not kl_divergence(Encoded(torch.zeros(2, 3), torch.zeros(2, 3))).any()


def test_log_likelihood_is_torchs():
    x, mean = torch.rand(3, 1, 4, 4), torch.rand(3, 1, 4, 4)
    wanted = Normal(mean, 0.2).log_prob(x).flatten(1).sum(1)
    assert torch.allclose(log_likelihood(x, mean, 0.2), wanted, rtol=1e-5)


def test_z_has_the_encoders_distribution_and_its_gradient():
    one = Encoded(torch.tensor([[1.0, -2]]), torch.tensor([[0.0, 2.0]]).requires_grad_())
    one.mean.requires_grad_()
    noise = torch.randn(20_000, 2, generator=generator(0))
    z = reparametrise(one, noise)
    assert torch.allclose(z.mean(0), one.mean[0], atol=0.06)
    assert torch.allclose(z.var(0), one.log_variance[0].exp(), rtol=0.05)
    z.sum().backward()
    assert torch.allclose(one.mean.grad, torch.full((1, 2), 20_000.0))
    wanted = (0.5 * (one.log_variance / 2).exp() * noise.sum(0)).detach()
    assert torch.allclose(one.log_variance.grad, wanted, rtol=1e-3)


def test_the_bound_is_below_the_evidence():
    """Of a linear Gaussian model log p(x) is known; ELBO reaches it only for the true posterior."""

    class Linear(torch.nn.Module):
        latent = 1

        def __init__(self, mean, variance):
            super().__init__()
            self.q = (mean, variance)

        def forward(self, x, noise):
            one = Encoded(self.q[0].expand(len(x), 1), self.q[1].log().expand(len(x), 1))
            return reparametrise(one, noise).view(-1, 1, 1, 1) * 2, one  # x = 2 z + s ε

    spread, x = 0.5, torch.full((40_000, 1, 1, 1), 1.3)
    evidence = float(Normal(0.0, (4 + spread**2) ** 0.5).log_prob(torch.tensor(1.3)))
    variance = torch.tensor(1 / (1 + 4 / spread**2))
    mean = variance * 2 * 1.3 / spread**2
    for q, is_true in (((mean, variance), True), ((mean + 0.2, variance), False), ((mean, 4 * variance), False)):
        reconstruction, kl = bound(Linear(*q), x, generator(0), spread)
        elbo = -float((reconstruction + kl).mean())
        assert elbo == pytest.approx(evidence, abs=0.01) if is_true else elbo < evidence - 0.1


def test_shapes_and_range():
    vae = Vae(6, 8, 3, 32)
    images = torch.rand(2, 3, 32, 32)
    means, one = vae(images, torch.randn(2, 6))
    assert means.shape == images.shape and means.min() >= 0 and means.max() <= 1
    assert one.mean.shape == one.log_variance.shape == (2, 6)
    for call, value in ((vae.encode, torch.rand(2, 1, 32, 32)), (vae.decode, torch.rand(2, 5))):
        with pytest.raises(ShapeError):
            call(value)
    with pytest.raises(InvalidInput, match="spread"):
        Elbo(spread=0)


def test_it_learns_and_goes_on_as_if_nothing_had_been(monkeypatch):
    monkeypatch.setattr("engine.generative.precision.has_bfloat16", lambda device: False)

    def made():
        torch.manual_seed(0)
        return Autoencoder(Vae(4, 8, 1, 16), 1e-2, Elbo())

    images = (torch.arange(8).view(8, 1, 1, 1) / 8).expand(8, 1, 16, 16).contiguous()
    through, first, second = made(), made(), made()
    terms = [through.step(images, generator(step)) for step in range(40)]
    before, after = (sum(float(value) for value in one.values()) for one in (terms[0], terms[-1]))
    assert after < 0.2 * before and float(terms[-1]["KL"]) > 1
    for step in range(20):
        first.step(images, generator(step))
    second.load(first.state())
    for step in range(20, 40):
        second.step(images, generator(step))
    assert all(torch.equal(value, second.state()[name]) for name, value in through.state().items())


def test_what_is_minimised():
    vae, images = Vae(4, 8, 1, 16), torch.rand(3, 1, 16, 16)
    means, one = vae(images, torch.zeros(3, 4))
    reconstruction, kl = losses(images, means, one, Elbo(spread=0.3))
    assert torch.allclose(reconstruction, -log_likelihood(images, means, 0.3).mean())
    assert torch.allclose(kl, kl_divergence(one).sum(1).mean())
