"""Uploaded COCO keypoints: the real files, and files made to break the reader."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest

from engine.datasets import annotation_limits
from engine.datasets.annotation_keypoints import read_keypoint_results, read_keypoint_truths
from engine.errors import EngineError, InvalidInput, ResourceLimit
from tests.reference.real_data import need

POINTS = [value for k in range(17) for value in (10 + k, 20 + k, 2)]
PERSON = {"image_id": 5, "category_id": 1, "keypoints": POINTS, "bbox": [10, 20, 30, 40], "area": 700, "iscrowd": 0}
RESULT = {"image_id": 5, "category_id": 1, "keypoints": POINTS, "score": 0.5}


def content(*people: dict, **changes: object) -> dict:
    images = [{"id": 9, "file_name": "b<script>.jpg"}, {"id": 5, "file_name": "a.jpg"}]
    whole = {"images": images, "annotations": list(people or [PERSON]), "categories": [{"id": 1, "name": "person"}]}
    return whole | changes


def truths(whole: object):
    return read_keypoint_truths({"truths.json": json.dumps(whole).encode()})


def results(entries: object, of: dict | None = None):
    return read_keypoint_results({"results.json": json.dumps(entries).encode()}, truths(of or content()))


def test_a_small_set():
    read = truths(content(PERSON, PERSON | {"iscrowd": 1, "image_id": 9}))
    assert read.keys == (5, 9) and read.titles == ("a.jpg", "b_script_.jpg") and read.category == 1
    first, second = read.truths
    assert first.keypoints.shape == (1, 17, 3) and first.keypoints[0, 3].tolist() == [13, 23, 2]
    assert first.boxes.tolist() == [[10, 20, 40, 60]] and first.areas.tolist() == [700]
    assert (first.crowd.tolist(), second.crowd.tolist()) == ([False], [True])
    found = results([RESULT, RESULT | {"category_id": 7}])
    assert found.n_left_out == 1 and [len(image.scores) for image in found.predictions] == [1, 0]
    assert found.predictions[0].keypoints[0, 3].tolist() == [13, 23] and found.predictions[0].scores.tolist() == [0.5]


def test_what_may_be_left_out():
    bare = {key: PERSON[key] for key in ("image_id", "category_id", "keypoints", "bbox")}
    assert truths(content(bare)).truths[0].areas.tolist() == [1200]  # the box's
    hidden = [0] * 51
    for person, is_difficult in (
        (bare, False),
        (bare | {"keypoints": hidden}, True),
        (bare | {"num_keypoints": 0}, True),
        (bare | {"keypoints": hidden, "num_keypoints": 3}, False),
    ):
        assert truths(content(person)).truths[0].difficult.tolist() == [is_difficult]
    assert truths(content(annotations=[])).truths[1].keypoints.shape == (0, 17, 3)
    assert results({"annotations": [RESULT]}).n_left_out == 0
    assert results([]).predictions[0].keypoints.shape == (0, 17, 2)


def test_a_zip_of_the_file():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("folder/truths.json", json.dumps(content()))
    assert read_keypoint_truths({"truths.zip": packed.getvalue()}).keys == (5, 9)


def test_the_real_people():
    read = read_keypoint_truths({"test_coco.json": need("pose/coco/test_coco.json").read_bytes()})
    assert len(read.keys) == 4 and sum(len(image.areas) for image in read.truths) == 14
    assert read.truths[0].keypoints[0, 0].tolist() == [367, 81, 2]


def refused(call, match: str, kind: type = InvalidInput) -> None:
    with pytest.raises(kind, match=match) as error:
        call()
    text = str(error.value)
    assert "<" not in text and len(text) < 400


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"keypoints": POINTS[:-1]}, "keypoints of number 1 of the annotations must be 51 numbers.*got '50 numbers'"),
        ({"keypoints": None}, "must be 51 numbers"),
        ({"keypoints": {"<b>": 1}}, "must be 51 numbers"),
        ({"keypoints": ["<b>", *POINTS[1:]]}, "A keypoint of number 1 of the annotations must be a number"),
        ({"keypoints": [[1], *POINTS[1:]]}, "must be a number from"),
        ({"keypoints": [True, *POINTS[1:]]}, "must be a number from"),
        ({"keypoints": [1e7, *POINTS[1:]]}, "must be a number from -1e\\+06 to 1e\\+06"),
        ({"keypoints": [*POINTS[:-1], 3]}, "visibility of a keypoint of number 1 of the annotations must be 0, 1 or 2"),
        ({"keypoints": [*POINTS[:-1], 0.5]}, "visibility"),
        ({"bbox": None}, "The bbox of number 1"),
        ({"bbox": [1, 2, -3, 4]}, "not inside out"),
        ({"area": -1}, "The area of number 1"),
        ({"area": None}, "The area of number 1"),
        ({"iscrowd": 2}, "The iscrowd of number 1"),
        ({"num_keypoints": "<i>"}, "The num_keypoints of number 1"),
        ({"image_id": 6}, "among those listed"),
        ({"image_id": "5"}, "whole number"),
        ({"category_id": 2}, "category of every annotation must be 1; got 2"),
    ],
)
def test_malformed_truths_are_refused(change, match):
    refused(lambda: truths(content(PERSON | change)), match)


@pytest.mark.parametrize(
    ("whole", "match"),
    [
        ([], "object of three lists; got 'a list'"),
        ({"images": []}, "object of three lists"),
        (content(images=3), "The images must be a list"),
        (content(images=[{"id": 5}, {"id": 5}]), "given once"),
        (content(annotations=[3]), "an object with named values"),
        (content(categories=[]), "The categories must be one"),
        (content(categories=[{"id": 1}, {"id": 2}]), "The categories must be one, of people with keypoints; got 2"),
    ],
)
def test_malformed_files_are_refused(whole, match):
    refused(lambda: truths(whole), match)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"score": None}, "The score of number 1 of the results"),
        ({"score": "nan"}, "The score of number 1 of the results"),
        ({"keypoints": POINTS[3:]}, "must be 51 numbers"),
        ({"keypoints": [1e9, *POINTS[1:]]}, "A keypoint of number 1 of the results"),
        ({"image_id": 6}, "among those listed"),
        ({"image_id": 2**63}, "whole number"),
    ],
)
def test_malformed_results_are_refused(change, match):
    refused(lambda: results([RESULT | change]), match)
    refused(lambda: results({"annotations": None}), "The results must be a list")


def test_other_files_are_refused():
    refused(lambda: read_keypoint_truths({}), "at least one")
    refused(
        lambda: read_keypoint_truths({"a.xml": b"<annotation/>"}), "The file must be JSON in COCO's format; got 'XML'"
    )
    refused(lambda: read_keypoint_truths({"a.txt": b"1 2 3"}), "got 'TEXT'")
    refused(lambda: read_keypoint_truths({"a.json": b"{", "b.json": b"{"}), "one format")
    for data in (b"{", b"[" * 100_000, b"[NaN]", b'{"images": ' + b"9" * 5000 + b"}", b"\xff\xfe{"):
        refused(lambda data=data: read_keypoint_truths({"a.json": data}), "The JSON file must be complete")


def test_limits(monkeypatch):
    monkeypatch.setattr(annotation_limits, "MAX_JSON_COMMAS", 100)
    refused(lambda: truths(content(PERSON, PERSON)), "at most 100 values", ResourceLimit)
    monkeypatch.undo()
    crowd = [PERSON] * (annotation_limits.MAX_BOXES_PER_IMAGE + 1)
    refused(lambda: truths(content(*crowd)), "in one image must be at most 1,000", ResourceLimit)
    refused(lambda: results([RESULT] * len(crowd)), "in one image must be at most 1,000", ResourceLimit)
    many = [{"id": k} for k in range(annotation_limits.MAX_IMAGES + 1)]
    refused(lambda: truths(content(images=many)), "Number of images must be at most 10,000", ResourceLimit)


def test_any_change_of_bytes_gives_people_or_one_sentence():
    data = json.dumps(content()).encode()
    generator = np.random.default_rng(0)
    n_read = 0
    for _ in range(500):
        changed = bytearray(data)
        changed[generator.integers(0, len(data))] = generator.integers(0, 256)
        try:
            n_read += len(read_keypoint_truths({"a.json": bytes(changed)}).truths) > 0
        except EngineError as error:
            assert "<" not in str(error)
    assert 0 < n_read < 500
