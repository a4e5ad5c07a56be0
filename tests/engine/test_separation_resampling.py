"""A sound at another rate, block by block: the same as scipy's polyphase filter all at once."""

import math

import numpy as np
import pytest
import torch
from scipy.signal import resample_poly

from engine.source_separation import resampling
from engine.source_separation.resampling import resample_steps, resampled


def noise(channels, n):
    return torch.randn(channels, n, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("rate", "new"), [(48_000, 44_100), (44_100, 16_000), (8_000, 44_100), (96_000, 44_100), (44_101, 44_100)]
)
@pytest.mark.parametrize("n", [1, 5000, 30_001])
def test_blocks_equal_the_whole(monkeypatch, rate, new, n):
    monkeypatch.setattr(resampling, "BLOCK", 4096)
    sound = noise(2, n)
    divisor = math.gcd(rate, new)
    whole = resample_poly(sound.double().numpy(), new // divisor, rate // divisor, axis=1, window=resampling.KAISER)
    found = resampled(sound, rate, new)
    assert found.shape == whole.shape and found.dtype == torch.float32
    np.testing.assert_allclose(found.numpy(), whole, atol=2e-5)


def test_it_can_stop_between_blocks(monkeypatch):
    monkeypatch.setattr(resampling, "BLOCK", 480)
    *between, last = resample_steps(noise(1, 4800), 48_000, 44_100)
    assert len(between) == 10 and all(one is None for one in between) and last.shape == (1, 4410)


def test_the_same_rate_is_the_same_sound():
    sound = noise(1, 100)
    assert resampled(sound, 44_100, 44_100) is sound


def test_a_tone_above_the_new_half_rate_is_gone():
    t = torch.arange(48_000) / 48_000
    found = resampled(torch.sin(2 * torch.pi * 12_000 * t)[None], 48_000, 16_000)
    assert found[:, 100:-100].abs().max() < 0.01
