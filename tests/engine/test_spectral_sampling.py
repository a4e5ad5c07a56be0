"""Sampling, aliasing and reconstruction of tones; decibels."""

from __future__ import annotations

import math

import pytest
import torch
import torchaudio

from engine.errors import InvalidInput, ResourceLimit, ShapeError
from engine.spectral_analysis.decibels import (
    amplitude_to_db,
    db_to_amplitude,
    db_to_power,
    gain,
    peak_dbfs,
    power_to_db,
    rms_dbfs,
)
from engine.spectral_analysis.sampling import aliased_frequency_hz, resample, sinc_reconstruction, tone
from engine.spectral_analysis.settings import SpectrogramSettings, ToneSettings
from engine.spectral_analysis.spectrograms import spectrogram


def loudest_hz(waveform: torch.Tensor, rate: int) -> float:
    picture = spectrogram(waveform, rate, SpectrogramSettings("rectangular", 800, 800))
    return picture.frequencies_hz[picture.values[:, 3].argmax()].item()


def test_a_tone_is_its_formula():
    found = tone(ToneSettings(frequency_hz=440, sample_rate=8000, duration_s=0.5, level_db=-6, phase_deg=30))
    n = torch.arange(4000, dtype=torch.float64)
    expected = 10 ** (-6 / 20) * torch.sin(2 * math.pi * 440 * n / 8000 + math.pi / 6)
    torch.testing.assert_close(found, expected.float()[None])
    with pytest.raises(InvalidInput):
        ToneSettings(frequency_hz=0)


@pytest.mark.parametrize(
    ("frequency", "heard"),
    [(1000, 1000), (3990, 3990), (4500, 3500), (7000, 1000), (8000, 0), (9000, 1000), (21000, 3000)],
)
def test_a_tone_folds_down_where_the_formula_says(frequency, heard):
    assert aliased_frequency_hz(frequency, 8000) == heard
    sampled = tone(ToneSettings(frequency_hz=frequency, sample_rate=8000, phase_deg=45))
    assert loudest_hz(sampled, 8000) == heard
    dense = tone(ToneSettings(frequency_hz=frequency, sample_rate=48000, phase_deg=45))
    torch.testing.assert_close(resample(dense, 48000, 8000, low_pass=False), sampled)  # leaving samples out is sampling
    filtered = resample(dense, 48000, 8000)
    torch.testing.assert_close(filtered, torchaudio.functional.resample(dense, 48000, 8000))
    inside = filtered[:, 1000:-1000]
    if frequency >= 7000:
        assert peak_dbfs(inside).item() < -12 - 40
    elif frequency < 3600:
        assert loudest_hz(filtered, 8000) == frequency and peak_dbfs(inside).item() == pytest.approx(-12, abs=0.1)


def test_the_alias_at_half_the_rate_and_bad_rates():
    assert aliased_frequency_hz(4000, 8000) == aliased_frequency_hz(12000, 8000) == 4000
    for wrong in ((math.nan, 8000), (1000, 0), (math.inf, 8000)):
        with pytest.raises(InvalidInput, match="finite"):
            aliased_frequency_hz(*wrong)


def test_samples_below_half_the_rate_bring_the_tone_back():
    settings = ToneSettings(frequency_hz=3000, sample_rate=8000, level_db=0)
    samples = tone(settings)[:, :4000]
    times_s = torch.linspace(0.24, 0.26, 999, dtype=torch.float64)  # far from the ends
    drawn = sinc_reconstruction(samples, 8000, times_s)
    torch.testing.assert_close(drawn[0], torch.sin(2 * math.pi * 3000 * times_s).float(), atol=1e-2, rtol=0)
    at_samples = sinc_reconstruction(samples, 8000, torch.arange(5, 9, dtype=torch.float64) / 8000)
    torch.testing.assert_close(at_samples, samples[:, 5:9], atol=1e-5, rtol=0)
    folded = tone(ToneSettings(frequency_hz=5000, sample_rate=8000, level_db=0))[:, :4000]
    folded = sinc_reconstruction(folded, 8000, times_s)
    torch.testing.assert_close(folded[0], -torch.sin(2 * math.pi * 3000 * times_s).float(), atol=1e-2, rtol=0)
    assert sinc_reconstruction(torch.ones(2, 1), 8000, times_s[:3]).shape == (2, 3)


def test_what_cannot_be_resampled_or_drawn_is_refused():
    sound = torch.zeros(1, 100)
    with pytest.raises(InvalidInput, match="Choose one of 24000, 16000, 12000"):
        resample(sound, 48000, 44100, low_pass=False)
    with pytest.raises(InvalidInput, match="with the filter"):
        resample(sound, 44101, 8000, low_pass=False)
    with pytest.raises(ResourceLimit, match="common divisor"):
        resample(sound, 44101, 44100)
    assert resample(sound, 44100, 48000).shape == (1, 109)
    for bad in (sound[0], sound[:, :1]):
        with pytest.raises(ShapeError):
            resample(bad, 8000, 4000)
    with pytest.raises(InvalidInput, match="new_rate"):
        resample(sound, 8000, 0)
    with pytest.raises(InvalidInput, match="finite"):
        resample(sound + math.nan, 8000, 4000)
    with pytest.raises(InvalidInput, match="times_s"):
        sinc_reconstruction(sound, 8000, torch.tensor([math.nan]))
    with pytest.raises(ResourceLimit, match="shorter part"):
        sinc_reconstruction(torch.zeros(1, 10_000), 8000, torch.zeros(1000))


def test_decibels_by_known_ratios_and_back():
    assert [power_to_db(2), amplitude_to_db(2), amplitude_to_db(10)] == pytest.approx([3.0103, 6.0206, 20], abs=1e-4)
    assert [db_to_power(20), db_to_amplitude(20), db_to_amplitude(-6)] == pytest.approx([100, 10, 0.501187], abs=1e-6)
    ratios = torch.tensor([0.5, 1.0, 7.0])
    torch.testing.assert_close(db_to_amplitude(amplitude_to_db(ratios)), ratios)
    torch.testing.assert_close(db_to_power(power_to_db(ratios)), ratios)
    assert amplitude_to_db(0) == power_to_db(torch.zeros(1)) == -math.inf
    for wrong in (-1, math.nan, torch.tensor([-1.0])):
        with pytest.raises(InvalidInput, match="at least 0"):
            power_to_db(wrong)


def test_levels_and_gain():
    full = tone(ToneSettings(frequency_hz=1000, sample_rate=8000, level_db=0)).repeat(2, 1)
    full[1] *= -0.5
    assert peak_dbfs(full).tolist() == pytest.approx([0, -6.0206], abs=1e-4)
    assert rms_dbfs(full).tolist() == pytest.approx([-3.0103, -9.0309], abs=1e-4)
    assert peak_dbfs(gain(full, 6)).tolist() == pytest.approx([6, -0.0206], abs=1e-4)
    assert rms_dbfs(torch.zeros(1, 9)).tolist() == peak_dbfs(torch.zeros(1, 9)).tolist() == [-math.inf]
    for wrong in (121, math.nan):
        with pytest.raises(InvalidInput, match="gain"):
            gain(full, wrong)
    for measure in (rms_dbfs, peak_dbfs, lambda sound: gain(sound, 0)):
        with pytest.raises(ShapeError):
            measure(torch.zeros(1, 1))
