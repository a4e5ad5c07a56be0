"""The part "Sampling": a tone or a sound at a lower rate, seen and heard, with and without the filter before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from engine.spectral_analysis.sampling import aliased_frequency_hz, fewer_samples, rising_tone
from engine.spectral_analysis.sampling import tone as tone_of
from engine.spectral_analysis.settings import SpectrogramSettings, ToneSettings
from pages._ui import controls
from pages._ui.live import layer, live
from pages._ui.mixer import Track, mixer
from pages._ui.numbers import number
from pages._ui.session import remember
from pages.audio._sound import heat, sampling_tone, see_pieces, see_region, sources
from pages.audio._sound.see_settings import Sampling

if TYPE_CHECKING:
    from pages.audio._sound.sources import Sound

RATE = 48_000  # Hz, of the tones before samples are left out
TONE_S, RISE_S, MOST_S = 1.5, 8.0, 20.0
LOOK = SpectrogramSettings("hann", 1024, 256, "db", -90.0)
HEIGHT_PX = 190
TRACKS = (("before", "data"), ("samples left out", "fit"), ("filtered, then left out", "truth"))
WHY = (
    "What lies above half the rate is not lost when samples are left out: it is folded down to where it does not "
    "belong. The filter takes it out before, so that only the part below the line is left."
)


def sampling_part(left, right) -> None:
    """Draw the controls at the left; what is sampled, and what comes back, at the right."""
    with right:
        what = controls.control(Sampling, "sampled", segments=True)
    with left:
        sound = sources.choose() if what == "sound" else None
        if what == "tone":
            controls.control(Sampling, "tone_hz")
        controls.control(Sampling, "every")
        if what == "tone":
            controls.control(Sampling, "tone_phase")
        settings = controls.values(Sampling)
        rate = sound.sample_rate if sound else RATE
        st.caption(
            f"fₛ = {rate} / {settings.every} = {number(rate / settings.every, 5)} samples a second are kept. "
            f"They can carry what lies below half of that, {number(rate / settings.every / 2, 5)} Hz."
        )
    with right:
        match what:
            case "tone":
                _tone(settings)
            case "rising":
                make = lambda: rising_tone(RATE / 2, RISE_S, RATE)  # noqa: E731
                _compare("rising", remember("sampling:rising", "rising", make), RATE, settings.every)
            case _ if sound is None:
                st.info("Bring a sound at the left.", icon=":material/graphic_eq:")
            case _:
                _sound(sound, settings)


def _tone(settings: Sampling) -> None:
    wave = ToneSettings(settings.tone_hz, RATE, TONE_S, -12.0, settings.tone_phase)
    shown = sampling_tone.Sampled(settings.tone_hz, RATE, settings.every, settings.tone_phase)
    live("sampling-tone", sampling_tone.panels(shown), equations=sampling_tone.equations(shown))
    make = lambda: _three(tone_of(wave), settings.every)  # noqa: E731
    identity = (wave, settings.every)
    _player("tone", identity, remember("sampling:tone", identity, make), RATE, [])


def _sound(sound: Sound, settings: Sampling) -> None:
    start, stop = see_region.samples(sound, see_region.of(sound))
    most = round(MOST_S * sound.sample_rate)
    if stop - start > most:
        st.caption(f"Of this, the first {MOST_S:.0f} s. Another region can be chosen in “See sound”.")
    span = (start, min(stop, start + most))
    part = sound.waveform[:, slice(*span)]
    _compare((sound.identity, span), see_pieces.heard(part), sound.sample_rate, settings.every)


def _compare(identity: Any, waveform: Any, rate: int, every: int) -> None:
    """Draw and play a waveform (C, T), what is left of it in two ways, and what was folded down."""
    three = remember("sampling:three", (identity, every), lambda: _three(waveform, every))
    panels = remember("sampling:panels", (identity, every), lambda: _panels(three, rate, every))
    _player("compare", (identity, every), [*three, three[1] - three[2]], rate, panels)
    half = rate / every / 2
    live(
        "sampling-numbers",
        [],
        equations=[
            f"fₛ = {rate} / {every} = {number(rate / every, 5)} Hz,  fₛ / 2 = {number(half, 5)} Hz",
            "alias fₐ = |f − round(f / fₛ) fₛ|:  "
            + ",  ".join(
                f"{number(k * half, 4)} Hz → {number(aliased_frequency_hz(k * half, 2 * half), 4)} Hz"
                for k in (1.25, 1.5, 1.75)
            ),
        ],
    )
    st.caption(WHY)


def _three(waveform: Any, every: int) -> list[Any]:
    """Return a waveform (C, T), and what is left of it without and with the filter."""
    return [waveform, fewer_samples(waveform, every, low_pass=False), fewer_samples(waveform, every)]


def _panels(three: list[Any], rate: int, every: int) -> list[dict]:
    n = three[0].shape[1]
    settings = LOOK if n >= LOOK.window_length else SpectrogramSettings("hann", max(16, n), max(1, n // 4), "db", -90.0)
    named = zip((*TRACKS, ("folded", "bad")), (*three, three[1] - three[2]), strict=True)
    titles = ("Before", f"One sample of {every}", f"Filtered, one sample of {every}", "What was folded down")
    panels = []
    for title, ((key, _), waveform) in zip(titles, named, strict=True):
        seen = heat.spectrogram_heat(waveform, rate, settings, "linear", (0, n), title)
        one = heat.heat_panel(key, seen, span=6, height=HEIGHT_PX, alt="frequencies over time, dB")
        one["layers"] += _folds(rate, every, n / rate)
        panels.append(one)
    return panels


def _folds(rate: int, every: int, end_s: float) -> list[dict]:
    """Draw half the lower rate."""
    half = rate / every / 2000
    return [
        layer(
            "segments",
            "contour",
            name="fₛ / 2",
            x=[0.0],
            x1=[end_s],
            y=[half],
            y1=[half],
            dash=True,
            alpha=0.95,
            width=1.5,
        )
    ]


def _player(key: str, identity: Any, waveforms: list[Any], rate: int, panels: list[dict]) -> None:
    pieces = see_pieces.together(f"sampling:{key}", identity, waveforms, rate)
    names = [*TRACKS, ("only the folded part", "bad")][: len(waveforms)]
    mixer(
        f"hear-{key}",
        panels,
        [Track(*one) for one in names],
        pieces,
        pieces[-1].end,
        see_pieces.play_rate(rate),
        token=str(hash((key, repr(identity)))),
        one=True,
    )
