"""The table of pose estimators that a visitor can choose from, and which of them is best at hand.

Importing this module imports no torch: a page lists the models before any is made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import InvalidInput, constraint
from engine.pose import declarations
from engine.weights import Bundled, Weights, state

if TYPE_CHECKING:
    import torch

    from engine.pose.estimator import Estimator

ON_A_CPU = "EFFICIENTPOSE_RT"
ON_A_GPU = "KEYPOINTRCNN_RESNET50_FPN"
IN_THE_BOX: str | None = None  # the key of a bundled one


@dataclass(frozen=True)
class Model:
    """One row of the table.

    Attributes:
        key: the weights' name.
        title: its name on a screen.
        sentence: what it is.
        weights: its file.
        make: makes the estimator on a device (None: the chosen one), fetching the file if it is not here.
    """

    key: str
    title: str
    sentence: str
    weights: Weights
    make: Callable[[torch.device | str | None], Estimator]

    @property
    def kind(self) -> str:
        """ "box" for what comes with Tangent, "download" for the rest."""
        return "box" if isinstance(self.weights.source, Bundled) else "download"


def _efficientpose(device: torch.device | str | None = None) -> Estimator:
    from engine.pose.efficientpose_rt import EfficientPoseRT

    return EfficientPoseRT(device)


def _keypoint_rcnn(device: torch.device | str | None = None) -> Estimator:
    from engine.pose.keypoint_rcnn import make

    return make(device)


_ROWS = (
    Model(
        ON_A_CPU,
        "EfficientPose RT",
        "One person's sixteen joints from a small picture, quick enough for a live one on a CPU.",
        declarations.EFFICIENTPOSE_RT,
        _efficientpose,
    ),
    Model(
        ON_A_GPU,
        "Keypoint R-CNN, ResNet-50",
        "Finds everyone in the picture, and COCO's seventeen keypoints of each; quick only on a GPU.",
        declarations.KEYPOINTRCNN_RESNET50_FPN,
        _keypoint_rcnn,
    ),
)
MODELS = {model.key: model for model in _ROWS}


def get(key: str) -> Model:
    """Return the row of this key.

    Raises:
        InvalidInput: there is none; the text lists the keys there are.
    """
    if key not in MODELS:
        raise InvalidInput(constraint("model", f"one of {', '.join(MODELS)}", key))
    return MODELS[key]


def is_here(key: str) -> bool:
    """Whether the model can be made without a download; raises as `get`."""
    return state(get(key).weights) in ("bundled", "here")


def best_at_hand(device: torch.device | str, can_download: bool = False) -> str:
    """Return the key of the model to start with on `device`.

    On a GPU that is the large one, on a CPU the small one, if its file is here or `can_download`; else the small one if
    it is here; else what comes with Tangent, and where nothing does the small one, to be downloaded.
    """
    wanted = [ON_A_CPU] if str(device).startswith("cpu") else [ON_A_GPU, ON_A_CPU]
    return next((key for key in wanted if can_download or is_here(key)), IN_THE_BOX or ON_A_CPU)
