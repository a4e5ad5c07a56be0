"""The run that takes a song apart: which method, the whole song or a region, when it starts, how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from engine.runtime.shelf import shelf
from engine.source_separation import models
from engine.source_separation.mixdown import GONE
from engine.source_separation.song_job import offer_song, separate_song
from engine.source_separation.ways import IDEAL_MASKS
from pages._ui import controls, player
from pages._ui.fetching import fetched
from pages.audio._sound import sources
from pages.audio._sound.apart_settings import IDEAL, MEDIAN, METHODS, Method, setting_controls

if TYPE_CHECKING:
    from engine.source_separation.song_job import Separation
    from engine.source_separation.ways import Way
    from pages._ui.player import Held
    from pages.audio._sound.sources import Sound

RUN = "apart"
LONG_S = 90.0  # a longer sound is taken apart when asked for
IDEAL_SENTENCE = (
    "Made from the true stems: what a method that only weighs the mixture’s spectrogram could reach at best."
)
REGION, ASKED = "_apart_region", "_apart_asked"


@dataclass(frozen=True, eq=False)
class Chosen:
    """What is taken apart, and how.

    Attributes:
        note: why it is this method, where it is not the one asked for.
    """

    sound: Sound
    way: Way
    note: str = ""

    @property
    def region_s(self) -> tuple[float, float] | None:
        """The region to take apart; None for the whole."""
        kept = st.session_state.get(REGION)
        return kept[1] if kept and kept[0] == self.sound.identity else None

    @property
    def waits(self) -> bool:
        """Whether the visitor has yet to say that so long a sound is to be taken apart."""
        is_long = self.sound.duration_s > LONG_S and self.region_s is None
        return is_long and st.session_state.get(ASKED) != self.sound.identity

    @property
    def duration_s(self) -> float:
        """Of what is taken apart."""
        region = self.region_s
        return self.sound.duration_s if region is None else region[1] - region[0]

    @property
    def start_s(self) -> float:
        """Where that begins in the sound."""
        return self.region_s[0] if self.region_s else 0.0

    def take(self, region_s: tuple[float, float] | None) -> None:
        """Take this region apart from now on, or the whole; in a callback."""
        st.session_state[REGION] = (self.sound.identity, region_s)
        if region_s is None:
            st.session_state[ASKED] = self.sound.identity


def choose() -> Chosen | None:
    """Show the choice of sound and method with its settings; None while there is no sound."""
    sound = sources.choose()
    is_known = bool(sound and sound.stems)
    offered = [key for key in METHODS if (is_known if key == IDEAL_MASKS else models.is_offered(key))]
    key = controls.control(Method, "separator", only=tuple(offered))
    note = "" if key == IDEAL_MASKS or models.is_here(key) else _fetch(key)
    key = models.OWN if note else key
    setting_controls({models.MEDIAN_FILTERING: MEDIAN, IDEAL_MASKS: IDEAL}.get(key, ()))
    return None if sound is None else Chosen(sound, controls.values(Method).way(key), note)


def _fetch(key: str) -> str:
    """Offer the download of a method's file; return why it is not here yet, "" once it is."""
    row = models.get(key)
    source = row.weights.source
    why = fetched(row.weights, row.title)
    if not why:
        return ""
    facts = f"{source.file_name}, {source.size_bytes / 1e6:.1f} MB"
    own = models.get(models.OWN).title
    return f"{row.title} needs its file: {facts}, licence {row.weights.licence}. {why} Until then: {own}."


def sentence(chosen: Chosen) -> str:
    """Say what the method is."""
    return IDEAL_SENTENCE if chosen.way.key == IDEAL_MASKS else models.get(chosen.way.key).sentence


def run(chosen: Chosen) -> Held:
    """Return the run: of the separation, or of the sound alone while that is not asked for.

    Raises:
        EngineError: what the run raised.
    """
    sound = chosen.sound
    if chosen.waits:
        identity = ("offer", sound.identity)
        return player.run(RUN, offer_song, sound.waveform, sound.sample_rate, identity=identity)
    truth = sound.stems if chosen.way.key == IDEAL_MASKS else None
    args = (chosen.way, sound.waveform, sound.sample_rate, chosen.region_s, truth)
    identity = (sound.identity, chosen.way, chosen.region_s)
    return player.run(RUN, separate_song, *args, identity=identity, heavy=True)


def status(held: Held, chosen: Chosen) -> bool:
    """Draw how far the run is, with what can be done about it; return whether its pieces can be used."""
    latest: Separation | None = held.job.latest
    with st.container(horizontal=True, vertical_alignment="center", key="apart-status"):
        if not player.ended(held):
            st.progress(held.job.progress or 0.0, text=player.waiting_note(held) or "Starting.")
            st.button("Stop", key="stop_apart", icon=":material/stop:", on_click=player.stop, args=(RUN,))
        elif latest is not None and latest.pieces and not shelf().holds(latest.sounds):
            st.warning(GONE, icon=":material/inventory_2:")
            _again("Take it apart again")
            return False
        elif held.job.status == "cancelled":
            done = latest.pieces[-1].end_s - chosen.start_s if latest and latest.pieces else 0.0
            st.caption(f"Stopped: {done:.1f} of {chosen.duration_s:.1f} s are taken apart.")
            _again("Start again")
        else:
            st.caption(_done(chosen, latest))
    return latest is not None and bool(latest.pieces)


def _done(chosen: Chosen, latest: Separation) -> str:
    if chosen.waits:
        return "A long sound: choose a region by dragging over it, or take the whole apart."
    region = chosen.region_s
    what = "the whole" if region is None else f"{clock(region[0])} to {clock(region[1])}"
    return (
        f"{chosen.way.title}: {what} in {len(latest.stems)} stems at {latest.sample_rate / 1000:g} kHz. "
        f"{sentence(chosen)}"
    )


def _again(label: str) -> None:
    st.button(label, key="apart_again", icon=":material/refresh:", on_click=player.forget, args=(RUN,))


def clock(place_s: float) -> str:
    """Write a place in a sound: "0:04.5"."""
    minutes, seconds = divmod(round(place_s, 1), 60)
    return f"{minutes:.0f}:{seconds:04.1f}"
