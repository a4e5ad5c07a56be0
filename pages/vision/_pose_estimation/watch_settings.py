"""What is looked for and what is followed: the model, who finds the people, a joint's trace, a counted angle."""

from __future__ import annotations

from dataclasses import dataclass

from engine.detection.people import PEOPLE
from engine.pose import models
from engine.pose.angles import COUNTABLE
from engine.settings import check, choice, integer
from pages._ui.model_choice import sentences

AUTO = "auto"
ONE = "one"
NOTHING = "none"
JOINTS = tuple(
    f"{side}_{joint}" for joint in ("wrist", "elbow", "shoulder", "hip", "knee", "ankle") for side in ("left", "right")
)


@dataclass(frozen=True)
class Watch:
    """Settings of the part "Live"; the field names are parameters of the link."""

    pose_model: str = choice(
        AUTO,
        {AUTO: "the best at hand", **{key: one.title for key, one in models.MODELS.items()}},
        label="model",
        help=sentences(models.MODELS),
    )
    people: str = choice(
        AUTO,
        {AUTO: "whatever fits the source", ONE: "one, in the middle", **PEOPLE},
        label="people",
        help="Who says where the people are: a person detector, or nobody, for one person in the middle. A model that "
        "finds all people at once needs neither.",
    )
    joint: str = choice(
        "right_wrist",
        {NOTHING: "none", **{name: name.replace("_", " ") for name in JOINTS}},
        label="traced joint",
        help="Its way over the last two seconds is drawn.",
    )
    angle: str = choice(
        "knees",
        {key: key.replace("_", " ") for key in COUNTABLE},
        label="angle",
        help="The angle that is explained, and in a stream or a video counted: once for each time it has changed and "
        "come back. Of two sides it is the mean.",
    )
    person: int = integer(1, 1, 64, label="person", help="Whose angles are shown.")

    def __post_init__(self) -> None:
        check(self)
