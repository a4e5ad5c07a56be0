"""What the sound page shows: its parts, its sources, and the settings that only concern the screen."""

from __future__ import annotations

from dataclasses import dataclass

from engine.settings import check, choice

PARTS = {
    "see": "See sound",
    "sampling": "Sampling",
    "decibels": "Decibels",
    "recognise": "Recognise",
    "apart": "Take it apart",
}
SONGS = {"funk": "Funk", "rock": "Rock", "blues": "Blues", "folk": "Folk"}
SOURCES = {"sample": "Sample", "upload": "Sound file", "microphone": "Microphone", "mix": "Mix it yourself"}


@dataclass(frozen=True)
class View:
    """Settings of the screen; the field names are parameters of the link."""

    sound_part: str = choice("see", PARTS, label="part of the page")
    sound_source: str = choice("sample", SOURCES, label="source")
    song: str = choice("funk", SONGS, label="song", help="Short songs of our own, whose stems are known.")

    def __post_init__(self) -> None:
        check(self)
