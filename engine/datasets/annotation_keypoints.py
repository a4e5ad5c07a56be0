"""Uploaded keypoints in COCO's JSON: the true people of many images, and the people an estimator found there.

    truths    {"images": […], "annotations": [{"image_id", "category_id", "keypoints": [x, y, v, …], "bbox", "area",
               "iscrowd", "num_keypoints"}, …], "categories": [one]}
    results   [{"image_id", "category_id", "keypoints": [x, y, any, …], "score"}, …]

Each is one file, or a zip of it; other keys are skipped.

Conventions: as in `engine.metrics.pose`; 17 keypoints in COCO's order, coordinates in pixels as the file has them.
Images are in the order of their ids. The limits and the checks are those of uploaded boxes.

Reference: cocodataset.org, "Data format" and "Results format".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.datasets import annotation_limits as limits
from engine.datasets.annotation_json import id_of, list_entries, names_by_id, parse
from engine.datasets.annotation_limits import corners, number, shown
from engine.datasets.annotations import check_counts, group_by_image, open_files
from engine.errors import InvalidInput, constraint
from engine.metrics.pose import KeypointPredictions, KeypointTruth

N_KEYPOINTS = 17
_ADVICE = "Bring a file such as person_keypoints_val2017.json."


@dataclass(frozen=True, eq=False)
class KeypointTruthSet:
    """The true people of many images.

    Attributes:
        keys: of the images, COCO's ids.
        titles: the images' file names, safe to show.
        truths: one element for each image.
        category: the id of the one category.
    """

    keys: tuple[int, ...]
    titles: tuple[str, ...]
    truths: tuple[KeypointTruth, ...]
    category: int


@dataclass(frozen=True, eq=False)
class KeypointResultSet:
    """The people found in the images of a `KeypointTruthSet`, in its order.

    Attributes:
        predictions: one element per image.
        n_left_out: how many were left out because they are of another category.
    """

    predictions: tuple[KeypointPredictions, ...]
    n_left_out: int


@dataclass(frozen=True)
class _Person:
    """One person as a file gives them; `keypoints` are 17 · 3 numbers."""

    image: int
    category: int
    keypoints: tuple[float, ...]
    score: float = 1.0
    corners: tuple[float, ...] = ()
    area: float = 0.0
    is_crowd: bool = False
    is_difficult: bool = False


def read_keypoint_truths(files: Mapping[str, bytes]) -> KeypointTruthSet:
    """Read the true people.

    Args:
        files: name → content of one COCO JSON, or of a zip of it.

    Raises:
        InvalidInput: no or several files, not JSON, a part that is missing or malformed, more than one category.
        ResourceLimit: more bytes, values, images or people than `annotation_limits` allows.
    """
    content = _content(files)
    if not isinstance(content, dict) or not {"images", "annotations", "categories"} <= content.keys():
        got = "a list" if isinstance(content, list) else "something else"
        raise InvalidInput(constraint("The truths", "COCO's object of three lists", got, _ADVICE))
    categories = names_by_id(content["categories"], "categories", "name")
    if len(categories) != 1:
        raise InvalidInput(constraint("The categories", "one, of people with keypoints", len(categories), _ADVICE))
    titles = names_by_id(content["images"], "images", "file_name")
    people = [_true_person(*entry) for entry in list_entries(content["annotations"], "annotations")]
    (category,) = categories
    if others := [person.category for person in people if person.category != category]:
        raise InvalidInput(constraint("The category of every annotation", f"{category}", others[0], _ADVICE))
    check_counts(titles, (), people)
    keys = sorted(titles)
    truths = tuple(_truth(own) for own in group_by_image(people, keys).values())
    return KeypointTruthSet(tuple(keys), tuple(shown(titles[key]) for key in keys), truths, category)


def read_keypoint_results(files: Mapping[str, bytes], truths: KeypointTruthSet) -> KeypointResultSet:
    """Read the people found in the images of `truths`.

    Args:
        files: name → content of one COCO results JSON, or of a zip of it.

    Raises:
        InvalidInput: as `read_keypoint_truths`; an image that the truths do not have.
        ResourceLimit: as `read_keypoint_truths`.
    """
    content = _content(files)
    entries = content.get("annotations") if isinstance(content, dict) else content
    people = [_found_person(*entry) for entry in list_entries(entries, "results")]
    check_counts({person.image: "" for person in people}, (), people)
    by_image = group_by_image(people, truths.keys).values()
    known = [[person for person in own if person.category == truths.category] for own in by_image]
    n_left_out = len(people) - sum(map(len, known))
    return KeypointResultSet(tuple(map(_prediction, known)), n_left_out)


def _content(files: Mapping[str, bytes]) -> object:
    opened, kind = open_files(files, "xywh")
    if kind != "json":
        raise InvalidInput(constraint("The file", "JSON in COCO's format", kind.upper(), _ADVICE))
    return parse(*opened.values())


def _true_person(entry: dict, where: str) -> _Person:
    keypoints = _keypoints(entry, where)
    for value in keypoints[2::3]:
        if value not in (0, 1, 2):
            raise InvalidInput(constraint(f"The visibility of a keypoint of {where}", "0, 1 or 2", value))
    box = corners(entry.get("bbox"), f"The bbox of {where}", "xywh")
    own = (box[2] - box[0]) * (box[3] - box[1])
    crowd = entry.get("iscrowd", 0)
    n_marked = entry.get("num_keypoints", sum(value > 0 for value in keypoints[2::3]))
    return _Person(
        image=id_of(entry, "image_id", where),
        category=id_of(entry, "category_id", where),
        keypoints=keypoints,
        corners=box,
        area=number(entry.get("area", own), f"The area of {where}", 0, limits.MAX_AREA_PX2),
        is_crowd=bool(number(int(crowd) if isinstance(crowd, bool) else crowd, f"The iscrowd of {where}", 0, 1)),
        is_difficult=number(n_marked, f"The num_keypoints of {where}", 0, 1000) == 0,
    )


def _found_person(entry: dict, where: str) -> _Person:
    return _Person(
        image=id_of(entry, "image_id", where),
        category=id_of(entry, "category_id", where),
        keypoints=_keypoints(entry, where),
        score=number(entry.get("score"), f"The score of {where}", -limits.MAX_SCORE, limits.MAX_SCORE),
    )


def _keypoints(entry: dict, where: str) -> tuple[float, ...]:
    """Return 17 · 3 numbers within `MAX_COORDINATE_PX`."""
    values = entry.get("keypoints")
    if not isinstance(values, list) or len(values) != 3 * N_KEYPOINTS:
        got = f"{len(values)} numbers" if isinstance(values, list) else shown(values)
        raise InvalidInput(constraint(f"The keypoints of {where}", "51 numbers, x, y and v of COCO's 17", got, _ADVICE))
    what, most = f"A keypoint of {where}", limits.MAX_COORDINATE_PX
    return tuple(number(value, what, -most, most) for value in values)


def _truth(people: Sequence[_Person]) -> KeypointTruth:
    return KeypointTruth(
        keypoints=_array(people),
        boxes=np.array([person.corners for person in people], float).reshape(-1, 4),
        areas=np.array([person.area for person in people], float),
        crowd=np.array([person.is_crowd for person in people], bool),
        difficult=np.array([person.is_difficult for person in people], bool),
    )


def _prediction(people: Sequence[_Person]) -> KeypointPredictions:
    return KeypointPredictions(_array(people)[..., :2], np.array([person.score for person in people], float))


def _array(people: Sequence[_Person]) -> np.ndarray:
    return np.array([person.keypoints for person in people], float).reshape(-1, N_KEYPOINTS, 3)
