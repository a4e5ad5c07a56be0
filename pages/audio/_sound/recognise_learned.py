"""What they learned: M5's first filters as waveforms and as spectra, beside the mel filters that MelCnn was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from engine.sound_recognition.filters import FLOOR_DB, learned_filters, mel_filters
from engine.sound_recognition.models import both
from pages._ui import controls
from pages._ui.live import axis, layer, live, panel
from pages._ui.session import remember
from pages.audio._sound.recognise_settings import Recognise

if TYPE_CHECKING:
    from engine.sound_recognition.filters import Filters

ACROSS = 8  # kernels in a row
TOLD = (
    "**With domain knowledge** the filters are given: triangles, narrow and close together below 1 kHz, wide above, as "
    "the ear has them. **End to end** nobody says what to listen for: each of the first layer’s {n} kernels began as "
    "noise, {ms:g} ms long. Ordered by the frequency to which each answers most, they form a filter bank of their own. "
    "{low:.0%} of the learned filters are below 1 kHz, and {mel:.0%} of the mel filters."
)


def learned_part(left, right) -> None:
    """Draw the choice of task at the left, the filters at the right."""
    with left:
        task = controls.control(Recognise, "rec_task")
    mel, wave = (row.make(None).network for row in both(task))
    given, learned = remember("recognise:filters", task, lambda: (mel_filters(mel), learned_filters(wave)))
    with right:
        share = [float((one.places_hz < 1000).float().mean()) for one in (learned, given)]
        ms = 1000 * learned.kernels.shape[1] / wave.sample_rate
        st.markdown(TOLD.format(n=len(learned.kernels), ms=ms, low=share[0], mel=share[1]))
        live(
            "recognise-filters",
            [
                _kernels(learned, ms),
                _spectra("given", "Mel CNN was given: mel filters", given),
                _spectra("learned", "M5 learned: the spectra of its kernels", learned),
                _places(given, learned),
            ],
        )


def _kernels(learned: Filters, ms: float) -> dict:
    """Draw each kernel in a cell of its own, the lowest at the top left."""
    n, taps = learned.kernels.shape
    rows = -(-n // ACROSS)
    x = np.linspace(0.06, 0.94, taps)
    lines = []
    for k, kernel in enumerate(learned.kernels.numpy()):
        name = f"kernel {k + 1}, strongest at {learned.places_hz[k]:.0f} Hz"
        lines.append(
            layer("line", "class 1", name=name, x=x + k % ACROSS, y=rows - 0.5 - k // ACROSS + 0.42 * kernel, width=1.3)
        )
    look = {"height": 46 * rows, "bare": True, "alt": f"{n} short waves, from slow to fast"}
    return panel(
        "kernels",
        f"M5 learned: its {n} first kernels, {ms:g} ms each, lowest first",
        axis("kernel", 0, ACROSS),
        axis("row", 0, rows),
        lines,
        **look,
    )


def _spectra(key: str, title: str, filters: Filters) -> dict:
    grid = filters.responses_db.numpy()
    top = float(filters.hz[-1]) / 1000
    heat = layer("heat", grid=grid, extent=[0, top, 0, len(grid)], range=[FLOOR_DB, 0], ramp="cividis", pixels=True)
    look = {
        "span": 6,
        "height": 300,
        "field": "dB below its strongest",
        "alt": "one row for each filter, bright where it answers",
    }
    return panel(key, title, axis("frequency", 0, top, unit="kHz"), axis("filter", 0, len(grid)), [heat], **look)


def _places(given: Filters, learned: Filters) -> dict:
    top = float(given.hz[-1]) / 1000
    lines = []
    for filters, role, name in ((given, "class 0", "mel filters"), (learned, "class 1", "learned")):
        x = (np.arange(len(filters.places_hz)) + 0.5) / len(filters.places_hz)
        shown = {"x": x, "y": filters.places_hz.numpy() / 1000}
        lines += [
            layer("line", role, name=name, legend=True, **shown),
            layer("points", role, name=name, size=2.5, **shown),
        ]
    look = {"height": 220, "alt": "both curves rise slowly at first and steeply at the end"}
    title = "Where the filters are: a flat stretch is where there are many"
    return panel(
        "places", title, axis("share of the filters", 0, 1), axis("strongest at", 0, top, unit="kHz"), lines, **look
    )
