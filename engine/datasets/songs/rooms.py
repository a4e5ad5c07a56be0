"""Rooms and echoes as impulse responses: early reflections, then noise that dies away, the treble first.

    h(t) = Σ_i a_i δ(t − t_i) + Σ_bands n_b(t) 10^(−3 t / T60_b),    and echoes  Σ_k g^k δ(t − k d)

Conventions: responses are float32 (2, R) at 44.1 kHz, left and right independent; energy 1 before the wet level.
"""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

from engine.datasets.chance import Chance
from engine.datasets.songs.sounds import SAMPLE_RATE_HZ

ROOMS = {"room": (0.2, 0.6), "plate": (0.8, 1.8), "hall": (1.2, 2.6)}  # T60, seconds
MAX_S = 1.6


def room(chance: Chance, kind: str, wet: float) -> np.ndarray:
    """Draw the response of a kind of room.

    Args:
        chance: where the choices come from.
        kind: a key of ROOMS.
        wet: root of the response's energy.
    """
    t60 = chance.between(*ROOMS[kind])
    n = round(min(t60, MAX_S) * SAMPLE_RATE_HZ)
    t = np.arange(n, dtype=np.float32) / SAMPLE_RATE_HZ
    raw = (chance.numbers(2, n) - 0.5).astype(np.float32)
    keep = chance.between(0.6, 0.9)
    dark = lfilter([1 - keep], [1, -keep], raw).astype(np.float32)
    tail = 3 * dark * np.exp(-6.9 * t / t60) + (raw - dark) * np.exp(-6.9 * t / (t60 * chance.between(0.25, 0.7)))
    delay = round(chance.between(0.0, 0.03 if kind == "room" else 0.08) * SAMPLE_RATE_HZ)
    response = np.pad(tail, ((0, 0), (delay, 0)))
    for _ in range(6 if kind != "plate" else 0):
        at = round(chance.between(0.003, 0.06) * SAMPLE_RATE_HZ)
        response[chance.whole(2), min(at, n - 1)] += chance.between(-6, 6)
    response *= np.minimum((response.shape[1] - np.arange(response.shape[1])) / 2000, 1)
    return (response * (wet / np.sqrt((response**2).sum(1).mean()))).astype(np.float32)


def echo(chance: Chance, delay_s: float, wet: float) -> np.ndarray:
    """Draw echoes `delay_s` apart, each duller and softer than the one before, sometimes from side to side."""
    step = round(delay_s * SAMPLE_RATE_HZ)
    feedback, crossing = chance.between(0.15, 0.55), chance.happens(0.4)
    n_echoes = 1 + int(np.log(0.03) / np.log(feedback))
    response = np.zeros((2, step * n_echoes + 256), np.float32)
    blur = np.ones(1)
    shape = np.exp(-np.arange(12) / chance.between(0.5, 4))
    for i in range(n_echoes):
        blur = np.convolve(blur, shape / shape.sum())[:256]
        for channel in (i % 2,) if crossing else (0, 1):
            at = step * (i + 1)
            response[channel, at : at + len(blur)] += wet * feedback**i * blur[: response.shape[1] - at]
    return response


def background(chance: Chance, n_samples: int, level: float) -> np.ndarray:
    """Draw what is heard of a recording when nobody plays (2, n_samples): hiss, and the hum of the mains.

    Args:
        chance: where the choices come from.
        n_samples: the length.
        level: root mean square of the hiss.
    """
    hiss = (chance.numbers(2, n_samples) - 0.5).astype(np.float32) * np.float32(3.46 * level)
    if chance.happens(0.5):
        return hiss
    t = np.arange(n_samples, dtype=np.float32) / SAMPLE_RATE_HZ
    mains_hz = chance.one_of((50, 60))
    hum = sum(chance.unit() ** 2 * np.sin(np.float32(2 * np.pi * mains_hz * k) * t) for k in (1, 2, 3, 4, 6))
    return hiss + hum * np.float32(level * chance.between(0.5, 4))


def together(*responses: np.ndarray) -> np.ndarray:
    """Return the sum of responses of different lengths."""
    out = np.zeros((2, max(response.shape[1] for response in responses)), np.float32)
    for response in responses:
        out[:, : response.shape[1]] += response
    return out
