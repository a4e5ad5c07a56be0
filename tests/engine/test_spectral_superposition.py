"""Fewer samples with and without the filter, a rising tone, and two sounds at once."""

from __future__ import annotations

import math

import pytest
import scipy.signal
import torch
import torchaudio

from engine.errors import InvalidInput
from engine.spectral_analysis.decibels import peak_dbfs, rms_dbfs
from engine.spectral_analysis.sampling import aliased_frequency_hz, fewer_samples, rising_tone, tone
from engine.spectral_analysis.settings import SpectrogramSettings, ToneSettings
from engine.spectral_analysis.spectrograms import spectrogram
from engine.spectral_analysis.superposition import level_of_sum_db, noise, turned

RATE = 48_000


def loudest_hz(waveform: torch.Tensor) -> float:
    picture = spectrogram(waveform, RATE, SpectrogramSettings("hann", 4800, 4800))
    return picture.frequencies_hz[picture.values[:, 3].argmax()].item()


@pytest.mark.parametrize("frequency", [1000, 3000, 7000, 17_000])
def test_without_the_filter_a_tone_folds_and_with_it_it_is_gone(frequency):
    before = tone(ToneSettings(float(frequency), RATE, 1.0, -12.0, 40.0))
    folded, filtered = fewer_samples(before, 6, low_pass=False), fewer_samples(before, 6)
    assert folded.shape == filtered.shape == before.shape
    assert loudest_hz(folded) == aliased_frequency_hz(frequency, 8000)
    inside = slice(4000, -4000)
    assert peak_dbfs(folded[:, inside]).item() == pytest.approx(-12, abs=0.1)
    if frequency < 4000:
        torch.testing.assert_close(filtered[:, inside], before[:, inside], atol=2e-3, rtol=0)
    else:
        assert peak_dbfs(filtered[:, inside]).item() < -70


def test_fewer_samples_are_torchaudios_and_any_number_will_do():
    waveform = noise(1001, -12.0, torch.Generator().manual_seed(0))
    by_peer = torchaudio.functional.resample(waveform, 7, 1, 32)
    by_peer = torchaudio.functional.resample(by_peer, 1, 7, 32)[:, :1001]
    torch.testing.assert_close(fewer_samples(waveform, 7), by_peer)
    torch.testing.assert_close(fewer_samples(waveform, 1, low_pass=False), waveform)
    for wrong in (0, 1001, 2.0):
        with pytest.raises(InvalidInput, match="every"):
            fewer_samples(waveform, wrong)


def test_a_rising_tone_is_scipys_chirp():
    found = rising_tone(20_000, 2.0, RATE, 0.0)
    t = torch.arange(2 * RATE, dtype=torch.float64) / RATE
    chirp = torch.from_numpy(scipy.signal.chirp(t.numpy(), 0, 2.0, 20_000, phi=-90)).float()
    torch.testing.assert_close(found[0, 2000:-2000], chirp[2000:-2000], atol=1e-4, rtol=0)
    assert found[0, 0] == 0 and found[0, -1].abs() < 0.01
    for wrong in ((0, 1.0, RATE), (math.nan, 1.0, RATE), (100, 0.0, RATE), (100, 1.0, 0)):
        with pytest.raises(InvalidInput):
            rising_tone(*wrong)


@pytest.mark.parametrize(
    ("degrees", "louder"), [(0, 6.0206), (90, 3.0103), (120, 0.0), (180, -math.inf), (360, 6.0206)]
)
def test_two_equal_sounds_add_up_as_the_formula_says(degrees, louder):
    assert level_of_sum_db(degrees) == pytest.approx(louder, abs=1e-4)
    for waveform in (
        tone(ToneSettings(440.0, RATE, 1.0)),
        noise(5001, -20, torch.Generator().manual_seed(3)).repeat(2, 1),
    ):
        first, second = turned(waveform, 0.0), turned(waveform, float(degrees))
        torch.testing.assert_close(rms_dbfs(second), rms_dbfs(first), atol=1e-3, rtol=0)
        more = (rms_dbfs(first + second) - rms_dbfs(first)).amax().item()
        assert more < -90 if louder == -math.inf else more == pytest.approx(louder, abs=1e-3)


def test_a_quarter_turn_makes_a_sine_of_a_cosine_and_is_scipys_hilbert():
    t = torch.arange(4800, dtype=torch.float64) / RATE
    found = turned(torch.cos(2 * math.pi * 1000 * t)[None], -90)
    torch.testing.assert_close(found[0], torch.sin(2 * math.pi * 1000 * t), atol=1e-9, rtol=0)
    waveform = noise(999, 0.0, torch.Generator().manual_seed(1)).double()
    waveform -= waveform.mean()
    by_scipy = torch.from_numpy(scipy.signal.hilbert(waveform.numpy()).imag)
    torch.testing.assert_close(turned(waveform, -90), by_scipy)


def test_two_noises_are_3_db_louder_than_one():
    first, second = (noise(200_000, -20.0, torch.Generator().manual_seed(seed)) for seed in (1, 2))
    assert rms_dbfs(first).item() == pytest.approx(-20, abs=0.05)
    assert (rms_dbfs(first + second) - rms_dbfs(first)).item() == pytest.approx(3.01, abs=0.05)
    assert torch.equal(first, noise(200_000, -20.0, torch.Generator().manual_seed(1)))
