"""Truth, estimate, mask and error of one stem as spectrograms, and heard: the stem found, the true one, the error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from engine.source_separation.measures import estimates_of, last_of, part_of
from engine.source_separation.truth import answers
from engine.spectral_analysis.overview import spectrogram_overview
from engine.spectral_analysis.settings import SpectrogramSettings
from pages._ui import player
from pages._ui.live import axis, layer, panel
from pages._ui.mixer import Piece, Track, mixer
from pages._ui.sounds import offer

if TYPE_CHECKING:
    from engine.source_separation.song_job import Separation
    from pages.audio._sound.apart_run import Chosen

RUN = "apart-pictures"
COLUMNS, ROWS = 500, 256
FLOOR_DB = -90.0
TOP_HZ = 10_000
HEIGHT_PX = 220
PIECE_S = 8.0
AS_DB = SpectrogramSettings(window_length=2048, hop_length=512, scale="db", floor_db=FLOOR_DB)


@dataclass(frozen=True, eq=False)
class Pictures:
    """How far the pictures are: panels and pieces are there at the last step."""

    step: int
    total_steps: int
    panels: tuple[dict, ...] = ()
    pieces: tuple[Piece, ...] = ()


def pictures(chosen: Chosen, found: Separation, identity: str, k: int) -> bool:
    """Draw the four spectrograms of stem k; return whether they are still computed."""
    args = (found, chosen.sound.stems, chosen.sound.kinds, chosen.sound.sample_rate, k)
    held = player.run(RUN, picture_steps, *args, identity=(identity, k))
    latest = held.job.latest
    if latest is None or not latest.panels:
        st.progress(held.job.progress or 0.0, text=player.waiting_note(held) or "Drawing.")
        return not player.ended(held)
    tracks = [Track("stem found", "fit"), Track("true stem", "truth"), Track("error", "residual")]
    mixer(
        "apart-spectra",
        latest.panels,
        tracks,
        latest.pieces,
        chosen.duration_s,
        found.sample_rate,
        token=held.identity,
        one=True,
    )
    return False


def picture_steps(
    found: Separation, truth: dict[str, Any], kinds: tuple[str, ...], rate: int, k: int
) -> Iterator[Pictures]:
    """Draw the spectrograms of stem k: read, compare, four pictures, and both sounds for the browser."""
    n_pieces, step = len(found.pieces), 0
    n_sounds = -(-round(found.pieces[-1].end_s - found.pieces[0].start_s) // PIECE_S) + 1
    total = int(n_pieces + 6 + n_sounds)

    def going() -> Pictures:
        nonlocal step
        step = min(step + 1, total - 1)
        return Pictures(step, total)

    estimate = yield from last_of(estimates_of(found, k), Pictures(1, total))
    step = n_pieces
    parts = yield from last_of(part_of(list(truth.values()), rate, found, len(estimate)), Pictures(step, total))
    answered = answers(found.stems, tuple(truth), kinds)[k]
    true, mixture = parts[list(answered)].sum(0), parts.sum(0)
    grids = {}
    for name, sound in (("true", true), ("found", estimate), ("error", estimate - true), ("mixture", mixture)):
        grids[name] = _grid(sound, found.sample_rate)
        yield going()
    amplitude = {name: 10 ** (grids[name] / 20) for name in ("found", "mixture")}
    is_heard = grids["mixture"] > FLOOR_DB + 1
    mask = np.where(is_heard, np.minimum(amplitude["found"] / np.maximum(amplitude["mixture"], 1e-9), 1), 0)
    end_s = true.shape[1] / found.sample_rate
    top = max(float(np.quantile(grids["mixture"], 0.9995)), FLOOR_DB + 20)
    pieces = []
    size = round(PIECE_S * found.sample_rate)
    for start in range(0, true.shape[1], size):
        sounds = tuple(
            offer(one[:, start : start + size], found.sample_rate) for one in (estimate, true, estimate - true)
        )
        pieces.append(Piece(start / found.sample_rate, min(start + size, true.shape[1]) / found.sample_rate, sounds))
        yield going()
    of_power = {"low": FLOOR_DB, "high": top, "label": "level", "unit": "dB"}
    of_mask = {"low": 0.0, "high": 1.0, "label": "mask", "unit": ""}
    rate = found.sample_rate
    panels = (
        _panel("true", "True stem", grids["true"], end_s, rate, of_power),
        _panel("found", "Stem found", grids["found"], end_s, rate, of_power),
        _panel("mask", "Mask: found / mixture, 0 to 1", mask, end_s, rate, of_mask),
        _panel("error", "Error: found − true", grids["error"], end_s, rate, of_power),
    )
    yield Pictures(total, total, panels, tuple(pieces))


def _grid(sound: Any, rate: int) -> np.ndarray:
    """Return levels (rows, columns) in dB, up to `TOP_HZ`, the highest of each group of rows."""
    seen = spectrogram_overview(sound, rate, AS_DB, COLUMNS).values.numpy()
    kept = seen[: max(1, round(len(seen) * min(TOP_HZ / (rate / 2), 1)))]
    group = -(-len(kept) // ROWS)
    padded = np.pad(kept, ((0, -len(kept) % group), (0, 0)), constant_values=FLOOR_DB)
    return padded.reshape(-1, group, padded.shape[1]).max(1)


def _panel(key: str, title: str, grid: np.ndarray, end_s: float, rate: int, look: dict[str, Any]) -> dict:
    high = min(TOP_HZ, rate / 2) / 1000
    low, top = look["low"], look["high"]
    shades = np.clip((grid - low) / (top - low) * 255, 0, 255).astype(np.uint8)
    heat = layer("heat", grid=shades, extent=[0, end_s, 0, high], range=[0, 255], ramp="cividis")
    x, y = axis("time", 0, end_s, unit="s"), axis("frequency", 0, high, unit="kHz")
    field = {"label": look["label"], "unit": look["unit"], "low": low, "step": (top - low) / 255, "digits": 2}
    alt = f"{title} over time and frequency, from {low:.0f} to {top:.0f} {look['unit']}".rstrip()
    return panel(key, title, x, y, [heat], span=6, height=HEIGHT_PX, field=field, alt=alt)
