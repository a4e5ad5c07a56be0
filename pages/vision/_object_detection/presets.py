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
    Preset(
        "No false alarm",
        "Raise the score threshold until no false positive is left. How many objects does that cost?",
        {},
        {"part": "measures", "measure": "precision", "case": 6, "cut": 0.3},
    ),
    Preset(
        "Six generations",
        "The same picture through all six methods. Which step saved most of the time, and what did it cost?",
        {},
        {"part": "family", "chapter": "compare", "scene": 12},
    ),
    Preset(
        "Learn to point",
        "A network has to say what there is and where, in one vector. What does it get right first?",
        {},
        {"part": "family", "chapter": "localise", "classes": 3},
    ),
)
