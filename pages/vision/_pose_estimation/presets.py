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
    Preset(
        "From far, then from near",
        "Stage 1 has to say all seventeen joints at one look. Which of them will the close looks of stage 2 move most?",
        {},
        {
            "pose_part": "methods",
            "pose_method": "deeppose",
            "pose_source": "sample",
            "figure": 11,
            "method_joint": "right_wrist",
            "deeppose_stage": "2",
        },
    ),
    Preset(
        "Which wrist?",
        "Stage 1 sees only what is near a joint. Where does it believe in a right wrist? And what says stage 3?",
        {},
        {
            "pose_part": "methods",
            "pose_method": "cpm",
            "pose_source": "sample",
            "figure": 7,
            "method_joint": "right_wrist",
        },
    ),
    Preset(
        "Whose arm is it?",
        "Every shoulder could belong to every elbow. Which pairs have a field that points from one to the other?",
        {},
        {
            "pose_part": "methods",
            "pose_method": "openpose",
            "pose_source": "sample",
            "figure": 20,
            "openpose_step": "scores",
        },
    ),
    Preset(
        "One pose too many",
        "Pose-NMS is off, and boxes overlap. How many poses will the same person get, and which should stay?",
        {},
        {
            "pose_part": "methods",
            "pose_method": "alphapose",
            "pose_source": "sample",
            "figure": 20,
            "alphapose_nms": False,
            "alphapose_iou": 0.7,
        },
    ),
)
