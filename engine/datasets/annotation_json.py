"""COCO's JSON: truths as {"images": …, "annotations": …, "categories": …}, detections as a list of results.

Conventions: `bbox` is x, y, width, height in pixels; keys that are not named here are skipped.

Reference: cocodataset.org, "Data format" and "Results format".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NoReturn

from engine.datasets import annotation_limits as limits
from engine.datasets.annotation_limits import RawBox, corners, number, shown
from engine.errors import InvalidInput, ResourceLimit, constraint

_TRUTH_ADVICE = "Bring a file with images, annotations and categories, such as instances_val2017.json."


def parse(data: bytes) -> object:
    """Parse JSON whose number of values and lists is bounded beforehand.

    Raises:
        InvalidInput: not JSON, nested too deep, or with a number that is none.
        ResourceLimit: more values than `annotation_limits` allows.
    """
    n_values, n_lists = data.count(b","), data.count(b"[") + data.count(b"{")
    if n_values > limits.MAX_JSON_COMMAS or n_lists > limits.MAX_JSON_BRACKETS:
        bound = f"at most {limits.MAX_JSON_COMMAS:,} values in {limits.MAX_JSON_BRACKETS:,} lists"
        got = f"{n_values:,} in {n_lists:,}"
        raise ResourceLimit(constraint("The JSON file", bound, got, "Leave out segmentations, or bring fewer images."))
    try:
        return json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:  # also text that cannot be decoded, and integers of 5000 digits
        advice = "Its content is damaged or something else: export it again."
        raise InvalidInput(f"The JSON file must be complete. {advice}") from error


def truths(content: object) -> tuple[dict[int, str], dict[int, str], list[RawBox]]:
    """Return category id → name, image id → file name, and the boxes.

    Raises:
        InvalidInput: a part is missing or malformed.
    """
    if not isinstance(content, dict) or not {"images", "annotations", "categories"} <= content.keys():
        got = "a list" if isinstance(content, list) else "something else"
        raise InvalidInput(constraint("The truths", "COCO's object of three lists", got, _TRUTH_ADVICE))
    categories = names_by_id(content["categories"], "categories", "name")
    images = names_by_id(content["images"], "images", "file_name")
    return categories, images, [_truth(*entry) for entry in list_entries(content["annotations"], "annotations")]


def detections(content: object) -> list[RawBox]:
    """Return the boxes of a results list, or of the annotations of an object that has scores in them.

    Raises:
        InvalidInput: malformed.
    """
    entries = content.get("annotations") if isinstance(content, dict) else content
    return [_detection(*entry) for entry in list_entries(entries, "detections")]


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)  # NaN and Infinity, which are not JSON


def list_entries(entries: object, what: str) -> Iterator[tuple[dict, str]]:
    """Yield each object of a list, with what to call it."""
    if not isinstance(entries, list):
        raise InvalidInput(constraint(f"The {what}", "a list", shown(entries)))
    for place, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            raise InvalidInput(constraint(f"Number {place} of the {what}", "an object with named values", shown(entry)))
        yield entry, f"number {place} of the {what}"


def names_by_id(entries: object, what: str, title: str) -> dict[int, str]:
    """Return id → name of a list of objects."""
    table: dict[int, str] = {}
    for entry, where in list_entries(entries, what):
        key = id_of(entry, "id", where)
        if key in table:
            raise InvalidInput(constraint(f"The id of {where}", "given once", key))
        text = entry.get(title)
        table[key] = text if isinstance(text, str) and text.strip() else str(key)
    return table


def id_of(entry: dict, name: str, where: str) -> int:
    """Return a whole number of an object, by its name."""
    value = entry.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**63:
        raise InvalidInput(constraint(f"The {name} of {where}", "a whole number of up to 18 digits", shown(value)))
    return value


def _truth(entry: dict, where: str) -> RawBox:
    area, crowd = entry.get("area"), entry.get("iscrowd", 0)
    return RawBox(
        image=id_of(entry, "image_id", where),
        category=id_of(entry, "category_id", where),
        corners=corners(entry.get("bbox"), f"The bbox of {where}", "xywh"),
        area=None if area is None else number(area, f"The area of {where}", 0, limits.MAX_AREA_PX2),
        is_crowd=bool(number(int(crowd) if isinstance(crowd, bool) else crowd, f"The iscrowd of {where}", 0, 1)),
    )


def _detection(entry: dict, where: str) -> RawBox:
    return RawBox(
        image=id_of(entry, "image_id", where),
        category=id_of(entry, "category_id", where),
        corners=corners(entry.get("bbox"), f"The bbox of {where}", "xywh"),
        score=number(entry.get("score"), f"The score of {where}", -limits.MAX_SCORE, limits.MAX_SCORE),
    )
