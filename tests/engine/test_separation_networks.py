"""Wave-U-Net and Demucs: their parts against their definitions, any length, gradients everywhere, small files."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from engine.source_separation import demucs, wave_u_net
from engine.source_separation.chunks import Chunking, joined, separate_in_chunks
from engine.source_separation.demucs import CHUNKING, STEP, Demucs, Encoder, padding, rescale
from engine.source_separation.separator import STEMS, in_one_step
from engine.source_separation.wave_u_net import REACH, WaveUNet, double, with_difference

pytestmark = pytest.mark.usefixtures("seeded")
MB = 10**6


def small_demucs():
    return Demucs(channels=4, most=8, n_levels=3)


def small_wave_u_net(is_difference=True):
    return WaveUNet(n_levels=4, channels=3, is_difference=is_difference)


@pytest.mark.parametrize("build", [small_demucs, small_wave_u_net, lambda: small_wave_u_net(False)])
@pytest.mark.parametrize("n", [1, 63, 64, 1000])
def test_any_length_comes_out_as_it_went_in(build, n):
    assert build()(torch.randn(2, 2, n)).shape == (2, len(STEMS), 2, n)


@pytest.mark.parametrize("build", [small_demucs, small_wave_u_net])
def test_every_number_learns(build):
    network = build()
    network(torch.randn(2, 2, 500)).square().mean().backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in network.parameters())


@pytest.mark.parametrize("build", [small_demucs, small_wave_u_net])
def test_it_can_learn_to_tell_two_tones_apart(build):
    network = build()
    time = torch.arange(400.0)
    stems = torch.zeros(1, 4, 2, 400)
    stems[0, 0], stems[0, 1] = torch.sin(time / 3), torch.sin(time / 30)
    optimiser = torch.optim.Adam(network.parameters(), 1e-2)
    losses = []
    for _ in range(40):
        loss = (network(stems.sum(1)) - stems).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.parametrize("build", [Demucs, WaveUNet])
def test_it_is_small_and_has_no_batch_normalisation(build):
    network = build()
    assert 4 * sum(parameter.numel() for parameter in network.parameters()) < 24.5 * MB
    assert not any(isinstance(layer, nn.modules.batchnorm._BatchNorm) for layer in network.modules())


@pytest.mark.parametrize("module, build", [(demucs, small_demucs), (wave_u_net, small_wave_u_net)])
def test_its_separator_takes_a_song(module, build):
    mixture = torch.randn(1, 3000)
    stems = joined(module.separator(build()).separate(mixture))
    assert stems.shape == (4, 2, 3000) and not stems.requires_grad


def test_doubling_puts_means_between():
    x = torch.tensor([[[1.0, 3.0, 2.0]]])
    torch.testing.assert_close(double(x), torch.tensor([[[1.0, 2.0, 3.0, 2.5, 2.0, 2.0]]]))


def test_the_difference_makes_the_stems_add_up():
    stems, mixture = torch.randn(2, 3, 2, 50), torch.randn(2, 2, 50)
    four = with_difference(stems, mixture)
    torch.testing.assert_close(four.sum(1), mixture)
    assert torch.equal(four[:, [0, 1, 3]], stems)
    mixture = torch.randn(1, 2, 100)
    torch.testing.assert_close(small_wave_u_net()(mixture).sum(1), mixture, atol=1e-5, rtol=0)


def test_wave_u_net_in_chunks_equals_the_whole():
    network = small_wave_u_net().double()
    mixture = torch.randn(2, 2000).double()
    reach = 2**4
    chunking = Chunking(chunk=600, context=18 * reach, fade=4, align=reach)
    assert wave_u_net.CHUNKING.context == 18 * REACH and wave_u_net.CHUNKING.align == REACH
    with torch.no_grad():
        whole = network(mixture[None])[0]
    steps = in_one_step(lambda chunk: network(chunk[None])[0].detach())
    in_chunks = joined(separate_in_chunks(steps, mixture, chunking))
    torch.testing.assert_close(in_chunks, whole.float(), atol=1e-6, rtol=1e-5)


def test_an_encoder_is_what_its_equation_says():
    layer, x = Encoder(2, 3), torch.randn(1, 2, 40)
    wide = F.conv1d(F.relu(F.conv1d(x, layer[0].weight, layer[0].bias, stride=4)), layer[2].weight, layer[2].bias)
    torch.testing.assert_close(layer(x), wide[:, :3] * wide[:, 3:].sigmoid())
    assert layer(x).shape == (1, 3, (40 - 8) // 4 + 1)


@pytest.mark.parametrize("n", [1, 1023, 1024, 44_100])
def test_the_padded_length_survives_every_level(n):
    left, right = padding(n)
    length = left + n + right
    for _ in range(5):
        assert (length - 8) % 4 == 0
        length = (length - 8) // 4 + 1
    assert length == -(-n // 1024) and left == 682


def test_weights_are_rescaled_as_in_the_paper():
    layer = nn.Conv1d(3, 4, 5)
    weight, bias = layer.weight.detach().clone(), layer.bias.detach().clone()
    rescale(layer)
    by = (weight.std() / 0.1) ** 0.5
    torch.testing.assert_close(layer.weight.detach(), weight / by)
    torch.testing.assert_close(layer.bias.detach(), bias / by)
    torch.testing.assert_close(layer.weight.std(), (weight.std() * 0.1) ** 0.5)


def test_what_demucs_does_without_its_lstm_is_equal_in_chunks():
    network = small_demucs()
    for parameter in network.middle.linear.parameters():
        parameter.data.zero_()
    mixture = torch.randn(2, 3000)
    step = 4**3
    chunking = Chunking(chunk=20 * step, context=6 * step, fade=40, align=step)
    with torch.no_grad():
        whole = network(mixture[None])[0]
        steps = in_one_step(lambda chunk: network(chunk[None])[0])
        torch.testing.assert_close(joined(separate_in_chunks(steps, mixture, chunking)), whole, atol=1e-5, rtol=1e-4)
    assert CHUNKING.align == STEP == 1024


def test_the_lstm_hears_the_whole_sound():
    network = small_demucs()
    mixture = torch.randn(1, 2, 3000, requires_grad=True)
    network(mixture)[0, 0, 0, 0].backward()
    assert mixture.grad[0, :, -100:].any()
