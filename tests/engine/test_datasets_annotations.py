"""Uploaded annotations: every format read to known boxes, everything hostile refused in one sentence."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

import pytest

from engine.datasets import annotation_limits, annotations
from engine.datasets.annotations import TruthSet, read_detections, read_truths
from engine.errors import EngineError, InvalidInput, ResourceLimit
from engine.io import limits

REAL = Path(__file__).parents[3] / "shared" / "real" / "detection"
needs_real = pytest.mark.skipif(not REAL.exists(), reason="needs the real annotations in ../shared/real/detection")

TRUTH = {
    "images": [{"id": 7, "file_name": "b.jpg"}, {"id": 2, "file_name": "a.jpg"}],
    "categories": [{"id": 18, "name": "dog"}, {"id": 1, "name": "person"}],
    "annotations": [
        {"image_id": 7, "category_id": 18, "bbox": [1, 2, 3.5, 4], "area": 9.5, "iscrowd": 0, "id": 1},
        {"image_id": 7, "category_id": 1, "bbox": [0, 0, 10, 20], "iscrowd": 1, "segmentation": [[1, 2, 3]]},
    ],
}
RESULT = {"image_id": 7, "category_id": 18, "bbox": [1, 2, 3, 4], "score": 0.75}
VOC = """<?xml version="1.0"?>
<annotation><filename>street.jpg</filename>
  <object><name>person</name><difficult>1</difficult>
    <bndbox><xmin>3</xmin><ymin>4</ymin><xmax>13.5</xmax><ymax>24</ymax></bndbox>
    <part><name>head</name><bndbox><xmin>4</xmin><ymin>4</ymin><xmax>6</xmax><ymax>6</ymax></bndbox></part>
  </object>
  <object><name>dog</name><bndbox><ymin>1</ymin><ymax>2</ymax><xmin>5</xmin><xmax>6</xmax></bndbox></object>
</annotation>"""


def coco(**parts: object) -> dict[str, bytes]:
    return {"x.json": json.dumps(TRUTH | parts).encode()}


def annotation(**values: object) -> dict[str, bytes]:
    return coco(annotations=[TRUTH["annotations"][0] | values])


def results(**values: object) -> dict[str, bytes]:
    return {"x.json": json.dumps([RESULT | values]).encode()}


def voc(text: str = VOC, name: str = "street.xml", encoding: str = "utf-8") -> dict[str, bytes]:
    return {name: text.encode(encoding)}


def zipped(members: dict[str, bytes], name: str = "all.zip") -> dict[str, bytes]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return {name: buffer.getvalue()}


def refusal(call, *arguments, kind: type[EngineError] = InvalidInput, **options) -> str:
    """Return the sentence of a refusal, which is short and holds nothing that acts as markup."""
    with pytest.raises(kind) as caught:
        call(*arguments, **options)
    sentence = str(caught.value)
    assert 20 < len(sentence) < 320 and sentence.endswith(".") and "must" in sentence
    assert not re.search(r"[\[\]<*`]", sentence.replace("<!DOCTYPE", "")), sentence
    return sentence


def test_coco_truths():
    found = read_truths(coco())
    assert (found.format, found.names, found.keys, found.titles) == (
        "COCO",
        ("person", "dog"),
        (2, 7),
        ("a.jpg", "b.jpg"),
    )
    empty, full = found.truths
    assert empty.boxes.shape == (0, 4)
    assert full.boxes.tolist() == [[1, 2, 4.5, 6], [0, 0, 10, 20]]
    assert full.labels.tolist() == [1, 0]
    assert full.areas.tolist() == [9.5, 200]
    assert full.crowd.tolist() == [False, True] and not full.difficult.any()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_coco_results(encoding):
    truths = read_truths({"x.json": json.dumps(TRUTH).encode(encoding)})
    content = [RESULT, RESULT | {"image_id": 2, "category_id": 1}, RESULT | {"category_id": 5}]
    for form in (content, {"annotations": content}):
        found = read_detections({"r.json": json.dumps(form).encode(encoding)}, truths)
        assert [one.boxes.tolist() for one in found.predictions] == [[[1, 2, 4, 6]]] * 2
        assert [one.labels.tolist() for one in found.predictions] == [[0], [1]]
        assert found.predictions[0].scores.tolist() == [0.75]
        assert found.n_left_out == 1  # class 5 is none of the truths'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_voc_truths(encoding):
    found = read_truths(voc(encoding=encoding))
    assert (found.format, found.names, found.keys, found.titles) == (
        "VOC",
        ("dog", "person"),
        ("street",),
        ("street.jpg",),
    )
    (truth,) = found.truths
    assert truth.boxes.tolist() == [[3, 4, 13.5, 24], [5, 1, 6, 2]]
    assert truth.labels.tolist() == [1, 0] and truth.difficult.tolist() == [True, False]


def test_utf_16_whose_first_byte_is_nought():
    assert read_truths(voc("\ufeff" + VOC, encoding="utf-16-be")).format == "VOC"
    assert read_truths({"x.json": json.dumps(TRUTH).encode("utf-16-be")}).format == "COCO"


def test_text_in_both_forms():
    truths = read_truths({"1.txt": b"dog 1 2 3 4\r\n\nbig dog 5 6 7.5 8\n", "2.txt": b""})
    assert (truths.format, truths.names, truths.keys) == ("text", ("big dog", "dog"), ("1", "2"))
    assert truths.truths[0].boxes.tolist() == [[1, 2, 4, 6], [5, 6, 12.5, 14]] and len(truths.truths[1].boxes) == 0
    corners = read_truths({"1.txt": b"dog 1 2 3 4"}, "xyxy")
    assert corners.truths[0].boxes.tolist() == [[1, 2, 3, 4]]
    found = read_detections({"2.txt": b"dog .5 1 2 3 4\nbig dog 9e-1 1 2 3 4\ncat 0.1 1 2 3 4"}, truths, "xyxy")
    assert [len(one.boxes) for one in found.predictions] == [0, 2] and found.n_left_out == 1
    assert found.predictions[1].scores.tolist() == [0.5, 0.9] and found.predictions[1].labels.tolist() == [1, 0]
    assert found.predictions[1].boxes.tolist() == [[1, 2, 3, 4]] * 2


def test_zip_of_files():
    hidden = {"__MACOSX/._1.txt": b"\0", "gts/.DS_Store": b"\0", "gts/": b""}
    truths = read_truths(zipped({"gts/1.txt": b"dog 1 2 3 4", "gts/2.txt": b"", **hidden}))
    assert truths.keys == ("1", "2") and len(truths.truths[0].boxes) == 1
    assert read_truths(zipped({"a/street.xml": VOC.encode()})).names == ("dog", "person")
    assert read_truths(zipped(coco())).keys == (2, 7)


def test_text_detections_fit_voc_truths():
    found = read_detections({"street.txt": b"dog 0.5 1 2 3 4"}, read_truths(voc()))
    assert found.predictions[0].labels.tolist() == [0]


@needs_real
def test_the_real_files():
    files = {file.name: file.read_bytes() for file in (REAL / "coco_eval/gts/pascalvoc_format").iterdir()}
    found = read_truths(files)
    assert len(found.keys) == 30 and found.titles[0] == "2007_000027.jpg"
    assert (
        found.truths[0].boxes.tolist() == [[174, 101, 349, 351]] and found.names[found.truths[0].labels[0]] == "person"
    )
    assert sum(len(truth.boxes) for truth in found.truths) == sum(data.count(b"<object>") for data in files.values())
    data = (REAL / "coco_eval/test_coco_eval/gts/sampled_gts_bbox_area.json").read_bytes()
    found = read_truths({"gts.json": data})
    assert (len(found.keys), len(found.names), sum(len(truth.boxes) for truth in found.truths)) == (100, 80, 830)


def test_names_are_made_safe_to_show():
    evil = "<b>[x](javascript:1)" + "y" * 100
    found = read_truths(coco(categories=[{"id": 18, "name": evil}, {"id": 1}], images=[{"id": 7, "file_name": evil}]))
    assert found.names[0] == "1" and all(re.fullmatch(r"[\w .-]{60}", text) for text in (found.names[1], *found.titles))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"bbox": [1, 2, 3]}, "four numbers"),
        ({"bbox": None}, "four numbers"),
        ({"bbox": [1, 2, "<b>", 4]}, "a number from"),
        ({"bbox": [1, 2, True, 4]}, "a number from"),
        ({"bbox": [1, 2, [[]], 4]}, "a number from"),
        ({"bbox": [1, 2, -3, 4]}, "not negative"),
        ({"bbox": [1, 2, 3, 1e7]}, "a number from"),
        ({"bbox": [10**400, 2, 3, 4]}, "a number from"),
        ({"area": -1}, "area of number 1"),
        ({"area": "many"}, "area of number 1"),
        ({"iscrowd": 2}, "iscrowd"),
        ({"image_id": "7"}, "whole number"),
        ({"image_id": 2**70}, "whole number"),
        ({"image_id": 99}, "among those listed"),
        ({"category_id": 2.5}, "whole number"),
        ({"category_id": 99}, "among those listed"),
    ],
)
def test_bad_values_in_coco_truths(values, words):
    assert words in refusal(read_truths, annotation(**values))


@pytest.mark.parametrize("values", [{"score": None}, {"score": "high"}, {"score": 1e9}, {"bbox": [1]}, {"image_id": 3}])
def test_bad_values_in_coco_results(values):
    refusal(read_detections, results(**values), read_truths(coco()))


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[1, 2",
        b"[]",
        b"{}",
        b'{"images": []}',
        b'{"images": 1, "annotations": [], "categories": []}',
        b'{"images": [1], "annotations": [], "categories": []}',
        b'{"images": [], "annotations": {}, "categories": []}',
        b'{"images": [{}], "annotations": [], "categories": []}',
        b'{"images": [{"id": 1}, {"id": 1}], "annotations": [], "categories": []}',
        b'{"a": NaN}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a": "\xff\xfe"}',
    ],
    ids=range(15),
)
def test_json_that_is_no_truth(content):
    refusal(read_truths, {"x.json": content})


def test_numbers_that_are_none_in_coco():
    for constant in ("NaN", "Infinity", "-Infinity", "1e999"):
        content = json.dumps(TRUTH).replace("3.5", constant).encode()
        refusal(read_truths, {"x.json": content})


def test_json_that_would_swell_is_refused_before_it_is_parsed(monkeypatch):
    def never(*_: object, **__: object) -> None:
        pytest.fail("it was parsed")

    monkeypatch.setattr(json, "loads", never)
    for content in (b"[" + b"[]," * 700_000, b"[" + b"1," * 4_100_000, b"[" + b'{"":0},' * 700_000):
        assert "Leave out segmentations" in refusal(read_truths, {"x.json": content}, kind=ResourceLimit)


BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><annotation><filename>&i;</filename></annotation>"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_with_their_document_type(encoding):
    assert "document type" in refusal(read_truths, voc(BILLION_LAUGHS, encoding=encoding))
    external = '<!DOCTYPE annotation SYSTEM "file:///etc/passwd"><annotation/>'
    assert "document type" in refusal(read_truths, voc(external, encoding=encoding))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("</annotation>", "", "complete XML"),
        ("<xmax>13.5</xmax>", "", "a number from"),
        ("<xmax>13.5</xmax>", "<xmax>2</xmax>", "inside out"),
        ("13.5", "nan", "a number from"),
        ("13.5", "inf", "a number from"),
        ("13.5", "1_3", "a number from"),
        ("13.5", "9" * 300, "a number from"),
        ("<name>dog</name>", "", "its class"),
        ("<difficult>1", "<difficult>7", "difficult"),
        ("annotation>", "html>", "VOC annotation"),
        ("street.jpg", "&unknown;", "complete XML"),
        ('version="1.0"', 'version="1.0" encoding="rot13"', "complete XML"),
        ('version="1.0"', 'version="1.0" encoding="no-such"', "complete XML"),
    ],
)
def test_bad_voc(old, new, words):
    assert old in VOC and words in refusal(read_truths, voc(VOC.replace(old, new)))


def test_limits_of_voc(monkeypatch):
    deep = "<annotation>" + "<a>" * 30
    assert "levels deep" in refusal(read_truths, voc(deep), kind=ResourceLimit)
    long = VOC + " " * annotation_limits.MAX_XML_BYTES
    assert "at most 1 MB" in refusal(read_truths, voc(long), kind=ResourceLimit)
    many = "<annotation>" + "<object/>" * 1001
    assert "1,000 objects" in refusal(read_truths, voc(many), kind=ResourceLimit)


@pytest.mark.parametrize(
    "line",
    [
        b"dog",
        b"dog 1 2 3",
        b"1 2 3 4",
        b"dog 1 2 3 x",
        b"dog 1 2 nan 4",
        b"dog 1 2 -3 4",
        b"dog 0.9 1 2 3 4",  # a detection
        b"dog,1,2,3,4",
        b"dog 1 2 3 1e300",
        b"\xff\xd8\xff\xe0 1 2 3 4",
    ],
)
def test_bad_lines(line):
    refusal(read_truths, {"1.txt": b"cat 1 2 3 4\n" + line})


@pytest.mark.parametrize("line", [b"dog 1 2 3 4", b"dog high 1 2 3 4", b"dog inf 1 2 3 4", b"dog 1 0.9 1 2 3 4"])
def test_bad_lines_of_detections(line):
    refusal(read_detections, {"1.txt": line}, read_truths({"1.txt": b"dog 1 2 3 4"}))


def test_a_box_inside_out_by_corners():
    assert "x1 ≤ x2" in refusal(read_truths, {"1.txt": b"dog 5 2 3 4"}, "xyxy")


def test_what_does_not_go_together():
    text, json_truths = read_truths({"1.txt": b"dog 1 2 3 4"}), read_truths(coco())
    assert "for truths in text" in refusal(read_detections, results(), text)
    assert "for truths in COCO" in refusal(read_detections, {"1.txt": b"dog 1 1 2 3 4"}, json_truths)
    assert "VOC's XML" in refusal(read_detections, voc(), text)
    assert "among those listed" in refusal(read_detections, {"9.txt": b"dog 1 1 2 3 4"}, text)
    assert "one format" in refusal(read_truths, voc() | {"1.txt": b"dog 1 2 3 4"})
    assert "one format" in refusal(read_truths, coco() | {"y.json": b"{}"})
    assert "one for each image" in refusal(read_truths, {"1.txt": b"", "1.text": b""})
    assert "form must be one of" in refusal(read_truths, {"1.txt": b""}, "cxcywh")
    assert "at least one" in refusal(read_truths, {})


def test_bad_zips(monkeypatch):
    whole = zipped({"1.txt": b"dog 1 2 3 4" * 50})["all.zip"]
    refusal(read_truths, {"all.zip": whole[:-30]})
    refusal(read_truths, {"all.zip": whole[:40] + b"\0" * 10 + whole[50:]})
    refusal(read_truths, zipped({".hidden": b"x"}))
    refusal(read_truths, zipped({"a/1.txt": b"", "b/1.txt": b""}))
    refusal(read_truths, zipped({"a/1.txt": b""}) | {"1.txt": b""})
    monkeypatch.setattr(limits, "MAX_UPLOAD_BYTES", 100_000)
    bomb = zipped({"1.txt": b" " * 60_000, "2.txt": b" " * 60_000})  # each alone would do
    assert "Bring a part of the images" in refusal(read_truths, bomb, kind=ResourceLimit)
    both = {"1.txt": b" " * 60_000, "2.txt": b" " * 60_000}
    assert "together" in refusal(read_truths, both, kind=ResourceLimit)
    assert "Choose a smaller file" in refusal(read_truths, {"1.txt": b" " * 100_001}, kind=ResourceLimit)


def test_a_zip_of_too_many_files():
    many = zipped({f"{i:050}.txt": b"" for i in range(1200)})
    assert "about a thousand files" in refusal(read_truths, many, kind=ResourceLimit)


@pytest.mark.parametrize(
    ("limit", "words"), [("MAX_IMAGES", "Number of images"), ("MAX_CLASSES", "of classes"), ("MAX_BOXES", "of boxes")]
)
def test_counts_are_bounded(monkeypatch, limit, words):
    files = {"1.txt": b"dog 1 2 3 4", "2.txt": b"cat 1 2 3 4"}
    monkeypatch.setattr(annotations, limit, 2)
    assert len(read_truths(files).keys) == len(read_truths(coco()).keys) == 2
    monkeypatch.setattr(annotations, limit, 1)
    assert words in refusal(read_truths, files, kind=ResourceLimit)
    assert words in refusal(read_truths, coco(), kind=ResourceLimit)


def test_boxes_of_one_image_are_bounded(monkeypatch):
    assert "1,000 boxes" in refusal(read_truths, {"1.txt": b"dog 1 2 3 4\n" * 1001}, kind=ResourceLimit)
    many = {"x.json": json.dumps([RESULT] * 1001).encode()}
    assert "Boxes in one image" in refusal(read_detections, many, read_truths(coco()), kind=ResourceLimit)


def test_damaged_files_are_always_a_sentence():
    """Every file cut short anywhere, or with a byte changed, is read or refused: nothing else happens."""
    truths = read_truths(coco())
    whole = {"x.json": json.dumps(TRUTH).encode(), "x.xml": VOC.encode(), "x.txt": b"dog 0.5 1 2 3 4"}
    whole |= zipped({"1.txt": b"dog 1 2 3 4"}, "x.zip")
    n_refused = 0
    for name, data in whole.items():
        for place in range(0, len(data), 3):
            for damaged in (data[:place], data[:place] + b"\xf7" + data[place + 1 :], data[:place] + data[place + 1 :]):
                for read in (read_truths, lambda files: read_detections(files, truths)):
                    try:
                        assert not isinstance(read({name: damaged}), bytes)
                    except EngineError:
                        n_refused += 1
    assert n_refused > 1000


def test_a_truth_set_knows_what_the_file_called_its_classes():
    found = read_truths(coco())
    assert isinstance(found, TruthSet) and dict(found.classes) == {1: 0, 18: 1}
