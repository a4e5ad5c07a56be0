"""The sound to recognise: a bundled clip, the visitor's file, or a recording; the live microphone is none of these."""

from __future__ import annotations

import streamlit as st

from engine.io.audio import decode_audio
from engine.sound_recognition.models import DIGITS
from pages._ui import controls
from pages._ui.gallery import ROOT
from pages._ui.uploads import decoded, upload
from pages.audio._sound.recognise_settings import DIGIT_CLIPS, INSTRUMENT_CLIPS, Recognise
from pages.audio._sound.sources import KINDS, Sound

TOLD = "WAV, MP3, FLAC, Ogg, M4A or the sound of a video: at most 10 minutes."
RECORDED_HZ = 16_000
SONG = "funk"


def choose(task: str, source: str) -> Sound | None:
    """Show what the source needs; return its sound, None where there is none yet."""
    match source:
        case "file":
            return upload("recognise-file", "Your sound", KINDS, _decode, TOLD)
        case "record":
            said = st.audio_input("Record", sample_rate=RECORDED_HZ, key="recognise-record")
            return decoded("recognise-mic", said, _decode)
    return clip(task, controls.control(Recognise, "digit_clip" if task == DIGITS else "instrument_clip"))


@st.cache_resource(show_spinner=False)
def clip(task: str, name: str) -> Sound:
    """Return a bundled clip."""
    if name == "song":
        from pages.audio._sound.sources import sample

        return sample(SONG)
    file = ROOT / "assets" / "audio" / f"recognise_{name}.ogg"
    title = (DIGIT_CLIPS if task == DIGITS else INSTRUMENT_CLIPS)[name]
    return Sound(("clip", name), title, *decode_audio(file.read_bytes(), file.name))


def _decode(data: bytes, name: str) -> Sound:
    return Sound(("file", hash(data)), name, *decode_audio(data, name))
