"""The detectors that need neither training here nor a download: a window slides over the picture at many sizes.

    people   HOG: a 64 × 128 window → 3780 numbers (histograms of oriented gradients) → w·x + b, a linear SVM
    faces    Haar: a square window → a cascade of boosted tests, each on sums over rectangles; most windows fail early

Both classifiers are OpenCV's, trained by others. Around a real object many neighbouring windows fire, a false alarm
stands alone; so window i is scored by the margins m of all windows that agree with it,

    evidence eᵢ = Σⱼ mⱼ [IoU(i, j) ≥ 0.5]        score = eᵢ / (eᵢ + e₀)

where OpenCV itself would merge neighbours and drop groups of only a few. m is what OpenCV reports: w·x + b for HOG; for
Haar the sum of the cascade's last stage, less that stage's threshold. e₀ was chosen by eye on photographs so that .5 is
a sensible threshold; the score is no probability.

Conventions: as in `detector`; label 1 is the one class. HOG's window leaves a margin of an eighth of its height above
and below the person. OpenCV's objects are not safe between threads: each thread has its own.

Reference: Dalal, Triggs, "Histograms of Oriented Gradients for Human Detection", 2005; Viola, Jones, "Rapid Object
Detection using a Boosted Cascade of Simple Features", 2001.
"""

from __future__ import annotations

import threading

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.ops import box_iou

from engine.detection.detections import Detections, Stage
from engine.detection.detector import check_image, check_thresholds, survivors

MAX_DETECTIONS = 100
MAX_WINDOWS = 2000  # with the largest margins; a photograph gives a few dozen
AGREEMENT_IOU = 0.5
MAX_ASPECT = 8  # of the picture searched in: a longer one is made smaller, so that the work is bounded

HOG_SHORTER_SIDE_PX = 320
HOG_WINDOW_PX = (128, 64)  # height, width
HOG_STEP_PX = 8
HOG_PADDING_PX = 16  # so that people at the edge are found
HOG_SCALE_STEP = 1.05  # from one size of the window to the next
HOG_EVIDENCE = 0.7  # e₀

HAAR_FILE = "haarcascade_frontalface_default.xml"
HAAR_SHORTER_SIDE_PX = 240
HAAR_SMALLEST_PX = 24
HAAR_SCALE_STEP = 1.1
HAAR_LAST_THRESHOLD = -2.9928278923034668  # of the file's last stage
HAAR_EVIDENCE = 12.0  # e₀


class _WindowDetector:
    """What the two share: raw windows, their scores, suppression."""

    score_threshold = 0.5
    iou_threshold = 0.3  # low: windows are squares or upright rectangles, larger than the object
    names: tuple[str, ...]
    size_hint: int
    what: str
    evidence: float

    def detect(self, image: Tensor, score_threshold: float = 0.5, iou_threshold: float = 0.3) -> Detections:
        """Return the objects with scores above `score_threshold`, suppressed at `iou_threshold`, best first."""
        check_image(image)
        check_thresholds(score_threshold, iou_threshold)
        boxes, scores, labels = self._windows(image)
        kept = survivors(boxes, scores, labels, score_threshold, iou_threshold, MAX_DETECTIONS)
        return Detections(boxes[kept], labels[kept], scores[kept], self.names)

    def stages(self, image: Tensor) -> tuple[Stage, ...]:
        """Return the raw windows: every place and size at which the classifier said yes."""
        check_image(image)
        boxes, scores, labels = self._windows(image)
        sentence = f"{len(boxes)} windows, of all places and sizes tried, in which the classifier saw {self.what}."
        return (Stage("raw boxes", sentence, boxes, scores, labels),)

    def _windows(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return boxes (N, 4) in pixels of the image, scores (N,) and labels (N,)."""
        height, width = image.shape[1:]
        scale = min(1.0, self.size_hint / min(height, width), MAX_ASPECT * self.size_hint / max(height, width))
        image = image[None].float().cpu()
        if scale < 1:
            image = F.interpolate(image, (max(1, round(height * scale)), max(1, round(width * scale))), mode="area")
        pixels = (image[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0).contiguous().numpy()
        windows, margins = self._search(pixels)
        margins = torch.as_tensor(np.asarray(margins).reshape(-1), dtype=torch.float32)
        corners = torch.as_tensor(np.asarray(windows).reshape(-1, 4), dtype=torch.float32)
        best = margins.argsort(descending=True, stable=True)[:MAX_WINDOWS]
        margins, corners = margins[best], corners[best]
        boxes = torch.cat([corners[:, :2], corners[:, :2] + corners[:, 2:]], dim=1) / scale
        boxes = boxes.clamp(min=0).minimum(torch.tensor([width, height, width, height]))
        return boxes, score(boxes, margins, self.evidence), torch.ones(len(boxes), dtype=torch.int64)

    def _search(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the windows (N, 4) as x, y, width, height and their margins (N,) in an RGB picture (H, W, 3)."""
        raise NotImplementedError


class HogPeople(_WindowDetector):
    """Upright people, from head to foot, by HOG and a linear SVM."""

    names = ("background", "person")
    size_hint = HOG_SHORTER_SIDE_PX
    what = "an upright person"
    evidence = HOG_EVIDENCE

    def _search(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if pixels.shape[0] < HOG_WINDOW_PX[0] or pixels.shape[1] < HOG_WINDOW_PX[1]:
            return np.empty((0, 4)), np.empty(0)  # no window fits, and OpenCV would read beyond the picture
        return _hog().detectMultiScale(
            cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR),
            winStride=(HOG_STEP_PX, HOG_STEP_PX),
            padding=(HOG_PADDING_PX, HOG_PADDING_PX),
            scale=HOG_SCALE_STEP,
            groupThreshold=0,
        )


class HaarFaces(_WindowDetector):
    """Faces seen from the front, by a cascade of Haar-like features."""

    names = ("background", "face")
    size_hint = HAAR_SHORTER_SIDE_PX
    what = "a face"
    evidence = HAAR_EVIDENCE

    def _search(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        grey = cv2.equalizeHist(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))
        windows, _, sums = _cascade().detectMultiScale3(
            grey,
            scaleFactor=HAAR_SCALE_STEP,
            minNeighbors=0,
            minSize=(HAAR_SMALLEST_PX, HAAR_SMALLEST_PX),
            outputRejectLevels=True,
        )
        return windows, np.asarray(sums, dtype=float) - HAAR_LAST_THRESHOLD


def score(boxes: Tensor, margins: Tensor, evidence: float) -> Tensor:
    """Return e / (e + e₀) of each window, (N,).

    Args:
        boxes: (N, 4).
        margins: (N,) at least 0.
        evidence: e₀, above 0.
    """
    agreeing = (box_iou(boxes, boxes) >= AGREEMENT_IOU).float()  # (N, N)
    found = agreeing @ margins.clamp(min=0)
    return found / (found + evidence)


_of_thread = threading.local()


def _hog() -> cv2.HOGDescriptor:
    if not hasattr(_of_thread, "hog"):
        _of_thread.hog = cv2.HOGDescriptor()
        _of_thread.hog.setSVMDetector(cv2.HOGDescriptor_getDefaultPeopleDetector())
    return _of_thread.hog


def _cascade() -> cv2.CascadeClassifier:
    if not hasattr(_of_thread, "cascade"):
        _of_thread.cascade = cv2.CascadeClassifier(cv2.data.haarcascades + HAAR_FILE)
    return _of_thread.cascade
