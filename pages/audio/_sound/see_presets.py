"""Try this: where to start in "See sound", "Sampling" and "Decibels"."""

from __future__ import annotations

from typing import Any

from engine.settings import default_of, limits_of
from engine.spectral_analysis.settings import MelSettings, SpectrogramSettings
from pages._ui.presets import Preset
from pages.audio._sound.see_settings import Decibels, Sampling, See


def _start(name: str, question: str, part: str, song: str = "funk", **changes: Any) -> Preset:
    """Return a preset of a part and a song; all that is not among the changes takes its default."""
    settings = (See, SpectrogramSettings, MelSettings, Sampling, Decibels)
    defaults = {field: default_of(one, field) for one in settings for field in limits_of(one)}
    return Preset(name, question, {"sound_part": part, "song": song}, defaults | changes)


PRESETS = (
    _start(
        "When or which",
        "The window is 200 samples long. What can you still tell: when a drum is struck, or which note the bass plays?",
        "see",
        window_length=200,
        hop_length=50,
        frequency_axis="log",
        from_s=4.0,
        to_s=8.0,
    ),
    _start(
        "Empty filters",
        "128 mel filters on windows of 500 samples: how many of them fall between two bins and see nothing at all?",
        "see",
        "folk",
        see_picture="mel",
        window_length=500,
        hop_length=200,
        n_mels=128,
        frequency_axis="log",
    ),
    _start(
        "13 numbers",
        "How many decibels are lost when 13 coefficients stand for 80 bands? And when you keep only 3?",
        "see",
        "blues",
        see_picture="mfcc",
    ),
    _start(
        "Past half the rate",
        "A tone of 7 kHz is sampled 8000 times a second. Which tone will come out? Work it out, then hear it.",
        "sampling",
        tone_hz=7000.0,
    ),
    _start(
        "A rising tone",
        "A tone rises to 24 kHz, and one sample of six is kept. What path does it take in the second picture?",
        "sampling",
        sampled="rising",
    ),
    _start(
        "+20 dB",
        "The gain is +20 dB. How many times higher is the waveform, and how many times larger is its power?",
        "decibels",
        changed="gain",
        gain_db=20.0,
    ),
    _start(
        "One and one",
        "Two equal tones, the second half a period later. How loud is their sum? And at a third of a period?",
        "decibels",
        changed="sum",
        turn=180.0,
    ),
)
