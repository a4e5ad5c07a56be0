"""Uploaded boxes: the truths and the detections of many images, in the formats people have them in.

    truths       COCO JSON, PASCAL VOC XML (one file per image), text (one file per image)
    detections   COCO results JSON, text (one file per image)

    text, a line per box:   class x y width height          class score x y width height
                      or:   class x1 y1 x2 y2               class score x1 y1 x2 y2

Several files, or a zip of them, make one set; a file's content says what it is, whatever its name.

Conventions: boxes become xyxy in pixels, labels 0 … K−1 in the order of `names`. Numbers stay as the file has them: VOC
counts pixels from 1. Images are in the order of their keys: COCO's id, or the file's name without its ending.

Reference: cocodataset.org, "Data format". M. Everingham and J. Winn, "The PASCAL VOC Development Kit" (2012).
R. Padilla et al., "A Survey on Performance Metrics for Object-Detection Algorithms", IWSSIP 2020, for the text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.datasets import annotation_json, annotation_lines, annotation_voc
from engine.datasets.annotation_limits import MAX_BOXES, MAX_BOXES_PER_IMAGE, MAX_CLASSES, MAX_IMAGES, RawBox, shown
from engine.errors import InvalidInput, ResourceLimit, constraint
from engine.io import archive, limits
from engine.metrics.image_boxes import GroundTruth, Predictions

FORMS = {"xywh": "x, y, width, height", "xyxy": "x1, y1, x2, y2"}  # of a line of text


@dataclass(frozen=True, eq=False)
class TruthSet:
    """The truths of many images.

    Attributes:
        format: "COCO", "VOC" or "text".
        names: of the classes, by label, safe to show.
        keys: of the images, as uploaded; `truths` has one element for each.
        titles: the images' file names, safe to show.
        truths: the boxes.
        classes: what the file calls each class (COCO's category id, or its name) → label.
    """

    format: str
    names: tuple[str, ...]
    keys: tuple[int | str, ...]
    titles: tuple[str, ...]
    truths: tuple[GroundTruth, ...]
    classes: Mapping[int | str, int]


@dataclass(frozen=True, eq=False)
class DetectionSet:
    """The detections for the images of a `TruthSet`, in its order and with its labels.

    Attributes:
        predictions: one element per image.
        n_left_out: how many were left out because their class is not among the truths'.
    """

    predictions: tuple[Predictions, ...]
    n_left_out: int


def read_truths(files: Mapping[str, bytes], form: str = "xywh") -> TruthSet:
    """Read the true boxes.

    Args:
        files: name → content; one COCO JSON, or any number of VOC or text files, or one zip of these.
        form: what the four numbers of a line of text are, "xywh" or "xyxy".

    Raises:
        InvalidInput: no files, a damaged or a mixed format, a box that is none.
        ResourceLimit: more bytes, files, images, classes or boxes than `annotation_limits` allows.
    """
    opened, kind = open_files(files, form)
    if kind == "json":
        categories, titles, boxes = annotation_json.truths(annotation_json.parse(*opened.values()))
        check_counts(titles, categories, boxes)
        labels = {key: label for label, key in enumerate(sorted(categories))}
        return _truth_set("COCO", labels, [categories[key] for key in labels], titles, boxes)
    titles, boxes = _one_per_image(opened, kind, form, has_scores=False)
    names = sorted({box.category for box in boxes})
    check_counts(titles, names, boxes)
    labels = {name: label for label, name in enumerate(names)}
    return _truth_set("VOC" if kind == "xml" else "text", labels, names, titles, boxes)


def read_detections(files: Mapping[str, bytes], truths: TruthSet, form: str = "xywh") -> DetectionSet:
    """Read the detections for the images of `truths`.

    Args:
        files: name → content; one COCO results JSON, or any number of text files, or one zip of these.
        truths: what they are about; JSON goes with COCO's truths, text with VOC's and text.
        form: as for `read_truths`.

    Raises:
        InvalidInput: as `read_truths`; an image that the truths do not have; formats that do not go together.
        ResourceLimit: as `read_truths`.
    """
    opened, kind = open_files(files, form)
    if kind == "xml":
        raise InvalidInput(constraint("The detections", "COCO JSON or text", "XML", "VOC's XML holds truths alone."))
    if (kind == "json") != (truths.format == "COCO"):
        got = f"{'JSON' if kind == 'json' else 'text'} for truths in {truths.format}"
        raise InvalidInput(constraint("The detections", "JSON for COCO's truths and text for others", got))
    if kind == "json":
        boxes = annotation_json.detections(annotation_json.parse(*opened.values()))
    else:
        _, boxes = _one_per_image(opened, kind, form, has_scores=True)
    check_counts({box.image: "" for box in boxes}, (), boxes)
    by_image = group_by_image(boxes, truths.keys)
    known = {key: [box for box in own if box.category in truths.classes] for key, own in by_image.items()}
    n_left_out = len(boxes) - sum(map(len, known.values()))
    return DetectionSet(tuple(_predictions(own, truths.classes) for own in known.values()), n_left_out)


def open_files(files: Mapping[str, bytes], form: str) -> tuple[dict[str, bytes], str]:
    """Return the files, unzipped, by name without folder, and their one kind: "json", "xml" or "text"."""
    if form not in FORMS:
        raise InvalidInput(constraint("form", f"one of {', '.join(FORMS)}", form))
    opened: dict[str, bytes] = {}
    for name, data in files.items():
        safe = limits.check_upload(data or b"\n", name)  # an empty text file is a picture without objects
        members = _unzip(data, safe) if data.startswith(archive.ZIP_SIGNATURE) else {name: data}
        if twice := opened.keys() & members.keys():
            raise InvalidInput(constraint("The files", "of different names", shown(min(twice)), "Rename one of them."))
        opened |= members
    n_bytes = sum(map(len, opened.values()))
    if n_bytes > limits.MAX_UPLOAD_BYTES:
        bound = f"at most {limits.MAX_UPLOAD_BYTES // 1024**2} MB together"
        raise ResourceLimit(constraint("The files", bound, f"{n_bytes / 1024**2:.0f} MB", "Bring fewer of them."))
    if not opened:
        raise InvalidInput("The files must be at least one; got none. Choose a file with annotations.")
    kinds = {_kind(data) for data in opened.values() if data.strip()} or {"text"}
    if len(kinds) > 1 or ("json" in kinds and len(opened) > 1):
        advice = "Bring one JSON file, or XML files alone, or text files alone."
        raise InvalidInput(constraint("The files", "of one format", " and ".join(sorted(kinds)), advice))
    return opened, kinds.pop()


def _kind(data: bytes) -> str:
    start = data[:200].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:1]  # byte order marks, UTF-16
    return {b"{": "json", b"[": "json", b"<": "xml"}.get(start, "text")


def _unzip(data: bytes, name: str) -> dict[str, bytes]:
    members: dict[str, bytes] = {}
    room = limits.MAX_UPLOAD_BYTES
    try:
        with archive.open_zip(data, name) as opened:
            for member in opened.infolist():
                path = member.filename.split("/")
                if path[-1] == "" or any(part == "__MACOSX" or part.startswith(".") for part in path):
                    continue  # a folder, or what a system hides there
                if path[-1] in members:
                    got = shown(path[-1])
                    raise InvalidInput(constraint("The files in the zip", "of different names", got, "Rename one."))
                members[path[-1]] = archive.read_member(opened, member, name, room)
                room -= len(members[path[-1]])
    except ResourceLimit as error:
        bound = f"at most {limits.MAX_UPLOAD_BYTES // 1024**2} MB when decompressed, in about a thousand files at most"
        raise ResourceLimit(constraint("The zip file", bound, name, "Bring a part of the images.")) from error
    return members


def _one_per_image(
    files: Mapping[str, bytes], kind: str, form: str, has_scores: bool
) -> tuple[dict[str, str], list[RawBox]]:
    """Return key → title of every image, and all boxes."""
    titles: dict[str, str] = {}
    boxes: list[RawBox] = []
    for name, data in files.items():
        key = name.rpartition(".")[0] or name
        if key in titles:
            raise InvalidInput(constraint("The files", "one for each image", shown(key), "Leave one of the two out."))
        if kind == "xml" and data.strip():
            titles[key], own = annotation_voc.read(data, key, shown(name))
        else:
            titles[key], own = key, annotation_lines.read(data, key, shown(name), form, has_scores)
        boxes += own
        check_counts(titles, (), boxes)
    return titles, boxes


def check_counts(titles: Mapping, classes: Sequence, boxes: Sequence[RawBox]) -> None:
    """Refuse a set of more images, classes or boxes than the limits allow."""
    counts = {"images": (len(titles), MAX_IMAGES), "classes": (len(classes), MAX_CLASSES)}
    counts["boxes"] = (len(boxes), MAX_BOXES)
    for what, (n, most) in counts.items():
        if n > most:
            raise ResourceLimit(constraint(f"Number of {what}", f"at most {most:,}", n, "Bring a part of the images."))


def group_by_image(boxes: Sequence[RawBox], keys: Sequence[int | str]) -> dict[int | str, list[RawBox]]:
    """Return key → its boxes, in the order of `keys`."""
    by_image: dict[int | str, list[RawBox]] = {key: [] for key in keys}
    for box in boxes:
        if box.image not in by_image:
            advice = "Bring the truths of that image too, an empty file if it has no object."
            raise InvalidInput(constraint("The image of a box", "among those listed", shown(box.image), advice))
        by_image[box.image].append(box)
    crowded = max(map(len, by_image.values()), default=0)
    if crowded > MAX_BOXES_PER_IMAGE:
        advice = "Keep those of the highest scores."
        raise ResourceLimit(constraint("Boxes in one image", f"at most {MAX_BOXES_PER_IMAGE:,}", crowded, advice))
    return by_image


def _truth_set(
    format: str,
    labels: Mapping[int | str, int],
    names: Sequence[str],
    titles: Mapping[int | str, str],
    boxes: Sequence[RawBox],
) -> TruthSet:
    keys = sorted(titles)
    for box in boxes:
        if box.category not in labels:
            raise InvalidInput(constraint("The class of a box", "among those listed", shown(box.category)))
    truths = tuple(_ground_truth(own, labels) for own in group_by_image(boxes, keys).values())
    clean = tuple(shown(name) for name in names)
    return TruthSet(format, clean, tuple(keys), tuple(shown(titles[key]) for key in keys), truths, dict(labels))


def _ground_truth(boxes: Sequence[RawBox], labels: Mapping[int | str, int]) -> GroundTruth:
    corners = np.array([box.corners for box in boxes], float).reshape(-1, 4)
    own = np.prod(corners[:, 2:] - corners[:, :2], axis=1)
    given = np.array([np.nan if box.area is None else box.area for box in boxes], float)
    return GroundTruth(
        boxes=corners,
        labels=np.array([labels[box.category] for box in boxes], np.int64),
        areas=np.where(np.isnan(given), own, given),
        crowd=np.array([box.is_crowd for box in boxes], bool),
        difficult=np.array([box.is_difficult for box in boxes], bool),
    )


def _predictions(boxes: Sequence[RawBox], labels: Mapping[int | str, int]) -> Predictions:
    corners = np.array([box.corners for box in boxes], float).reshape(-1, 4)
    found = np.array([labels[box.category] for box in boxes], np.int64)
    return Predictions(corners, found, np.array([box.score for box in boxes], float))
