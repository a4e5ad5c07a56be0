"""All methods on one picture: who they find, how long they take, how far they are off."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pages._ui.session import remember
from pages.vision._pose_estimation import method_models
from pages.vision._pose_estimation.method_errors import Judged, judge
from pages.vision._pose_estimation.method_settings import METHODS, Methods

if TYPE_CHECKING:
    from engine.pose.poses import Poses
    from pages._ui.pictures import Picture

TITLES = {key: title for key, title in METHODS.items() if key != "together"} | {"efficientpose": "EfficientPose RT"}
SHORT = TITLES | {"cpm": "Pose Machines"}
TIMES = 3  # after one that warms up
MOST_PEOPLE = 16
NOBODY = "The finder sees nobody: one person in the middle."


@dataclass(frozen=True, eq=False)
class Boxes:
    """Where the people are, for the methods that are told: (N, 4) or None for one in the whole picture.

    Attributes:
        said: who says so, in words.
        ms, loose_ms: what it took to find them; None where nobody had to.
    """

    tight: Any
    loose: Any
    said: str
    ms: float | None = None
    loose_ms: float | None = None


@dataclass(frozen=True, eq=False)
class Row:
    """What one method made of the picture; `judged` where the truth is known."""

    method: str
    poses: Poses
    ms: float
    boxes_ms: float | None
    judged: Judged | None


def boxes_of(picture: Picture, iou: float) -> Boxes:
    """Return the boxes that the finder sees; in a photo of nobody, one person in the middle.

    Args:
        iou: of AlphaPose's boxes.
    """
    find = method_models.finder(picture.is_drawn)

    def found() -> Boxes:
        tight, ms = timed(_ask(find, method_models.SURE, method_models.TIGHT_IOU), picture.image)
        loose, loose_ms = timed(_ask(find, method_models.LOOSE, iou), picture.image)
        if not len(tight) and not picture.is_drawn:
            return Boxes(None, None, NOBODY, ms, loose_ms)
        return Boxes(tight, loose, said, ms, loose_ms)

    said = f"{method_models.finder_title(picture.is_drawn)} says where people are, for all but OpenPose."
    return remember("pose:together boxes", (picture.identity, iou), found)


def row_of(method: str, picture: Picture, boxes: Boxes, settings: Methods) -> Row:
    """Return what a method makes of the picture."""
    own = boxes.loose if method == "alphapose" else boxes.tight
    boxes_ms = None if method == "openpose" else boxes.loose_ms if method == "alphapose" else boxes.ms

    def look() -> Row:
        way = method_models.way(method, settings)
        poses, ms = timed(lambda image: way(image, own), picture.image)
        judged = judge(poses, picture.truth) if picture.is_drawn else None
        return Row(method, poses, ms, boxes_ms, judged)

    its_own = {
        "openpose": settings.assembly,
        "alphapose": (settings.rmpe, settings.nms, settings.alphapose_iou),
    }.get(method)
    return remember(f"pose:together {method}", (picture.identity, boxes.said, its_own), look)


def timed(function: Callable[[Any], Any], image: Any) -> tuple[Any, float]:
    """Return what the function makes of a picture, and the median of its times, ms, each in the inference thread."""

    def once(image: Any) -> tuple[Any, float]:
        start = time.perf_counter()
        made = function(image)
        return made, 1000 * (time.perf_counter() - start)

    runs = [method_models.compute(once, image) for _ in range(1 + TIMES)]
    return runs[-1][0], statistics.median(ms for _, ms in runs[1:])


def columns_of(rows: list[Row]) -> dict[str, list]:
    """Return the table; None where something is not known."""
    judged = [row.judged for row in rows]
    return {
        "method": [TITLES[row.method] for row in rows],
        "people": [len(row.poses) for row in rows],
        "boxes (ms)": [_rounded(row.boxes_ms, 1) for row in rows],
        "joints (ms)": [round(row.ms, 1) for row in rows],
        "error (px)": [_rounded(one and one.error_px, 2) for one in judged],
        "PCK@.2": [_rounded(one and one.pck, 3) for one in judged],
        "mean OKS": [_rounded(one and one.oks, 3) for one in judged],
    }


def joint_columns(rows: list[Row]) -> dict[str, list]:
    """Return every joint of every person of every method."""
    out: dict[str, list] = {name: [] for name in ("method", "person", "joint", "x (px)", "y (px)", "score")}
    for row in rows:
        for person, (places, scores) in enumerate(zip(row.poses.keypoints, row.poses.scores, strict=True), 1):
            for name, (x, y), score in zip(row.poses.names, places.tolist(), scores.tolist(), strict=True):
                values = (TITLES[row.method], person, name, round(x, 2), round(y, 2), round(score, 5))
                for column, value in zip(out.values(), values, strict=True):
                    column.append(value)
    return out


def _ask(find: method_models.Finder, confidence: float, iou: float) -> Callable[[Any], Any]:
    return lambda image: find(image, confidence=confidence, iou=iou)[:MOST_PEOPLE].cpu()


def written(columns: dict[str, list]) -> dict[str, list[str]]:
    """Return the table as it is shown: "–" for what is not known."""
    digits = {"boxes (ms)": 1, "joints (ms)": 1, "error (px)": 2, "PCK@.2": 3, "mean OKS": 3}
    return {
        name: ["–" if v is None else f"{v:.{digits[name]}f}" if name in digits else str(v) for v in values]
        for name, values in columns.items()
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None or value != value else round(value, digits)
