"""The sound that the page looks at: a bundled song, the visitor's own file, or what the microphone heard."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from engine.errors import InvalidInput, constraint
from engine.io.audio import decode_audio
from engine.source_separation.separator import STEMS
from pages._ui import controls
from pages._ui.gallery import ROOT
from pages._ui.uploads import decoded
from pages.audio._sound.view import SONGS, View

KINDS = ("wav", "mp3", "flac", "ogg", "opus", "m4a", "aac", "mp4", "webm", "mov")
LEAST_SAMPLES = 2
TOLD = "WAV, MP3, FLAC, Ogg, M4A or the sound of a video: at most 10 minutes."


@dataclass(frozen=True, eq=False)
class Sound:
    """A sound and where it is from.

    Attributes:
        identity: tells it apart from others.
        name: to be shown.
        waveform: (C, T) in [−1, 1].
        sample_rate: in Hz.
        stems: name → (C, T), at the same rate, which add up to it; none where they are not known.
        kinds: of the stems, as in `engine.source_separation.truth`.
    """

    identity: Hashable
    name: str
    waveform: Any
    sample_rate: int
    stems: Mapping[str, Any] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()

    @property
    def duration_s(self) -> float:
        """How long it is."""
        return self.waveform.shape[1] / self.sample_rate


def choose() -> Sound | None:
    """Show the choice of source and what it needs; return its sound, None where there is none yet."""
    match controls.control(View, "sound_source"):
        case "upload":
            file = st.file_uploader(
                "Your sound", type=list(KINDS), key="sound-file", help=TOLD, on_change=_changed, args=("sound-file",)
            )
            return _brought("sound-file", decoded("sound-file", file, _decode))
        case "microphone":
            file = st.audio_input(
                "Record", sample_rate=48_000, key="sound-record", on_change=_changed, args=("sound-record",)
            )
            return _brought("sound-record", decoded("sound-mic", file, _decode))
        case "mix":
            from pages.audio._sound import mixing

            return mixing.choose()
    return sample(controls.control(View, "song"))


def _brought(key: str, sound: Sound | None) -> Sound | None:
    """Return the sound, or the one that was brought before: a part without a source, or a bad file, loses nothing."""
    if sound is not None:
        st.session_state[f"_brought {key}"] = sound
        return sound
    kept = st.session_state.get(f"_brought {key}")
    if kept is not None:
        st.caption(f"Still here: {kept.name}")
    return kept


def _changed(key: str) -> None:
    """Forget what was brought when it is taken out."""
    if st.session_state.get(key) is None:
        st.session_state.pop(f"_brought {key}", None)


@st.cache_resource(show_spinner=False)
def sample(song: str) -> Sound:
    """Return a bundled song."""
    files = [ROOT / "assets" / "audio" / f"{song}_{stem}.ogg" for stem in STEMS]
    sounds = [decode_audio(file.read_bytes(), file.name) for file in files]
    stems = dict(zip(STEMS, (sound for sound, _ in sounds), strict=True))
    return Sound(("song", song), SONGS[song], sum(stems.values()), sounds[0][1], stems, STEMS)


def _decode(data: bytes, name: str) -> Sound:
    waveform, sample_rate = decode_audio(data, name)
    if waveform.shape[1] < LEAST_SAMPLES:
        bound = f"at least {LEAST_SAMPLES} samples long"
        raise InvalidInput(constraint("The sound", bound, waveform.shape[1], "Choose a longer one."))
    return Sound(("file", hash(data)), name, waveform, sample_rate)
