"""What is measured of a separation equals the measures themselves, of the whole and of a region."""

import math

import pytest
import torch

from engine.metrics.bss_eval import bss_eval
from engine.metrics.source_separation import si_sdr, si_sdr_terms
from engine.source_separation.measures import WINDOW_S, measure_song
from engine.source_separation.mixdown import read
from engine.source_separation.separator import STEMS
from engine.source_separation.song_job import separate_song
from engine.source_separation.ways import IDEAL_MASKS, Way

RATE = 8_000


def colored(seed, low, high, seconds=4.0, channels=2):
    """Noise between two frequencies, so that masks can tell stems apart."""
    noise = torch.randn(channels, round(seconds * RATE), generator=torch.Generator().manual_seed(seed))
    spectrum = torch.fft.rfft(noise)
    hz = torch.linspace(0, RATE / 2, spectrum.shape[1])
    return 0.1 * torch.fft.irfft(spectrum * ((hz > low) & (hz < high)), n=noise.shape[1])


@pytest.fixture(scope="module")
def truth():
    bands = ((0, 900), (700, 1500), (1400, 2500), (2300, 4000))
    return {name: colored(k, *bands[k]) for k, name in enumerate(STEMS)}


def found_by(way, truth, region=None):
    *_, found = separate_song(way, sum(truth.values()), RATE, region, truth)
    return found


def measured(found, truth, kinds=STEMS):
    *steps, last = measure_song(found, truth, kinds, RATE)
    assert all(one.result is None and one.step <= one.total_steps for one in steps)
    assert [one.step for one in steps] == sorted(one.step for one in steps) and last.step == last.total_steps
    return last.result


def estimates(found):
    return torch.stack(
        [torch.cat([read(piece.sounds[k]) for piece in found.pieces], 1) for k in range(len(found.stems))]
    )


def test_four_against_four(truth):
    found = found_by(Way(IDEAL_MASKS), truth)
    result = measured(found, truth)
    own, true = estimates(found), torch.stack(list(truth.values()))
    assert result.stems == result.truths == STEMS
    torch.testing.assert_close(result.si_sdr, si_sdr(own.flatten(1), true.flatten(1)).double(), atol=1e-4, rtol=0)
    mixture = true.sum(0).expand_as(true)
    torch.testing.assert_close(result.before, si_sdr(mixture.flatten(1), true.flatten(1)))
    torch.testing.assert_close(result.improvement, result.si_sdr - result.before)
    ratios = bss_eval(true.mean(1), own.mean(1), permute=False)
    for name in ("sdr", "sir", "sar"):
        torch.testing.assert_close(getattr(result, name), getattr(ratios, name))
    assert (result.improvement > 3).all()


def test_median_filtering_is_measured_against_drums_and_the_rest(truth):
    found = found_by(Way("MEDIAN_FILTERING"), truth)
    result = measured(found, truth)
    rest = truth["bass"] + truth["other"] + truth["vocals"]
    assert result.truths == ("drums", "bass + other + vocals")
    own = estimates(found)
    assert result.si_sdr[1].item() == pytest.approx(si_sdr(own[1].flatten(), rest.flatten()).item(), abs=1e-4)
    terms = si_sdr_terms(own[1].flatten(), rest.flatten())
    assert 10 * math.log10(terms.wanted / terms.unwanted) == pytest.approx(result.si_sdr[1].item(), abs=1e-6)
    assert result.terms.scale[1].item() == pytest.approx(terms.scale.item())


def test_every_second_is_measured(truth):
    found = found_by(Way(IDEAL_MASKS), truth)
    result = measured(found, truth)
    n = round(WINDOW_S * RATE)
    assert result.over_time.shape == (4, 4) and result.starts_s.tolist() == [0, 1, 2, 3]
    part = slice(2 * n, 3 * n)
    wanted = si_sdr(estimates(found)[1][:, part].flatten(), truth["bass"][:, part].flatten())
    assert result.over_time[1, 2].item() == pytest.approx(wanted.item(), abs=1e-4)


def test_a_region_is_measured_against_its_own_part(truth):
    region = found_by(Way(IDEAL_MASKS), truth, (1.0, 2.5))
    result = measured(region, truth)
    part = slice(RATE, round(2.5 * RATE))
    wanted = si_sdr(estimates(region)[0].flatten(), truth["drums"][:, part].flatten())
    assert result.si_sdr[0].item() == pytest.approx(wanted.item(), abs=1e-4)
    assert result.starts_s.tolist() == [1.0]


def test_a_silent_stem_has_no_ratio(truth):
    quiet = {**truth, "bass": torch.zeros_like(truth["bass"])}
    result = measured(found_by(Way(IDEAL_MASKS), quiet), quiet)
    for values in (result.si_sdr, result.sdr, result.sir, result.sar, result.over_time[:, 0]):
        assert values.isnan().tolist() == [False, True, False, False]


def test_a_stem_that_is_not_in_the_mixture_has_no_ratio(truth):
    result = measured(found_by(Way("MEDIAN_FILTERING"), truth), truth, ("bass", "bass", "other", "vocals"))
    assert result.truths == ("nothing", "drums + bass + other + vocals")
    assert result.si_sdr.isnan().tolist() == [True, False]


def test_stems_at_another_rate_are_compared_at_the_methods(truth):
    """At a rate that sound files do not know, the method works at 44.1 kHz, and so does the measure."""
    *_, found = separate_song(Way("MEDIAN_FILTERING"), sum(truth.values()), 8_001)
    *_, last = measure_song(found, truth, STEMS, 8_001)
    assert found.sample_rate == 44_100
    assert last.result.truths == ("drums", "bass + other + vocals") and last.result.si_sdr.isfinite().all()
    # drums and the rest, found at both rates, are nearly the same
    native = measured(found_by(Way("MEDIAN_FILTERING"), truth), truth)
    assert last.result.before.tolist() == pytest.approx(native.before.tolist(), abs=0.5)
