"""The table of pose estimators that a visitor can choose from, and which of them is best at hand.

Importing this module imports no torch: a page lists the models before any is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.pose import declarations
from engine.weights import load
from engine.weights.model_table import Model, ModelTable

if TYPE_CHECKING:
    import torch

    from engine.pose.estimator import Estimator
    from engine.weights import Weights

ON_A_CPU = "EFFICIENTPOSE_RT"
ON_A_GPU = "KEYPOINTRCNN_RESNET50_FPN"
IN_THE_BOX = "CPM_FIGURES_V1"
THROUGH_THE_POSE_MACHINE = "ALPHAPOSE_FIGURES_V1"


def _efficientpose(device: torch.device | str | None = None) -> Estimator:
    from engine.pose.efficientpose_rt import EfficientPoseRT

    return EfficientPoseRT(device)


def _deep_pose(device: torch.device | str | None = None) -> Estimator:
    from engine.pose.deep_pose import estimator

    return estimator(load(declarations.DEEPPOSE_FIGURES_V1, device))


def _pose_machine(device: torch.device | str | None = None) -> Estimator:
    from engine.pose.pose_machine import estimator

    return estimator(load(declarations.CPM_FIGURES_V1, device))


def _open_pose(device: torch.device | str | None = None) -> Estimator:
    from engine.pose.openpose import OpenPoseEstimator

    return OpenPoseEstimator(load(declarations.OPENPOSE_FIGURES_V1, device))


def _alpha_pose(device: torch.device | str | None = None) -> Estimator:
    from engine.pose.rmpe import AlphaPoseEstimator

    transformer = load(declarations.ALPHAPOSE_FIGURES_V1, device)
    return AlphaPoseEstimator(transformer, load(declarations.CPM_FIGURES_V1, device))


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
        "DEEPPOSE_FIGURES_V1",
        "DeepPose, trained here",
        "Says one person's seventeen joints as numbers, and corrects each from near.",
        declarations.DEEPPOSE_FIGURES_V1,
        _deep_pose,
    ),
    Model(
        IN_THE_BOX,
        "Pose Machine, trained here",
        "One person's seventeen joints as heatmaps, in three stages; learned from drawn people alone.",
        declarations.CPM_FIGURES_V1,
        _pose_machine,
    ),
    Model(
        "OPENPOSE_FIGURES_V1",
        "OpenPose, trained here",
        "Everyone's joints at once, and fields that say whose each is.",
        declarations.OPENPOSE_FIGURES_V1,
        _open_pose,
    ),
    Model(
        THROUGH_THE_POSE_MACHINE,
        "AlphaPose, trained here",
        "Centres each box before the Pose Machine looks, and lets one pose a person stay.",
        declarations.ALPHAPOSE_FIGURES_V1,
        _alpha_pose,
    ),
    Model(
        ON_A_GPU,
        "Keypoint R-CNN, ResNet-50",
        "Finds everyone in the picture, and COCO's seventeen keypoints of each; quick only on a GPU.",
        declarations.KEYPOINTRCNN_RESNET50_FPN,
        _keypoint_rcnn,
    ),
)
MODELS = ModelTable(_ROWS)
get, is_here = MODELS.row, MODELS.is_here


def weights_of(key: str) -> tuple[Weights, ...]:
    """Return all weights that a model is made of; AlphaPose looks through the Pose Machine.

    Raises:
        InvalidInput: no such model.
    """
    own = (get(key).weights,)
    return (*own, declarations.CPM_FIGURES_V1) if key == THROUGH_THE_POSE_MACHINE else own


def best_at_hand(device: torch.device | str, can_download: bool = False) -> str:
    """Return the key of the model to start with on `device`.

    On a GPU that is the large one, on a CPU the small one, if its file is here or `can_download`; else the small one if
    it is here; else what comes with Tangent.
    """
    wanted = [ON_A_CPU] if str(device).startswith("cpu") else [ON_A_GPU, ON_A_CPU]
    return next((key for key in wanted if can_download or is_here(key)), IN_THE_BOX)
