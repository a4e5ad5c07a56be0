"""A tone and its samples: what they look like in time, where they stand in the spectrum, and what they seem to be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.spectral_analysis.sampling import aliased_frequency_hz
from pages._ui.live import axis, layer, panel
from pages._ui.numbers import number

PERIODS = 14  # of the lower rate, that are drawn
DENSE = 1400  # moments of a curve
HIGH_HZ = 24_000.0


@dataclass(frozen=True)
class Sampled:
    """A tone of `frequency_hz`, of whose `rate` samples a second one in `every` is kept."""

    frequency_hz: float
    rate: int
    every: int
    phase_deg: float

    @property
    def low_rate(self) -> float:
        """fₛ in Hz."""
        return self.rate / self.every

    @property
    def alias_hz(self) -> float:
        """What the samples seem to be."""
        return aliased_frequency_hz(self.frequency_hz, self.low_rate)

    @property
    def folds(self) -> bool:
        """Whether they seem to be something else."""
        return abs(self.alias_hz - self.frequency_hz) > 1e-6


def panels(tone: Sampled) -> list[dict]:
    """Draw the tone in time, in the spectrum, and on the zigzag of all tones."""
    return [_time(tone), _spectrum(tone), _zigzag(tone)]


def equations(tone: Sampled) -> list[str]:
    """Write the rate, its half, and the alias with the present values."""
    f, r, half = (number(value, 5) for value in (tone.frequency_hz, tone.low_rate, tone.low_rate / 2))
    turns = round(tone.frequency_hz / tone.low_rate)
    sign = "below" if not tone.folds else "not below"
    return [
        f"fₛ = {tone.rate} Hz / {tone.every} = {r} Hz;  f = {f} Hz is {sign} fₛ / 2 = {half} Hz",
        f"alias fₐ = |f − round(f / fₛ) fₛ| = |{f} − {turns} · {r}| = {number(tone.alias_hz, 5)} Hz"
        + ("" if tone.folds else ":  the tone itself"),
    ]


def _time(tone: Sampled) -> dict:
    end = PERIODS / tone.low_rate
    t, n = np.linspace(0, end, DENSE), np.arange(PERIODS + 1)
    signed = tone.frequency_hz - round(tone.frequency_hz / tone.low_rate) * tone.low_rate
    wave = lambda f, at: np.sin(2 * np.pi * f * at + np.radians(tone.phase_deg))  # noqa: E731
    swing = wave(tone.frequency_hz, t)
    layers = [layer("line", "data", name="the tone", legend=True, x=1000 * t, y=swing, width=1.5)]
    if tone.folds:
        layers.append(
            layer(
                "line",
                "fit",
                name="what these seem to be",
                legend=True,
                x=1000 * t,
                y=wave(signed, t),
                width=2.5,
                dash=True,
            )
        )
    at = n / tone.low_rate
    layers.append(
        layer("points", "text", name="its samples", legend=True, x=1000 * at, y=wave(tone.frequency_hz, at), size=4.5)
    )
    x, y = axis("time", 0, 1000 * end, unit="ms"), axis("amplitude", -1.15, 1.15)
    told = f"a tone of {tone.frequency_hz:g} Hz, {PERIODS + 1} samples, and a tone of {tone.alias_hz:g} Hz through them"
    return panel("time", "The tone and its samples", x, y, layers, span=12, height=200, alt=told)


def _spectrum(tone: Sampled) -> dict:
    half = tone.low_rate / 2000
    stem = lambda role, f, high, name: [  # noqa: E731
        layer("segments", role, name=name, x=[f / 1000], x1=[f / 1000], y=[0.0], y1=[high], alpha=1, width=3),
        layer("points", role, name=name, legend=True, x=[f / 1000], y=[high], size=5),
    ]
    layers = [
        layer(
            "segments",
            "text",
            name="fₛ / 2",
            legend=True,
            x=[half],
            x1=[half],
            y=[0.0],
            y1=[1.2],
            dash=True,
            alpha=0.8,
            width=1.5,
        )
    ]
    layers += stem("data", tone.frequency_hz, 1.0, "the tone")
    if tone.folds:
        layers += stem("fit", tone.alias_hz, 1.0, "what is heard")
    x, y = axis("frequency", 0, HIGH_HZ / 1000, unit="kHz"), axis("amplitude", 0, 1.2)
    told = f"a line at {tone.frequency_hz:g} Hz, folded at {1000 * half:g} Hz to {tone.alias_hz:g} Hz"
    return panel("spectrum", "Spectrum", x, y, layers, span=6, height=165, alt=told)


def _zigzag(tone: Sampled) -> dict:
    half = tone.low_rate / 2000
    corners = half * np.arange(0, int(HIGH_HZ / 1000 / half) + 2)
    heard = half * (np.arange(len(corners)) % 2)
    f, alias = tone.frequency_hz / 1000, tone.alias_hz / 1000
    layers = [
        layer("line", "before", name="every tone", x=corners, y=heard, width=1.5),
        layer("segments", "fit", x=[f], x1=[f], y=[0.0], y1=[alias], dash=True, alpha=0.8),
        layer("points", "fit", name="this tone", x=[f], y=[alias], size=6),
    ]
    x, y = axis("frequency", 0, HIGH_HZ / 1000, unit="kHz"), axis("heard", 0, 1.15 * half, unit="kHz")
    told = f"heard over played: up to {1000 * half:g} Hz and down again, over and over"
    return panel("zigzag", "What is heard of which tone", x, y, layers, span=6, height=165, alt=told)
