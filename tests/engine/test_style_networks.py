"""Feature networks, Johnson's network and AdaIN: known answers, shapes, tiles that equal the whole picture inside."""

import contextlib
import itertools

import numpy as np
import pytest
import torch
from torch.nn import functional as F
from torchvision import models

from engine.errors import InvalidInput, ShapeError
from engine.recipes.training import new_model
from engine.runtime.seeds import generator
from engine.style_transfer import adain, johnson, png_strips
from engine.style_transfer.features import FeatureNetwork
from engine.style_transfer.random_filters import RandomFilters
from engine.style_transfer.texture_vgg import Blur, TextureVGG
from engine.style_transfer.torchvision_features import squeezenet_features, vgg_features


def picture(height, width, seed=0):
    rough = torch.rand(1, 3, max(2, height // 6), max(2, width // 6), generator=generator(seed))
    return F.interpolate(rough, (height, width), mode="bilinear")[0]


@pytest.fixture(scope="module")
def plain():
    """Without bfloat16: the equality of tiles is one of float64."""
    return torch.float64


@pytest.fixture(scope="module")
def net(plain):
    return new_model(lambda: johnson.JohnsonNet((8, 12, 16), 5), 0).to(plain).eval()


@pytest.fixture(scope="module")
def any_style(plain):
    return new_model(adain.AdaIN, 0).to(plain).eval()


@pytest.fixture(autouse=True)
def exact(monkeypatch):
    for module in (johnson, adain):
        monkeypatch.setattr(module, "fast_convolutions", lambda device: contextlib.nullcontext())


def test_a_blur_is_its_equation():
    x = picture(6, 8).double()[None]
    row = torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=torch.float64) / 8
    padded = F.pad(x, (1, 1, 1, 1))
    wanted = torch.einsum("bchwij,i,j->bchw", padded.unfold(2, 4, 2).unfold(3, 4, 2), row, row)
    torch.testing.assert_close(Blur()(x), wanted)


@pytest.mark.parametrize("make", [TextureVGG, RandomFilters])
def test_layers_have_the_channels_and_sizes_that_they_say(make):
    network: FeatureNetwork = make()
    found = network(torch.rand(2, 3, 32, 48), tuple(network.layers))
    for name, features in found.items():
        layer = network.layer(name)
        assert features.shape == (2, layer.channels, 32 // layer.stride, 48 // layer.stride)
        assert (features >= 0).all()
    alone = network(torch.zeros(1, 3, 32, 48), (name,))
    assert list(alone) == [name]
    with pytest.raises(InvalidInput, match="layer must be one of"):
        network(torch.rand(1, 3, 32, 32), ("relu7_1",))
    with pytest.raises(ShapeError, match="pixels wide and high"):
        network(torch.rand(1, 3, 4, 64), (name,))


def test_torchvision_layers_are_its_own_outputs(seeded):
    model = models.squeezenet1_1(weights=None).eval()
    network = squeezenet_features(model)
    x = torch.rand(1, 3, 64, 64)
    normal = (x - network.mean) / network.std
    assert torch.equal(network(x, ("fire9",))["fire9"], model.features(normal))
    torch.testing.assert_close(network(x, ("fire3",))["fire3"], model.features[:5](normal))
    assert network.layers["fire9"].channels == 512
    assert set(network.style) <= set(network.layers)


def test_vgg_19_has_the_layers_of_the_paper():
    network = vgg_features(_small_vgg())
    assert list(network.layers)[:5] == ["relu1_1", "relu1_2", "relu2_1", "relu2_2", "relu3_1"]
    assert len(network.layers) == 16 and list(network.layers)[-1] == "relu5_4"
    assert network.layers["relu4_2"].stride == 8


def _small_vgg():
    from torchvision.models.vgg import make_layers

    layers = [4, 4, "M", 8, 8, "M", 8, 8, 8, 8, "M", 8, 8, 8, 8, "M", 8, 8, 8, 8, "M"]
    return models.VGG(make_layers(layers), num_classes=2, init_weights=False)


def test_normalised_features_have_the_mean_one_and_say_the_same(seeded):
    network, x = TextureVGG().double(), torch.rand(4, 3, 32, 32).double()
    before = network(x, tuple(network.layers))
    network.normalise([x])
    for name, features in network(x, tuple(network.layers)).items():
        mean = before[name].mean((0, 2, 3))
        scale = torch.maximum(mean, mean.mean() / 4)
        scaled = before[name] / scale[:, None, None]
        torch.testing.assert_close(features, scaled)


@pytest.mark.parametrize("size", [(5, 7), (1, 2)])
def test_mirroring_equals_numpy_and_its_gradient_autograd(size):
    x = torch.rand(2, 3, *size).double().requires_grad_()
    y = johnson.mirrored(x, 4)
    if min(size) > 1:
        assert np.array_equal(y.detach(), np.pad(x.detach(), ((0, 0), (0, 0), (4, 4), (4, 4)), mode="symmetric"))
    assert torch.equal(y[:, :, :, 0], y[:, :, :, 4 + min(3, size[1] - 1)])
    assert torch.autograd.gradcheck(lambda x: johnson.mirrored(x, 4), x)


def test_instance_normalisation_equals_torch(net):
    x = picture(12, 16).double()[None].repeat(1, 4, 1, 1)[:, :8] * 3
    norm = net.down[0].norm
    ours, found = norm(x)
    torch.testing.assert_close(ours, F.instance_norm(x, weight=norm.gain, bias=norm.offset, eps=johnson.EPSILON))
    torch.testing.assert_close(found[0], x.mean((0, 2, 3)))
    torch.testing.assert_close(found[1], x.var((0, 2, 3), correction=0))
    torch.testing.assert_close(norm(x, found)[0], ours)
    two = torch.cat([x, x.flip(3) * 2])
    wanted = F.instance_norm(two, weight=norm.gain, bias=norm.offset, eps=johnson.EPSILON)
    torch.testing.assert_close(norm(two)[0], wanted)


@pytest.mark.parametrize("size", [(1, 1), (3, 50), (37, 22)])
def test_pictures_of_any_size_keep_it(net, any_style, size):
    x = picture(*size).double()
    painted = johnson.stylise(net, x)
    assert painted.shape == x.shape and painted.isfinite().all() and 0 <= painted.min() <= painted.max() <= 1
    style = adain.style_moments(any_style, picture(20, 30, 1).double())
    painted = adain.stylise(any_style, x, [style], adain.Mix((1.0,)))
    assert painted.shape == x.shape and painted.isfinite().all()


def test_no_strength_is_the_photograph(net):
    x = picture(20, 24).double()
    assert torch.equal(johnson.stylise(net, x, 0.0), x)
    half, whole = (johnson.stylise(net, x, strength) for strength in (0.5, 1.0))
    torch.testing.assert_close(half, (x + whole) / 2)


def test_adain_gives_the_moments_of_the_style():
    content, style = torch.rand(2, 5, 6, 7).double(), 3 * torch.rand(2, 5, 4, 9).double() - 1
    mixed = adain.adain(content, style)
    torch.testing.assert_close(mixed.mean((2, 3)), style.mean((2, 3)))
    variance, wanted = content.var((2, 3), correction=0), style.var((2, 3), correction=0)
    torch.testing.assert_close(mixed.var((2, 3), correction=0), variance * (wanted + 1e-5) / (variance + 1e-5))
    torch.testing.assert_close(adain.adain(content, content), content)


def test_styles_are_mixed_by_weights(any_style):
    x = picture(48, 64).double()
    styles = [adain.style_moments(any_style, picture(40, 40, seed).double()) for seed in (1, 2)]
    run = lambda mix, styles=styles: adain.stylise(any_style, x, styles, mix)  # noqa: E731
    alone = run(adain.Mix((1.0,)), styles[:1])
    torch.testing.assert_close(run(adain.Mix((3.0, 0.0))), alone)
    assert not torch.allclose(run(adain.Mix((1.0, 1.0))), alone)
    torch.testing.assert_close(run(adain.Mix((2.0, 2.0))), run(adain.Mix((1.0, 1.0))))
    torch.testing.assert_close(run(adain.Mix((1.0, 3.0), 0.0)), run(adain.Mix((1.0,), 0.0), styles[:1]))


def test_strength_lies_between_the_features_of_both(any_style):
    x, styles, decoded = picture(40, 48).double(), [adain.style_moments(any_style, picture(40, 40, 1).double())], []
    with any_style.decoder.register_forward_pre_hook(lambda module, given: decoded.append(given[0])):
        for strength in (0.0, 0.3, 1.0):
            adain.stylise(any_style, x, styles, adain.Mix((1.0,), strength))
    none, some, whole = decoded
    torch.testing.assert_close(some, torch.lerp(none, whole, 0.3))
    torch.testing.assert_close(adain.moments(adain._core(whole, x.shape[1:]))[0], styles[0][0])


def test_a_mix_that_is_none_is_refused(any_style):
    with pytest.raises(InvalidInput, match="weights of styles"):
        adain.Mix((0.0, 0.0))
    with pytest.raises(InvalidInput, match="strength must be from 0 to 1"):
        adain.Mix((1.0,), 1.5)
    with pytest.raises(InvalidInput, match="styles must be 1, one per weight"):
        adain.stylise(any_style, picture(16, 16).double(), [], adain.Mix((1.0,)))


def assert_tiles_equal_the_whole(monkeypatch, painter, x, tile_px, context_px):
    """Paint every tile as the full size does, and compare it with the picture painted in one piece."""
    monkeypatch.setattr(png_strips, "TILE_PX", tile_px)
    whole, size = painter(x), tuple(x.shape[1:])
    for box in itertools.chain(*png_strips.tiles(size)):
        wide, inner = png_strips.seen(box, size, context_px)
        found = painter(x[png_strips.part(wide)])[inner]
        torch.testing.assert_close(found, whole[png_strips.part(box)], rtol=0, atol=1e-12)


@pytest.mark.parametrize("size", [(200, 264), (150, 301)])
def test_tiles_of_johnson_equal_the_whole_inside(net, size, monkeypatch):
    x = picture(*size).double()
    painter = johnson.painter(net, x[:, ::2, ::2])
    assert_tiles_equal_the_whole(monkeypatch, painter, x, 64, johnson.CONTEXT_PX)


def test_tiles_of_adain_equal_the_whole_inside(any_style, monkeypatch):
    x = picture(216, 301).double()
    styles = [adain.style_moments(any_style, picture(40, 40, 1).double())]
    painter = adain.painter(any_style, x[:, ::2, ::2], styles, adain.Mix((1.0,)))
    assert_tiles_equal_the_whole(monkeypatch, painter, x, 72, adain.CONTEXT_PX)


def test_what_lay_in_memory_before_does_not_matter(net, monkeypatch):
    expected = johnson.painter(net, picture(24, 32).double())(picture(24, 32).double())
    monkeypatch.setattr(torch.utils.deterministic, "fill_uninitialized_memory", True)
    torch.use_deterministic_algorithms(True)  # only then does torch fill what is new, with NaN
    try:
        found = johnson.painter(net, picture(24, 32).double())(picture(24, 32).double())
    finally:
        torch.use_deterministic_algorithms(False)
    assert torch.equal(found, expected)
