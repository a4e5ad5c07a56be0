"""The table of detectors that a visitor can choose from, and which of them is best at hand.

Importing this module imports neither torch nor OpenCV: a page lists the models before any is made.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from engine.detection import declarations
from engine.detection.family import FAMILY, Member
from engine.weights import Weights, load
from engine.weights import get as get_weights
from engine.weights.model_table import Model, ModelTable

if TYPE_CHECKING:
    import torch

    from engine.detection.detector import Detector

ON_A_GPU = "FASTERRCNN_RESNET50_FPN_V2"
ON_A_CPU = "FASTERRCNN_D2GO_INT8"
FOR_SCENES = "YOLO_SCENES_V1"
FOR_FIGURES = "YOLO_FIGURES_V1"
IN_THE_BOX = "HAAR_FACES"  # shows something on the webcam of whoever sits before it


def _hog_people(device: torch.device | str | None = None) -> Detector:
    from engine.detection.classical import HogPeople

    return HogPeople()


def _haar_faces(device: torch.device | str | None = None) -> Detector:
    from engine.detection.classical import HaarFaces

    return HaarFaces()


def _d2go(device: torch.device | str | None = None) -> Detector:
    from engine.detection.d2go import D2GoDetector

    return D2GoDetector()


def _yolo(weights: Weights, device: torch.device | str | None = None) -> Detector:
    return load(weights, device)


def _torchvision(weights: Weights, device: torch.device | str | None = None) -> Detector:
    from engine.detection.torchvision_models import make

    return make(weights, device)


def _official(weights: Weights, title: str, sentence: str) -> Model:
    return Model(weights.name, title, sentence, weights, partial(_torchvision, weights))


_ROWS = (
    Model(
        "HAAR_FACES",
        "Faces (Haar cascade)",
        "A window slides over the picture at every size; a cascade of simple tests finds faces seen from the front.",
        None,
        _haar_faces,
    ),
    Model(
        "HOG_PEOPLE",
        "People (HOG + SVM)",
        "A sliding window, histograms of its gradients and a linear classifier find people who stand or walk.",
        None,
        _hog_people,
    ),
    Model(
        FOR_SCENES,
        "YOLO, trained here",
        "Eight kinds of drawn objects, learned from our own scenes: a grid whose cells answer for what they hold.",
        declarations.YOLO_SCENES_V1,
        partial(_yolo, declarations.YOLO_SCENES_V1),
    ),
    Model(
        FOR_FIGURES,
        "YOLO for people, trained here",
        "The same network taught to find people, on figures that Tangent draws itself.",
        declarations.YOLO_FIGURES_V1,
        partial(_yolo, declarations.YOLO_FIGURES_V1),
    ),
    Model(
        ON_A_CPU,
        "Faster R-CNN, int8",
        "80 classes of COCO in 8-bit integers, small and quick enough for a live picture on a CPU.",
        declarations.FASTERRCNN_D2GO_INT8,
        _d2go,
    ),
    _official(
        declarations.SSDLITE320_MOBILENET_V3_LARGE,
        "SSDlite, MobileNetV3",
        "One look at 320 × 320 px, six grids of anchors: the lightest of torchvision's detectors.",
    ),
    _official(
        declarations.FASTERRCNN_MOBILENET_V3_LARGE_320_FPN,
        "Faster R-CNN, MobileNetV3",
        "Two stages on a light backbone at 320 px: proposals first, then a look at each.",
    ),
    _official(
        declarations.FASTERRCNN_RESNET50_FPN_V2,
        "Faster R-CNN, ResNet-50",
        "Two stages on a feature pyramid; exact, and quick only on a GPU.",
    ),
    _official(
        declarations.RETINANET_RESNET50_FPN_V2,
        "RetinaNet, ResNet-50",
        "One stage, trained with the focal loss so that the many empty anchors do not drown the few objects.",
    ),
    _official(
        declarations.FCOS_RESNET50_FPN,
        "FCOS, ResNet-50",
        "One stage without anchor shapes: each point of the feature maps gives its distances to the box's four sides.",
    ),
    _official(
        declarations.MASKRCNN_RESNET50_FPN_V2,
        "Mask R-CNN, ResNet-50",
        "Faster R-CNN with one more head that draws each object's outline: instance segmentation.",
    ),
)

_FROM_THE_FAMILY = ("faster_rcnn", "fast_rcnn", "rcnn", "convolutional")


def _trained_here(member: Member) -> Model:
    title, key = f"{member.title}, trained here", member.weights.replace("CROPS", member.key.upper())
    return Model(key, title, member.sentence, get_weights(member.weights), member.make)


_HERE = [_trained_here(member) for key in _FROM_THE_FAMILY for member in FAMILY if member.key == key]
MODELS = ModelTable((*_ROWS[:4], *_HERE, *_ROWS[4:]))
get, is_here = MODELS.row, MODELS.is_here


def best_at_hand(device: torch.device | str, can_download: bool = False) -> str:
    """Return the key of the model to start with on `device`.

    On a GPU that is a large one, on a CPU the int8 one, if its file is here or `can_download`; else the int8 one if it
    is here; else what comes with Tangent.
    """
    wanted = [ON_A_CPU] if str(device).startswith("cpu") else [ON_A_GPU, ON_A_CPU]
    return next((key for key in wanted if can_download or is_here(key)), IN_THE_BOX)
