"""Pictures of a part of a sound: rows of frequency, spans, coefficients by torchaudio, and narrow filters."""

from __future__ import annotations

import math

import pytest
import scipy.fft
import torch
import torchaudio

from engine.errors import InvalidInput, ShapeError
from engine.spectral_analysis.cepstrum import from_coefficients, mfcc_overview
from engine.spectral_analysis.frequency_rows import LOWEST_HZ, frequency_rows
from engine.spectral_analysis.mel import mel_filters
from engine.spectral_analysis.overview import spectrogram_overview
from engine.spectral_analysis.settings import MelSettings, SpectrogramSettings
from engine.spectral_analysis.spectrograms import spectrogram

RATE = 8000
SETTINGS = SpectrogramSettings("hann", 256, 64, "power")


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_the_logarithm_is_a_tenth_of_the_decibels():
    waveform = noise(1, 2000) * 0.1
    decibels, logarithm = (
        spectrogram(waveform, RATE, SpectrogramSettings("hann", 256, 64, scale, -60.0)) for scale in ("db", "log")
    )
    torch.testing.assert_close(10 * logarithm.values, decibels.values)
    assert logarithm.values.min() >= -6 and logarithm.unit == "log₁₀ power"


@pytest.mark.parametrize("axis", ["linear", "log"])
@pytest.mark.parametrize("n_rows", [7, 60, 400])
def test_each_row_is_the_highest_of_its_bins_or_the_nearest(axis, n_rows):
    picture = spectrogram(noise(1, 3000), RATE, SETTINGS)
    found = frequency_rows(picture, n_rows, axis)
    f, edges = picture.frequencies_hz, found.edges_hz
    assert found.values.shape == (n_rows, picture.values.shape[1])
    assert edges[0] == pytest.approx(LOWEST_HZ if axis == "log" else 0) and edges[-1] == pytest.approx(RATE / 2)
    steps = edges.diff() if axis == "linear" else edges.log().diff()
    torch.testing.assert_close(steps, steps[:1].expand(n_rows))
    for row in range(n_rows):
        last = row == n_rows - 1
        within = (f >= edges[row]) & ((f < edges[row + 1]) | last)
        middle = (edges[row] + edges[row + 1]) / 2
        expected = picture.values[within].amax(0) if within.any() else picture.values[(f - middle).abs().argmin()]
        assert torch.equal(found.values[row], expected), row


def test_no_line_is_lost_on_few_rows():
    tone = torch.sin(2 * math.pi * 1500 * torch.arange(RATE) / RATE)[None]
    picture = spectrogram(tone, RATE, SpectrogramSettings("hann", 2000, 500, "power"))
    found = frequency_rows(picture, 10)
    assert found.values.amax(1).argmax() == 3 and found.values[3, 5] == pytest.approx(1, abs=1e-3)
    for wrong in ({"axis": "bark"}, {"n_rows": 0}):
        with pytest.raises(InvalidInput):
            frequency_rows(picture, **wrong)


@pytest.mark.parametrize("span", [(640, 1664), (0, 500), (2500, 3000), (700, 702)])
def test_a_part_is_seen_as_it_lies_in_the_sound(span):
    waveform = noise(2, 3000)
    found = spectrogram_overview(waveform, RATE, SETTINGS, 500, span=span)
    padded = torch.nn.functional.pad(waveform, (128, 128))[:, span[0] : span[1] + 256]
    whole = torchaudio.transforms.Spectrogram(256, hop_length=64, center=False)(padded).mean(0)
    scale = (torch.hann_window(256).sum() / 2) ** 2
    torch.testing.assert_close(found.values[1:-1], whole[1:-1] / scale)
    assert found.values.shape[1] == 1 + (span[1] - span[0]) // 64 and found.times_s[0] == 0


def test_a_part_that_is_none_is_refused():
    for span in ((0, 1), (5, 5), (-1, 20), (90, 101)):
        with pytest.raises(ShapeError, match="part"):
            spectrogram_overview(noise(1, 100), RATE, SETTINGS, span=span)
        with pytest.raises(ShapeError, match="part"):
            mfcc_overview(noise(1, 100), RATE, SETTINGS, MelSettings(), span=span)


@pytest.mark.parametrize("norm", ["area", "height"])
def test_the_coefficients_of_a_short_sound_are_torchaudios(norm):
    waveform = noise(1, 4000)
    mel = MelSettings(n_mels=40, high_hz=4000, mel_scale="htk", norm=norm, n_mfcc=13)
    found = mfcc_overview(waveform, RATE, SETTINGS, mel, 900)
    filters = {"n_fft": 256, "hop_length": 64, "n_mels": 40, "pad_mode": "constant", "mel_scale": "htk"}
    filters["norm"] = {"area": "slaney"}.get(norm)
    peer = torchaudio.transforms.MFCC(RATE, 13, melkwargs=filters)
    torch.testing.assert_close(found.coefficients, peer(waveform)[0], rtol=1e-4, atol=2e-3)
    assert found.levels_db.shape == (40, 63) and found.times_s[1] == 64 / RATE


def test_of_a_long_sound_some_windows_are_looked_at():
    waveform, mel = noise(2, 64 * 99), MelSettings(n_mels=20, n_mfcc=20)
    every = mfcc_overview(waveform, RATE, SETTINGS, mel, 100)
    few = mfcc_overview(waveform, RATE, SETTINGS, mel, 13)
    assert few.times_s.tolist() == pytest.approx([k * 64 / RATE for k in range(4, 100, 8)])
    torch.testing.assert_close(few.coefficients, every.coefficients[:, 4::8])  # of noise, nothing is 80 dB down


def test_all_coefficients_give_the_levels_back_and_a_few_their_form():
    found = mfcc_overview(noise(1, 3000), RATE, SETTINGS, MelSettings(n_mels=24, n_mfcc=24))
    torch.testing.assert_close(from_coefficients(found.coefficients, 24), found.levels_db, rtol=1e-4, atol=1e-3)
    few = found.coefficients[:5].double()
    by_scipy = scipy.fft.idct(few.numpy(), n=24, axis=0, norm="ortho")
    torch.testing.assert_close(from_coefficients(few, 24), torch.from_numpy(by_scipy), rtol=1e-5, atol=1e-5)


def test_filters_between_two_bins_see_nothing():
    filters = mel_filters(MelSettings(n_mels=128), 500, 44_100)
    narrow, empty = filters.narrow(88.2), filters.empty()
    assert empty.sum() == (filters.weights.sum(1) == 0).sum() > 0
    assert narrow[empty].all() and narrow[0] and not narrow[-1]
    wide = mel_filters(MelSettings(n_mels=10, n_mfcc=10), 2048, 44_100)
    assert not wide.narrow(44_100 / 2048).any() and not wide.empty().any()
