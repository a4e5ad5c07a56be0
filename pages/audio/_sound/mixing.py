"""The source "Mix it yourself": two to five known stems, each at a level of its own, and the mixture they make."""

from __future__ import annotations

from typing import Any

import streamlit as st

from engine.errors import EngineError, InvalidInput, constraint
from engine.io.audio import decode_audio
from engine.settings import default_of, limits_of
from engine.source_separation.separator import SAMPLE_RATE_HZ, STEMS
from engine.source_separation.stem_mixing import LEAST, MOST, MOST_S, MUTE_DB, KnownMixture, mix_stems, prepared
from engine.source_separation.truth import kind_of
from pages._ui import controls
from pages._ui.session import remember
from pages.audio._sound import sources
from pages.audio._sound.apart_settings import Levels
from pages.audio._sound.sources import Sound
from pages.audio._sound.view import SONGS, View

HELP = (
    f"{LEAST} to {MOST} sound files, each one stem: WAV, MP3, FLAC, Ogg, M4A. They are brought to 44.1 kHz and cut "
    f"to the shortest, at most {MOST_S:.0f} s. Without files, the stems of a bundled song are mixed."
)


def choose() -> Sound | None:
    """Show stems and levels; return the mixture, None where the files cannot be mixed."""
    files = st.file_uploader(
        "Your stems", type=list(sources.KINDS), key="mix-files", accept_multiple_files=True, help=HELP
    )
    if not files:
        song = controls.control(View, "song")
        known = sources.sample(song)
        names, kinds, ids = list(known.stems), STEMS, ("song", song)
        sounds = list(known.stems.values())
        title = f"{SONGS[song]}, mixed anew"
    else:
        if not LEAST <= len(files) <= MOST:
            raise InvalidInput(
                constraint("The stems", f"{LEAST} to {MOST} files", len(files), "Bring each stem as a file of its own.")
            )
        names = _names([file.name for file in files])
        sounds, ids = _decoded(files), tuple(file.file_id for file in files)
        if sounds is None:
            return None
        title = "Your mixture"
        kinds = ()
    levels, chosen_kinds = [], []
    for k, name in enumerate(names):
        levels.append(_level(k, name))
        chosen_kinds.append(kinds[k] if kinds else _kind(files[k].file_id, name))
    identity = ("mix", ids, tuple(levels))
    mixed: KnownMixture = remember("sound:mix", identity, lambda: mix_stems(sounds, levels))
    if mixed.turned_down_db < -0.05:
        st.caption(f"All of it is turned down by {-mixed.turned_down_db:.1f} dB, so that nothing is cut off.")
    truth = dict(zip(names, mixed.stems, strict=True))
    whole = remember("sound:mixture", identity, lambda: mixed.mixture)
    return Sound((*identity, tuple(chosen_kinds)), title, whole, SAMPLE_RATE_HZ, truth, tuple(chosen_kinds))


def _level(k: int, name: str) -> float:
    """Show the level of a stem under its name, and return it."""
    key = f"level_{k + 1}"
    limits, default = limits_of(Levels)[key], default_of(Levels, key)
    controls.adopt_link(key, limits, default)
    value = st.slider(
        f"{name} (dB)", limits.low, limits.high, default, limits.step, key=key, persist_state="session", format="%+.0f"
    )
    if value <= MUTE_DB:
        st.caption(f"{name} is silent.")
    return value


def _kind(file_id: str, name: str) -> str:
    """Ask what a stem is: methods with stems of their own are measured against it."""
    return st.selectbox(
        f"{name} is",
        STEMS,
        STEMS.index(kind_of(name)),
        key=f"kind-{file_id}",
        help="What a method that looks for drums, bass, other and vocals is compared with.",
    )


def _decoded(files: list[Any]) -> list[Any] | None:
    """Return the stems (2, T), remembered by their places; a sentence and None for a file that cannot be used."""
    sounds = []
    for k, file in enumerate(files):
        try:
            sounds.append(remember(f"stem:{k}", file.file_id, lambda file=file: _prepared(file)))
        except EngineError as error:
            st.error(f"{file.name}: {error}", icon=":material/error:")
            return None
    return sounds


def _prepared(file: Any) -> Any:
    sound, rate = decode_audio(file.getvalue(), file.name, duration_s=MOST_S)
    return prepared(sound, rate)


def _names(files: list[str]) -> list[str]:
    """Return short names, no two the same."""
    names: list[str] = []
    for file in files:
        name = file.rsplit(".", 1)[0][:24] or "stem"
        names.append(f"{name} {len(names) + 1}" if name in names else name)
    return names
