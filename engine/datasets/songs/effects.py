"""Effects that change a track: equaliser, compressor, saturation, chorus, width and place.

Filters are the analogue responses of the textbooks, H(jω), applied together with a room by one convolution:

    y = x ∗ h_eq ∗ (δ + h_room),      h_eq = IFFT H

Conventions: sound is float32 (2, T) at 44.1 kHz; frequencies in Hz, levels in dB.

Reference: R. Bristow-Johnson, "Cookbook formulae for audio equalizer biquad filter coefficients".
"""

from __future__ import annotations

import numpy as np
import torch
from scipy import fft

from engine.datasets.chance import Chance
from engine.datasets.songs.sounds import SAMPLE_RATE_HZ

BLOCK = 64  # samples between two values of a gain
N_TAPS = 8192
HZ = np.arange(N_TAPS // 2 + 1) * (SAMPLE_RATE_HZ / N_TAPS)  # where responses are given
HZ[0] = HZ[1] / 4  # for 0, which some responses have no value at


def bell(centre_hz: float, q: float, db: float) -> np.ndarray:
    """Return the response of a peak (or dip) at a centre."""
    s, a = 1j * HZ / centre_hz, 10 ** (db / 40)
    return (s * s + s * a / q + 1) / (s * s + s / (a * q) + 1)


def low_shelf(corner_hz: float, db: float) -> np.ndarray:
    """Return the response of a shelf below a corner."""
    s, a = 1j * HZ / corner_hz, 10 ** (db / 40)
    return a * (s * s + np.sqrt(2 * a) * s + a) / (a * s * s + np.sqrt(2 * a) * s + 1)


def high_shelf(corner_hz: float, db: float) -> np.ndarray:
    """Return the response of a shelf above a corner."""
    s, a = 1j * HZ / corner_hz, 10 ** (db / 40)
    return a * (a * s * s + np.sqrt(2 * a) * s + 1) / (s * s + np.sqrt(2 * a) * s + a)


def low_cut(corner_hz: float) -> np.ndarray:
    """Return the response of a Butterworth high-pass of order 2."""
    s = 1j * HZ / corner_hz
    return s * s / (s * s + np.sqrt(2) * s + 1)


def high_cut(corner_hz: float) -> np.ndarray:
    """Return the response of a Butterworth low-pass of order 2."""
    s = 1j * HZ / corner_hz
    return 1 / (s * s + np.sqrt(2) * s + 1)


def filtered(sound: np.ndarray, response: np.ndarray, room: np.ndarray | None = None) -> np.ndarray:
    """Return sound (2, T) through an equaliser, and with what comes back from a room where there is one.

    Args:
        sound: (2, T).
        response: (4097,) at the frequencies `HZ`.
        room: (2, R) impulse response, wet level included, without the direct sound.
    """
    taps = fft.irfft(response).astype(np.float32)[None]
    if room is not None:
        coloured = convolved(room, taps)
        coloured[:, : taps.shape[1]] += taps
        taps = coloured
    return convolved(sound, taps)[:, : sound.shape[1]]


def convolved(sound: np.ndarray, taps: np.ndarray) -> np.ndarray:
    """Return the full convolution of float32 (C, T) with (C or 1, R), as (C, T + R − 1)."""
    n = sound.shape[1] + taps.shape[1] - 1
    n_fft = fft.next_fast_len(n, real=True)  # torch's transforms take two thirds of scipy's time
    spectrum = torch.fft.rfft(torch.from_numpy(sound), n_fft) * torch.fft.rfft(torch.from_numpy(taps), n_fft)
    return torch.fft.irfft(spectrum, n_fft)[:, :n].numpy()


def compressed(
    sound: np.ndarray, threshold_db: float, ratio: float, attack_s: float = 0.01, release_s: float = 0.12
) -> np.ndarray:
    """Return sound whose level above a threshold (relative to its loudest block) rises only 1 / ratio as fast."""
    level = 20 * np.log10(block_peaks(sound) + 1e-6)
    wanted = -np.maximum(level - level.max() - threshold_db, 0) * (1 - 1 / ratio)
    return sound * gain_at_samples(10 ** (_followed(wanted, attack_s, release_s) / 20), sound.shape[1])


def block_peaks(sound: np.ndarray) -> np.ndarray:
    """Return the highest absolute value of both channels in each block of 64 samples."""
    loud = np.abs(sound).max(0)
    return np.pad(loud, (0, -len(loud) % BLOCK)).reshape(-1, BLOCK).max(1)


def gain_at_samples(gain: np.ndarray, n_samples: int) -> np.ndarray:
    """Return a gain given in the middle of each block at each of n samples."""
    middles = np.arange(len(gain)) * BLOCK + BLOCK / 2
    return np.interp(np.arange(n_samples), middles, gain).astype(np.float32)


def _followed(wanted_db: np.ndarray, attack_s: float, release_s: float) -> np.ndarray:
    fast, slow = (float(np.exp(-BLOCK / SAMPLE_RATE_HZ / s)) for s in (attack_s, release_s))
    out, now = [], 0.0
    for target in wanted_db.tolist():
        keep = fast if target < now else slow
        now = target + keep * (now - target)
        out.append(now)
    return np.array(out)


def saturated(sound: np.ndarray, drive: float, bias: float = 0.0) -> np.ndarray:
    """Return tanh of the sound, driven relative to its peak; a bias makes even harmonics."""
    peak = np.abs(sound).max()
    if peak < 1e-6:
        return sound
    return (
        (np.tanh(sound * np.float32(drive / peak) + np.float32(bias)) - np.tanh(bias)) * (peak / np.tanh(drive))
    ).astype(np.float32)


def chorused(sound: np.ndarray, rate_hz: float, depth_s: float, mix: float) -> np.ndarray:
    """Return sound with a copy of itself whose delay swings, against each other in both channels."""
    n = sound.shape[1]
    t = np.arange(n, dtype=np.float32)
    swing = np.sin(t * np.float32(2 * np.pi * rate_hz / SAMPLE_RATE_HZ))
    out = np.empty_like(sound)
    for channel, sign in enumerate((1, -1)):
        at = np.clip(t - np.float32(SAMPLE_RATE_HZ * depth_s) * (2 + sign * swing), 0, n - 2)
        low = at.astype(np.int32)
        share = at - low
        copy = sound[channel][low] * (1 - share) + sound[channel][low + 1] * share
        out[channel] = sound[channel] * (1 - mix / 2) + mix * copy
    return out


def placed(sound: np.ndarray, place: float, width: float) -> np.ndarray:
    """Return sound at a place from −1 (left) to 1, its sides `width` times as wide; 0 is mono."""
    middle, side = (sound[0] + sound[1]) / 2, (sound[0] - sound[1]) / 2 * width
    angle = (place + 1) * np.pi / 4
    left, right = np.float32(np.cos(angle) * np.sqrt(2)), np.float32(np.sin(angle) * np.sqrt(2))
    return np.stack([left * (middle + side), right * (middle - side)])


def random_response(chance: Chance, low_cut_hz: tuple[float, float] | None = None) -> np.ndarray:
    """Draw an equaliser: two bells, two shelves, sometimes cuts at the ends."""
    total = low_shelf(chance.between(80, 300), chance.around(0, 3)) * high_shelf(
        chance.between(3000, 9000), chance.around(0, 3)
    )
    for _ in range(2):
        total = total * bell(200 * 40 ** chance.unit(), chance.between(0.5, 2), chance.around(0, 3.5))
    if low_cut_hz is not None:
        total = total * low_cut(chance.between(*low_cut_hz))
    if chance.happens(0.12):
        total = total * high_cut(chance.between(3500, 12_000))
    return total
