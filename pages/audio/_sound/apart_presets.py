"""Try this: where to start in the part "Take it apart"."""

from __future__ import annotations

from engine.source_separation import models
from engine.source_separation.ways import IDEAL_MASKS
from pages._ui.presets import Preset

_SAMPLE = {"sound_source": "sample"}
_EVEN = {f"level_{k}": 0.0 for k in range(1, 6)}
_MEDIAN = {"separator": models.MEDIAN_FILTERING}

PRESETS = (
    Preset(
        "Four tracks",
        "Demucs learned from drawn songs alone. Mute the vocals: which of the other three keeps a trace of the voice?",
        {},
        {**_SAMPLE, "song": "rock", "apart_part": "stems"},
    ),
    Preset(
        "Blows and tones",
        "A snare hisses, a bass is plucked. Which of the two lands on the wrong side? Solo each stem and listen.",
        _MEDIAN,
        {**_SAMPLE, "song": "funk", "apart_part": "stems"},
    ),
    Preset(
        "A long memory",
        "The median over time now spans 101 frames, over two seconds. What will become of the voice?",
        {**_MEDIAN, "median_frames": 101},
        {**_SAMPLE, "song": "folk", "apart_part": "stems"},
    ),
    Preset(
        "The ceiling",
        "These masks know the true stems. Will any stem come out without an error? Guess its SI-SDR, then look.",
        {"separator": IDEAL_MASKS, "ideal_kind": "ratio"},
        {**_SAMPLE, "song": "rock", "apart_part": "measured"},
    ),
    Preset(
        "All or nothing",
        "A binary mask gives each point to one stem alone. Which falls against the ratio: interference or artefacts?",
        {"separator": IDEAL_MASKS, "ideal_kind": "binary"},
        {**_SAMPLE, "song": "rock", "apart_part": "measured"},
    ),
    Preset(
        "A shy drummer",
        "The drums are 15 dB quieter than they were. Does that make them easier to find, or harder, and by how much?",
        {},
        {**_EVEN, "sound_source": "mix", "song": "blues", "level_1": -15.0, "apart_part": "measured"},
    ),
    Preset(
        "Into the bottom",
        "Demucs reads a chunk forwards and backwards. How many steps does its LSTM see, and how long is one of them?",
        {},
        {"apart_part": "inside", "explained": "demucs"},
    ),
)
