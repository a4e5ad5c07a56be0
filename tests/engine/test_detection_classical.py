"""The classical detectors: what they find in real pictures, their scores, and many threads."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import pytest
import torch
from PIL import Image
from torchvision.ops import box_iou
from torchvision.transforms.functional import to_tensor

from engine.detection.classical import HAAR_FILE, HAAR_LAST_THRESHOLD, HaarFaces, HogPeople, score
from engine.errors import InvalidInput, ShapeError
from tests.reference.real_data import need

FACES = torch.tensor([[920.0, 105, 1070, 255], [35, 330, 230, 525]])  # in zidane.jpg, read off the picture


def photo(path):
    return to_tensor(Image.open(need(path)).convert("RGB"))


def test_both_faces_are_found():
    image = photo("images/street/zidane.jpg")
    found = HaarFaces().detect(image)
    assert len(found) == 2 and (found.scores > 0.5).all() and (found.scores <= 1).all()
    assert (box_iou(found.boxes, FACES).diagonal() > 0.6).all()
    assert [found.names[label] for label in found.labels] == ["face", "face"]


@pytest.mark.parametrize(
    ("path", "person"),
    [("images/street/bus.jpg", [50, 400, 245, 905]), ("weights/d2go/test3.png", [140, 105, 225, 345])],
)
def test_people_are_found(path, person):
    found = HogPeople().detect(photo(path))
    assert len(found) >= 1 and {found.names[label] for label in found.labels} == {"person"}
    assert box_iou(found.boxes[:1], torch.tensor([person]).float()) > 0.5


def test_raw_windows_are_many_and_lead_to_the_detections():
    image = photo("images/street/zidane.jpg")
    detector = HaarFaces()
    (raw,) = detector.stages(image)
    assert raw.name == "raw boxes" and len(raw.boxes) > 20 and str(len(raw.boxes)) in raw.sentence
    all_of_them = detector.detect(image, 0.0, 1.0)
    assert torch.equal(all_of_them.scores, raw.scores.sort(descending=True).values)
    assert len(detector.detect(image, 0.0, 0.3)) < len(raw.boxes)
    assert len(detector.detect(image, 0.8, 0.3)) == 1
    height, width = image.shape[1:]
    assert raw.boxes.min() >= 0 and raw.boxes[:, 2].max() <= width and raw.boxes[:, 3].max() <= height


def test_score_is_the_evidence_of_the_windows_that_agree():
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 8], [20, 20, 30, 30], [0, 0, 10, 4.9]])
    scores = score(
        boxes, torch.tensor([3.0, 1.0, 2.0, 5.0]), 2.0
    )  # the last overlaps the first by .49, the second by .61
    torch.testing.assert_close(scores, torch.tensor([4 / 6, 9 / 11, 2 / 4, 6 / 8]))


def test_margins_of_the_cascade_start_at_zero():
    text = (Path(cv2.data.haarcascades) / HAAR_FILE).read_text()
    assert float(re.findall(r"<stageThreshold>(\S+)</stageThreshold>", text)[-1]) == HAAR_LAST_THRESHOLD
    pixels = (photo("images/street/zidane.jpg") * 255).byte().permute(1, 2, 0).contiguous().numpy()
    _, margins = HaarFaces()._search(cv2.resize(pixels, (426, 240)))
    assert 0 <= margins.min() < 1 < margins.max()


def test_threads_do_not_disturb_each_other():
    image = photo("images/street/zidane.jpg")
    detector = HaarFaces()
    expected = detector.detect(image)
    with ThreadPoolExecutor(4) as threads:
        for found in threads.map(lambda _: detector.detect(image), range(8)):
            assert torch.equal(found.boxes, expected.boxes) and torch.equal(found.scores, expected.scores)


@pytest.mark.parametrize("make", [HaarFaces, HogPeople])
@pytest.mark.parametrize("size", [(1, 1), (7, 9), (23, 2000), (127, 64), (128, 64), (2000, 70), (3, 9000)])
def test_pictures_of_any_shape(make, size):
    noise = torch.rand(3, *size, generator=torch.Generator().manual_seed(0))
    found = make().detect(noise)
    assert found.boxes.shape == (len(found), 4) and found.masks is None
    (raw,) = make().stages(torch.zeros(3, *size))
    assert len(raw.boxes) == 0


def test_bad_input_is_refused():
    with pytest.raises(ShapeError, match=r"image must be of shape \(3, H, W\); got \(1, 9, 9\)"):
        HogPeople().detect(torch.zeros(1, 9, 9))
    with pytest.raises(InvalidInput, match="score_threshold must be from 0 to 1; got 2"):
        HogPeople().detect(torch.zeros(3, 9, 9), 2)
