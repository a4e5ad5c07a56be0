"""Hybrid Demucs layer by layer, against torchaudio's own forward and the loop of its tutorial, with random weights."""

import pytest
import torch
from torchaudio.models import HDemucs
from torchaudio.pipelines import HDEMUCS_HIGH_MUSDB_PLUS as OFFICIAL
from torchaudio.transforms import Fade

from engine.source_separation import hdemucs_steps as steps_module
from engine.source_separation.chunks import Chunking, joined
from engine.source_separation.declarations import HDEMUCS_HIGH_MUSDB_PLUS, TORCHAUDIO
from engine.source_separation.hdemucs import CHUNKING, HOP, build, separator
from engine.source_separation.hdemucs_steps import hdemucs_steps
from engine.source_separation.separator import SAMPLE_RATE_HZ, STEMS


def untrained(**changes):
    """A small network in which the residual branches, at first nearly silent, are heard."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = HDemucs(list(STEMS), channels=8, **changes).eval()
    for name, parameter in network.named_parameters():
        if name.endswith("scale"):
            parameter.data.fill_(0.7)
    return network.requires_grad_(False)


@pytest.fixture(scope="module")
def network():
    return untrained()


def sound(n, seed=0):
    return torch.randn(2, n, generator=torch.Generator().manual_seed(seed)) * 0.1 + 0.01


def last(steps):
    *_, stems = steps
    return stems


@pytest.mark.parametrize("n", [1000, 4096, 20_000, 220 * HOP + 5])  # in the last the LSTMs read in overlapping windows
def test_layer_by_layer_equals_torchaudios_forward(network, n):
    mixture = sound(n)[None]
    torch.testing.assert_close(last(hdemucs_steps(network, mixture)), network(mixture), atol=2e-6, rtol=1e-4)


@pytest.mark.parametrize("block", [1, 2**30])
def test_the_size_of_a_block_changes_nothing(network, monkeypatch, block):
    mixture = sound(9000)[None].repeat(2, 1, 1) * torch.tensor([1.0, 0.5])[:, None, None]
    monkeypatch.setattr(steps_module, "_BLOCK", block)
    torch.testing.assert_close(last(hdemucs_steps(network, mixture)), network(mixture), atol=2e-6, rtol=1e-4)


def test_other_depths_too():
    other = untrained(nfft=1024, depth=5)
    mixture = sound(9000)[None]
    torch.testing.assert_close(last(hdemucs_steps(other, mixture)), other(mixture), atol=2e-6, rtol=1e-4)


def test_it_can_be_stopped_after_each_layer_and_changes_neither_sound_nor_network(network):
    mixture = sound(5000)[None]
    kept, state = mixture.clone(), {name: value.clone() for name, value in network.state_dict().items()}
    stems = list(hdemucs_steps(network, mixture))
    assert len(stems) == 1 + 12 + 10 and all(one is None for one in stems[:-1])
    assert torch.equal(mixture, kept)
    assert all(torch.equal(value, state[name]) for name, value in network.state_dict().items())


def tutorials_way(network, mixture, spans, fade):
    """Normalise, run each span, fade it in and out along lines, add up, and restore."""
    mono = mixture.mean(0)
    whole = torch.zeros(1, len(STEMS), *mixture.shape)
    normalised = ((mixture - mono.mean()) / mono.std())[None]
    for start, end in spans:
        fades = Fade(fade if start else 0, fade if end < mixture.shape[1] else 0, "linear")
        whole[..., start:end] += fades(network(normalised[..., start:end]))
    return whole[0] * mono.std() + mono.mean()


def test_without_context_a_song_equals_the_tutorials_way(network):
    mixture, chunking = sound(50_000), Chunking(chunk=20_000, context=0, fade=4000)
    parts = [part for part in separator(network, chunking).separate(mixture) if part.stems.shape[-1]]
    wanted = tutorials_way(network, mixture, chunking.spans(0, 50_000), 4000)
    assert len(parts) == 3
    torch.testing.assert_close(joined(parts), wanted, atol=1e-6, rtol=1e-4)


def test_inside_a_chunk_a_song_equals_the_whole_run_of_that_chunk(network):
    mixture, chunking = sound(50_000), Chunking(chunk=20_000, context=2000, fade=1000)
    stems = joined(separator(network, chunking).separate(mixture))
    for start, end in chunking.spans(0, 50_000)[:3]:
        seen = slice(max(0, start - 2000), end + 2000)
        mono = mixture.mean(0)
        alone = network(((mixture - mono.mean()) / mono.std())[None, :, seen])[0] * mono.std() + mono.mean()
        inside = slice(start + (1000 if start else 0), end - 1000)
        moved = slice(inside.start - seen.start, inside.stop - seen.start)
        torch.testing.assert_close(stems[..., inside], alone[..., moved], atol=1e-6, rtol=1e-4)


def test_silence_stays_silence_and_one_sample_is_separated(network):
    stems = joined(separator(network).separate(torch.zeros(1, 3000)))
    assert stems.shape == (4, 2, 3000) and stems.abs().max() < 1e-4
    assert joined(separator(network).separate(torch.ones(2, 1))).isfinite().all()


def test_the_declaration_is_torchaudios():
    source = HDEMUCS_HIGH_MUSDB_PLUS.source
    assert source.url == TORCHAUDIO.removesuffix("models/") + OFFICIAL._model_path
    assert OFFICIAL._model_path.endswith(f"/{source.file_name}") and OFFICIAL.sample_rate == SAMPLE_RATE_HZ
    with torch.device("meta"):
        network, theirs = build(), OFFICIAL._model_factory_func()
    assert network.sources == theirs.sources == list(STEMS)
    shapes = [{name: value.shape for name, value in one.state_dict().items()} for one in (network, theirs)]
    assert shapes[0] == shapes[1]
    n_params = sum(parameter.numel() for parameter in network.parameters())
    assert n_params == HDEMUCS_HIGH_MUSDB_PLUS.num_params
    assert 0 < source.size_bytes - 4 * n_params < 2**20  # the file's names and folders


def test_a_chunk_is_read_by_the_lstms_in_one_piece():
    assert CHUNKING.chunk == 200 * HOP == build_max_steps() * HOP
    assert CHUNKING.hop > 0.85 * CHUNKING.chunk


def build_max_steps():
    return untrained().freq_encoder[-1].dconv.layers[0][3].max_steps
