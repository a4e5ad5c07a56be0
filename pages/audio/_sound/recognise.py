"""The part "Recognise": two networks hear the same sound, one as a mel spectrogram, one as the waveform it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from engine.sound_recognition.examine import Mute, look, recognise_task
from engine.sound_recognition.listening import is_silent
from engine.sound_recognition.models import both
from engine.sound_recognition.saliency import Saliency
from pages._ui import controls, player
from pages._ui.live import live
from pages._ui.microphone import Column, recogniser
from pages._ui.mixer import Track, mixer
from pages._ui.parts import Part, Parts
from pages._ui.presets import try_this
from pages._ui.session import remember
from pages.audio._sound import (
    recognise_learned,
    recognise_live,
    recognise_panels,
    recognise_right,
    recognise_sources,
    recognise_takeaway,
)
from pages.audio._sound.recognise_presets import PRESETS
from pages.audio._sound.recognise_settings import Recognise
from pages.audio._sound.see_pieces import whole
from pages.audio._sound.view import View

if TYPE_CHECKING:
    from engine.sound_recognition.examine import Look
    from engine.sound_recognition.recogniser import Recognition
    from pages.audio._sound.sources import Sound

RUN = "recognise"
ROLES = ("class 0", "class 1")
DRAG = "Drag over the sound: the window moves to the middle of what you choose."
SILENT = "This is silence: no sample reaches −60 dB. What the two say of it means nothing."


def presets() -> None:
    """Show where to start, while this part is open."""
    if controls.values(View).sound_part == "recognise":
        try_this("recognise_preset", PRESETS, Recognise, on_choose=lambda: None)


def listen_part(left, right) -> None:
    """Draw the controls at the left, the sound and the answers at the right."""
    with left:
        task = controls.control(Recognise, "rec_task")
        source = controls.control(Recognise, "rec_source")
        if source == "live":
            sound = None
        else:
            sound = recognise_sources.choose(task, source)
            if sound is not None:
                _window_controls(sound)
    with right:
        if source == "live":
            recognise_live.draw(task)
        elif sound is None:
            st.info("Bring a sound at the left.", icon=":material/graphic_eq:")
        else:
            player.follow(RUN, lambda: _heard(sound, task))


def _window_controls(sound: Sound) -> None:
    if sound.duration_s > recognise_panels.WINDOW_S:
        controls.control(Recognise, "rec_place")
    controls.control(Recognise, "explained")
    controls.control(Saliency, "saliency")
    if controls.control(Recognise, "rec_mute"):
        for name in ("mute_from", "mute_to", "mute_low", "mute_high"):
            controls.control(Recognise, name)


def _heard(sound: Sound, task: str) -> bool:
    """Draw what there is so far, and return whether more comes."""
    arguments = (task, sound.waveform, sound.sample_rate)
    held = player.run(RUN, recognise_task, *arguments, identity=(sound.identity, task), heavy=sound.duration_s > 60)
    going, found = not player.ended(held), held.job.latest
    moment_s = controls.values(Recognise).rec_place * sound.duration_s
    pieces_come = _played(sound, task, found, moment_s, player.waiting_note(held))
    if going:
        st.button("Stop", key="stop_recognise", on_click=player.stop, args=(RUN,))
    looks = _looks(sound, task, moment_s)
    _answers(sound, looks)
    live("recognise-seen", recognise_panels.seen(looks))
    st.caption(recognise_panels.TOLD)
    recognise_takeaway.draw(sound, task, found, looks, moment_s, mute_of())
    return going or pieces_come


def _played(sound: Sound, task: str, found: Recognition | None, moment_s: float, note: str) -> bool:
    """Draw the player with what is heard when; return whether more of the sound is still to come."""
    pieces, more = whole("recognise-pieces", sound)
    panels = recognise_panels.over_time(sound, task, found, _window(sound, moment_s), ROLES)
    mixer(
        "recognise",
        panels,
        [Track(sound.name, "data")],
        pieces,
        sound.duration_s,
        sound.sample_rate,
        token=f"{hash(sound.identity)} {task}",
        note=note or (DRAG if sound.duration_s > recognise_panels.WINDOW_S else ""),
        on_region=lambda region: _look_at(region, sound),
    )
    return more


def _look_at(region: tuple[float, float] | None, sound: Sound) -> None:
    """Move the window to the middle of a region."""
    if region is not None:
        controls.put(Recognise, {"rec_place": sum(region) / 2 / sound.duration_s})
        player.redraw_page()


def _window(sound: Sound, moment_s: float) -> tuple[float, float]:
    length = min(recognise_panels.WINDOW_S, sound.duration_s)
    start = min(max(moment_s - length / 2, 0.0), sound.duration_s - length)
    return start, start + length


def _looks(sound: Sound, task: str, moment_s: float) -> list[Look]:
    settings, mute = controls.values(Saliency), mute_of()
    rank = int(controls.values(Recognise).explained == "second")
    identity = sound.identity, task, round(moment_s, 3), mute, rank, settings
    return remember(
        "recognise:looks",
        identity,
        lambda: [
            look(row.make(None), sound.waveform, sound.sample_rate, moment_s, mute, rank, settings)
            for row in both(task)
        ],
    )


def mute_of() -> Mute | None:
    """Return what the controls take out of the window; None for nothing."""
    said = controls.values(Recognise)
    if not said.rec_mute:
        return None
    span, band = sorted((said.mute_from, said.mute_to)), sorted((said.mute_low, said.mute_high))
    return Mute(tuple(span), tuple(band))


def _answers(sound: Sound, looks: list[Look]) -> None:
    columns = [
        Column(one.title, role, about(one), one.probabilities.tolist()) for one, role in zip(looks, ROLES, strict=True)
    ]
    recogniser("recognise-bars", looks[0].labels, columns)
    if is_silent(sound.waveform):
        st.info(SILENT, icon=":material/volume_off:")
    changed = [_change(one) for one in looks if one.before is not None]
    if changed:
        st.caption("Muted: " + "; ".join(changed) + ".")


def _change(one: Look) -> str:
    first = int(one.before.argmax())
    return (
        f"{one.title} gave “{one.labels[first]}” {one.before[first]:.1%} before, and {one.probabilities[first]:.1%} now"
    )


def about(one: Look) -> str:
    """Say how large and how fast a network is."""
    return f"{one.num_params:,} numbers learned, {one.milliseconds:.1f} ms a window".replace(",", "\u202f", 1)


RECOGNISE = Parts(
    Recognise,
    "rec_view",
    {
        "listen": Part(listen_part, (Saliency,)),
        "filters": Part(recognise_learned.learned_part),
        "right": Part(recognise_right.right_part),
    },
)
