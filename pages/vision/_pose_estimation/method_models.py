"""The four methods ready to use, and who finds the people for three of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.detection import models as detectors
from engine.detection.people import find_people
from engine.pose import deep_pose, models, pose_machine
from engine.pose.openpose import OpenPoseEstimator
from engine.pose.rmpe import AlphaPoseEstimator
from engine.runtime import inference
from engine.weights import get, load

if TYPE_CHECKING:
    from engine.pose.assembly import Assembly
    from engine.pose.poses import Poses
    from pages.vision._pose_estimation.method_settings import Methods

DEEPPOSE, CPM = "DEEPPOSE_FIGURES_V1", "CPM_FIGURES_V1"
OPENPOSE, ALPHAPOSE = "OPENPOSE_FIGURES_V1", "ALPHAPOSE_FIGURES_V1"
FINDER, FINDER_OF_PHOTOS = "YOLO_FIGURES_V1", "FASTERRCNN_D2GO_INT8"
EFFICIENTPOSE = "EFFICIENTPOSE_RT"
KEYS = {
    "deeppose": DEEPPOSE,
    "cpm": CPM,
    "openpose": OPENPOSE,
    "alphapose": ALPHAPOSE,
    "efficientpose": EFFICIENTPOSE,
}
SURE, TIGHT_IOU = 0.3, 0.5  # of a box for a method that makes no choice of its own
LOOSE = 0.1  # AlphaPose takes unsure boxes as well
PATIENCE_S = 120.0

Finder = Callable[..., Any]  # (image, confidence=, iou=) → boxes (N, 4)


def ready() -> list[str]:
    """Return the four methods, and the downloaded one beside them where its file is here."""
    return [method for method in KEYS if method != "efficientpose" or models.is_here(EFFICIENTPOSE)]


def network(name: str) -> Any:
    """Return the network of these weights; errors as `engine.weights.load`."""
    return load(get(name))


def open_pose(assembly: Assembly | None = None) -> OpenPoseEstimator:
    """Return OpenPose; errors as `network`."""
    return OpenPoseEstimator(network(OPENPOSE), assembly)


def alpha_pose() -> AlphaPoseEstimator:
    """Return AlphaPose; errors as `network`."""
    return AlphaPoseEstimator(network(ALPHAPOSE), network(CPM))


def way(method: str, settings: Methods) -> Callable[[Any, Any], Poses]:
    """Return a method at the present settings as image, boxes → poses; errors as `network`."""
    match method:
        case "deeppose":
            return deep_pose.estimator(network(DEEPPOSE)).estimate
        case "cpm":
            return pose_machine.estimator(network(CPM)).estimate
        case "openpose":
            return open_pose(settings.assembly).estimate
        case "alphapose":
            return partial(_alpha_pose, alpha_pose(), settings)
    from engine.pose.efficientpose_rt import EfficientPoseRT

    return EfficientPoseRT().estimate


def _alpha_pose(estimator: AlphaPoseEstimator, settings: Methods, image: Any, boxes: Any) -> Poses:
    steps = estimator.look(image, boxes, settings.rmpe, settings.nms)
    return steps.poses.pick(steps.kept)


def finder_key(is_drawn: bool) -> str:
    """Return which detector finds the people: of a drawn picture or of the visitor's own."""
    return FINDER if is_drawn or not detectors.is_here(FINDER_OF_PHOTOS) else FINDER_OF_PHOTOS


def finder(is_drawn: bool) -> Finder:
    """Return who finds the people."""
    return partial(find_people, key=finder_key(is_drawn))


def finder_title(is_drawn: bool) -> str:
    """Return the name of who finds the people."""
    return detectors.get(finder_key(is_drawn)).title


def compute(function: Callable[[Any], Any], image: Any) -> Any:
    """Return what the function makes of one picture (3, H, W), computed in the inference thread."""
    return inference().submit(lambda batch: [function(batch[0])], image, True).result(PATIENCE_S)
