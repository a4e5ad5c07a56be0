"""Mixing: the level of each stem, and a master whose changing gain is the same for all stems.

    mix(t) = Σ_s x_s(t)  before and after, because  x_s(t) ← g(t) x_s(t)  with one g for all s

Conventions: stems are float32 (4, 2, T), drums, bass, other, vocals; levels in dB below full scale.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import minimum_filter1d, uniform_filter1d

from engine.datasets.chance import Chance
from engine.datasets.songs.effects import BLOCK, block_peaks, gain_at_samples

STEMS = ("drums", "bass", "other", "vocals")
LEVELS_DB = {"drums": (-19.0, 3.0), "bass": (-20.0, 3.0), "other": (-19.5, 3.0), "vocals": (-18.5, 3.0)}  # mean, spread
PART_S = 0.05
LOOKAHEAD = 4  # blocks


def active_level_db(sound: np.ndarray, sample_rate_hz: int = 44100) -> float:
    """Return the RMS level of what is not silence: the parts of 50 ms within 35 dB of the loudest; −inf for silence."""
    n = round(PART_S * sample_rate_hz)
    power = (sound[:, : sound.shape[1] // n * n].astype(np.float32) ** 2).mean(0).reshape(-1, n).mean(1)
    if not power.size or power.max() < 1e-10:
        return -np.inf
    return float(10 * np.log10(power[power > power.max() * 10**-3.5].mean()))


def at_level(sound: np.ndarray, level_db: float) -> np.ndarray:
    """Return sound (2, T) with its active level at `level_db`; silence stays silent."""
    now = active_level_db(sound)
    return sound if np.isinf(now) else sound * np.float32(10 ** ((level_db - now) / 20))


def limiter_gain(mix: np.ndarray, ceiling: float) -> np.ndarray:
    """Return a gain (T,) in (0, 1] that keeps a mix (2, T) below a ceiling: it turns down before a peak comes."""
    wanted = np.minimum(1.0, ceiling / np.maximum(block_peaks(mix), 1e-9))
    wide = 2 * LOOKAHEAD + 3
    smooth = uniform_filter1d(minimum_filter1d(wanted, wide), wide - 2)
    return gain_at_samples(smooth, mix.shape[1])


def glue_gain(mix: np.ndarray, threshold_db: float, ratio: float) -> np.ndarray:
    """Return the gain (T,) of a slow compressor on the whole mix."""
    level = 20 * np.log10(uniform_filter1d(block_peaks(mix), round(0.15 * 44100 / BLOCK)) + 1e-6)
    over = np.maximum(level - level.max() - threshold_db, 0)
    return gain_at_samples(10 ** (-over * (1 - 1 / ratio) / 20), mix.shape[1])


def mastered(stems: np.ndarray, chance: Chance) -> np.ndarray:
    """Return stems (4, 2, T) mastered together, in one of many ways; no sample of a stem or the mix exceeds 1."""
    mix = stems.sum(0)
    gain = np.ones(mix.shape[1], np.float32)
    if chance.happens(0.5):
        gain = glue_gain(mix, chance.between(-18, -6), chance.between(1.3, 3))
    push_db = chance.weighted({0: 3, 1: 4, 2: 2}) * chance.between(2, 5)  # how much louder it is made
    top_db = -chance.weighted({0.2: 4, 1: 3, 4: 2, 9: 1}) * chance.between(0.5, 1.2)
    pushed = mix * gain
    peak = np.abs(pushed).max()
    if peak < 1e-6:
        return stems.astype(np.float32)
    if push_db:
        gain = gain * limiter_gain(pushed, float(peak) * 10 ** (-push_db / 20))
    stems = stems * gain
    highest = max(np.abs(stems.sum(0)).max(), np.abs(stems).max())
    return (stems * np.float32(10 ** (top_db / 20) / highest)).astype(np.float32, copy=False)
