"""Mel filters against MATLAB's, and mel spectrogram and MFCC against torchaudio's and scipy's."""

from __future__ import annotations

import math

import pytest
import scipy.fft
import scipy.io
import torch
import torchaudio

from engine.errors import InvalidInput
from engine.spectral_analysis.cepstrum import mfcc
from engine.spectral_analysis.mel import hz_to_mel, mel_filters, mel_spectrogram, mel_to_hz
from engine.spectral_analysis.settings import MEL_SCALES, MelSettings, SpectrogramSettings
from tests.reference.real_data import need

RATE = 16000
SPECTRUM = SpectrogramSettings("hann", 400, 160, "power")


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("number", range(1, 25))
def test_the_filters_are_matlabs(number):
    data = scipy.io.loadmat(need(f"audio/matlab_reference/feature-melfb-{number:03d}.mat"))
    given = {name: data[name].item() for name in ("sr", "nfft", "nfilts", "fmin", "fmax", "htk")}
    settings = MelSettings(
        n_mels=given["nfilts"],
        low_hz=given["fmin"],
        high_hz=given["fmax"],
        mel_scale="htk" if given["htk"] else "slaney",
    )
    found = mel_filters(settings, given["nfft"], given["sr"])
    n_bins = given["nfft"] // 2 + 1
    torch.testing.assert_close(found.weights, torch.tensor(data["wts"][:, :n_bins]), atol=1e-12, rtol=1e-9)
    torch.testing.assert_close(found.corners_hz, torch.tensor(data["frqs"][0]), atol=1e-9, rtol=0)


def test_the_scales_by_known_points_and_back():
    f = torch.tensor([0.0, 200.0, 1000.0, 6400.0], dtype=torch.float64)
    assert hz_to_mel(f, "slaney").tolist() == pytest.approx([0, 3, 15, 42])
    assert hz_to_mel(f[[0, 2]], "htk").tolist() == pytest.approx([0, 999.9855], abs=1e-4)
    f = torch.linspace(0, 20000, 77, dtype=torch.float64)
    for scale in MEL_SCALES:
        torch.testing.assert_close(mel_to_hz(hz_to_mel(f, scale), scale), f)
    with pytest.raises(InvalidInput, match="mel scale"):
        hz_to_mel(f, "bark")


@pytest.mark.parametrize("scale", MEL_SCALES)
@pytest.mark.parametrize("norm", ["area", "height"])
def test_the_mel_spectrogram_is_torchaudios(scale, norm):
    waveform = noise(1, 4000)
    mel = MelSettings(n_mels=23, low_hz=50, high_hz=7000, mel_scale=scale, norm=norm)
    found = mel_spectrogram(waveform, RATE, SPECTRUM, mel)
    peer = torchaudio.transforms.MelSpectrogram(
        RATE,
        400,
        None,
        160,
        50,
        7000,
        n_mels=23,
        pad_mode="constant",
        norm={"area": "slaney"}.get(norm),
        mel_scale=scale,
    )
    full_scale = (torch.hann_window(400).sum() / 2) ** 2
    torch.testing.assert_close(found.values, peer(waveform)[0] / full_scale, rtol=2e-4, atol=1e-9)
    assert found.unit == "power" and found.frequencies_hz.shape == (23,) and found.times_s[1] == 160 / RATE
    decibels = mel_spectrogram(waveform, RATE, SpectrogramSettings("hann", 400, 160, "db"), mel).values
    torch.testing.assert_close(decibels, 10 * found.values.clamp(min=1e-10).log10())


def test_the_coefficients_are_torchaudios_and_scipys_dct():
    waveform = torch.cat([noise(1, 3000), torch.zeros(1, 2000), 1e-3 * noise(1, 2000)], 1)
    mel = MelSettings(n_mels=40, high_hz=8000, mel_scale="htk", norm="height", n_mfcc=13)
    found = mfcc(waveform, RATE, SPECTRUM, mel)
    options = {"n_fft": 400, "hop_length": 160, "n_mels": 40, "pad_mode": "constant"}
    peer = torchaudio.transforms.MFCC(RATE, 13, melkwargs=options)
    torch.testing.assert_close(found, peer(waveform)[0], rtol=1e-4, atol=2e-3)
    unscaled = mel_spectrogram(waveform, RATE, SPECTRUM, mel).values * (torch.hann_window(400).sum() / 2) ** 2
    log_mel = 10 * unscaled.clamp(min=1e-10).log10()
    log_mel = log_mel.clamp(min=log_mel.max() - 80)
    by_scipy = torch.from_numpy(scipy.fft.dct(log_mel.numpy(), axis=0, norm="ortho")[:13])
    torch.testing.assert_close(found, by_scipy, rtol=1e-4, atol=2e-3)


def test_silence_is_fine_and_bad_settings_are_not():
    assert mfcc(torch.zeros(2, 5000), RATE, SPECTRUM, MelSettings()).isfinite().all()
    assert (mel_spectrogram(torch.zeros(2, 5000), RATE, SPECTRUM, MelSettings()).values == 0).all()
    top = mel_filters(MelSettings(high_hz=20000), 400, 8000)
    assert top.corners_hz[-1].item() == pytest.approx(4000)
    with pytest.raises(InvalidInput, match="half the sample rate"):
        mel_filters(MelSettings(low_hz=5000), 400, 8000)
    with pytest.raises(InvalidInput, match="finite"):
        mfcc(torch.full((1, 500), math.nan), RATE, SPECTRUM, MelSettings())
    for wrong in (
        {"low_hz": 300.0, "high_hz": 200.0},
        {"n_mels": 10, "n_mfcc": 13},
        {"n_mels": 0},
        {"mel_scale": "bark"},
    ):
        with pytest.raises(InvalidInput):
            MelSettings(**wrong)
