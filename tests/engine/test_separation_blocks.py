"""The shapes that are shown of each network are those that it really gives."""

import pytest
import torch
from torch import nn
from torchaudio.models._hdemucs import HDemucs, _HDecLayer, _HEncLayer

from engine.source_separation import demucs, gtcrn, gtcrn_blocks, wave_u_net
from engine.source_separation.blocks import BLOCKS, of_demucs, of_gtcrn, of_hdemucs, of_wave_u_net


def shapes(network, kinds, example):
    """Return name → shape, without the batch, of what each layer of these kinds gives."""
    found = {}

    def note(name):
        return lambda _, __, out: found.update({name: tuple((out[0] if isinstance(out, tuple) else out).shape[1:])})

    for name, layer in network.named_modules():
        if isinstance(layer, kinds):
            layer.register_forward_hook(note(name))
    with torch.no_grad():
        network.eval()(example)
    return found


def said(blocks, renamed):
    return {renamed(one.name): one.shape for one in blocks}


@pytest.mark.parametrize("n", [1024 * 4, 5000])
def test_demucs(n):
    kinds = (demucs.Encoder, demucs.Decoder, demucs.Middle)
    places = {"encoder": lambda k: k - 1, "decoder": lambda k: 5 - k}

    def renamed(name):
        if name == "BiLSTM":
            return "middle"
        kind, number = name.split()
        return f"{kind}.{places[kind](int(number))}"

    assert said(of_demucs(n), renamed) == shapes(demucs.Demucs(), kinds, torch.zeros(1, 2, n))


@pytest.mark.parametrize("n", [1024 * 4, 5000])
def test_wave_u_net(n):
    found = shapes(wave_u_net.WaveUNet(), (wave_u_net.Convolution,), torch.zeros(1, 2, n))
    *blocks, out = of_wave_u_net(n)
    places = {"down": lambda k: k - 1, "up": lambda k: 10 - k}

    def renamed(name):
        kind, *number = name.split()
        return f"{kind}.{places[kind](int(number[0]))}" if number else kind

    assert said(blocks, renamed) == found and out.shape == (6, n + -n % 1024)


def test_gtcrn():
    kinds = (gtcrn_blocks.ConvBlock, gtcrn_blocks.ShuffleBlock, gtcrn_blocks.DualPath)
    found = shapes(gtcrn.Gtcrn(), kinds, torch.zeros(1, 8000))
    names = {f"encoder {k}": f"encoder.en_convs.{k - 1}" for k in range(1, 6)}
    names |= {f"decoder {k}": f"decoder.de_convs.{5 - k}" for k in range(1, 6)}
    names |= {f"dual path {k}": f"dpgrnn{k}" for k in (1, 2)}
    assert said(of_gtcrn(8000), names.get) == found


def test_hybrid_demucs():
    network = HDemucs(["a", "b", "c", "d"], nfft=4096, depth=6)  # as torchaudio's hdemucs_high, which is this
    found = shapes(network, (_HEncLayer, _HDecLayer), torch.zeros(1, 2, 20 * 1024))
    names = {("down", "spectrum"): "freq_encoder", ("down", "waveform"): "time_encoder"}
    names |= {("up", "spectrum"): "freq_decoder", ("up", "waveform"): "time_decoder"}
    shown = {}
    for one in of_hdemucs(20 * 1024):
        if not one.branch:
            place = "freq_encoder.5" if one.side == "bottom" else "freq_decoder.0"
        else:
            last = 6 if one.branch == "spectrum" else 5
            place = f"{names[one.side, one.branch]}.{one.level - 1 if one.side == 'down' else last - one.level}"
        shown[place] = one.shape
    assert shown == found
    assert [len(layer.dconv.layers[0]) > 7 for layer in network.freq_encoder] == [False] * 4 + [True] * 2


def test_every_block_says_what_it_does():
    for blocks in BLOCKS.values():
        for one in blocks():
            assert one.does and one.side in ("down", "bottom", "up") and all(n > 0 for n in one.shape)
    assert any(isinstance(layer, nn.LSTM) for layer in demucs.Demucs().modules())
    assert any("LSTM" in one.does for one in of_demucs())
