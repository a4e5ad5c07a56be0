"""DCGAN: the paper's rules on the modules, folding, classes, and one step of training against the plain loop."""

import pytest
import torch
from torch import nn

from engine.errors import InvalidInput, ShapeError
from engine.generative import adversaries, shapes
from engine.generative.adversaries import Adversaries, Duelling, settle
from engine.generative.dcgan import SPREAD, Discriminator, Generator, folded, maps_of
from engine.runtime.seeds import generator

PAIRS = {
    "avatars": shapes.dcgan_avatars,
    "glyphs": shapes.conditional_gan_glyphs,
}


@pytest.fixture
def exact(monkeypatch):
    """Compute in float32 whatever the processor is fast at."""
    monkeypatch.setattr("engine.generative.precision.has_bfloat16", lambda device: False)


def kinds(network):
    return [type(layer) for layer in network.layers]


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_the_rules_of_the_paper(pair):
    both = pair()
    g, d = list(both.generator.layers), list(both.discriminator.layers)
    for layers in (g, d):
        assert not any(isinstance(layer, nn.Linear | nn.MaxPool2d | nn.AvgPool2d | nn.Upsample) for layer in layers)
    ups = [layer for layer in g if isinstance(layer, nn.ConvTranspose2d)]
    downs = [layer for layer in d if isinstance(layer, nn.Conv2d)]
    assert [layer.stride for layer in ups[1:]] == [(2, 2)] * (len(ups) - 1)
    assert [layer.stride for layer in downs[:-1]] == [(2, 2)] * (len(downs) - 1)
    assert all(layer.kernel_size == (4, 4) for layer in (*ups, *downs))
    # G: batch norm and ReLU behind every layer but the last, which has tanh alone
    for i, layer in enumerate(g):
        if isinstance(layer, nn.ConvTranspose2d) and layer is not ups[-1]:
            assert isinstance(g[i + 1], nn.BatchNorm2d) and isinstance(g[i + 2], nn.ReLU)
    assert isinstance(g[-1], nn.Tanh) and g[-2] is ups[-1]
    # D: LeakyReLU of slope 0.2 everywhere; no batch norm at the input, nor at the score
    assert isinstance(d[0], nn.Conv2d) and isinstance(d[1], nn.LeakyReLU)
    for i, layer in enumerate(d[1:-1], 1):
        if isinstance(layer, nn.Conv2d):
            assert isinstance(d[i + 1], nn.BatchNorm2d) and isinstance(d[i + 2], nn.LeakyReLU)
    assert d[-1] is downs[-1] and all(one.negative_slope == 0.2 for one in d if isinstance(one, nn.LeakyReLU))
    assert kinds(both.generator).count(nn.BatchNorm2d) == len(ups) - 1
    assert kinds(both.discriminator).count(nn.BatchNorm2d) == len(downs) - 2


def test_initial_weights():
    both = shapes.dcgan_avatars()
    for layer in (*both.generator.layers, *both.discriminator.layers):
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            assert float(layer.weight.detach().std()) == pytest.approx(SPREAD, rel=0.1)
            assert layer.bias is None or not layer.bias.any()
        elif isinstance(layer, nn.BatchNorm2d):
            assert float(layer.weight.detach().mean()) == pytest.approx(1, abs=0.02) and not layer.bias.any()


def test_shapes_and_range():
    g, d = Generator(8, 8, 3, 32), Discriminator(8, 3, 32)
    images = g(torch.randn(5, 8))
    assert images.shape == (5, 3, 32, 32) and images.abs().max() <= 1 and d(images).shape == (5,)
    assert maps_of(64, 32) == [256, 128, 64, 32] and maps_of(16, 8) == [16, 8]
    for call, value in ((g, torch.randn(5, 9)), (g, torch.randn(8)), (d, torch.randn(5, 3, 64, 64))):
        with pytest.raises(ShapeError):
            call(value)
    with pytest.raises(InvalidInput, match="side must be one of 16, 32, 64, 128 px"):
        Generator(side=48)


def test_a_class_goes_into_both():
    g, d = Generator(4, 8, 1, 16, 3).eval(), Discriminator(8, 1, 16, 3).eval()
    z, labels = torch.randn(1, 4).expand(3, 4), torch.arange(3)
    images = g(z, labels)
    assert not torch.allclose(images[0], images[1]) and not torch.allclose(images[1], images[2])
    scores = d(images[:1].expand(3, -1, -1, -1), labels)
    assert len(scores.unique()) == 3
    assert g.layers[0].in_channels == 7 and d.layers[0].in_channels == 4
    for labels, error in ((None, ShapeError), (torch.arange(2), ShapeError), (torch.tensor([0, 1, 3]), InvalidInput)):
        with pytest.raises(error):
            g(z, labels)


@pytest.mark.parametrize("kind", ["generator", "discriminator"])
def test_folding_changes_nothing_but_the_number_of_layers(kind):
    network = getattr(shapes.dcgan_avatars(), kind)
    chance = generator(0)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.normal_(generator=chance)
            layer.running_var.uniform_(0.5, 2, generator=chance)
            layer.weight.data.normal_(generator=chance)
            layer.bias.data.normal_(generator=chance)
    network.eval().double()
    before = [value.clone() for value in network.state_dict().values()]
    given = torch.randn((2, 64, 1, 1) if kind == "generator" else (2, 3, 64, 64), generator=chance).double()
    fused = folded(network.layers)
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in fused)
    fused.double()
    with torch.no_grad():
        assert torch.allclose(fused(given), network.layers(given), atol=2e-4, rtol=1e-3)
    assert all(torch.equal(a, b) for a, b in zip(before, network.state_dict().values(), strict=True))


def plain_loop(g, d, images, z, rate):
    """Take one step as the DCGAN tutorial does: BCE, real and generated apart, D first."""
    bce = nn.BCEWithLogitsLoss()
    optimisers = [torch.optim.Adam(one.parameters(), rate, (0.5, 0.999)) for one in (g, d)]
    d.zero_grad()
    real = bce(d(images), torch.ones(len(images)))
    real.backward()
    fake = g(z)
    generated = bce(d(fake.detach()), torch.zeros(len(images)))
    generated.backward()
    optimisers[1].step()
    g.zero_grad()
    loss = bce(d(fake), torch.ones(len(images)))
    loss.backward()
    optimisers[0].step()
    return (real + generated).detach(), loss.detach()


def test_a_step_is_that_of_the_plain_loop(exact):
    torch.manual_seed(0)
    ours = (Generator(6, 8, 3, 16), Discriminator(8, 3, 16))
    theirs = (Generator(6, 8, 3, 16), Discriminator(8, 3, 16))
    for a, b in zip(theirs, ours, strict=True):
        a.load_state_dict(b.state_dict())
    pair = Adversaries(*ours, Duelling(learning_rate=1e-2, averaging=0.9, memory=0.999))
    start = {name: value.clone() for name, value in pair.generator.state_dict().items()}
    images = torch.randn(4, 3, 16, 16, generator=generator(1)).clamp(-1, 1)
    terms = pair.step(images, generator(2))
    z = torch.randn(4, 6, generator=generator(2))
    loss_d, loss_g = plain_loop(*theirs, images, z, 1e-2)
    assert float(terms.loss_d) == pytest.approx(float(loss_d), rel=1e-4)
    assert float(terms.loss_g) == pytest.approx(float(loss_g), rel=1e-4)
    for own, other in zip(ours, theirs, strict=True):
        for name, value in other.state_dict().items():
            assert torch.allclose(own.state_dict()[name], value, atol=2e-4), name
    for name, mean in pair.averaged.state_dict().items():
        if mean.is_floating_point():
            assert torch.allclose(mean, 0.9 * start[name] + 0.1 * pair.generator.state_dict()[name], atol=1e-6), name


def test_going_on_from_a_state_is_as_if_nothing_had_been(exact):
    def made():
        torch.manual_seed(3)
        return Adversaries(Generator(6, 8, 3, 16), Discriminator(8, 3, 16), Duelling())

    images = torch.rand(4, 3, 16, 16) * 2 - 1
    through, first, second = made(), made(), made()
    for step in range(4):
        through.step(images, generator(step), None, 0.2)
    for step in range(2):
        first.step(images, generator(step), None, 0.2)
    second.load(first.state())
    for step in range(2, 4):
        second.step(images, generator(step), None, 0.2)
    for name, value in through.state().items():
        assert torch.equal(value, second.state()[name]), name


def test_the_penalty_is_the_slope_of_each_score(exact):
    torch.manual_seed(0)
    pair = Adversaries(Generator(4, 8, 1, 16), Discriminator(8, 1, 16), Duelling(penalty=3.0))
    pair.discriminator.eval()  # each score then is a function of its picture alone
    images = torch.randn(4, 1, 16, 16, generator=generator(0))
    steps = [pair._penalty(images, None, generator(1)) for _ in range(adversaries.PENALTY_EVERY)]
    assert steps[:-1] == [0.0] * (adversaries.PENALTY_EVERY - 1)
    squares = []
    for image in images:
        one = image[None].clone().requires_grad_()
        (slope,) = torch.autograd.grad(pair.discriminator(one).sum(), one)
        squares.append(float(slope.square().sum()))
    wanted = adversaries.PENALTY_EVERY * 3.0 / 2 * sum(squares) / 4
    assert float(steps[-1].detach()) == pytest.approx(wanted, rel=1e-4)


def test_d_learns_to_tell_and_g_to_follow():
    torch.manual_seed(0)
    pair = Adversaries(Generator(4, 8, 1, 16), Discriminator(8, 1, 16), Duelling(learning_rate=2e-3, averaging=0.9))
    images = torch.full((16, 1, 16, 16), 0.8)
    terms = [pair.step(images, generator(step)) for step in range(60)]
    assert float(terms[5].right_real) == 1 or float(terms[5].right_fake) == 1
    made = pair.finished(generator(0)).generator(torch.randn(8, 4))
    assert float((made - 0.8).abs().mean()) < 0.4 < float((torch.zeros(1) - 0.8).abs())


def test_noise_reaches_d_alone(exact, monkeypatch):
    seen = []
    pair = Adversaries(Generator(4, 8, 1, 16), Discriminator(8, 1, 16), Duelling())
    forward = pair.discriminator.forward
    monkeypatch.setattr(pair.discriminator, "forward", lambda x, y=None: seen.append(x.detach()) or forward(x, y))
    images = torch.zeros(32, 1, 16, 16)
    pair.step(images, generator(0), None, 0.3)
    assert float(seen[0].std()) == pytest.approx(0.3, rel=0.05) and torch.equal(seen[1], seen[2])


def test_d_sees_a_share_of_both_kinds_at_half_their_resolution(exact, monkeypatch):
    def told(images):  # how large the steps within blocks of 2 × 2 are, which halving takes away
        pooled = torch.nn.functional.avg_pool2d(images, 2).repeat_interleave(2, 2).repeat_interleave(2, 3)
        return (images - pooled).square().flatten(1).mean(1)

    pair = Adversaries(Generator(4, 8, 1, 16), Discriminator(8, 1, 16), Duelling(coarse=0.5, penalty=0.0))
    given, forward = [], pair.discriminator.forward
    monkeypatch.setattr(pair.discriminator, "forward", lambda x, labels: given.append(x) or forward(x, labels))
    images = torch.rand(6, 1, 16, 16, generator=generator(0)) * 2 - 1
    pair.step(images, generator(1))
    assert len(given) == 3  # real, generated, and generated again for G
    for x in given:
        assert told(x[:3]).max() < 0.5 * told(x[3:]).min()
    torch.testing.assert_close(given[0][3:], images[3:])
    halved = torch.nn.functional.avg_pool2d(images[:3], 2)
    wanted = torch.nn.functional.interpolate(halved, size=(16, 16), mode="bilinear", align_corners=False)
    torch.testing.assert_close(given[0][:3], wanted)
    assert all(one.grad.abs().sum() > 0 for one in pair.generator.parameters())


def test_settling_gives_batch_norm_the_statistics_of_what_it_will_see(monkeypatch):
    monkeypatch.setattr(adversaries, "SETTLING", (4, 32))
    g = Generator(4, 8, 1, 16)
    norm = g.layers[1]
    g(torch.full((4, 4), 9.0))
    settle(g, generator(0))
    assert not g.training and norm.momentum == 0.1
    chance = generator(0)
    z = torch.cat([torch.randn(32, 4, generator=chance) for _ in range(4)])
    hidden = g.layers[0](z[:, :, None, None])
    assert torch.allclose(norm.running_mean, hidden.mean((0, 2, 3)), atol=1e-4)
