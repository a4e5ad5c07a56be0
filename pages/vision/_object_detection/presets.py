"""Try this: where to start on the detection page."""

from __future__ import annotations

from pages._ui.presets import Preset

PRESETS = (
    Preset(
        "A crowded table",
        "Some objects are half hidden. Which of them will the model miss, and how sure is it of the rest?",
        {},
        {"part": "live", "source": "sample", "scene": 7},
    ),
    Preset(
        "Everything counts",
        "At a confidence of 0.05 almost any box is shown. How many of them are right?",
        {"confidence": 0.05, "iou": 0.9},
        {"part": "live", "source": "sample", "scene": 12},
    ),
    Preset(
        "Why suppress?",
        "One object, many boxes. Which of them should stay, and what decides it?",
        {"confidence": 0.2},
        {"part": "xray", "source": "sample", "scene": 7},
    ),
)
