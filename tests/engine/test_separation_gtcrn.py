"""GTCRN: the published file and result, causality, its parts by their definitions, and damaged files."""

import sys

import pytest
import soundfile
import torch
from torch.nn import functional as F

from engine.errors import ChecksumError, IncompatibleWeights
from engine.runtime import ModelPool
from engine.source_separation.chunks import joined
from engine.source_separation.declarations import GTCRN_DNS3
from engine.source_separation.gtcrn import HOP, N_FFT, Gtcrn, separator
from engine.source_separation.gtcrn_blocks import ShuffleBlock, neighbours
from engine.weights import load, path_of
from tests.reference.real_data import need

FILE = "weights/gtcrn/model_trained_on_dns3.tar"
LOAD = sys.modules["engine.weights.load"]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    pool = ModelPool(2**28)
    monkeypatch.setattr(LOAD, "models", lambda: pool)
    path = path_of(GTCRN_DNS3)
    path.parent.mkdir(parents=True)
    return path


@pytest.fixture
def untrained(seeded):
    return Gtcrn().eval().requires_grad_(False)


def correlation(a, b):
    return torch.corrcoef(torch.stack([a, b]))[0, 1].item()


def test_the_published_file_reproduces_the_published_result(cache):
    cache.write_bytes(need(FILE).read_bytes())
    network = load(GTCRN_DNS3, "cpu")
    assert load(GTCRN_DNS3, "cpu") is network and not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())
    assert cache.stat().st_size == GTCRN_DNS3.source.size_bytes
    noisy, theirs = (
        torch.from_numpy(soundfile.read(need(f"audio/noisy_speech/{name}.wav"), dtype="float32")[0])
        for name in ("mix", "enh")
    )
    with torch.inference_mode():
        ours = network(noisy[None])[0]
    assert correlation(ours[: len(theirs)], theirs) > 0.998
    speech, noise = joined(separator(network).separate(noisy[None]))[:, 0]
    torch.testing.assert_close(speech + noise, noisy, atol=1e-6, rtol=0)
    assert correlation(speech, ours) > 0.999


def test_another_file_is_refused(cache, monkeypatch):
    cache.write_bytes(b"something else")
    with pytest.raises(ChecksumError):
        load(GTCRN_DNS3, "cpu")
    monkeypatch.setattr(LOAD, "fetch", lambda weights: cache)
    with pytest.raises(IncompatibleWeights, match="cannot be read as weights of GTCRN_DNS3"):
        load(GTCRN_DNS3, "cpu")
    for content, told in (([1], "tensors by name"), ({"epoch": 3}, "tensors by name"), ({"model": {}}, "is missing")):
        torch.save(content, cache)
        with pytest.raises(IncompatibleWeights, match=told):
            load(GTCRN_DNS3, "cpu")


def test_it_has_as_many_numbers_as_published(untrained):
    assert sum(parameter.numel() for parameter in untrained.parameters()) == GTCRN_DNS3.num_params == 48_245


@pytest.mark.parametrize("n", [1, 255, 512, 3001])
def test_any_length_and_channels_are_separated(untrained, n):
    sound = torch.randn(3, n)
    stems = joined(separator(untrained).separate(sound))
    assert stems.shape == (2, 3, n)
    torch.testing.assert_close(stems.sum(0), sound, atol=1e-5, rtol=0)


def test_each_channel_is_treated_alone(untrained):
    sound = torch.randn(2, 4000)
    both, one = (joined(separator(untrained).separate(part)) for part in (sound, sound[1:]))
    torch.testing.assert_close(both[:, 1:], one, atol=1e-5, rtol=1e-4)


def test_nothing_looks_ahead_further_than_the_window(untrained):
    sound = torch.randn(1, 20 * HOP)
    changed = sound.clone()
    changed[:, 10 * HOP :] += torch.randn(1, 10 * HOP)
    before, after = untrained(sound), untrained(changed)
    same = 10 * HOP - N_FFT
    torch.testing.assert_close(after[:, :same], before[:, :same], atol=1e-6, rtol=1e-5)
    assert (after - before)[:, 10 * HOP :].abs().max() > 1e-3


def test_neighbours_are_torchs_unfold():
    x = torch.randn(2, 3, 5, 7)
    wanted = F.unfold(x, (1, 3), padding=(0, 1)).view(2, 9, 5, 7)
    assert torch.equal(neighbours(x), wanted)


@pytest.mark.parametrize("is_transposed", [False, True])
def test_half_of_the_channels_pass_a_block_and_are_shuffled(seeded, is_transposed):
    block, x = ShuffleBlock(2, is_transposed).eval(), torch.randn(1, 16, 9, 33)
    found = block(x)
    assert found.shape == x.shape and torch.equal(found[:, 1::2], x[:, 8:])
    assert not torch.allclose(found[:, ::2], x[:, :8])
