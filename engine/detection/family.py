"""The family of detectors on the scenes world, oldest first, and one picture through all of them.

Importing this module imports neither torch nor torchvision; making a detector does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import InvalidInput, constraint
from engine.weights import get, load
from engine.weights.declaring import trained_here

if TYPE_CHECKING:
    import torch
    from torch import nn

    from engine.detection.detections import Detections
    from engine.detection.detector import Detector

N_CLASSES = 8
QUICK_MS = 300.0  # what took less is run again, for a first run also prepares the layers


@dataclass(frozen=True)
class Member:
    """One method.

    Attributes:
        key: its short name.
        title: its name on a screen. sentence: what is new in it.
        weights: the name of its weights.
        wrap: makes the detector from the network and the class names.
        figure: which of the weights' metrics is its mAP at IoU 0.5 on 500 held-out scenes.
    """

    key: str
    title: str
    sentence: str
    weights: str
    wrap: Callable[[nn.Module, tuple[str, ...]], Detector]
    figure: str = "mAP@.5"

    @property
    def mean_ap(self) -> float:
        """Its mAP at IoU 0.5 on 500 held-out scenes, in [0, 1]."""
        return get(self.weights).metrics[self.figure]

    def make(self, device: torch.device | str | None = None) -> Detector:
        """Return the detector with its trained weights.

        Raises:
            WeightsError: the file is not there, or is another.
        """
        from engine.datasets.scenes import NAMES

        return self.wrap(load(get(self.weights), device), NAMES)


def is_ready(member: Member) -> bool:
    """Return whether the weights of a method are declared and here."""
    from engine.weights import all_weights, state

    return any(weights.name == member.weights and state(weights) == "bundled" for weights in all_weights())


@dataclass(frozen=True)
class Timing:
    """How often the network ran, and how long all of it took."""

    passes: int
    milliseconds: float


@dataclass(frozen=True, eq=False)
class Row:
    """What one method made of the picture; `step` of `total_steps` methods, from 1."""

    step: int
    total_steps: int
    key: str
    title: str
    detections: Detections
    timing: Timing


def detect_timed(
    detector: Detector, image: torch.Tensor, score_threshold: float, iou_threshold: float
) -> tuple[Detections, Timing]:
    """Run a detector on a picture (3, H, W) and return what it found and what it took. Errors are those of `detect`."""
    found, timing = _run(detector, image, score_threshold, iou_threshold)
    if timing.milliseconds < QUICK_MS:
        found, timing = _run(detector, image, score_threshold, iou_threshold)
    return found, timing


def compare(
    image: torch.Tensor, keys: Sequence[str] | None = None, device: torch.device | str | None = None
) -> Iterator[Row]:
    """Yield what each method makes of a picture (3, H, W), at its own thresholds.

    Args:
        keys: which methods; None for all.

    Raises:
        InvalidInput: an unknown key, or no float picture.
        WeightsError: a method's weights are not there.
    """
    unknown = set(keys or ()) - {member.key for member in FAMILY}
    if unknown:
        raise InvalidInput(constraint("keys", f"among {', '.join(m.key for m in FAMILY)}", sorted(unknown)))
    members = [member for member in FAMILY if keys is None or member.key in keys]
    return _rows(members, image, device)


def build_crops() -> nn.Module:
    """Return the untrained network of CROPS_SCENES_V1."""
    from engine.detection.crops import CropNet

    return CropNet(N_CLASSES)


def build_fast_rcnn() -> nn.Module:
    """Return the untrained network of FAST_RCNN_SCENES_V1."""
    from engine.detection.fast_rcnn import FastRcnnNet

    return FastRcnnNet(N_CLASSES)


def build_faster_rcnn() -> nn.Module:
    """Return the untrained network of FASTER_RCNN_SCENES_V1."""
    from engine.detection.faster_rcnn import build

    return build(N_CLASSES)


def _run(detector: Detector, image: torch.Tensor, score_threshold: float, iou_threshold: float) -> tuple:
    started = time.perf_counter()
    if hasattr(detector, "detect_and_count"):
        found, passes = detector.detect_and_count(image, score_threshold, iou_threshold)
    else:
        found, passes = detector.detect(image, score_threshold, iou_threshold), 1
    return found, Timing(passes, (time.perf_counter() - started) * 1000)


def _rows(members: Sequence[Member], image: torch.Tensor, device: torch.device | str | None) -> Iterator[Row]:
    for step, member in enumerate(members, 1):
        detector = member.make(device)
        found, timing = detect_timed(detector, image, detector.score_threshold, detector.iou_threshold)
        yield Row(step, len(members), member.key, member.title, found, timing)


def _sliding_window(net: nn.Module, names: tuple[str, ...]) -> Detector:
    from engine.detection.sliding_window import SlidingWindow

    return SlidingWindow(net, names, convolutional=False)


def _convolutional(net: nn.Module, names: tuple[str, ...]) -> Detector:
    from engine.detection.sliding_window import SlidingWindow

    return SlidingWindow(net, names, convolutional=True)


def _rcnn(net: nn.Module, names: tuple[str, ...]) -> Detector:
    from engine.detection.rcnn import Rcnn

    return Rcnn(net, names)


def _fast_rcnn(net: nn.Module, names: tuple[str, ...]) -> Detector:
    from engine.detection.fast_rcnn import FastRcnn

    return FastRcnn(net, names)


def _faster_rcnn(net: nn.Module, names: tuple[str, ...]) -> Detector:
    from engine.detection.faster_rcnn import detector

    return detector(net, names)


FAMILY = (
    Member(
        "sliding_window",
        "Sliding window",
        "A ConvNet looks at every window of the picture, one crop after the other.",
        "CROPS_SCENES_V1",
        _sliding_window,
        "mAP@.5 sliding window",
    ),
    Member(
        "convolutional",
        "Fully convolutional",
        "The same network and the same windows, but one pass for each scale: what windows share is computed once.",
        "CROPS_SCENES_V1",
        _convolutional,
        "mAP@.5 sliding window",
    ),
    Member(
        "rcnn",
        "R-CNN",
        "A segmentation proposes some hundred regions, and the same network looks at those alone.",
        "CROPS_SCENES_V1",
        _rcnn,
        "mAP@.5 R-CNN",
    ),
    Member(
        "fast_rcnn",
        "Fast R-CNN",
        "One pass over the picture; each proposed region takes its piece of the feature map.",
        "FAST_RCNN_SCENES_V1",
        _fast_rcnn,
    ),
    Member(
        "faster_rcnn",
        "Faster R-CNN",
        "The regions, too, are proposed by a network, on the same feature map.",
        "FASTER_RCNN_SCENES_V1",
        _faster_rcnn,
    ),
    Member(
        "yolo",
        "YOLO",
        "No proposals at all: each cell of a grid says at once what is there and where.",
        "YOLO_SCENES_V1",
        lambda net, names: net,
    ),
)

trained_here(
    "CROPS_SCENES_V1",
    build_crops,
    "d5a5861ac82947912f48b341381a6462b4bf9ac4794c5f69ccdeb519d046053d",
    1_011_213,
    {"mAP@.5 sliding window": 0.986, "mAP@.5 R-CNN": 0.982},
)
trained_here(
    "FAST_RCNN_SCENES_V1",
    build_fast_rcnn,
    "8615fd7170570023b5abf20735e4264d33204999f38c81cad510c2bf970b0e8d",
    1_510_301,
    {"mAP@.5": 0.961},
)
trained_here(
    "FASTER_RCNN_SCENES_V1",
    build_faster_rcnn,
    "9f90a637d8f59783bd421b87de60170c500d97159f739ebc346b7a6a65c09a03",
    1_599_161,
    {"mAP@.5": 0.987},
)
