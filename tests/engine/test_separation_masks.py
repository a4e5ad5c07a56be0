"""Masks on the spectrogram: medians against scipy's, harmonic against percussive, and the ideal ones."""

import numpy as np
import pytest
import torch
from scipy.ndimage import median_filter

from engine.errors import InvalidInput, ShapeError
from engine.source_separation.chunks import joined
from engine.source_separation.ideal_masks import KINDS, IdealMasks, binary_masks, ratio_masks, separate_ideally
from engine.source_separation.median_filtering import MedianFiltering, masks, running_median, separator, split
from engine.source_separation.spectra import invert, transform

SMALL = MedianFiltering(window="1024", n_frames=9, n_frequencies=11)


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def tone_and_blows(n=44_100):
    """A held tone, and a click every 0.2 s: (1, n) each."""
    time_s = torch.arange(n) / 44_100
    blows = torch.zeros(n)
    blows[4410::8820] = 8.0
    return 0.5 * torch.sin(2 * torch.pi * 440 * time_s)[None], blows[None]


@pytest.mark.parametrize("shape, size", [((2, 20, 30), 5), ((1, 7, 4), 17), ((2, 1, 1), 3), ((1, 70, 16), 31)])
def test_a_running_median_equals_scipys(shape, size):
    x = noise(*shape)
    along_time = median_filter(x.numpy(), size=(1, 1, size), mode="reflect")
    along_frequency = median_filter(x.numpy(), size=(1, size, 1), mode="reflect")
    assert torch.equal(running_median(x, size, -1), torch.from_numpy(along_time))
    assert torch.equal(running_median(x, size, -2), torch.from_numpy(along_frequency))


@pytest.mark.parametrize("exponent", [1.0, 2.0, 5.5])
def test_the_masks_are_fitzgeralds(exponent):
    magnitude = noise(2, 40, 30).abs().double()
    settings = MedianFiltering(n_frames=7, n_frequencies=9, exponent=exponent)
    harmonic = median_filter(magnitude.numpy(), size=(1, 1, 7), mode="reflect") ** exponent
    percussive = median_filter(magnitude.numpy(), size=(1, 9, 1), mode="reflect") ** exponent
    wanted = np.stack([percussive, harmonic]) / (harmonic + percussive)
    np.testing.assert_allclose(masks(magnitude, settings), wanted, rtol=1e-9)


def test_masks_of_silence_and_of_tiny_and_huge_values_are_finite():
    settings = MedianFiltering(exponent=10.0, n_frames=3, n_frequencies=3)
    for scale in (0.0, 1e-30, 1e30):
        found = masks(scale * noise(1, 9, 9).abs(), settings)
        assert found.isfinite().all()
        torch.testing.assert_close(found.sum(0), torch.ones(1, 9, 9))
    assert (masks(torch.zeros(1, 4, 4), settings) == 0.5).all()


def test_a_tone_is_harmonic_and_blows_are_percussive():
    tone, blows = tone_and_blows()
    percussive, harmonic = split(tone + blows, MedianFiltering())
    inside = slice(8192, -8192)
    for found, wanted in ((harmonic, tone), (percussive, blows)):
        error = (found - wanted)[:, inside].square().sum() / wanted[:, inside].square().sum()
        assert error < 0.05
    torch.testing.assert_close(percussive + harmonic, tone + blows, atol=1e-5, rtol=0)


@pytest.mark.parametrize("settings", [SMALL, MedianFiltering(window="2048", n_frames=3, n_frequencies=5)])
def test_chunks_equal_the_whole(settings):
    sound = noise(2, 120_001)
    method = separator(settings)
    parts = list(method.separate(sound))
    assert len(parts) > 2 and method.stems == ("percussive", "harmonic")
    torch.testing.assert_close(joined(parts), split(sound, settings), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("n", [1, 2, 1000, 1024, 4097])
def test_the_spectrum_is_inverted_at_any_length(n):
    sound = noise(3, 2, n)
    spectra = transform(sound, 1024)
    assert spectra.shape == (3, 2, 513, 1 + n // 256)
    torch.testing.assert_close(invert(spectra, 1024, n), sound, atol=1e-5, rtol=1e-4)


def test_short_sound_and_silence_are_split():
    for sound in (torch.ones(1, 1), torch.zeros(2, 3000)):
        stems = joined(separator().separate(sound))
        torch.testing.assert_close(stems.sum(0), sound, atol=1e-6, rtol=0)


def test_settings_out_of_range_are_refused():
    with pytest.raises(InvalidInput, match=r"an odd number; got 16\. Use 17"):
        MedianFiltering(n_frames=16)
    with pytest.raises(InvalidInput, match="window must be one of"):
        MedianFiltering(window="1000")


def test_the_binary_mask_goes_to_the_loudest():
    magnitudes = torch.tensor([[3.0, 1.0, 2.0, 0.0], [1.0, 4.0, 2.0, 0.0], [2.0, 2.0, 1.0, 0.0]])
    wanted = torch.tensor([[1.0, 0, 1, 1], [0, 1, 0, 0], [0, 0, 0, 0]])
    assert torch.equal(binary_masks(magnitudes), wanted)


def test_the_ratio_mask_is_each_ones_share():
    magnitudes = torch.tensor([[3.0, 0.0], [1.0, 0.0]])
    torch.testing.assert_close(ratio_masks(magnitudes, 1.0), torch.tensor([[0.75, 0.5], [0.25, 0.5]]))
    torch.testing.assert_close(ratio_masks(magnitudes, 2.0), torch.tensor([[0.9, 0.5], [0.1, 0.5]]))


@pytest.mark.parametrize("kind", KINDS)
def test_ideal_estimates_add_up_to_the_mixture(kind):
    stems = noise(4, 2, 5001)
    stems[2] = 0
    estimates = separate_ideally(stems, IdealMasks(kind, "1024"))
    torch.testing.assert_close(estimates.sum(0), stems.sum(0), atol=1e-5, rtol=1e-4)
    assert estimates[2].abs().max() < 1e-5


@pytest.mark.parametrize("kind", KINDS)
def test_stems_that_do_not_overlap_are_found_exactly(kind):
    time_s = torch.arange(20_000) / 44_100
    stems = torch.stack([torch.sin(2 * torch.pi * f * time_s).expand(2, -1) for f in (500.0, 6000.0)])
    estimates = separate_ideally(stems, IdealMasks(kind))
    inside = slice(4096, -4096)
    torch.testing.assert_close(estimates[..., inside], stems[..., inside], atol=2e-3, rtol=0)


def test_stems_of_another_shape_are_refused():
    for wrong in (torch.zeros(2, 100), torch.zeros(0, 2, 100)):
        with pytest.raises(ShapeError, match=r"\(S, C, T\)"):
            separate_ideally(wrong, IdealMasks())
