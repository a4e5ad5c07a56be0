"""The pictures of the part "Recognise": what is heard when, what each network sees, and what spoke for its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.sound_recognition.models import both
from engine.sound_recognition.saliency import over_time as pieces_of
from engine.sound_recognition.spans import spans
from pages._ui.live import axis, layer, panel
from pages._ui.session import remember
from pages.audio._sound.pictures import waveform_panel

if TYPE_CHECKING:
    from engine.sound_recognition.examine import Look
    from engine.sound_recognition.recogniser import Recognition
    from pages.audio._sound.sources import Sound

TOLD = (
    "Upper row: what each of them is given. Lower row: which of it spoke for the class (orange) and which against it "
    "(blue): input times gradient, relative to silence."
)
HEIGHT_PX = 190
WINDOW_S = 1.0
LOUD_ENOUGH = 1e-3


def over_time(sound: Sound, task: str, found: Recognition | None, window: tuple[float, float], roles) -> list[dict]:
    """Draw the waveform with the window, and below it the words that each network hears, where it hears them."""
    wave = remember("recognise:wave", sound.identity, lambda: _waveform(sound))
    low, high = wave["y"]["range"]
    shown = {"x0": [window[0]], "x1": [window[1]], "y0": [low], "y1": [high], "text": [""]}
    marked = {
        **wave,
        "layers": [*wave["layers"], layer("boxes", "fit", name="the window", width=2, fill=0.08, **shown)],
    }
    return [marked] if sound.duration_s <= WINDOW_S else [marked, _words(sound, task, found, roles)]


def _waveform(sound: Sound) -> dict:
    peak = max(float(sound.waveform.abs().max()), LOUD_ENOUGH)
    look = {"height": 84, "bare": True, "alt": "amplitude over time"}
    return waveform_panel("waveform", sound.name, sound.waveform, sound.sample_rate, high=peak, **look)


def _words(sound: Sound, task: str, found: Recognition | None, roles) -> dict:
    rows = both(task)
    box = {name: [] for name in ("x0", "x1", "y0", "y1", "text", "roles", "tips")}
    for k, (row, role) in enumerate(zip(rows, roles, strict=True)):
        if found is None or row.key not in found.probabilities:
            continue
        labels = row.make(None).labels
        for one in spans(found.times_s, found.probabilities[row.key], len(labels) - 1):
            values = (
                max(one.start_s, 0),
                min(one.end_s, sound.duration_s),
                1.06 - k,
                1.94 - k,
                labels[one.label],
                role,
            )
            said = f"{row.title}: {labels[one.label]}\n{one.probability:.0%}\n{one.start_s:.1f} – {one.end_s:.1f} s"
            for name, value in zip(box, (*values, said), strict=True):
                box[name].append(value)
    title = f"What they hear: {rows[0].title} above, {rows[1].title} below"
    boxes = layer("boxes", name="", width=1, fill=0.18, **box) if box["x0"] else None
    look = {"height": 84, "bare": True, "alt": ", ".join(box["tips"]).replace("\n", " ")}
    return panel("words", title, axis("time", 0, sound.duration_s, unit="s"), axis("network", 0, 2), [boxes], **look)


def seen(looks: list[Look]) -> list[dict]:
    """Draw what each network was given, and below it what spoke for its answer."""
    mel, wave = looks
    return [_mel(mel), _wave(wave), _mel_saliency(mel), _wave_saliency(wave)]


def _time(one: Look) -> dict:
    return axis("time in the window", 0, one.window.shape[1] / one.sample_rate, unit="s")


def _mel(one: Look) -> dict:
    grid = one.seen.numpy()
    low = float(np.quantile(grid, 0.05))
    heat = layer(
        "heat", grid=grid, extent=_extent(one, grid), range=[low, max(float(grid.max()), low + 0.5)], ramp="cividis"
    )
    look = {"span": 6, "height": HEIGHT_PX, "field": "log10 power", "alt": "mel bands over time"}
    return panel(
        "mel", f"{one.title} sees a mel spectrogram", _time(one), axis("mel band", 0, len(grid)), [heat], **look
    )


def _mel_saliency(one: Look) -> dict:
    grid = one.saliency.numpy()
    top = max(float(np.quantile(np.abs(grid), 0.998)), 1e-9)
    heat = layer("heat", grid=grid, extent=_extent(one, grid), range=[-top, top], ramp="diverging")
    look = {"span": 6, "height": HEIGHT_PX, "field": "saliency", "alt": "orange spoke for it, blue against it"}
    title = f"What spoke for “{one.labels[one.explained]}”"
    return panel("mel-saliency", title, _time(one), axis("mel band", 0, len(grid)), [heat], **look)


def _extent(one: Look, grid: np.ndarray) -> list[float]:
    return [0, one.window.shape[1] / one.sample_rate, 0, len(grid)]


def _wave(one: Look) -> dict:
    x, low, high, top = _envelope(one)
    bars = layer("segments", "class 1", name="samples", x=x, y=low, y1=high, alpha=0.9, width=1)
    look = {"span": 6, "height": HEIGHT_PX, "alt": "the samples of the window"}
    return panel("wave", f"{one.title} sees the waveform", _time(one), axis("amplitude", -top, top), [bars], **look)


def _wave_saliency(one: Look) -> dict:
    x, low, high, top = _envelope(one)
    grid = pieces_of(one.saliency, one.sample_rate).numpy()[None]
    most = max(float(np.abs(grid).max()), 1e-9)
    heat = layer(
        "heat", grid=grid, extent=[0, float(x[-1]), -top, top], range=[-most, most], ramp="diverging", pixels=True
    )
    bars = layer("segments", "text", name="samples", x=x, y=low, y1=high, alpha=0.45, width=1)
    look = {"span": 6, "height": HEIGHT_PX, "field": "saliency", "alt": "orange moments spoke for it, blue against it"}
    title = f"What spoke for “{one.labels[one.explained]}”"
    return panel("wave-saliency", title, _time(one), axis("amplitude", -top, top), [heat, bars], **look)


def _envelope(one: Look, columns: int = 500) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Return times, lowest and highest sample of each column, and the height of the picture."""
    samples = one.window[0].numpy()
    cut = samples[: len(samples) // columns * columns].reshape(columns, -1)
    x = (np.arange(columns) + 0.5) * cut.shape[1] / one.sample_rate
    return x, cut.min(1), cut.max(1), max(float(np.abs(samples).max()), LOUD_ENOUGH)
