"""A song taken apart as a job: the pieces are the stems, and add up to the song; what cannot be done is told."""

import threading
from dataclasses import replace

import pytest
import torch

from engine.errors import InvalidInput, ResourceLimit
from engine.io.audio import decode_audio
from engine.runtime import submit
from engine.runtime.shelf import shelf
from engine.source_separation import median_filtering, song_job, ways
from engine.source_separation.ideal_masks import IdealMasks, separate_ideally
from engine.source_separation.median_filtering import MedianFiltering
from engine.source_separation.separator import STEMS
from engine.source_separation.song_job import COLUMNS_A_SECOND, offer_song, separate_song
from engine.source_separation.ways import IDEAL_MASKS, Way

RATE = 22_050
MEDIAN = Way("MEDIAN_FILTERING")


def song(seconds, rate=RATE, channels=2):
    chance = torch.Generator().manual_seed(1)
    t = torch.arange(round(seconds * rate)) / rate
    clicks = (torch.rand(len(t), generator=chance) < 1e-4).float()
    return torch.stack([0.3 * torch.sin(2 * torch.pi * 440 * t) + 0.5 * clicks] * channels)


def heard(pieces, k):
    return torch.cat([decode_audio(shelf().get(one.sounds[k]), "x.flac")[0] for one in pieces], 1)


def last(*args):
    *_, found = separate_song(*args)
    return found


@pytest.fixture(scope="module")
def done():
    return last(MEDIAN, song(9.0), RATE)


def test_the_pieces_are_the_stems(done):
    (percussive, harmonic) = median_filtering.split(song(9.0), median_filtering.MedianFiltering())
    assert done.stems == ("percussive", "harmonic") and done.sample_rate == RATE and len(done.pieces) > 2
    assert done.step == done.total_steps == 9 * RATE
    for k, expected in enumerate((percussive, harmonic, song(9.0))):
        assert (heard(done.pieces, k) - expected).abs().max() < 2e-4  # 16 bits


def test_the_pieces_lie_end_to_end(done):
    ends = [0.0, *(one.end_s for one in done.pieces)]
    assert [one.start_s for one in done.pieces] == ends[:-1] and ends[-1] == pytest.approx(9.0)
    assert len(done.sounds) == 3 * len(done.pieces) and shelf().holds(done.sounds)


def test_the_levels_are_the_extremes(done):
    (piece, *_) = done.pieces
    size = round(RATE / COLUMNS_A_SECOND)
    own = song(9.0)[:, :size]
    assert piece.levels.shape[:2] == (3, 2)
    assert piece.levels[2, :, 0].tolist() == pytest.approx([own.min().item(), own.max().item()])


def test_a_region_alone():
    found = last(MEDIAN, song(9.0), RATE, (2.0, 3.0))
    assert found.pieces[0].start_s == pytest.approx(2.0) and found.pieces[-1].end_s == pytest.approx(3.0)
    (_, harmonic) = median_filtering.split(song(9.0), MedianFiltering())
    assert (heard(found.pieces, 1) - harmonic[:, 2 * RATE : 3 * RATE]).abs().max() < 2e-4  # it saw what is around it


def test_settings_reach_the_method():
    way = Way("MEDIAN_FILTERING", MedianFiltering("1024", 5, 31, 1.0))
    (percussive, _) = median_filtering.split(song(2.0), way.settings)
    assert (heard(last(way, song(2.0), RATE).pieces, 0) - percussive).abs().max() < 2e-4
    assert way.title == "Median filtering, 5 frames × 31 bins, p = 1, 1024" and MEDIAN.title == "Median filtering"


@pytest.mark.parametrize("kind", ["binary", "ratio", "wiener"])
def test_ideal_masks_in_chunks_equal_the_whole(kind):
    chance = torch.Generator().manual_seed(3)
    truth = {name: 0.1 * torch.randn(2, 5 * RATE, generator=chance).clamp(-3, 3) for name in STEMS}
    way = Way(IDEAL_MASKS, IdealMasks(kind, "1024"))
    found = last(way, sum(truth.values()), RATE, None, truth)
    wanted = separate_ideally(torch.stack(list(truth.values())), way.settings)
    assert found.stems == STEMS and len(found.pieces) > 2
    for k in range(4):
        assert (heard(found.pieces, k) - wanted[k]).abs().max() < 2e-4


def test_ideal_masks_without_the_truth_are_refused():
    with pytest.raises(InvalidInput, match="true stems must be known for ideal masks"):
        last(Way(IDEAL_MASKS), song(1.0), RATE)


def test_a_song_is_offered_as_it_is():
    *_, found = offer_song(song(20.0), RATE)
    assert found.stems == () and len(found.pieces) == 3
    assert (heard(found.pieces, 0) - song(20.0)).abs().max() < 2**-15


# ---- what visitors bring -----------------------------------------------------------------------------------------


def test_six_channels_at_96_khz_become_their_mean_at_44_1_khz():
    found = last(MEDIAN, song(1.0, 96_000, 6), 96_000)
    assert found.sample_rate == 44_100 and found.pieces[-1].end_s == pytest.approx(1.0)
    own = heard(found.pieces, 2)
    assert own.shape == (1, 44_100)
    assert (own - heard(found.pieces, 0) - heard(found.pieces, 1)).abs().max() < 2e-4


def test_mono_at_8_khz_stays_mono_at_8_khz():
    found = last(MEDIAN, song(1.0, 8_000, 1), 8_000)
    assert found.sample_rate == 8_000 and heard(found.pieces, 0).shape == (1, 8_000)


def test_a_rate_that_no_browser_knows():
    found = last(MEDIAN, song(0.5, 44_101), 44_101)
    assert found.sample_rate == 44_100


@pytest.mark.parametrize("n", [1, 2, 100])
def test_a_few_samples(n):
    found = last(MEDIAN, torch.full((1, n), 0.5), RATE)
    assert heard(found.pieces, 2).tolist() == [[0.5] * n]


def test_silence_stays_silence():
    found = last(MEDIAN, torch.zeros(2, RATE), RATE)
    assert not heard(found.pieces, 0).any() and not heard(found.pieces, 1).any()


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_samples_that_are_no_numbers_are_refused(bad):
    sound = song(1.0)
    sound[1, 77] = bad
    with pytest.raises(InvalidInput, match="finite"):
        last(MEDIAN, sound, RATE)


def test_a_region_shorter_than_a_sample_is_refused():
    with pytest.raises(InvalidInput, match="region must be"):
        last(MEDIAN, song(1.0), RATE, (0.5, 0.5 + 1e-6))
    one = last(MEDIAN, song(1.0), RATE, (0.5, 0.5 + 1.6 / RATE))
    assert 1 <= heard(one.pieces, 0).shape[1] <= 2


def test_an_unknown_method_is_refused():
    with pytest.raises(InvalidInput, match="model must be one of"):
        last(Way("NOBODY"), song(1.0), RATE)


def test_ten_minutes_in_four_stems_fit_and_an_hour_does_not(monkeypatch):
    song_job._check_room(torch.empty(2, 1).expand(2, 600 * 44_100), 44_100, 44_100, 4, None)
    hour = torch.empty(2, 1).expand(2, 3600 * 44_100)
    with pytest.raises(ResourceLimit, match="Take a region of it apart"):
        song_job._check_room(hour, 44_100, 44_100, 4, None)
    song_job._check_room(hour, 44_100, 44_100, 4, (100.0, 160.0))


# ---- stopping ----------------------------------------------------------------------------------------------------


def test_a_slow_method_stops_at_its_next_layer(monkeypatch):
    """A method that never ends is stopped in the middle of a chunk, and what it has found stays."""
    began, layers = [], []

    def endless(chunk):
        began.append(len(chunk))
        if len(began) < 3:
            yield torch.stack([chunk, 0 * chunk])
            return
        while True:
            layers.append(1)
            stopping.wait(0.01)
            yield None

    stopping = threading.Event()
    slow = replace(median_filtering.separator(), steps=endless)
    monkeypatch.setattr(ways.Way, "make", lambda self, truth: slow)
    job = submit(separate_song, MEDIAN, song(60.0), RATE)
    while len(layers) < 3:
        assert not job.wait(0.01)
    job.cancel()
    seen = len(layers)
    assert job.wait(20) and job.status == "cancelled"
    assert len(layers) <= seen + 2
    assert len(job.latest.pieces) == 2 and job.latest.step < job.latest.total_steps
    assert shelf().holds(job.latest.sounds)
