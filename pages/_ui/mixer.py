"""`mixer`: a sound with its pictures and its tracks, played in step, with a playhead over the pictures, and a region.

A sound is a row of **pieces** (start, end, the address of an encoded sound for each track, `pages._ui.sounds`); more
may be added while it plays. Time, faders and pans are kept in the browser; Python hears of the region and the mix.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from pages._ui import canvas

_MIXER = canvas.component("mixer", "plot.js", "pictures.js", "timeline.js", "mixer.js")
LOUDEST = 1.5


@dataclass(frozen=True)
class Piece:
    """A part of the sound: from `start` to `end` s, and the address of each track's."""

    start: float
    end: float
    sounds: tuple[str, ...]


@dataclass(frozen=True)
class Track:
    """A track: its name, its colour (a role of `charts.ROLES`), and whether it is the whole, to compare with."""

    name: str
    role: str
    whole: bool = False


@dataclass(frozen=True)
class Fader:
    """How a track is mixed: gain 0 to 1.5, pan −1 (left) to 1, muted, alone."""

    gain: float = 1.0
    pan: float = 0.0
    mute: bool = False
    solo: bool = False


@dataclass(frozen=True)
class Mix:
    """What the visitor set.

    Attributes:
        region: (start, end) in s; None for the whole sound.
        faders: one a track.
    """

    region: tuple[float, float] | None
    faders: tuple[Fader, ...]

    def gains(self) -> list[float]:
        """Return the gain of each track as it is heard: 0 for one that is muted, or not among those that are alone."""
        alone = any(fader.solo for fader in self.faders)
        return [0.0 if f.mute or (alone and not f.solo) else f.gain for f in self.faders]


def mixer(
    key: str,
    panels: Sequence[dict],
    tracks: Sequence[Track],
    pieces: Sequence[Piece],
    duration_s: float,
    sample_rate: int,
    *,
    token: str,
    note: str = "",
    one: bool = False,
    zoom: bool = False,
    region: tuple[float, float] | None = None,
    on_region: Callable[[tuple[float, float] | None], None] | None = None,
) -> Mix:
    """Draw the panels, play the tracks, and return the region and the mix.

    A heat map's panel may have `field`: {label, unit, low, step, floor, digits, rows}. The pointer then reads
    low + step · cell (0 and 1 without them) there, "at most" where that is the floor, and the name of the cell's row.

    Args:
        key: the component's key.
        panels: what to draw, from `pages._ui.live.panel`, x in s.
        tracks: at least one.
        pieces: those that there are so far.
        duration_s: of the whole sound.
        sample_rate: of all its sounds, Hz.
        token: another sound has another one, and begins anew.
        note: a sentence over the panels.
        one: hear one track at a time, which the visitor chooses, in place of faders.
        zoom: the panels show the region only: a chosen region is repeated, and `on_region` has them drawn of it.
        region: with `zoom`, the region that they show.
        on_region: called before the rerun that a change causes, with the region; None for the whole sound.
    """
    message = {
        "panels": list(panels),
        "tracks": [{"name": track.name, "role": track.role, "whole": track.whole} for track in tracks],
        "pieces": [{"start": one.start, "end": one.end, "sounds": list(one.sounds)} for one in pieces],
        "duration": duration_s,
        "rate": sample_rate,
        "token": token,
        "note": note,
        "one": one,
        "zoom": zoom,
        "region": list(region) if region else None,
    }

    def heard_of() -> None:
        if on_region is not None:
            on_region(_read(st.session_state[key].get("mix"), token, len(tracks), duration_s).region)

    result = _MIXER(key=key, data=canvas.pack(message), default={"mix": None}, on_mix_change=heard_of)
    return _read(result.mix, token, len(tracks), duration_s)


def _read(said: Any, token: str, n_tracks: int, duration_s: float) -> Mix:
    """Read what a browser says; nothing of it is trusted."""
    even = Mix(None, (Fader(),) * n_tracks)
    if not isinstance(said, Mapping) or said.get("token") != token:
        return even
    tracks = said.get("tracks")
    if isinstance(tracks, list) and len(tracks) == n_tracks:
        even = replace(even, faders=tuple(_fader(one) for one in tracks))
    return replace(even, region=_region(said.get("region"), duration_s))


def _fader(said: Any) -> Fader:
    if not isinstance(said, Mapping):
        return Fader()
    return Fader(
        gain=_within(said.get("gain"), 0.0, LOUDEST, 1.0),
        pan=_within(said.get("pan"), -1.0, 1.0, 0.0),
        mute=said.get("mute") is True,
        solo=said.get("solo") is True,
    )


def _region(said: Any, duration_s: float) -> tuple[float, float] | None:
    if not isinstance(said, list) or len(said) != 2:
        return None
    start, end = (_within(one, 0.0, duration_s, math.nan) for one in said)
    return (start, end) if start < end else None


def _within(value: Any, low: float, high: float, default: float) -> float:
    is_number = type(value) in (int, float) and abs(value) <= 1e9
    return min(max(float(value), low), high) if is_number and math.isfinite(value) else default
