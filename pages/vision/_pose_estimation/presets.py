"""Try this: where to start on the pose page."""

from __future__ import annotations

from pages._ui.presets import Preset

PRESETS = (
    Preset(
        "Three at once",
        "One of them reaches across another. Which joints will the model give to the wrong person?",
        {},
        {"pose_part": "live", "pose_source": "sample", "figure": 20, "person": 1},
    ),
    Preset(
        "Every joint counts",
        "At a joint confidence of 0.05 even what nobody can see gets a place. Which joints are only guessed?",
        {"joint_confidence": 0.05},
        {"pose_part": "live", "pose_source": "sample", "figure": 5, "person": 1},
    ),
    Preset(
        "Count the squats",
        "From how many degrees to how many must the knee bend to count as one? Watch the curve, then say how many.",
        {},
        {"pose_part": "live", "pose_source": "video", "angle": "knees", "joint": "left_wrist"},
    ),
    Preset(
        "How bent is this elbow?",
        "Guess the angle at the elbow first. Then look at the arc, and at the formula with its numbers.",
        {},
        {"pose_part": "live", "pose_source": "sample", "figure": 11, "angle": "left_elbow"},
    ),
    Preset(
        "Left for right",
        "Two wrists are exchanged, all else is nearly right. How much does PCK take off for it, and how much OKS?",
        {},
        {"pose_part": "measures", "pose_measure": "pair", "pose_case": 53},
    ),
    Preset(
        "Who is whose?",
        "Raise the OKS threshold step by step. Which found person stops counting first, and what happens to AP?",
        {},
        {"pose_part": "measures", "pose_measure": "people", "people_case": 16},
    ),
)
