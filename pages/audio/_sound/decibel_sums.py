"""Two sounds at once: a tone or a sound with itself, its phase turned, or two noises that have nothing in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.runtime.seeds import generator
from engine.spectral_analysis.decibels import gain, peak_dbfs
from engine.spectral_analysis.sampling import tone
from engine.spectral_analysis.settings import ToneSettings
from engine.spectral_analysis.superposition import noise, turned

RATE = 48_000  # Hz
TONE = ToneSettings(440.0, RATE, 3.0, -12.0)  # a whole number of periods: its phase can be turned to the last bit
NOISE_S, NOISE_DB = 3.0, -21.0
SEEDS = (1, 2)


@dataclass(frozen=True, eq=False)
class Both:
    """Two sounds and their sum, (C, T) each, and by how many dB all were lowered to stay below full scale."""

    first: Any
    second: Any
    sum: Any
    lowered_db: float


def both(kind: str, part: Any, phase_deg: float) -> Both:
    """Return the two sounds: "tone", "sound" (of `part`) or "noise"."""
    if kind == "noise":
        first, second = (noise(round(NOISE_S * RATE), NOISE_DB, generator(seed)) for seed in SEEDS)
    else:
        start = tone(TONE) if kind == "tone" else part
        first, second = turned(start, 0.0), turned(start, phase_deg)
    together = first + second
    peak = max(peak_dbfs(one).max().item() for one in (first, second, together))
    lower = min(0.0, -peak)
    return Both(gain(first, lower), gain(second, lower), gain(together, lower), lower)
