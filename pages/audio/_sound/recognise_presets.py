"""Try this: where to start in the part "Recognise"."""

from __future__ import annotations

from engine.sound_recognition.models import DIGITS, INSTRUMENTS
from pages._ui.presets import Preset

PRESETS = (
    Preset(
        "Which half says seven?",
        "“Seven” begins with a hiss and ends with a hum. Mute the hiss: will either of them still say seven?",
        {"rec_task": DIGITS, "digit_clip": "seven", "rec_mute": True, "mute_from": 0.2, "mute_to": 0.35},
    ),
    Preset(
        "Like on the telephone",
        "Above 3.4 kHz there is nothing, and below 300 Hz little. Which of the two misses it more?",
        {"rec_task": DIGITS, "digit_clip": "phone"},
    ),
    Preset(
        "Nearly a digit",
        "Hero, sick, hive, nice, zebra: none of them is a digit. Count how often each network says one all the same.",
        {"rec_task": DIGITS, "digit_clip": "others"},
    ),
    Preset(
        "Five instruments",
        "Each plays for a moment. Listen first and name them, then see who names the same.",
        {"rec_task": INSTRUMENTS, "instrument_clip": "turns"},
    ),
    Preset(
        "A whole song",
        "Both were taught one instrument at a time. What will they say when four play at once?",
        {"rec_task": INSTRUMENTS, "instrument_clip": "song", "rec_place": 0.3},
    ),
)
