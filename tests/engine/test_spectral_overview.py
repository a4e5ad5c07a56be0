"""Reduced views against the whole: every sample counted, every chosen window as it is in the spectrogram."""

from __future__ import annotations

import math

import pytest
import torch

from engine.errors import InvalidInput, ShapeError
from engine.spectral_analysis import overview
from engine.spectral_analysis.mel import mel_spectrogram
from engine.spectral_analysis.overview import chosen_frames, spectrogram_overview, waveform_overview
from engine.spectral_analysis.settings import MelSettings, SpectrogramSettings
from engine.spectral_analysis.spectrograms import spectrogram

SETTINGS = SpectrogramSettings("hann", 128, 32, "power")


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("length", "columns", "size", "n"), [(1000, 10, 100, 10), (1003, 10, 101, 10), (7, 50, 1, 7)])
def test_every_sample_is_in_its_column(length, columns, size, n):
    waveform = noise(2, length)
    found = waveform_overview(waveform, 100, columns)
    assert found.low.shape == found.high.shape == found.rms.shape == (2, n) and found.times_s.shape == (n + 1,)
    for column in range(n):
        part = waveform[:, column * size : (column + 1) * size]
        assert found.low[:, column].tolist() == part.amin(1).tolist()
        assert found.high[:, column].tolist() == part.amax(1).tolist()
        torch.testing.assert_close(found.rms[:, column], part.square().mean(1).sqrt())
    assert found.times_s[1] == size / 100 and found.times_s[-1] == length / 100


@pytest.mark.parametrize("window", [128, 127])
@pytest.mark.parametrize("length", [2, 96, 1000])
def test_a_short_sound_is_seen_whole(length, window):
    waveform = noise(2, length)
    settings = SpectrogramSettings("hann", window, 32, "power")
    whole = spectrogram(waveform, 8000, settings)
    found = spectrogram_overview(waveform, 8000, settings, 200)
    torch.testing.assert_close(found.values, whole.values)
    torch.testing.assert_close(found.times_s, whole.times_s)
    torch.testing.assert_close(found.frequencies_hz, whole.frequencies_hz)


@pytest.mark.parametrize("mel", [None, MelSettings(n_mels=12, n_mfcc=12)])
def test_a_long_sound_shows_the_highest_of_the_windows_chosen(mel, monkeypatch):
    monkeypatch.setattr(overview, "_SAMPLES_AT_ONCE", 128 * 4 * 3)  # three columns at a time
    waveform = noise(2, 32 * 99 + 5)
    whole = spectrogram(waveform, 8000, SETTINGS) if mel is None else mel_spectrogram(waveform, 8000, SETTINGS, mel)
    found = spectrogram_overview(waveform, 8000, SETTINGS, 8, mel)
    chosen = chosen_frames(100, 13)
    assert chosen.shape == (8, 4) and chosen[1].tolist() == [14, 17, 21, 24] and chosen[-1].max() == 99
    torch.testing.assert_close(found.values, whole.values[:, chosen].amax(2))
    assert found.times_s.tolist() == pytest.approx([(13 * i + 6) * 32 / 8000 for i in range(8)])
    torch.testing.assert_close(found.frequencies_hz, whole.frequencies_hz)


def test_few_windows_are_all_chosen():
    assert chosen_frames(9, 3).tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert chosen_frames(3, 1).tolist() == [[0], [1], [2]]


def test_silence_is_fine_and_the_rest_is_refused():
    silence = torch.zeros(1, 5000)
    assert (spectrogram_overview(silence, 8000, SpectrogramSettings(floor_db=-80), 3).values == -80).all()
    assert (waveform_overview(silence, 8000, 3).rms == 0).all()
    for view in (waveform_overview, lambda sound, rate, n: spectrogram_overview(sound, rate, SETTINGS, n)):
        for bad in (silence[0], silence[:, :1], silence[:, :0]):
            with pytest.raises(ShapeError):
                view(bad, 8000, 10)
        for bad in (silence + math.nan, silence.int()):
            with pytest.raises(InvalidInput):
                view(bad, 8000, 10)
        for columns in (0, 5000, 2.0):
            with pytest.raises(InvalidInput, match="n_columns"):
                view(silence, 8000, columns)
