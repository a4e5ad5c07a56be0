"""Median filtering and ideal masks on four seconds of the present sound: spectrogram, medians and masks as pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from engine.source_separation import median_filtering
from engine.source_separation.ideal_masks import KINDS, ideal_masks
from engine.source_separation.song_job import to_stereo
from engine.source_separation.spectra import transform
from pages._ui import controls
from pages._ui.live import axis, layer, live, panel
from pages._ui.numbers import number
from pages._ui.session import keep_in_link, link_number, remember
from pages.audio._sound.apart_settings import Method

if TYPE_CHECKING:
    from pages.audio._sound.sources import Sound

EXCERPT_S = 4.0
TOP_HZ = 8000.0
ROWS, COLUMNS = 220, 400
FLOOR_DB = -80.0
HEIGHT_PX = 230
PLACE = "excerpt"  # of the link, in s


def masks_of(explained: str, sound: Sound, start: int) -> None:
    """Draw the method's pictures of an excerpt from `start` s on, and its equations with their numbers."""
    if explained == "ideal" and not sound.stems:
        st.info("Ideal masks need the true stems: choose **Sample** or **Mix it yourself**.", icon=":material/help:")
        return
    settings = controls.values(Method)
    chosen = settings.median if explained == "median" else settings.ideal
    build = _median if explained == "median" else _ideal
    identity = (explained, sound.identity, start, chosen)
    panels, said = remember("sound:inside", identity, lambda: build(sound, start, chosen))
    live("apart-inside", panels)
    for line in said:
        st.markdown(line)


def place_control(sound: Sound) -> int:
    """Ask for the excerpt, and return where it begins, in s."""
    latest = max(0, int(sound.duration_s - EXCERPT_S))
    if not latest:
        return 0
    if PLACE not in st.session_state:
        st.session_state[PLACE] = min(link_number(PLACE) or 0, latest)
    st.session_state[PLACE] = min(st.session_state[PLACE], latest)
    place = st.slider(f"Excerpt of {EXCERPT_S:.0f} s from (s)", 0, latest, key=PLACE)
    keep_in_link(PLACE, place or None)
    return place


def _excerpt(wave: Any, sound: Sound, start: int) -> Any:
    rate = sound.sample_rate
    return to_stereo(wave)[:, start * rate : round((start + EXCERPT_S) * rate)]


def _median(sound: Sound, start: int, settings: Any) -> tuple[list[dict], list[str]]:
    n_fft, rate = settings.n_fft, sound.sample_rate
    magnitude = transform(_excerpt(sound.waveform, sound, start), n_fft).abs()  # (C, F, N)
    harmonic = median_filtering.running_median(magnitude, settings.n_frames, -1)
    percussive = median_filtering.running_median(magnitude, settings.n_frequencies, -2)
    masks = median_filtering.masks(magnitude, settings)
    see = _Excerpt(rate, n_fft, start, magnitude.shape[-1])
    loudest = float(magnitude.max())
    panels = [
        see.level("mixture", "Spectrogram |X|", magnitude, loudest, 12),
        see.level("rows", f"H: median over {settings.n_frames} frames", harmonic, loudest),
        see.level("columns", f"P: median over {settings.n_frequencies} bins", percussive, loudest),
        see.share("harmonic", "Mask of the harmonic part", masks[1]),
        see.share("percussive", "Mask of the percussive part", masks[0]),
    ]
    channel, row, frame = np.unravel_index(int(magnitude.argmax()), magnitude.shape)
    h, p = float(harmonic[channel, row, frame]), float(percussive[channel, row, frame])
    share = float(masks[1, channel, row, frame])
    power = settings.exponent
    frames_s = settings.n_frames * n_fft / 4 / rate
    bins_hz = settings.n_frequencies * rate / n_fft
    equations = [
        f"{settings.n_frames} frames are {number(frames_s, 3)} s, {settings.n_frequencies} bins are "
        f"{number(bins_hz, 3)} Hz",
        f"at the loudest point, {number(row * rate / n_fft, 3)} Hz at "
        f"{number(start + frame * n_fft / 4 / rate, 3)} s: H = {number(h, 3)}, P = {number(p, 3)}, "
        f"mask = Hᵖ / (Hᵖ + Pᵖ) = {number(share, 3)} with p = {power:g}",
    ]
    return panels, equations


def _ideal(sound: Sound, start: int, settings: Any) -> tuple[list[dict], list[str]]:
    n_fft = int(settings.window)
    spectra = {name: transform(_excerpt(wave, sound, start), n_fft) for name, wave in sound.stems.items()}
    mixture = sum(spectra.values())
    magnitudes = mixture.new_zeros((len(spectra), *mixture.shape)).abs()
    for k, spectrum in enumerate(spectra.values()):
        magnitudes[k] = spectrum.abs()
    masks = ideal_masks(magnitudes, settings.kind)
    see = _Excerpt(sound.sample_rate, n_fft, start, mixture.shape[-1])
    panels = [see.level("mixture", "Spectrogram |X| of the mixture", mixture.abs(), float(mixture.abs().max()), 12)]
    panels += [see.share(name, f"Mask of {name}", mask) for name, mask in zip(spectra, masks, strict=True)]
    place = np.unravel_index(int(mixture.abs().argmax()), mixture.shape)
    parts = ", ".join(f"{name} {number(float(mask[place]), 3)}" for name, mask in zip(spectra, masks, strict=True))
    where = f"{number(place[1] * sound.sample_rate / n_fft, 3)} Hz"
    return panels, [f"{KINDS[settings.kind]}; at the loudest point, {where}: {parts}; together 1"]


class _Excerpt:
    """Makes panels of spectra (C, F, N) of an excerpt."""

    def __init__(self, rate: int, n_fft: int, start_s: float, n_frames: int) -> None:
        self.n_rows = max(2, min(n_fft // 2 + 1, int(TOP_HZ * n_fft / rate)))
        top_khz = min(TOP_HZ, rate / 2) / 1000
        end_s = start_s + max(n_frames - 1, 1) * n_fft / 4 / rate
        self.extent = [start_s, end_s, 0, top_khz]
        self.axes = axis("time", start_s, end_s, unit="s"), axis("frequency", 0, top_khz, unit="kHz")

    def level(self, key: str, title: str, magnitude: Any, loudest: float, span: int = 6) -> dict:
        """Draw magnitudes in dB below the loudest."""
        db = 20 * np.log10(np.maximum(magnitude.mean(0).numpy() / max(loudest, 1e-12), 10 ** (FLOOR_DB / 20)))
        return self._panel(key, f"{title}, −{-FLOOR_DB:.0f} to 0 dB", 1 - db / FLOOR_DB, span)

    def share(self, key: str, title: str, mask: Any) -> dict:
        """Draw a mask from 0 to 1."""
        return self._panel(key, f"{title}, 0 to 1", mask.mean(0).numpy(), 6)

    def _panel(self, key: str, title: str, values: np.ndarray, span: int) -> dict:
        kept = values[: self.n_rows]
        rows, columns = (-(-n // most) for n, most in zip(kept.shape, (ROWS, COLUMNS), strict=True))
        small = kept[: len(kept) // rows * rows, : kept.shape[1] // columns * columns]
        small = small.reshape(-1, rows, small.shape[1] // columns, columns).mean((1, 3))
        shades = np.clip(small * 255, 0, 255).astype(np.uint8)
        heat = layer("heat", grid=shades, extent=self.extent, range=[0, 255], ramp="cividis")
        return panel(
            key, title, *self.axes, [heat], span=span, height=HEIGHT_PX, alt=f"{title}, over time and frequency"
        )
