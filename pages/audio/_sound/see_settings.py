"""The settings of the parts "See sound", "Sampling" and "Decibels" that only concern the screen."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from engine.settings import check, choice, clamp, default_of, flag, integer, limits_of, real
from engine.spectral_analysis.settings import MelSettings, SpectrogramSettings
from pages._ui import controls

PICTURES = {"spectrogram": "Spectrogram", "mel": "Mel spectrogram", "mfcc": "MFCC"}
AXES = {"linear": "linear", "log": "logarithmic"}
SAMPLED = {"tone": "A tone", "rising": "A rising tone", "sound": "The sound"}
CHANGED = {"gain": "Louder and softer", "sum": "Two sounds at once"}
ADDED = {"tone": "A tone and itself", "sound": "The sound and itself", "noise": "Two noises"}
LONGEST_S = 900.0


@dataclass(frozen=True)
class See:
    """What is drawn of a sound; the field names are parameters of the link."""

    see_picture: str = choice("spectrogram", PICTURES, label="picture")
    frequency_axis: str = choice(
        "linear", AXES, label="frequencies", help="Logarithmic: an octave is as high as another."
    )
    fine_hop: bool = flag(
        True, label="finer hop in a region", help="A region is drawn with as many windows as it has room for."
    )
    from_s: float = real(0.0, 0.0, LONGEST_S, label="from", unit="s", step=0.01, help="Where the region begins.")
    to_s: float = real(
        0.0, 0.0, LONGEST_S, label="to", unit="s", step=0.01, help="Where it ends; 0 for the whole sound."
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Sampling:
    """What is sampled, and how often."""

    sampled: str = choice("tone", SAMPLED, label="what is sampled")
    tone_hz: float = real(3000.0, 50.0, 24_000.0, label="frequency of the tone", unit="Hz", step=50)
    every: int = integer(6, 2, 24, label="kept is one sample of", help="The lower rate is the old one divided by this.")
    tone_phase: float = real(
        30.0, -180.0, 180.0, label="phase", unit="°", step=5, help="Where in its swing the tone begins."
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Decibels:
    """What is done to a level, and what is added to what."""

    changed: str = choice("gain", CHANGED, label="what is changed")
    gain_db: float = real(6.0, -40.0, 40.0, label="gain", unit="dB", step=0.5)
    added: str = choice("tone", ADDED, label="what is added")
    turn: float = real(0.0, 0.0, 360.0, label="phase φ of the second", unit="°", step=5)

    def __post_init__(self) -> None:
        check(self)


def mend() -> None:
    """Keep the hop within the window and the bands within their ends; to be called before the controls are shown."""
    window = _now(SpectrogramSettings, "window_length")
    if _now(SpectrogramSettings, "hop_length") > window:
        stops = controls.log_stops(limits_of(SpectrogramSettings)["hop_length"], 512)
        st.session_state["hop_length"] = max(stop for stop in stops if stop <= window)
    if _now(MelSettings, "n_mfcc") > _now(MelSettings, "n_mels"):
        st.session_state["n_mfcc"] = _now(MelSettings, "n_mels")
    if _now(MelSettings, "high_hz") <= _now(MelSettings, "low_hz"):
        st.session_state["high_hz"] = _now(MelSettings, "low_hz") + 10.0


def for_the_screen(settings: SpectrogramSettings, n_samples: int, columns: int) -> SpectrogramSettings:
    """Return the settings with a hop so short that a part of so many samples fills the columns."""
    return replace(settings, hop_length=min(settings.hop_length, max(1, n_samples // columns)))


def _now(settings: type, name: str) -> float:
    limits, default = limits_of(settings)[name], default_of(settings, name)
    controls.adopt_link(name, limits, default)
    return clamp(limits, st.session_state.get(name, default), default)
