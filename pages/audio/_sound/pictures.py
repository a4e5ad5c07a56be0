"""A sound's waveform as a picture, reduced to what a screen can show; and its spectrogram as one panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from engine.spectral_analysis.overview import waveform_overview
from pages._ui.live import axis, layer, panel
from pages.audio._sound.heat import COLUMNS, heat_panel, mel_heat, spectrogram_heat

if TYPE_CHECKING:
    from engine.spectral_analysis.settings import MelSettings, SpectrogramSettings

SINGLY = 180  # samples that are drawn as points
SECOND = "class 1"  # the colour of a second channel, where single samples are drawn


def waveform_panel(
    key: str,
    title: str,
    waveform: Any,
    sample_rate: int,
    role: str = "data",
    *,
    samples: tuple[int, int] | None = None,
    high: float = 1.0,
    **look: Any,
) -> dict:
    """Draw a part of a waveform (C, T), given in samples: lowest, highest and level of each column, or each sample."""
    start, stop = samples or (0, waveform.shape[1])
    part = waveform[:, start:stop]
    x, y = axis("time", start / sample_rate, stop / sample_rate, unit="s"), axis("amplitude", -high, high)
    draw = _samples if stop - start <= COLUMNS else _columns
    return panel(key, title, x, y, draw(part, sample_rate, start / sample_rate, role), **look)


def _columns(part: Any, sample_rate: int, start_s: float, role: str) -> list[dict]:
    seen = waveform_overview(part, sample_rate, COLUMNS)
    x = start_s + (seen.times_s[:-1] + seen.times_s[1:]).numpy() / 2
    low, high, rms = seen.low.amin(0).numpy(), seen.high.amax(0).numpy(), seen.rms.square().mean(0).sqrt().numpy()
    return [
        layer("segments", role, name="samples", x=x, y=low, y1=high, alpha=0.55, width=1),
        layer("segments", role, name="level", x=x, y=-rms, y1=rms, alpha=1, width=1),
    ]


def _samples(part: Any, sample_rate: int, start_s: float, role: str) -> list[dict]:
    x = start_s + np.arange(part.shape[1]) / sample_rate
    layers = []
    for channel, color in zip(part, (role, SECOND), strict=False):
        layers.append(layer("line", color, name="samples, joined", x=x, y=channel.numpy(), width=1.5))
        if len(x) <= SINGLY:
            layers.append(layer("points", color, name="sample", x=x, y=channel.numpy(), size=2.5))
    return layers


def spectrogram_panel(
    key: str,
    title: str,
    waveform: Any,
    sample_rate: int,
    settings: SpectrogramSettings,
    mel: MelSettings | None = None,
    **look: Any,
) -> dict:
    """Draw the spectrogram, or the mel spectrogram, of a waveform (C, T)."""
    span = (0, waveform.shape[1])
    if mel is None:
        heat = spectrogram_heat(waveform, sample_rate, settings, "linear", span)
    else:
        heat = mel_heat(waveform, sample_rate, settings, mel, span)
    return {**heat_panel(key, heat, **look), "title": title}
