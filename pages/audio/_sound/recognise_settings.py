"""What the part "Recognise" shows: the task, the sound, the window of it that is looked at, and what is muted there."""

from __future__ import annotations

from dataclasses import dataclass

from engine.settings import check, choice, flag, real
from engine.sound_recognition.models import DIGITS, TASKS

VIEWS = {"listen": "Listen", "filters": "What they learned", "right": "How often they are right"}
SOURCES = {"sample": "Sample", "file": "Sound file", "record": "Recording", "live": "Live"}
DIGIT_CLIPS = {
    "seven": "Seven",
    "pi": "Pi, digit by digit",
    "fast": "Zero to nine, fast",
    "phone": "Five, on the telephone",
    "noise": "Nine, in noise",
    "others": "Words that are no digits",
}
INSTRUMENT_CLIPS = {
    "turns": "Five, one after another",
    "piano": "Piano",
    "guitar": "Electric guitar",
    "strings": "Strings",
    "flute": "Flute",
    "drums": "Drums",
    "song": "A song, all together",
}
EXPLAINED = {"first": "its answer", "second": "its second answer"}
TABLES = {"held out": "held out", "real": "real recordings"}


@dataclass(frozen=True)
class Recognise:
    """Settings of the part; the field names are parameters of the link."""

    rec_view: str = choice("listen", VIEWS, label="what to look at")
    rec_task: str = choice(DIGITS, TASKS, label="task")
    rec_source: str = choice("sample", SOURCES, label="source")
    digit_clip: str = choice("seven", DIGIT_CLIPS, label="sample", help="Synthetic voices of our own.")
    instrument_clip: str = choice("turns", INSTRUMENT_CLIPS, label="sample", help="Played from free sound fonts.")
    rec_place: float = real(
        0.5, 0.0, 1.0, step=0.005, label="window", help="Where in the sound the second lies that both look at."
    )
    explained: str = choice("first", EXPLAINED, label="what spoke for", help="Whose parts are marked in the pictures.")
    rec_mute: bool = flag(False, label="mute a part", help="Take a piece out of the window, and see who minds.")
    mute_from: float = real(0.3, 0.0, 1.0, step=0.01, label="from", unit="s")
    mute_to: float = real(0.5, 0.0, 1.0, step=0.01, label="to", unit="s")
    mute_low: float = real(0.0, 0.0, 8000.0, step=50.0, label="lowest frequency", unit="Hz")
    mute_high: float = real(8000.0, 0.0, 8000.0, step=50.0, label="highest frequency", unit="Hz")
    rec_table: str = choice("held out", TABLES, label="judged on")

    def __post_init__(self) -> None:
        check(self)
