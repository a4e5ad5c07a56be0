"""The part "Decibels": what a gain does to a sound, and what becomes of two sounds at once."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from engine.spectral_analysis.decibels import db_to_amplitude, gain, peak_dbfs
from engine.spectral_analysis.superposition import level_of_sum_db
from pages._ui import controls
from pages._ui.live import live
from pages._ui.mixer import Track, mixer
from pages._ui.numbers import number
from pages._ui.session import remember
from pages.audio._sound import decibel_panels, decibel_sums, pictures, see_pieces, see_region, sources
from pages.audio._sound.decibel_panels import decibels, level_of, signed
from pages.audio._sound.see_settings import Decibels

if TYPE_CHECKING:
    from pages.audio._sound.sources import Sound

STEPS_DB = (-20.0, -6.0, 3.0, 6.0, 10.0, 20.0)
MOST_S = 20.0
ROOM_DB = 0.1  # below full scale


def decibels_part(left, right) -> None:
    """Draw the controls at the left; the sounds and their levels at the right."""
    with right:
        changed = controls.control(Decibels, "changed", segments=True)
    with left:
        if changed == "sum":
            controls.control(Decibels, "added")
        settings = controls.values(Decibels)
        needs_sound = changed == "gain" or settings.added == "sound"
        sound = sources.choose() if needs_sound else None
        if changed == "gain":
            controls.control(Decibels, "gain_db")
            with st.container(horizontal=True, gap="small"):
                for step in STEPS_DB:
                    st.button(
                        signed(step, 0),
                        key=f"gain {step:g}",
                        on_click=partial(controls.put, Decibels, {"gain_db": step}),
                    )
        elif settings.added != "noise":
            controls.control(Decibels, "turn")
    with right:
        if needs_sound and sound is None:
            st.info("Bring a sound at the left.", icon=":material/graphic_eq:")
        elif changed == "gain":
            _gain(sound, settings.gain_db)
        else:
            _sum(sound, settings)


def _part(sound: Sound) -> tuple[Any, Any]:
    """Return what tells the part apart, and the part (C, T) that is looked at."""
    start, stop = see_region.samples(sound, see_region.of(sound))
    most = round(MOST_S * sound.sample_rate)
    if stop - start > most:
        st.caption(f"Of this, the first {MOST_S:.0f} s. Another region can be chosen in “See sound”.")
    span = (start, min(stop, start + most))
    return (sound.identity, span), see_pieces.heard(sound.waveform[:, slice(*span)])


def room_db(peak: float, gain_db: float) -> float:
    """Return by how many dB a sound of this peak is lowered, so that with the gain it stays below full scale."""
    return min(0.0, -ROOM_DB - peak - max(gain_db, 0.0)) if math.isfinite(peak) else 0.0


def _gain(sound: Sound, gain_db: float) -> None:
    identity, part = _part(sound)
    rate, peak = sound.sample_rate, peak_dbfs(part).max().item()
    lower = room_db(peak, gain_db)
    make = lambda: (gain(part, lower), gain(part, lower + gain_db))  # noqa: E731
    before, after = remember("decibels:gain", (identity, gain_db), make)
    draw = lambda: [  # noqa: E731
        pictures.waveform_panel("before", "Reference", before, rate, "data", **_look("reference")),
        pictures.waveform_panel("after", f"{signed(gain_db)} dB", after, rate, "fit", **_look("changed")),
        decibel_panels.levels_over_time(part, rate),
    ]
    panels = remember("decibels:panels", (identity, gain_db), draw)
    note = (
        f"Nothing may go beyond full scale, so the reference is lowered by {number(-lower, 3)} dB: the louder of the "
        f"two peaks at {decibels(-ROOM_DB)}."
    )
    tracks = [Track("reference", "data"), Track(f"{signed(gain_db)} dB", "fit")]
    _player("gain", (identity, gain_db), [before, after], rate, tracks, panels, note if lower < 0 else "")
    times, more = db_to_amplitude(gain_db), f"{signed(gain_db)} dB"
    live(
        "decibels-gain",
        [decibel_panels.ratios(gain_db)],
        equations=[
            f"ΔL = 20 log₁₀(a / a₀) = 20 log₁₀ {number(times)} = {more}:  the amplitude × {number(times)}",
            f"ΔL = 10 log₁₀(p / p₀) = 10 log₁₀ {number(times**2)} = {more}:  the power × {number(times**2)}",
            f"peak of the sound: 20 log₁₀ {number(float(db_to_amplitude(peak)))} = {decibels(peak)}",
        ],
        stats=decibel_panels.meter(part) + decibel_panels.heard_levels(before, after),
    )


def _look(which: str) -> dict:
    return {"span": 6, "height": 120, "alt": f"the waveform, {which}"}


def _sum(sound: Sound | None, settings: Decibels) -> None:
    identity, part = _part(sound) if sound else (None, None)
    rate = sound.sample_rate if sound else decibel_sums.RATE
    key = (identity, settings.added, settings.turn if settings.added != "noise" else None)
    both = remember("decibels:sum", key, lambda: decibel_sums.both(settings.added, part, settings.turn))
    note = f"Nothing may go beyond full scale, so all of it is lowered by {number(-both.lowered_db, 3)} dB."
    tracks = [Track("first", "data"), Track("second", "class 3"), Track("both at once", "fit")]
    _player("sum", key, [both.first, both.second, both.sum], rate, tracks, [], note if both.lowered_db < 0 else "")
    first, second, together = (level_of(one) for one in (both.first, both.second, both.sum))
    more = decibels(together - first, "dB", sign=True) if math.isfinite(first) else "–"
    if settings.added == "noise":
        rule = f"unrelated: 10 log₁₀(1 + 1) = {signed(10 * math.log10(2), 2)} dB"
    else:
        told = decibels(level_of_sum_db(settings.turn), "dB", sign=True, digits=2)
        silent = ":  silence" if not math.isfinite(level_of_sum_db(settings.turn)) else ""
        rule = f"10 log₁₀(2 + 2 cos φ) = 10 log₁₀(2 + 2 cos {number(settings.turn)}°) = {told}{silent}"
    live(
        "decibels-sum",
        decibel_panels.sums(both, rate, None if settings.added == "noise" else settings.turn, together - first),
        equations=[
            rule,
            f"measured: {decibels(first)} and {decibels(second)} together are {decibels(together)}, {more}",
        ],
    )


def _player(
    key: str, identity: Any, waveforms: list[Any], rate: int, tracks: list[Track], panels: list[dict], note: str
) -> None:
    pieces = see_pieces.together(f"decibels:{key}", identity, waveforms, rate)
    playing = {"token": str(hash((key, repr(identity)))), "note": note, "one": True}
    mixer(f"hear-{key}", panels, tracks, pieces, pieces[-1].end, see_pieces.play_rate(rate), **playing)
