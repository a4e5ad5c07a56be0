"""Pictures of a sound over time: spectrogram, mel spectrogram, MFCC, each with its values, axes and colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.io.tables import write_csv
from engine.spectral_analysis.cepstrum import Cepstrum, mfcc_overview
from engine.spectral_analysis.frequency_rows import frequency_rows
from engine.spectral_analysis.mel import hz_to_mel, mel_filters
from engine.spectral_analysis.overview import frame_count, spectrogram_overview
from engine.spectral_analysis.settings import MelSettings, SpectrogramSettings
from pages._ui.live import axis, layer, panel
from pages._ui.numbers import number

COLUMNS = 900
ROWS = 320
MOST_FLOATS = 20_000  # cells that are sent as they are; more become 256 steps, a quarter of the bytes
FULL = 0.9995  # of the cells that lie within the colours
LOWEST = {"linear": 0.0, "power": 0.0}


@dataclass(frozen=True, eq=False)
class Heat:
    """A picture.

    Attributes:
        title: its name.
        values: (R, n) float32, row 0 the lowest.
        times_s: (n,) the middle of each column.
        span_s: what part of the sound it is.
        extent: from where to where the columns go, in s: half a hop beyond the part.
        rows: what each row is called; empty where the y axis says it.
        row_values: (R,) the middle of each in Hz, or which coefficient.
        row_unit: "Hz", or "" for coefficients.
        y: the y axis.
        unit: of the values.
        low, top: where the colours begin and end.
        ramp: which colours.
        floor: what is lower was drawn as this; None for no floor.
        strongest_hz: the bin, or the middle of the band, of the highest value.
    """

    title: str
    values: np.ndarray
    times_s: np.ndarray
    span_s: tuple[float, float]
    extent: tuple[float, float]
    rows: tuple[str, ...]
    row_values: np.ndarray
    row_unit: str
    y: dict
    unit: str
    low: float
    top: float
    ramp: str = "cividis"
    floor: float | None = None
    strongest_hz: float = 0.0


def spectrogram_heat(
    waveform: Any, rate: int, settings: SpectrogramSettings, y: str, span: tuple[int, int], title: str = "Spectrogram"
) -> Heat:
    """Look at the part `span`, in samples, of a waveform (C, T), with a linear or a logarithmic axis `y`."""
    seen = spectrogram_overview(waveform, rate, settings, COLUMNS, span=span)
    drawn = frequency_rows(seen, ROWS, y)
    edges = drawn.edges_hz.numpy()
    half = rate / 2
    scale = (
        axis("frequency", edges[0], half, unit="Hz", log=True)
        if y == "log"
        else axis("frequency", 0, half / 1000, unit="kHz")
    )
    return _of_levels(title, drawn.values.numpy(), (edges[:-1] + edges[1:]) / 2, (), scale, seen, settings, rate, span)


def mel_heat(waveform: Any, rate: int, settings: SpectrogramSettings, mel: MelSettings, span: tuple[int, int]) -> Heat:
    """Look at the mel bands of a part of a waveform (C, T)."""
    seen = spectrogram_overview(waveform, rate, settings, COLUMNS, mel, span)
    corners = mel_filters(mel, settings.window_length, rate).corners_hz
    low, high = hz_to_mel(corners[[0, -1]], mel.mel_scale).tolist()
    names = tuple(
        f"band {k + 1}, {number(a, 3)} – {number(b, 3)} Hz"
        for k, (a, b) in enumerate(zip(corners[:-2].tolist(), corners[2:].tolist(), strict=True))
    )
    scale = axis("frequency", low, high, unit="mel")
    return _of_levels(
        "Mel spectrogram", seen.values.numpy(), corners[1:-1].numpy(), names, scale, seen, settings, rate, span
    )


def _of_levels(title, values, row_hz, names, scale, seen, settings, rate, span) -> Heat:
    low = LOWEST.get(settings.scale, settings.floor_db / (10 if settings.scale == "log" else 1))
    top = max(float(np.quantile(values, FULL)), low + 1e-6)
    floor = None if settings.scale in LOWEST else low
    times_s = seen.times_s.numpy() + span[0] / rate
    place = _place(settings, rate, span, len(times_s))
    strongest = seen.frequencies_hz[seen.values.amax(1).argmax()].item()
    colors = {"low": low, "top": top, "floor": floor}
    return Heat(title, values, times_s, *place, names, row_hz, "Hz", scale, seen.unit, **colors, strongest_hz=strongest)


def mfcc_heat(found: Cepstrum, rate: int, settings: SpectrogramSettings, span: tuple[int, int]) -> Heat:
    """Draw cepstral coefficients of a part of a sound. The colours are made for all but c₀, which is far larger."""
    values = found.coefficients.numpy()
    n = len(values)
    top = max(float(np.quantile(np.abs(values[1:] if n > 1 else values), 0.998)), 1e-6)
    names = tuple(f"c{subscript(k)}" for k in range(n))
    place = _place(settings, rate, span, values.shape[1])
    times_s = found.times_s.numpy() + span[0] / rate
    scale = axis("coefficient", -0.5, n - 0.5, unit="k")
    return Heat("MFCC", values, times_s, *place, names, np.arange(n), "", scale, "", -top, top, "diverging")


def cepstrum(
    waveform: Any, rate: int, settings: SpectrogramSettings, mel: MelSettings, span: tuple[int, int]
) -> Cepstrum:
    """Return the coefficients of a part of a waveform (C, T) at as many windows as are drawn."""
    return mfcc_overview(waveform, rate, settings, mel, COLUMNS, span)


def heat_panel(key: str, heat: Heat, **look: Any) -> dict:
    """Draw a picture for the mixer, or for `live`."""
    cells, low, step = _cells(heat)
    y0, y1 = heat.y["range"]
    shown = [(heat.low - low) / step, (heat.top - low) / step]
    tile = layer(
        "heat", grid=cells, extent=[*heat.extent, y0, y1], range=shown, ramp=heat.ramp, pixels=heat.values.shape[0] < 40
    )
    field = {
        "label": "level" if heat.unit else "value",
        "unit": heat.unit,
        "low": low,
        "step": step,
        "rows": list(heat.rows) or None,
    }
    if heat.floor is not None:
        field["floor"] = heat.floor + step
    return panel(key, heat.title, axis("time", *heat.span_s, unit="s"), heat.y, [tile], field=field, **look)


def heat_csv(heat: Heat) -> bytes:
    """Write the values as they are shown: a row for each moment, a column for each frequency or coefficient."""
    names = [f"{value:.7g} Hz" if heat.row_unit else f"c{value}" for value in heat.row_values]
    rows = {name: [float(f"{value:.6g}") for value in row] for name, row in zip(names, heat.values, strict=True)}
    return write_csv({"time s": heat.times_s.tolist(), **rows})


def subscript(k: int) -> str:
    """Write k as an index."""
    return str(k).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def windows_per_column(settings: SpectrogramSettings, n_samples: int) -> int:
    """Return of how many windows a column is made, or stands for."""
    return -(-frame_count(n_samples, settings) // COLUMNS)


def _place(settings: SpectrogramSettings, rate: int, span: tuple[int, int], n: int) -> tuple[tuple, tuple]:
    """Return `span_s` and `extent` of n columns."""
    hop_s, start_s = settings.hop_length / rate, span[0] / rate
    wide = windows_per_column(settings, span[1] - span[0])
    return (start_s, span[1] / rate), (start_s - hop_s / 2, start_s + (n * wide - 0.5) * hop_s)


def _cells(heat: Heat) -> tuple[np.ndarray, float, float]:
    values = heat.values.astype(np.float32)
    if values.size <= MOST_FLOATS:
        return values, 0.0, 1.0
    low = float(values.min())
    step = max(float(values.max()) - low, 1e-9) / 255
    return np.rint((values - low) / step).astype(np.uint8), low, step
