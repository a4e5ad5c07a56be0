"""The part "See sound": waveform, spectrogram, mel spectrogram and MFCC, with a playhead that runs over all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from engine.spectral_analysis.settings import MelSettings, SpectrogramSettings
from pages._ui import controls, player
from pages._ui.mixer import Track, mixer
from pages._ui.session import remember
from pages.audio._sound import heat, pictures, see_numbers, see_pieces, see_region, see_takeaway, sources
from pages.audio._sound.see_settings import See, for_the_screen, mend

if TYPE_CHECKING:
    from engine.spectral_analysis.cepstrum import Cepstrum
    from pages.audio._sound.heat import Heat
    from pages.audio._sound.sources import Sound

RUN = "see"
HEIGHTS_PX = {"spectrogram": (92, 300), "mel": (92, 140, 190), "mfcc": (92, 160, 170)}
NOTE = "Drag over a picture to look closer at a region; click to go to a place."
NOTE_REGION = "This is a region, and it is repeated. “Whole sound” leads back."
TOLD = {
    "spectrogram": "How much of each frequency there is, window by window.",
    "mel": "Each row of the lower picture is one triangle's share of a column of the upper one.",
    "mfcc": (
        "The DCT writes each column of mel levels as a sum of cosines: the first coefficients are its slow shape, such "
        "as a vowel or an instrument, the later ones its fine teeth."
    ),
}


@dataclass(frozen=True, eq=False)
class Shown:
    """What is on the screen.

    Attributes:
        sound: which sound.
        region: its part in s; None for all.
        span: the same in samples.
        picture: which picture of it.
        settings: how it is cut into windows, as it is drawn.
        mel: the filters.
        heats: the pictures, the one that was asked for last.
        cepstrum: what the MFCC are drawn from.
    """

    sound: Sound
    region: tuple[float, float] | None
    span: tuple[int, int]
    picture: str
    settings: SpectrogramSettings
    mel: MelSettings
    heats: tuple[Heat, ...]
    cepstrum: Cepstrum | None

    @property
    def identity(self) -> tuple:
        """What tells this picture apart from others."""
        return self.sound.identity, self.span, self.picture, self.settings, self.mel


def see_part(left, right) -> None:
    """Draw the controls at the left, the sound at the right."""
    mend()
    with right:
        picture = controls.control(See, "see_picture", segments=True)
    with left:
        sound = sources.choose()
        region = see_region.of(sound) if sound else None  # before its controls are drawn
        _controls(picture, region is not None)
    with right:
        if sound is None:
            st.info("Bring a sound at the left.", icon=":material/graphic_eq:")
            return
        shown = look(sound, region, picture)
        panels = _panels(shown)
        player.follow(RUN, lambda: _played(shown, panels))
        st.caption(TOLD[picture])
        see_numbers.draw(shown)
        see_takeaway.draw(shown)


def _controls(picture: str, is_region: bool) -> None:
    if picture == "spectrogram":
        _spectrogram_controls()
    else:
        names = ["n_mels", "low_hz", "high_hz", "mel_scale", "norm"]
        first = ["n_mfcc", "n_mels"] if picture == "mfcc" else names
        for name in first:
            controls.control(MelSettings, name)
        if picture == "mfcc":
            with st.expander("Mel filters"):
                for name in names[1:]:
                    controls.control(MelSettings, name)
        with st.expander("Spectrogram"):
            _spectrogram_controls()
    start, end = st.columns(2, gap="small")
    with start:
        controls.control(See, "from_s")
    with end:
        controls.control(See, "to_s")
    if is_region:
        controls.control(See, "fine_hop")


def _spectrogram_controls() -> None:
    for name in ("window", "window_length", "hop_length", "scale"):
        controls.control(SpectrogramSettings, name)
    if controls.values(SpectrogramSettings).scale in ("db", "log"):
        controls.control(SpectrogramSettings, "floor_db")
    controls.control(See, "frequency_axis")


def look(sound: Sound, region: tuple[float, float] | None, picture: str) -> Shown:
    """Return the pictures of a sound or its region, as the controls ask for them."""
    settings, mel, view = (controls.values(one) for one in (SpectrogramSettings, MelSettings, See))
    span = see_region.samples(sound, region)
    if region and view.fine_hop:
        settings = for_the_screen(settings, span[1] - span[0], heat.COLUMNS)
    of, rate = (sound.identity, span, settings), sound.sample_rate
    heats, cepstrum = [], None
    if picture != "mfcc":
        make = lambda: heat.spectrogram_heat(sound.waveform, rate, settings, view.frequency_axis, span)  # noqa: E731
        heats.append(remember("see:spectrogram", (of, view.frequency_axis), make))
    if picture != "spectrogram":
        heats.append(remember("see:mel", (of, mel), lambda: heat.mel_heat(sound.waveform, rate, settings, mel, span)))
    if picture == "mfcc":
        make = lambda: heat.cepstrum(sound.waveform, rate, settings, mel, span)  # noqa: E731
        cepstrum = remember("see:mfcc", (of, mel), make)
        heats.append(heat.mfcc_heat(cepstrum, rate, settings, span))
    return Shown(sound, region, span, picture, settings, mel, tuple(heats), cepstrum)


def _panels(shown: Shown) -> list[dict]:
    first, *others = HEIGHTS_PX[shown.picture]
    sound, span = shown.sound, shown.span
    look = {"samples": span, "height": first, "alt": "amplitude over time"}
    make = lambda: pictures.waveform_panel("waveform", "Waveform", sound.waveform, sound.sample_rate, **look)  # noqa: E731
    panels = [remember("see:waveform", (sound.identity, span, first), make)]
    for one, height in zip(shown.heats, others, strict=True):
        panels.append(heat.heat_panel(one.title, one, height=height, alt=f"{one.y['label']} over time, {one.unit}"))
    return panels


def _played(shown: Shown, panels: list[dict]) -> bool:
    """Draw the player, and return whether more of a long sound is on its way to it."""
    sound = shown.sound
    pieces, more = see_pieces.whole(RUN, sound)
    mixer(
        "see",
        panels,
        [Track(sound.name, "data")],
        pieces,
        sound.duration_s,
        see_pieces.play_rate(sound.sample_rate),
        token=str(hash(sound.identity)),
        note=NOTE_REGION if shown.region else NOTE,
        zoom=True,
        region=shown.region,
        on_region=_chosen,
    )
    return more


def _chosen(region: tuple[float, float] | None) -> None:
    see_region.keep(region)
    player.redraw_page()
