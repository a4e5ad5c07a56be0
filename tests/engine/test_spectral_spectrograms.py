"""Spectrograms against the sum written out, scipy, and tones whose height is known."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
import scipy.signal
import soundfile
import torch

from engine.errors import InvalidInput, ResourceLimit, ShapeError
from engine.spectral_analysis import spectrograms
from engine.spectral_analysis.settings import WINDOWS, SpectrogramSettings
from engine.spectral_analysis.spectrograms import full_scale, spectrogram, stft, window_of
from tests.reference.real_data import need


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("window", WINDOWS)
def test_the_windows_are_scipys(window):
    name = {"rectangular": "boxcar", "hann": "hann"}.get(window, window)
    expected = scipy.signal.get_window(name, 64)  # periodic
    settings = SpectrogramSettings(window=window, window_length=64, hop_length=16)
    np.testing.assert_allclose(window_of(settings, torch.float64).numpy(), expected, atol=1e-15)


@pytest.mark.parametrize("length", [64, 63])
def test_the_transform_is_its_sum(length):
    settings = SpectrogramSettings("blackman", length, 20)
    waveform = noise(2, 300)
    found = stft(waveform, settings)
    padded = torch.nn.functional.pad(waveform, (length // 2, length // 2))
    n, k = torch.arange(length), torch.arange(length // 2 + 1)
    waves = torch.polar(torch.ones(()).double(), -2 * math.pi * (k[:, None] * n).double() / length)
    assert found.shape == (2, length // 2 + 1, 1 + (300 - length % 2) // 20)
    for frame in (0, 7, 14):
        part = padded[:, frame * 20 : frame * 20 + length] * window_of(settings, torch.float64)
        torch.testing.assert_close(found[:, :, frame], part.to(torch.complex128) @ waves.T, atol=1e-10, rtol=0)


def test_real_music_is_scipys_transform():
    samples, rate = soundfile.read(need("audio/matlab_reference/test1_22050.wav"), always_2d=True)
    settings = SpectrogramSettings("hann", 512, 256)
    found = stft(torch.tensor(samples.T.copy()), settings, centred=False)
    window = scipy.signal.get_window("hann", 512)
    peer = scipy.signal.ShortTimeFFT(window, 256, rate, phase_shift=None)
    expected = peer.stft(samples.T, p0=1, p1=1 + found.shape[2])  # its slice p is centred at p · hop
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-10)


@pytest.mark.parametrize("window", WINDOWS)
def test_a_tone_shows_its_amplitude(window):
    rate, n = 8000, torch.arange(8000, dtype=torch.float64)
    waveform = 0.25 * torch.sin(2 * math.pi * 1000 * n / rate)[None].repeat(2, 1)
    levels = {}
    for scale in ("linear", "power", "db"):
        picture = spectrogram(waveform, rate, SpectrogramSettings(window, 256, 64, scale))
        row = picture.values[:, 60].argmax()
        assert picture.frequencies_hz[row] == 1000 and picture.times_s[60] == 60 * 64 / rate
        levels[scale] = picture.values[row, 60].item()
    assert levels == pytest.approx({"linear": 0.25, "power": 0.0625, "db": 20 * math.log10(0.25)})
    assert picture.unit == "dB" and picture.values.shape == (129, 126) == (*picture.frequencies_hz.shape, 126)


def test_a_constant_and_a_tone_at_half_the_rate_show_theirs():
    settings = SpectrogramSettings("hann", 64, 64, "linear")
    found = spectrogram(torch.full((1, 640), 0.5), 1000, settings).values
    assert found[0, 5].item() == pytest.approx(0.5)
    alternating = 0.5 * (-1.0) ** torch.arange(640)[None]
    assert spectrogram(alternating, 1000, settings).values[-1, 5].item() == pytest.approx(0.5)
    assert full_scale(SpectrogramSettings("rectangular", 63, 63))[[0, 1, -1], 0].tolist() == [63**2, 31.5**2, 31.5**2]


def test_silence_lies_on_the_floor_and_opposite_channels_do_not_cancel():
    settings = SpectrogramSettings(window_length=64, hop_length=16, floor_db=-90)
    assert (spectrogram(torch.zeros(1, 2), 8000, settings).values == -90).all()
    one = noise(1, 400)
    both = spectrogram(torch.cat([one, -one]), 8000, settings).values
    torch.testing.assert_close(both, spectrogram(one, 8000, settings).values)


def test_bad_input_is_refused(monkeypatch):
    good, settings = torch.zeros(1, 100), SpectrogramSettings(window_length=64, hop_length=16)
    for bad in (good[0], good[:, :1], good[:, :0], good[:0], good[None]):
        with pytest.raises(ShapeError, match=r"\(C, T\)"):
            spectrogram(bad, 8000, settings)
    for bad in (good + math.nan, good + math.inf, good.long()):
        with pytest.raises(InvalidInput, match="The sound must be"):
            spectrogram(bad, 8000, settings)
    for rate in (0, -1, 44100.0, True):
        with pytest.raises(InvalidInput, match="sample_rate"):
            spectrogram(good, rate, settings)
    with pytest.raises(ShapeError, match="at least as long as the window"):
        stft(good[:, :50], settings, centred=False)
    monkeypatch.setattr(spectrograms, "MAX_VALUES", 200)
    with pytest.raises(ResourceLimit, match="longer hop"):
        spectrogram(good, 8000, settings)
    for wrong in (
        {"window": "kaiser"},
        {"window_length": 8},
        {"hop_length": 4096},
        {"scale": "loud"},
        {"floor_db": 0.0},
    ):
        with pytest.raises(InvalidInput):
            SpectrogramSettings(**wrong)
    assert pickle.loads(pickle.dumps(settings)) == settings
