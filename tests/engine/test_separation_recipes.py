"""The recipes of source separation: what is drawn adds up, and both recipes learn a few steps from six songs."""

import re
import sys

import pytest
import torch
from safetensors.torch import load_file

from engine.datasets import songs as drawn
from engine.errors import InvalidInput
from engine.recipes import song_training, train_demucs_songs, train_wave_u_net_songs
from engine.recipes.separation_figures import improvement_db
from engine.recipes.song_batches import Mixing, draw, l1_terms, normalised
from engine.recipes.song_pool import HELD_OUT_SEED
from engine.runtime.seeds import generator
from engine.source_separation.chunks import Chunking
from engine.source_separation.demucs import Demucs
from engine.source_separation.separator import SAMPLE_RATE_HZ, STEMS, Separator
from engine.source_separation.wave_u_net import WaveUNet


class Songs:
    """A pool of songs (N, 4, 2, T) in memory."""

    def __init__(self, all_stems):
        self.all_stems = all_stems

    def __len__(self):
        return len(self.all_stems)

    def stems(self, song):
        return self.all_stems[song]

    def crops(self, n, n_samples, chance, remix):
        self.asked = n, n_samples, remix
        starts = torch.randint(self.all_stems.shape[-1] - n_samples + 1, (n,), generator=chance).tolist()
        return torch.stack(
            [self.all_stems[k % len(self)][..., start : start + n_samples] for k, start in enumerate(starts)]
        )


@pytest.fixture
def songs():
    return Songs(0.2 * torch.randn(6, 4, 2, 3000, generator=generator(1)))


def test_stems_add_up_to_the_mixture_and_are_of_unit_loudness(songs):
    batch = draw(songs, 8, Mixing(n_samples=2048), generator(0))
    assert batch.mixtures.shape == (8, 2, 2048) and batch.stems.shape == (8, 4, 2, 2048)
    mono = batch.mixtures.mean(1)
    torch.testing.assert_close(mono.mean(1), torch.zeros(8), atol=1e-5, rtol=0)
    torch.testing.assert_close(mono.std(1), torch.ones(8))
    offset = batch.stems.sum(1) - batch.mixtures  # the mean that every stem gives away
    torch.testing.assert_close(offset, offset[:, :1, :1].expand_as(offset), atol=1e-4, rtol=0)


def test_the_same_seed_gives_the_same_batch(songs):
    first, again, other = (draw(songs, 3, Mixing(n_samples=1024), generator(seed)).stems for seed in (4, 4, 5))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_what_is_mixed_are_the_crops(songs):
    mixing = Mixing(n_samples=3000, remixed=0.25, quietest_db=-12.0, loudest_db=6.0, silent=0.0)
    stems = draw(songs, 6, mixing, generator(2)).stems
    assert songs.asked == (6, 3000, 0.25)
    signs, swaps = set(), set()
    for own, true in zip(stems.flatten(0, 1), songs.all_stems.flatten(0, 1), strict=True):
        rows = torch.corrcoef(torch.cat([own, true]))[:2, 2:]  # channel by channel
        is_swapped = rows[0, 1].abs() > rows[0, 0].abs()
        found = rows.flip(1) if is_swapped else rows
        assert found.diag().abs().min() > 0.999 and found[0, 0] * found[1, 1] > 0
        gain = (own.std() / true.std()).item()
        signs.add(found[0, 0].sign().item())
        swaps.add(is_swapped.item())
        assert gain > 0
    assert signs == {1.0, -1.0} and swaps == {True, False}


def test_stems_are_silent_now_and_then_but_never_all(songs):
    batch = draw(songs, 200, Mixing(n_samples=1024, silent=0.5), generator(3))
    silent = batch.stems.std(3).amax(2) < 1e-4  # (B, 4)
    assert 0.4 < silent.float().mean() < 0.55 and not silent.all(1).any()


def test_gains_are_within_their_limits():
    flat = torch.full((1, 4, 2, 2000), 0.1)
    flat[..., ::2] *= -1
    mixing = Mixing(n_samples=1024, quietest_db=-6.0, loudest_db=0.0, silent=0.0)
    stems = draw(Songs(flat), 100, mixing, generator(0)).stems
    loudness = stems.std(3)[:, :, 0]
    ratio_db = 20 * torch.log10(loudness.amax(1) / loudness.amin(1))
    assert 4 < ratio_db.max() <= 6.01


def test_silence_is_not_divided_by_nothing():
    batch = normalised(torch.zeros(1, 4, 2, 1024))
    assert not batch.mixtures.any() and not batch.stems.any()


def test_settings_out_of_range_are_refused():
    with pytest.raises(InvalidInput, match="share of stems"):
        Mixing(silent=1.0)


def test_the_loss_is_the_mean_absolute_error():
    a, b = torch.randn(3, 4, 2, 10), torch.randn(3, 4, 2, 10)
    terms = l1_terms(a, b)
    assert tuple(terms) == STEMS
    torch.testing.assert_close(sum(terms.values()), (a - b).abs().mean())


def test_the_improvement_of_knowing_and_of_doing_nothing(songs):
    true = songs.all_stems
    true[:, 3] = 0
    error = 0.1 * true.flip(0)

    def answer(estimates):
        numbers = iter(range(6))

        def steps(chunk):
            yield estimates(chunk, next(numbers))

        return Separator(STEMS, 44_100, Chunking(5000, 0, 0), steps, normalises=False)

    nothing = improvement_db(answer(lambda chunk, _: chunk.expand(4, -1, -1)), true)
    assert nothing.keys() == {"drums", "bass", "other", "mean"} and max(abs(v) for v in nothing.values()) < 1e-3
    alone = true * torch.tensor([0, 0, 1.0, 0])[:, None, None]
    assert improvement_db(answer(lambda chunk, _: chunk.expand(4, -1, -1)), alone) == {"mean": 0.0}
    known = improvement_db(answer(lambda _, song: true[song] + error[song]), true)
    assert all(22 < value < 24 for value in known.values())  # from −3 dB to 20 dB


@pytest.mark.parametrize(
    "recipe, kind, small",
    [
        (train_demucs_songs, "Demucs", lambda: Demucs(channels=4, most=8)),
        (train_wave_u_net_songs, "WaveUNet", lambda: WaveUNet(channels=2)),
    ],
)
def test_a_recipe_trains_writes_and_measures(songs, tmp_path, monkeypatch, capsys, recipe, kind, small):
    held_out, loaded = Songs(songs.all_stems[:2]), []

    def load(folder, n, seed=0):
        loaded.append((folder, n, seed))
        return held_out if seed == HELD_OUT_SEED else songs

    monkeypatch.setattr(song_training, "load", load)
    monkeypatch.setattr(recipe, kind, small)
    out = tmp_path / "network.safetensors"
    sizes = ["--songs", "10", "--held-out", "20", "--steps", "3", "--batch", "2", "--samples", "1500"]
    where = ["--pool", str(tmp_path), "--out", str(out), "--folder", str(tmp_path / "checkpoints")]
    monkeypatch.setattr(sys, "argv", ["recipe", *where, *sizes])
    recipe.main()
    said = capsys.readouterr().out
    assert loaded == [(tmp_path, 10, 0), (tmp_path, 20, HELD_OUT_SEED)]
    assert songs.asked[:2] == (2, 1500) and not hasattr(held_out, "asked")
    assert f"{out} has " in said
    assert re.search(r"on 2 held-out songs: SI-SDR improvement in dB  drums -?[\d.]+ .* mean -?[\d.]+\n", said)
    small().load_state_dict(load_file(out))
    assert (tmp_path / "checkpoints" / "checkpoint.pt").exists()


def test_what_is_learned_from_is_in_the_order_of_what_is_found():
    assert (drawn.STEMS, drawn.SAMPLE_RATE_HZ) == (STEMS, SAMPLE_RATE_HZ)
