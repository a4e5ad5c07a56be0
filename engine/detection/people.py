"""The boxes of the people in a picture, by any of the detectors that know people.

Importing this module imports no torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.detection import models
from engine.errors import InvalidInput, constraint

if TYPE_CHECKING:
    from torch import Tensor

PERSON = "person"
_KEYS = (
    "HOG_PEOPLE",
    "YOLO_FIGURES_V1",
    "FASTERRCNN_D2GO_INT8",
    "SSDLITE320_MOBILENET_V3_LARGE",
    "FASTERRCNN_MOBILENET_V3_LARGE_320_FPN",
    "FASTERRCNN_RESNET50_FPN_V2",
    "RETINANET_RESNET50_FPN_V2",
    "FCOS_RESNET50_FPN",
    "MASKRCNN_RESNET50_FPN_V2",
)
PEOPLE = {key: models.get(key).title for key in _KEYS}  # key → title


def find_people(image: Tensor, key: str, confidence: float, iou: float = 0.5) -> Tensor:
    """Return the boxes (N, 4) of people, xyxy in pixels, the best first; empty where there is nobody.

    Args:
        image: RGB (3, H, W), float in [0, 1] or uint8.
        key: of a detector in `PEOPLE`; its file is fetched if it is not here.
        confidence: a score must be above it.
        iou: of two boxes that overlap by more, the better one stays.

    Raises:
        InvalidInput: a detector that does not know people, an image or a threshold that is none.
        WeightsError: the detector's file cannot be had.
    """
    if key not in PEOPLE:
        raise InvalidInput(constraint("The finder of people", f"one of {', '.join(PEOPLE)}", key))
    detector = models.get(key).make(None)
    found = detector.detect(image if image.is_floating_point() else image / 255, confidence, iou)
    return found.boxes[found.labels == found.names.index(PERSON)]
